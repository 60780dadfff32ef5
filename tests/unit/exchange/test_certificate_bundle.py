"""Certificates put together: a ZIP of the same bytes, and one PDF on which visible signatures are printed."""

from __future__ import annotations

import io
import zipfile

import pikepdf
from pikepdf import Array, Dictionary, Name

from kompetensi.exchange.certificate_bundle import write_print_file, write_zip


def signed_pdf(pages: int = 1) -> bytes:
    """Return a PDF whose first page shows a signature as a form field does: by a picture of its own."""
    with pikepdf.new() as pdf:
        for _ in range(pages):
            pdf.add_blank_page(page_size=(842, 595))
        picture = pdf.make_stream(b"0.2 0.1 0.4 rg 0 0 60 20 re f", Type=Name.XObject, Subtype=Name.Form,
                                  BBox=Array([0, 0, 60, 20]))
        field = pdf.make_indirect(Dictionary(
            Type=Name.Annot, Subtype=Name.Widget, FT=Name.Sig, T="TandaTangan", F=4, Rect=Array([100, 100, 160, 120]),
            AP=Dictionary(N=picture)))
        pdf.pages[0].Annots = Array([field])
        pdf.Root.AcroForm = pdf.make_indirect(Dictionary(Fields=Array([field]), SigFlags=3))
        out = io.BytesIO()
        pdf.save(out)
    return out.getvalue()


def test_the_archive_holds_the_files_byte_for_byte_and_is_the_same_every_time():
    files = [("a.pdf", b"one"), ("b.pdf", b"two" * 1000)]
    first, second = io.BytesIO(), io.BytesIO()
    assert write_zip(files, first) == write_zip(iter(files), second) == 2
    assert first.getvalue() == second.getvalue()
    with zipfile.ZipFile(first) as archive:
        assert [(name, archive.read(name)) for name in archive.namelist()] == files


def test_visible_signatures_are_drawn_onto_the_page_that_is_printed():
    out = io.BytesIO()
    assert write_print_file([signed_pdf()], out, title="Sertifikat") == 1
    with pikepdf.open(out) as printed:
        assert len(printed.pages) == 2
        assert "/Annots" not in printed.pages[0] or not len(printed.pages[0].Annots)
        assert "/AcroForm" not in printed.Root
        (drawn,) = printed.pages[0].Resources.XObject.values()
        assert b"0.2 0.1 0.4 rg" in drawn.read_bytes()
        with printed.open_metadata() as metadata:
            assert metadata["dc:title"] == "Sertifikat"


def test_more_than_one_block_keeps_the_order_and_everybody_has_sheets_of_his_own():
    out = io.BytesIO()
    assert write_print_file((signed_pdf(1 + number % 3) for number in range(120)), out, title="x") == 120
    with pikepdf.open(out) as printed:
        assert len(printed.pages) == 40 * (2 + 2 + 4)


def test_nobody_gives_an_empty_file_that_opens():
    out = io.BytesIO()
    assert write_print_file([], out, title="x") == 0
    with pikepdf.open(out) as printed:
        assert len(printed.pages) == 0
