"""The reader's language: Indonesian as written, English through the dictionary beside the code."""

from __future__ import annotations

import io
from functools import cache
from importlib.resources import files

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import Translations

from kompetensi.messages import Message

__all__ = ["LOCALES", "gettext", "ngettext", "render"]

LOCALES = {"id": "Bahasa Indonesia", "en": "English"}


@cache
def _dictionary(locale: str) -> Translations | None:
    if locale == "id":
        return None
    source = files("kompetensi") / "translations" / locale / "LC_MESSAGES" / "kompetensi.po"
    compiled = io.BytesIO()
    with source.open("rb") as po:
        write_mo(compiled, read_po(po, locale=locale))
    compiled.seek(0)
    return Translations(compiled)


def gettext(template: str, locale: str) -> str:
    """Return the template in a language; Indonesian, and what the dictionary lacks, as it stands."""
    dictionary = _dictionary(locale)
    return template if dictionary is None or not template else dictionary.gettext(template)


def ngettext(singular: str, plural: str, count: int, locale: str) -> str:
    """Return the form for a number; Indonesian has one form, English two."""
    dictionary = _dictionary(locale)
    return singular if dictionary is None else dictionary.ngettext(singular, plural, count)


def render(message: Message | str, locale: str = "id") -> str:
    """Return a message, or plain text as it is, in a language."""
    if isinstance(message, str):
        return message
    return message.render(lambda template: gettext(template, locale), locale=locale)
