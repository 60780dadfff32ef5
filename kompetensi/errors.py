"""What can go wrong, named by meaning. The edges turn these into exit statuses and pages."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from kompetensi.messages import Message, say

__all__ = ["Conflict", "InvalidInput", "InvalidRows", "KompetensiError", "NotAllowed", "NotFound", "RowError",
           "Unavailable"]


class KompetensiError(Exception):
    """Base of all errors that a user can cause or must be told.

    Attributes
    ----------
    message : Message
        What was wrong, where, and what would be right.
    where : str
        The input that was wrong (option, field, JSON Pointer); empty when it is no single one.
    """

    def __init__(self, message: Message, *, where: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.where = where

    def __str__(self) -> str:
        return str(self.message)


class InvalidInput(KompetensiError):
    """An input cannot be read or contradicts itself; nothing was changed."""


class NotFound(InvalidInput):
    """A code, number or id names nothing that the actor may know of."""


class NotAllowed(KompetensiError):
    """The actor may not do this; the message names the rule and who can.

    Attributes
    ----------
    ask : tuple of str
        Names of those who can change it; empty when nobody can, or nobody is known.
    """

    def __init__(self, message: Message, *, where: str = "", ask: Iterable[str] = ()) -> None:
        super().__init__(message, where=where)
        self.ask = tuple(ask)


class Conflict(KompetensiError):
    """The state of the record does not permit this now; the message says what would."""


class Unavailable(KompetensiError):
    """A part of the installation is missing (Pango, a font, a signer); the message says how to get it."""


@dataclass(frozen=True, slots=True)
class RowError:
    """One refused cell of a table.

    Attributes
    ----------
    row : int
        Line of the file, the header being line 1.
    column : str
        Name of the column; empty when the whole row is meant.
    message : Message
    """

    row: int
    column: str
    message: Message


class InvalidRows(InvalidInput):
    """A table was refused as a whole because of some of its rows; nothing was written.

    Attributes
    ----------
    rows : tuple of RowError
        In the order of the file; at least one.
    """

    def __init__(self, rows: Iterable[RowError], *, where: str = "") -> None:
        self.rows = tuple(rows)
        super().__init__(say("Ada %(count)s kesalahan; tidak ada yang ditulis.", count=len(self.rows)), where=where)
