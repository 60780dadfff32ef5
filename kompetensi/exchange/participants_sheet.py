"""A list of participants as a spreadsheet: CSV or XLSX bytes in, one NIP a line out; the column is called ``nip``.

Spreadsheets keep a NIP that was typed as a number with fifteen digits and lose the rest; such a cell is told, not guessed.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass

from kompetensi.errors import InvalidInput
from kompetensi.exchange.tables import decode, split
from kompetensi.messages import Message, say

__all__ = ["MOST_LINES", "SheetLine", "read_participants"]

MOST_LINES = 5000
# A file that unpacks to more than this is no list of participants.
_LARGEST_UNPACKED = 50 * 1024 * 1024
_HEADS = frozenset({"nip", "nip/ni pppk", "ni pppk", "nip atau ni pppk"})


@dataclass(frozen=True, slots=True)
class SheetLine:
    """One line.

    Attributes
    ----------
    line : int
        Of the file, the header being line 1 where it stands in the first line.
    nip : str
        As it stands there, without spaces and a leading apostrophe.
    problem : Message or None
        Why the cell cannot be a NIP as it stands.
    """

    line: int
    nip: str
    problem: Message | None = None


def read_participants(content: bytes) -> tuple[SheetLine, ...]:
    """Read a list of participants.

    Parameters
    ----------
    content : bytes
        XLSX, or CSV in UTF-8 with comma or semicolon. Other columns than ``nip`` are not read; lines without a NIP are
        left out.

    Raises
    ------
    InvalidInput
        If it is neither, holds no column ``nip`` or no line, or more than `MOST_LINES`.
    """
    rows = _workbook(content) if content.startswith(b"PK") else _text(content)
    if not rows:
        raise InvalidInput(say("Berkas ini kosong."), where="file")
    head = [str(cell).strip().casefold() for cell in rows[0][1]]
    place = next((place for place, name in enumerate(head) if name in _HEADS), None)
    if place is None:
        raise InvalidInput(say("Baris pertama berkas harus memuat kolom “nip”; yang ada: %(heads)s.",
                               heads=tuple(name for name in head if name) or ("-",)), where="file")
    lines = tuple(_line(number, cells[place]) for number, cells in rows[1:]
                  if place < len(cells) and str(cells[place]).strip())
    if not lines:
        raise InvalidInput(say("Berkas ini tidak memuat satu NIP pun."), where="file")
    if len(lines) > MOST_LINES:
        raise InvalidInput(say("Paling banyak %(most)s baris sekali muat; berkas ini %(count)s baris.", most=MOST_LINES,
                               count=len(lines)), where="file")
    return lines


def _line(number: int, cell: object) -> SheetLine:
    if isinstance(cell, float | int) and not isinstance(cell, bool):
        return SheetLine(number, f"{cell:.0f}", say(
            "NIP tersimpan sebagai angka, sehingga angka di belakangnya hilang. Jadikan kolomnya teks, lalu isi lagi."))
    return SheetLine(number, "".join(str(cell).split()).removeprefix("'"))


def _text(content: bytes) -> list[tuple[int, Sequence[object]]]:
    decoded = decode(content)
    head = decoded.split("\n", 1)[0]
    return [(number, cells) for number, cells in split(decoded, ";" if head.count(";") > head.count(",") else ",")]


def _workbook(content: bytes) -> list[tuple[int, Sequence[object]]]:
    from python_calamine import CalamineError, CalamineWorkbook  # only where a workbook is read

    unreadable = InvalidInput(say("Berkas ini bukan XLSX yang dapat dibaca. Simpan ulang sebagai XLSX atau CSV."), where="file")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            if sum(entry.file_size for entry in packed.infolist()) > _LARGEST_UNPACKED:
                raise InvalidInput(say("Berkas ini terlalu besar setelah dibuka."), where="file")
        sheet = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0)
        rows = sheet.to_python(skip_empty_area=False)
    except (zipfile.BadZipFile, CalamineError) as error:
        raise unreadable from error
    return [(number, row) for number, row in enumerate(rows, start=1) if any(str(cell).strip() for cell in row)]
