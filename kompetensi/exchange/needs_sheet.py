"""A needs analysis as a spreadsheet: each table a sheet."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO

from kompetensi.messages import Message

__all__ = ["Sheet", "write_sheets"]

Cell = str | int | Message


@dataclass(frozen=True, slots=True)
class Sheet:
    """One table.

    Attributes
    ----------
    columns : tuple of (Message or str, int)
        Title and width in characters.
    rows : sequence of sequence of str, int or Message
    """

    name: Message
    columns: tuple[tuple[Message | str, int], ...]
    rows: Sequence[Sequence[Cell]]


def write_sheets(title: str, written_at: datetime, sheets: Sequence[Sheet], render: Callable[[Message], str]) -> bytes:
    """Write a workbook; the same arguments give the same bytes.

    Parameters
    ----------
    written_at : datetime
        Stands in the file's properties.
    render : callable
        Gives a sentence in the reader's language.
    """
    import xlsxwriter  # only where a spreadsheet is written

    def plain(cell: Cell) -> str | int:
        return render(cell) if isinstance(cell, Message) else cell

    target = BytesIO()
    book = xlsxwriter.Workbook(target, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    book.set_properties({"title": title, "created": written_at.replace(tzinfo=None)})
    head = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 1})
    number = book.add_format({"num_format": "#,##0"})
    for sheet in sheets:
        page = book.add_worksheet(render(sheet.name))
        page.freeze_panes(1, 0)
        page.write_row(0, 0, [plain(name) for name, _ in sheet.columns], head)
        for at, (_, width) in enumerate(sheet.columns):
            page.set_column(at, at, width, number)
        for at, row in enumerate(sheet.rows, 1):
            page.write_row(at, 0, [plain(cell) for cell in row])
        if sheet.rows:
            page.autofilter(0, 0, len(sheet.rows), len(sheet.columns) - 1)
    book.close()
    return target.getvalue()
