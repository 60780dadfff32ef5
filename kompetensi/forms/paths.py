"""Forms of the path pages."""

from __future__ import annotations

from wtforms import DateField, HiddenField
from wtforms.validators import InputRequired, Optional

from kompetensi.forms.base import Form
from kompetensi.messages import say

__all__ = ["ReadyByForm", "TakePathForm"]


class ReadyByForm(Form):
    """Until when the person wants to be ready; empty = no deadline."""

    by = DateField(say("Siap paling lambat"), validators=[Optional()])


class TakePathForm(Form):
    """Which of the choices the person takes."""

    choice = HiddenField(say("Jalur"), validators=[InputRequired()])
    by = DateField(say("Siap paling lambat"), validators=[Optional()])
