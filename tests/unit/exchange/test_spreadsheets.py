"""Tables as workbooks and comma-separated values, read again by another library."""

from __future__ import annotations

from datetime import UTC, date, datetime
from io import BytesIO

from python_calamine import CalamineWorkbook

from kompetensi.exchange.spreadsheets import CellKind, Column, Sheet, write_csv, write_workbook
from kompetensi.messages import say

NOW = datetime(2026, 11, 23, 1, 14, 30, 5, tzinfo=UTC)
SHEET = Sheet(say("Biaya: per orang/siap [2026]"), (
    Column(say("Nama")), Column(say("Orang"), CellKind.NUMBER), Column(say("Bagian"), CellKind.SHARE),
    Column(say("Biaya"), CellKind.RUPIAH), Column(say("Mulai"), CellKind.DAY), Column(say("Bulan"), CellKind.MONTH)),
    (("=1+1", 1234, 0.98765432, 51_000_000, date(2027, 1, 11), date(2027, 2, 1)),
     (say("%(count)s lagi", count=3), None, None, None, None, None)))


def test_a_workbook_has_the_types_of_its_columns_and_the_moment_in_gorontalos_time():
    content = write_workbook(say("Laporan"), NOW, [SHEET], str)
    book = CalamineWorkbook.from_filelike(BytesIO(content))
    (name,) = book.sheet_names
    assert name == "Biaya per orangsiap 2026"
    rows = book.get_sheet_by_name(name).to_python()
    assert rows[0] == ["Nama", "Orang", "Bagian", "Biaya", "Mulai", "Bulan"]
    assert rows[1] == ["=1+1", 1234, 0.98765432, 51_000_000, date(2027, 1, 11), date(2027, 2, 1)]
    assert rows[2][:2] == ["3 lagi", ""]
    assert rows[4][0] == "Data per 23 November 2026, 09.14 WITA"


def test_the_same_table_gives_the_same_bytes():
    assert write_workbook(say("Laporan"), NOW, [SHEET], str) == write_workbook(say("Laporan"), NOW, [SHEET], str)


def test_comma_separated_values_hold_no_formula():
    lines = write_csv(SHEET, str).split("\r\n")
    assert lines[1] == "'=1+1,1234,0.9877,51000000,2027-01-11,2027-02"
    assert lines[2] == "3 lagi,,,,,"


def test_the_heads_are_in_the_readers_language():
    english = {"Nama": "Name"}
    assert write_csv(SHEET, lambda message: english.get(str(message), str(message))).startswith("Name,Orang")
