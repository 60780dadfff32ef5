"""Many certificates as one file: a ZIP of the files as they were issued, or one PDF to be printed.

Both are written as they grow, so that memory does not depend on how many there are. The PDF for printing is no
certificate: signatures do not survive it, and the check page does not know it.
"""

from __future__ import annotations

import io
import tempfile
import zipfile
from collections.abc import Iterable
from contextlib import ExitStack
from itertools import islice
from pathlib import Path
from typing import IO

__all__ = ["write_print_file", "write_zip"]

# Certificates that are open at a time while they are put together.
_BLOCK = 50


def write_zip(files: Iterable[tuple[str, bytes]], target: IO[bytes]) -> int:
    """Write files into a ZIP, byte for byte as they are; return how many.

    Parameters
    ----------
    files : iterable of (str, bytes)
        Name, different for each, and content. PDFs are compressed already, so they are stored as they are.
    target : binary file
        Open for writing, and seekable.
    """
    count = 0
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for name, content in files:
            # The same files give the same bytes; when they were put together says nothing about them.
            archive.writestr(zipfile.ZipInfo(name), content)
            count += 1
    return count


def write_print_file(pdfs: Iterable[bytes], target: IO[bytes], *, title: str) -> int:
    """Write PDFs one after the other into one, each on a sheet of its own; return how many.

    A document with an odd number of pages gets a blank one, so that on paper printed on both sides nobody's front
    stands on another one's back.

    Parameters
    ----------
    title : str
        What a reader shows in the head of its window.
    """
    import pikepdf  # only where something is printed

    count, documents = 0, iter(pdfs)
    with tempfile.TemporaryDirectory(prefix="kompetensi-cetak-") as folder, ExitStack() as opened:
        paths: list[Path] = []
        while block := tuple(islice(documents, _BLOCK)):
            path = Path(folder) / f"{len(paths)}.pdf"
            _write_block(block, path)
            paths.append(path)
            count += len(block)
        whole = opened.enter_context(pikepdf.new())
        for path in paths:
            whole.pages.extend(opened.enter_context(pikepdf.open(path)).pages)
        with whole.open_metadata(set_pikepdf_as_editor=False) as metadata:
            metadata["dc:title"] = title
        whole.save(target)
    return count


def _write_block(pdfs: Iterable[bytes], path: Path) -> None:
    import pikepdf

    with pikepdf.new() as block, ExitStack() as opened:
        for pdf in pdfs:
            document = opened.enter_context(pikepdf.open(io.BytesIO(pdf)))
            # A visible signature is drawn onto the page: as a form field it would stay behind, and not be printed.
            document.flatten_annotations("print")
            if "/AcroForm" in document.Root:
                del document.Root["/AcroForm"]
            block.pages.extend(document.pages)
            if len(document.pages) % 2:
                box = [float(value) for value in document.pages[-1].mediabox]
                block.add_blank_page(page_size=(box[2] - box[0], box[3] - box[1]))
        block.save(path)
