"""Forms of the area auth."""

from __future__ import annotations

from wtforms import PasswordField, StringField
from wtforms.validators import InputRequired, Length

from kompetensi.forms.base import Form, strip
from kompetensi.messages import say

__all__ = ["LoginForm"]


class LoginForm(Form):
    """Name and password."""

    username = StringField(
        say("NIP, NI PPPK, atau nama pengguna"), filters=[strip], validators=[InputRequired(), Length(max=80)],
        render_kw={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"})
    password = PasswordField(
        say("Kata sandi"), validators=[InputRequired(), Length(max=200)],
        render_kw={"autocomplete": "current-password"})
