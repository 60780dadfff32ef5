"""What an address asks for besides its path: a day, a page of a list."""

from __future__ import annotations

from datetime import date

from flask import request

from kompetensi.errors import InvalidInput
from kompetensi.messages import say

__all__ = ["asked_day", "page_number"]


def asked_day(name: str, default: date) -> date:
    """Return the day that the address asks for, or the default.

    Raises
    ------
    InvalidInput
        If it is no day.
    """
    text = request.args.get(name, "").strip()[:200]
    try:
        return date.fromisoformat(text) if text else default
    except ValueError:
        raise InvalidInput(say("“%(value)s” bukan tanggal; tulis seperti 2026-11-23.", value=text), where=name) from None


def page_number() -> int:
    """Return the page of a list that is asked for.

    Raises
    ------
    InvalidInput
        If it is no whole number from 1.
    """
    text = request.args.get("page", "1")
    if not (text.isascii() and text.isdigit() and int(text[:9]) > 0 and len(text) < 9):
        raise InvalidInput(say("“%(text)s” bukan nomor halaman.", text=text), where="page")
    return int(text)
