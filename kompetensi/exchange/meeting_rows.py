"""A table of meetings of one batch: CSV (UTF-8, comma) or XLSX, first sheet; bytes in, rows and refusals out."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from datetime import date, datetime, time

from kompetensi.errors import InvalidRows, RowError
from kompetensi.exchange.tables import (
    CellRefused,
    Column,
    ParsedTable,
    TableFormat,
    code_list,
    day,
    integer,
    optional,
    parse_table,
    text,
)
from kompetensi.messages import say

__all__ = ["COLUMNS", "MeetingTableRow", "parse_meetings"]

_ZIP = b"PK\x03\x04"
_CLOCK = re.compile(r"(\d{1,2})[.:](\d{2})(?:[.:]00)?\Z", re.ASCII)


@dataclass(frozen=True, slots=True)
class MeetingTableRow:
    """One row.

    Attributes
    ----------
    line : int
        Line of the file, the header being line 1.
    day : date
    starts, ends : int
        Minutes after midnight.
    subject : str
        Name of a subject of the batch; empty = none.
    jp : int or None
        Lesson hours; None = as many as fit.
    room : str
        Name of a room; empty = none.
    trainers : tuple of str
        Codes.
    """

    line: int
    day: date
    starts: int
    ends: int
    subject: str = ""
    title: str = ""
    jp: int | None = None
    room: str = ""
    trainers: tuple[str, ...] = ()


def _clock(cell: str) -> int:
    found = _CLOCK.match(cell)
    minutes = int(found[1]) * 60 + int(found[2]) if found else -1
    if found is None or int(found[2]) > 59 or minutes > 24 * 60:
        raise CellRefused(say("“%(cell)s” bukan jam; tulis seperti 07.30.", cell=cell))
    return minutes


def _required_day(cell: str) -> date:
    found = day(cell)
    if found is None:
        raise CellRefused(say("Sel ini wajib diisi."))
    return found


_FORMAT: TableFormat[MeetingTableRow] = TableFormat("meetings", "pertemuan.csv", MeetingTableRow, (
    Column("hari", _required_day, "day"), Column("mulai", _clock, "starts"), Column("selesai", _clock, "ends"),
    Column("mata_pelatihan", text(200), "subject"), Column("judul", text(200), "title", may_lack=True),
    Column("jp", optional(integer(0, 99)), "jp", may_lack=True), Column("ruang", text(80), "room", may_lack=True),
    Column("pengajar", code_list(40), "trainers", may_lack=True)), ("hari", "mulai"))

COLUMNS = tuple(column.name for column in _FORMAT.columns)
"""Names of the columns; title, lesson hours, room and trainers may be left out."""


def parse_meetings(content: bytes) -> ParsedTable[MeetingTableRow]:
    """Read a table of meetings; a workbook is known by its first bytes.

    Raises
    ------
    InvalidRows
        If the file is neither such a CSV nor a workbook that can be read.
    """
    return parse_table(_FORMAT, _as_csv(content) if content.startswith(_ZIP) else content)


def _as_csv(content: bytes) -> bytes:
    """Return the first sheet of a workbook as the CSV that it would have been."""
    from python_calamine import CalamineError, CalamineWorkbook  # only where a workbook is read

    try:
        rows = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()
    except (CalamineError, OSError, IndexError, ValueError) as error:
        raise InvalidRows([RowError(1, "", say("Berkas ini bukan buku kerja XLSX yang dapat dibaca."))]) from error
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    for row in rows:
        writer.writerow([_cell(cell) for cell in row])
    return out.getvalue().encode()


def _cell(cell: object) -> str:
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time() else cell.isoformat()
    if isinstance(cell, time):
        return f"{cell:%H.%M}"
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell)
