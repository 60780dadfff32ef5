"""The readiness map as a table of comma-separated values, one row for each agency and competency."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from typing import Any, Protocol

from kompetensi.messages import Message, say

__all__ = ["map_to_csv"]

_HEADS = (say("OPD"), say("Nama OPD"), say("Kompetensi"), say("Nama kompetensi"), say("Diminta"), say("Dinilai"), say("Kurang"),
          say("Tingkat kurang"), say("Tingkat diminta"))
# A spreadsheet would take a text that begins with one of these for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class _Map(Protocol):
    @property
    def columns(self) -> Sequence[Any]: ...

    @property
    def agencies(self) -> Sequence[Any]: ...


def map_to_csv(found: _Map, translate: Callable[[Message], str]) -> str:
    """Return the table, heads in the reader's language; cells that nobody is asked for or that are hidden are left out."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([translate(head) for head in _HEADS])
    for row in found.agencies:
        for column, cell in zip(found.columns, row.cells, strict=True):
            if cell.asked:
                writer.writerow([_plain(text) for text in (row.code, row.name, column.code, column.name)] + [
                    cell.asked, cell.assessed, cell.short, cell.missing, cell.required])
    return out.getvalue()


def _plain(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA) else text
