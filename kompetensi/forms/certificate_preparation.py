"""Photos and registration codes of a batch's participants, all in one form."""

from __future__ import annotations

from collections.abc import Sequence

from flask_wtf.file import FileField
from wtforms import StringField
from wtforms.validators import Length

from kompetensi.forms.base import Form, strip
from kompetensi.messages import say

__all__ = ["preparation_form"]


def preparation_form(people: Sequence[tuple[str, str, str]]) -> Form:
    """Return a form with the fields ``lan-NIP`` and ``photo-NIP`` of each participant.

    Parameters
    ----------
    people : sequence of (str, str, str)
        NIP, name, and the code that is known.
    """
    fields: dict[str, object] = {}
    for nip, name, number in people:
        fields[f"lan-{nip}"] = StringField(
            say("Kode registrasi LAN %(name)s", name=name), filters=[strip], validators=[Length(max=60)], default=number,
            render_kw={"autocomplete": "off", "spellcheck": "false"})
        fields[f"photo-{nip}"] = FileField(say("Pasfoto %(name)s", name=name), render_kw={"accept": "image/png,image/jpeg"})
    made: Form = type("PreparationForm", (Form,), fields)()
    return made
