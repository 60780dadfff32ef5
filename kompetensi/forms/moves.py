"""The form in which people state what they are interested in."""

from __future__ import annotations

from wtforms import SelectField
from wtforms.fields import SelectChoice

from kompetensi.forms.base import Form
from kompetensi.messages import Message, say
from kompetensi.services.interests import MOST_INTERESTS, InterestCatalogue

__all__ = ["chosen_of", "interest_form"]

_GROUPS: tuple[tuple[str, Message], ...] = (
    ("URUSAN", say("Urusan")), ("CLASS", say("Jenjang")), ("UNIT", say("Unit kerja")))
_SEPARATOR = ":"


def interest_form(catalogue: InterestCatalogue, stated: tuple[tuple[str, str], ...]) -> Form:
    """Make the form with one choice for each place; its fields are called ``place1`` and so on."""
    choices = [SelectChoice("", say("tidak diisi"))]
    for kind, words in _GROUPS:
        choices += [SelectChoice(f"{kind}{_SEPARATOR}{subject}", name, optgroup=words)
                    for subject, name in catalogue.offered(kind)]
    fields = {f"place{place}": SelectField(say("Minat ke-%(place)s", place=place), choices=choices, default="")
              for place in range(1, MOST_INTERESTS + 1)}
    known = {f"place{place}": _SEPARATOR.join(subject) for place, subject in enumerate(stated, 1)}
    return type("InterestForm", (Form,), fields)(data=known)


def chosen_of(form: Form) -> list[tuple[str, str] | None]:
    """Return what was chosen in each place; None where a place was left empty."""
    parts = [(field.data or "").partition(_SEPARATOR) for field in form]
    return [(kind, subject) if kind else None for kind, _, subject in parts]
