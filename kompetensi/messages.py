"""Sentences that people read, kept apart from the language they are shown in.

Every layer may state a sentence; only the edge knows who reads it. A `Message` is an Indonesian template with
named values. ``str(message)`` is the Indonesian text; `Message.render` takes the reader's language and dictionary.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone

__all__ = ["WITA", "Amount", "Hundredths", "Message", "Rupiah", "format_date", "format_number", "format_value", "say"]

# Moments are kept in UTC and shown in Gorontalo's time.
WITA = timezone(timedelta(hours=8), "WITA")

MONTHS = {
    "id": ("Januari", "Februari", "Maret", "April", "Mei", "Juni", "Juli", "Agustus", "September", "Oktober",
           "November", "Desember"),
    "en": ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
           "November", "December"),
}


class Hundredths(int):
    """A number kept times 100 so that it is exact; shown with two decimals, ``212,50``."""


class Amount(int):
    """A whole number that can be no year; its thousands stand apart below 10,000 too.

    Examples
    --------
    >>> format_value(Amount(1361)), format_value(1361)
    ('1.361', '1361')
    """


class Rupiah(int):
    """An amount in whole rupiah; shown as ``Rp 1.234.567``."""


def format_number(value: int | float, *, locale: str = "id", digits: int = 0) -> str:
    """Write a number the way the language does: ``1.234,5`` in Indonesian, ``1,234.5`` in English.

    Parameters
    ----------
    value : int or float
    locale : {"id", "en"}
    digits : int
        Decimal places, at least 0. The value is rounded half to even, as Python does.
    """
    text = f"{value:,.{digits}f}"
    if locale == "en":
        return text
    return text.translate(str.maketrans(",.", ".,"))


def format_date(value: date, *, locale: str = "id") -> str:
    """Write a date in full: ``23 November 2026``."""
    return f"{value.day} {MONTHS[locale if locale in MONTHS else 'id'][value.month - 1]} {value.year}"


def format_value(value: object, *, locale: str = "id", translate: Callable[[str], str] | None = None) -> str:
    """Write one value of a message; whole numbers below 10,000 stay plain so that years read as years."""
    if isinstance(value, Message):
        return value.render(translate, locale=locale)
    if isinstance(value, datetime):
        local = value.astimezone(WITA)
        return f"{format_date(local, locale=locale)}, {local:%H.%M} WITA"
    if isinstance(value, date):
        return format_date(value, locale=locale)
    if isinstance(value, Hundredths):
        return format_number(value / 100, locale=locale, digits=2)
    if isinstance(value, Amount):
        return format_number(value, locale=locale)
    if isinstance(value, Rupiah):
        return f"Rp\N{NO-BREAK SPACE}{format_number(value, locale=locale)}"
    if isinstance(value, bool) or value is None:
        return str(value)
    if isinstance(value, int):
        return format_number(value, locale=locale) if abs(value) >= 10_000 else str(value)
    if isinstance(value, float):
        return format_number(value, locale=locale, digits=1)
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ", ".join(format_value(item, locale=locale, translate=translate) for item in value)
    return str(value)


@dataclass(frozen=True, slots=True)
class Message:
    """A sentence with named values.

    Attributes
    ----------
    template : str
        Indonesian text with ``%(name)s`` places; it is also the key in the dictionaries of other languages.
    params : tuple of (str, object)
        Values by name, in the order given. Dates, whole numbers, `Amount`, `Rupiah`, sequences and messages are written
        in the reader's language.
    """

    template: str
    params: tuple[tuple[str, object], ...] = ()

    def render(self, translate: Callable[[str], str] | None = None, *, locale: str = "id") -> str:
        """Return the sentence in a language.

        Parameters
        ----------
        translate : callable, optional
            Dictionary look-up from Indonesian template to the template of `locale`; without it Indonesian.
        locale : {"id", "en"}
            How dates and numbers are written.
        """
        template = translate(self.template) if translate else self.template
        if not self.params:
            return template % {}
        return template % {
            name: format_value(value, locale=locale, translate=translate) for name, value in self.params
        }

    def __str__(self) -> str:
        return self.render()


def say(template: str, /, **params: object) -> Message:
    """State a sentence; the extractor collects the first argument of this function for translation."""
    return Message(template, tuple(params.items()))
