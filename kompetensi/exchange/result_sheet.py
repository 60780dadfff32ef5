"""Results of a batch as a table: CSV in UTF-8, or the first sheet of an XLSX workbook.

Columns ``nip``, ``hasil``, ``nilai`` and, if wanted, ``remedial`` (``ya``) and ``catatan``. NIPs that a spreadsheet has
turned into numbers have lost their last digits, and are refused.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from kompetensi.errors import InvalidRows, RowError
from kompetensi.exchange.tables import CellRefused, Column, ParsedTable, TableFormat, choice, parse_table, text
from kompetensi.messages import say

__all__ = ["RESULT_SHEET", "ResultRow", "read_results"]

_OUTCOMES = {
    "lulus": "PASSED", "passed": "PASSED", "belum lulus": "FAILED", "tidak lulus": "FAILED", "failed": "FAILED",
    "tidak hadir": "ABSENT", "absent": "ABSENT"}
_NIP_DIGITS = 18
# What a workbook holds once it is unpacked; a results sheet is a few kilobytes.
_MOST_UNPACKED_BYTES = 64 * 1024 * 1024
_MOST_ROWS = 10_000


@dataclass(frozen=True, slots=True)
class ResultRow:
    """One row: `outcome` is PASSED, FAILED or ABSENT, `score_hundredths` 0..10000 or None."""

    line: int
    nip: str
    outcome: str
    score_hundredths: int | None
    remedial: bool = False
    note: str = ""


def _nip(cell: str) -> str:
    digits = cell.replace(" ", "").replace(".", "").lstrip("'")
    if "e" in digits.lower() or "," in digits:
        raise CellRefused(say("“%(cell)s” adalah NIP yang diubah menjadi angka oleh lembar kerja; angka akhirnya hilang. "
                              "Ketik ulang sebagai teks.", cell=cell))
    if not (digits.isascii() and digits.isdigit() and len(digits) == _NIP_DIGITS):
        raise CellRefused(say("“%(nip)s” bukan NIP; NIP dan NI PPPK terdiri atas %(digits)s angka.", nip=cell,
                              digits=_NIP_DIGITS))
    return digits


def _outcome(cell: str) -> str:
    found = _OUTCOMES.get(" ".join(cell.lower().split()))
    if found is None:
        raise CellRefused(say("“%(word)s” bukan hasil; pakai %(words)s.", word=cell,
                              words=("lulus", "belum lulus", "tidak hadir")))
    return found


def _score(cell: str) -> int | None:
    if not cell:
        return None
    try:
        score = Decimal(cell.replace(",", ".")) * 100
    except InvalidOperation:
        score = Decimal("nan")
    if not score.is_finite() or score != score.to_integral_value() or not 0 <= score <= 10_000:
        raise CellRefused(say("“%(value)s” bukan nilai; tulis 0 sampai 100, paling banyak dua angka di belakang koma.",
                              value=cell))
    return int(score)


def _yes(cell: str) -> bool:
    return choice("", "ya", "tidak")(cell.lower()) == "ya"


RESULT_SHEET: TableFormat[ResultRow] = TableFormat("results", "hasil.csv", ResultRow, (
    Column("nip", _nip, "nip"), Column("hasil", _outcome, "outcome"), Column("nilai", _score, "score_hundredths"),
    Column("remedial", _yes, "remedial", may_lack=True), Column("catatan", text(300), "note", may_lack=True)), ("nip",))


def read_results(content: bytes) -> ParsedTable[ResultRow]:
    """Read a table of results; a workbook is known by its first bytes.

    Raises
    ------
    InvalidRows
        If the file is neither CSV in UTF-8 nor a workbook, or lacks a column.
    """
    if content[:4] == b"PK\x03\x04":
        content = _csv_of(_first_sheet(content))
    return parse_table(RESULT_SHEET, content)


def _first_sheet(content: bytes) -> list[list[Any]]:
    import python_calamine  # only where a workbook is read

    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if sum(item.file_size for item in archive.infolist()) > _MOST_UNPACKED_BYTES:
                raise InvalidRows([RowError(1, "", say("Buku kerja ini terlalu besar untuk tabel hasil."))])
        rows = python_calamine.load_workbook(io.BytesIO(content)).get_sheet_by_index(0).to_python()
    except (zipfile.BadZipFile, python_calamine.CalamineError, IndexError, ValueError) as error:
        raise InvalidRows([RowError(1, "", say("Berkas ini bukan buku kerja XLSX yang utuh."))]) from error
    if len(rows) > _MOST_ROWS:
        raise InvalidRows([RowError(_MOST_ROWS, "", say("Tabel ini melebihi %(most)s baris.", most=_MOST_ROWS))])
    return rows


def _csv_of(rows: Sequence[Sequence[Any]]) -> bytes:
    import csv

    out = io.StringIO()
    writer = csv.writer(out)
    for row in rows:
        writer.writerow([_cell(value) for value in row])
    return out.getvalue().encode()


def _cell(value: Any) -> str:
    if isinstance(value, float):
        # A NIP as a number keeps its letter e, so that it is refused and not guessed.
        return f"{value:.15g}" if value < 1e15 else repr(value).replace(".0", "e")
    return str(value)
