"""Tables as files of other programs: a workbook (XLSX) with typed cells, or comma-separated values."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from kompetensi.messages import WITA, Message, say

__all__ = ["Cell", "CellKind", "Column", "Sheet", "write_csv", "write_workbook"]

Cell = str | int | float | date | Message | None

# A spreadsheet would take a text that begins with one of these for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_LONGEST_NAME = 31
_NOT_IN_NAMES = str.maketrans("", "", "[]:*?/\\'")


class CellKind(StrEnum):
    """What the cells of a column hold."""

    TEXT = "TEXT"
    NUMBER = "NUMBER"
    SHARE = "SHARE"
    RUPIAH = "RUPIAH"
    DAY = "DAY"
    MONTH = "MONTH"


_FORMATS = {CellKind.NUMBER: "#,##0.##", CellKind.SHARE: "0.0%", CellKind.RUPIAH: '"Rp" #,##0', CellKind.DAY: "yyyy-mm-dd",
            CellKind.MONTH: "yyyy-mm"}


@dataclass(frozen=True, slots=True)
class Column:
    """One column; a `SHARE` is a part of 1. `width` counts characters."""

    title: Message
    kind: CellKind = CellKind.TEXT
    width: int = 14


@dataclass(frozen=True, slots=True)
class Sheet:
    """One table; each row has a cell for each column, None where nothing is known."""

    name: Message
    columns: tuple[Column, ...]
    rows: Sequence[Sequence[Cell]]


def write_workbook(title: Message, written_at: datetime, sheets: Iterable[Sheet], render: Callable[[Message], str]) -> bytes:
    """Write tables as a workbook, each a sheet with a first row that stays in sight; same arguments, same bytes.

    Rows are written one after the other and not kept in memory.

    Parameters
    ----------
    written_at : datetime.datetime
        Aware; stands in Gorontalo's time below each table and among the file's properties.
    render : callable
        Gives a sentence in the reader's language.
    """
    import xlsxwriter  # only where a spreadsheet is written

    target = io.BytesIO()
    local = written_at.astimezone(WITA).replace(microsecond=0)
    book = xlsxwriter.Workbook(target, {
        "constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False})
    book.set_properties({"title": render(title), "created": local.replace(tzinfo=None)})
    head = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 1})
    formats = {kind: book.add_format({"num_format": text}) for kind, text in _FORMATS.items()}
    for sheet in sheets:
        page = book.add_worksheet(render(sheet.name).translate(_NOT_IN_NAMES)[:_LONGEST_NAME])
        page.freeze_panes(1, 0)
        for at, column in enumerate(sheet.columns):
            page.set_column(at, at, column.width)
            page.write_string(0, at, render(column.title), head)
        last = 0
        for last, row in enumerate(sheet.rows, 1):
            for at, (column, cell) in enumerate(zip(sheet.columns, row, strict=True)):
                if isinstance(cell, date):
                    page.write_datetime(last, at, cell, formats[column.kind])
                elif isinstance(cell, int | float):
                    page.write_number(last, at, cell, formats.get(column.kind))
                elif cell is not None:
                    page.write_string(last, at, render(cell) if isinstance(cell, Message) else cell)
        page.write_string(last + 2, 0, render(say("Data per %(moment)s", moment=local)))
    book.close()
    return target.getvalue()


def write_csv(sheet: Sheet, render: Callable[[Message], str]) -> str:
    """Write one table as comma-separated values, lines ended by CRLF; a `SHARE` stays a part of 1, with four decimals."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([render(column.title) for column in sheet.columns])
    for row in sheet.rows:
        writer.writerow([_plain(column, cell, render) for column, cell in zip(sheet.columns, row, strict=True)])
    return out.getvalue()


def _plain(column: Column, cell: Cell, render: Callable[[Message], str]) -> str | int | float:
    if cell is None:
        return ""
    if isinstance(cell, date):
        return f"{cell:%Y-%m}" if column.kind is CellKind.MONTH else cell.isoformat()
    if isinstance(cell, float):
        return round(cell, 4)
    if isinstance(cell, int):
        return cell
    text = render(cell) if isinstance(cell, Message) else cell
    return f"'{text}" if text.startswith(_FORMULA) else text
