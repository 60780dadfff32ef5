"""Forms of the path pages."""

from __future__ import annotations

from wtforms import BooleanField, DateField, HiddenField, SelectMultipleField, StringField
from wtforms.validators import InputRequired, Optional

from kompetensi.forms.base import Form, strip
from kompetensi.messages import say

__all__ = ["ReadyByForm", "TakePathForm", "WhatIfForm"]


class ReadyByForm(Form):
    """Until when the person wants to be ready; empty = no deadline."""

    by = DateField(say("Siap paling lambat"), validators=[Optional()])


class TakePathForm(Form):
    """Which of the choices the person takes."""

    choice = HiddenField(say("Jalur"), validators=[InputRequired()])
    by = DateField(say("Siap paling lambat"), validators=[Optional()])


class WhatIfForm(Form):
    """What is supposed to be so; the service knows which codes there are."""

    by = DateField(say("Siap paling lambat"), validators=[Optional()])
    passed = SelectMultipleField(say("Bila sudah lulus"), choices=(), validate_choice=False)
    taken = SelectMultipleField(say("Bila juga mengambil"), choices=(), validate_choice=False)
    until = DateField(say("Bila batas tanggalnya"), validators=[Optional()])
    unlimited = BooleanField(say("Bila tanpa batas tanggal"))
    golongan = StringField(say("Bila golongannya"), filters=[strip])
