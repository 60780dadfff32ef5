"""The common form: its messages are sentences of ours, in the reader's language.

Labels and errors are `Message` objects, so templates show them with the filter ``teks``. The token against forged
requests is checked for every page at once (see `kompetensi.blueprints`), so forms carry none of their own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from flask_wtf import FlaskForm
from wtforms import Field, StringField
from wtforms.fields import SelectChoice

from kompetensi.messages import Message, say

__all__ = ["Form", "HundredthsField", "offer", "strip", "without_spaces"]

# What WTForms says in English -> what we say. Both keys of a pair that WTForms counts by are given.
_SENTENCES: Mapping[str, Message] = {
    "This field is required.": say("Isian ini wajib diisi."),
    "Not a valid choice.": say("Pilihan ini tidak ada dalam daftar."),
    "Not a valid integer value.": say("Isi dengan bilangan bulat, misalnya 40."),
    "Not a valid decimal value.": say("Isi dengan angka, misalnya 87.5."),
    "Not a valid float value.": say("Isi dengan angka, misalnya 87.5."),
    "Not a valid date value.": say("Isi dengan tanggal, misalnya 2026-11-23."),
    "Not a valid datetime value.": say("Isi dengan tanggal dan jam, misalnya 2026-11-23 09:14."),
    "Not a valid time value.": say("Isi dengan jam, misalnya 09:14."),
    "Invalid Choice: could not coerce.": say("Pilihan ini tidak ada dalam daftar."),
    "Invalid choice(s): one or more data inputs could not be coerced.": say("Pilihan ini tidak ada dalam daftar."),
    "Invalid input.": say("Isian ini tidak dapat dibaca."),
    "Invalid value, must be one of: %(values)s.": say("Isi dengan salah satu dari: %(values)s."),
    "Number must be at least %(min)s.": say("Isi paling sedikit %(min)s."),
    "Number must be at most %(max)s.": say("Isi paling banyak %(max)s."),
    "Number must be between %(min)s and %(max)s.": say("Isi antara %(min)s dan %(max)s."),
    "Date must be at least %(min)s.": say("Tanggal paling awal %(min)s."),
    "Date must be at most %(max)s.": say("Tanggal paling akhir %(max)s."),
    "Date must be between %(min)s and %(max)s.": say("Tanggal harus antara %(min)s dan %(max)s."),
    "Field must be at least %(min)d character long.": say("Isi paling sedikit %(min)s huruf."),
    "Field must be at least %(min)d characters long.": say("Isi paling sedikit %(min)s huruf."),
    "Field cannot be longer than %(max)d character.": say("Isi paling banyak %(max)s huruf."),
    "Field cannot be longer than %(max)d characters.": say("Isi paling banyak %(max)s huruf."),
    "Field must be exactly %(max)d character long.": say("Isi tepat %(max)s huruf."),
    "Field must be exactly %(max)d characters long.": say("Isi tepat %(max)s huruf."),
    "Field must be between %(min)d and %(max)d characters long.": say("Isi antara %(min)s dan %(max)s huruf."),
    "Field must be equal to %(other_name)s.": say("Isian ini harus sama dengan %(other_name)s."),
    "File exceeds the maximum size of %(max_size)s bytes.": say("Berkas paling besar %(max_size)s byte."),
}
_UNKNOWN = say("Isian ini tidak dapat dibaca.")


class _Sentence(Message):
    """A message that WTForms fills with ``%``, as it does with text."""

    __slots__ = ()

    def __mod__(self, params: Mapping[str, object]) -> Message:
        return Message(self.template, tuple(params.items()))


class _Sentences:
    """What WTForms asks for its words."""

    def gettext(self, text: str) -> _Sentence:
        return _Sentence(_SENTENCES.get(text, _UNKNOWN).template)

    def ngettext(self, singular: str, plural: str, count: int) -> _Sentence:
        return self.gettext(singular if count == 1 else plural)


class Form(FlaskForm):
    """Base of all our forms. Give labels as ``say("…")``, and raise ``ValidationError(say("…"))``."""

    class Meta:
        csrf = False

        def get_translations(self, form: FlaskForm) -> _Sentences:
            """Return our sentences instead of WTForms' dictionaries."""
            return _Sentences()

    def bad_fields(self) -> tuple[Field, ...]:
        """Return the fields with errors, in the order of the page; empty when all is well."""
        return tuple(field for field in self if field.errors)

    def blame(self, where: str, message: Message) -> bool:
        """Put a service's refusal at the field that it names; tell whether there is such a field."""
        field = self._fields.get(where)
        if field is None:
            return False
        field.errors = [*field.errors, message]
        return True


class HundredthsField(StringField):
    """A number of 0 or more with at most two decimals, as hundredths; empty = none.

    Parameters
    ----------
    most : int
        The largest number, inclusive.
    """

    def __init__(self, label: Message, *, most: int, **words: Any) -> None:
        super().__init__(label, **words)
        self.most = most

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read what was typed; comma and point both separate decimals."""
        self.raw_data = valuelist
        text = valuelist[0].strip() if valuelist else ""
        self.data = None
        if not text:
            return
        try:
            number = Decimal(text.replace(",", ".")) * 100
        except InvalidOperation:
            number = Decimal("nan")
        if not number.is_finite() or number != number.to_integral_value() or not 0 <= number <= 100 * self.most:
            raise ValueError(say("Isi nilai 0 sampai %(most)s, paling banyak dua angka di belakang koma.",
                                 most=self.most))
        self.data = int(number)

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        if self.data is None:
            return ""
        whole, part = divmod(self.data, 100)
        return f"{whole},{part:02d}".rstrip("0").rstrip(",") if part else str(whole)


def offer(pairs: Iterable[tuple[str, str | Message]], *, empty: Message | None = None) -> list[SelectChoice]:
    """Return what a select offers; with `empty`, first a choice that means none."""
    first = [] if empty is None else [SelectChoice("", empty)]
    return [*first, *(SelectChoice(value, label) for value, label in pairs)]


def strip(text: str | None) -> str | None:
    """Drop blanks around what was typed; a filter for text fields."""
    return text.strip() if text is not None else None


def without_spaces(text: str | None) -> str | None:
    """Drop all blanks, for numbers that people write in groups such as the NIP; a filter for text fields."""
    return "".join(text.split()) if text is not None else None
