"""Forms of the area admin: accounts, roles, passwords, policies."""

from __future__ import annotations

from collections.abc import Mapping

from wtforms import DateField, PasswordField, SelectField, StringField, TextAreaField, ValidationError
from wtforms.fields import SelectChoice
from wtforms.validators import InputRequired, Length, Optional

from kompetensi.forms.base import Form, strip, without_spaces
from kompetensi.messages import Message, say

__all__ = ["ROLE_WORDS", "AccountForm", "GrantForm", "OwnPasswordForm", "PasswordForm", "PolicyForm"]

# Key = rules.access.Role.
ROLE_WORDS: Mapping[str, Message] = {
    "HR": say("Pengelola kepegawaian"),
    "TRAINING_CENTRE": say("Balai pelatihan"),
    "ADMIN": say("Admin"),
}

_NEW_PASSWORD = {"autocomplete": "new-password"}


class AccountForm(Form):
    """A new account of a person."""

    nip = StringField(say("NIP atau NI PPPK"), filters=[without_spaces], validators=[InputRequired(), Length(max=30)],
                      description=say("18 angka, boleh dengan spasi. Akun terhubung dengan data pegawai ini."),
                      render_kw={"inputmode": "numeric", "autocomplete": "off"})
    username = StringField(say("Nama pengguna"), filters=[strip], validators=[Length(max=80)],
                           description=say("Bila kosong, nama penggunanya NIP."),
                           render_kw={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"})
    password = PasswordField(say("Kata sandi pertama"), validators=[Length(max=200)],
                             description=say("Paling sedikit 12 huruf. Bila kosong, akun belum dapat dipakai masuk."),
                             render_kw=_NEW_PASSWORD)


class GrantForm(Form):
    """A role for a unit and everything below it. The units are passed in as choices."""

    role = SelectField(say("Wewenang"), validators=[InputRequired()],
                       choices=[SelectChoice(key, words) for key, words in ROLE_WORDS.items()])
    unit_code = SelectField(say("Unit kerja"), validators=[InputRequired()],
                            description=say("Berlaku untuk unit ini dan semua unit di bawahnya."))
    valid_from = DateField(say("Hari pertama"), validators=[InputRequired()])
    valid_to = DateField(say("Hari terakhir"), validators=[Optional()],
                         description=say("Bila kosong, berlaku sampai diakhiri."))


class PasswordForm(Form):
    """A new password that an admin gives."""

    password = PasswordField(say("Kata sandi baru"), validators=[InputRequired(), Length(max=200)],
                             description=say("Paling sedikit 12 huruf. Semua sesi akun ini berakhir."),
                             render_kw=_NEW_PASSWORD)


class OwnPasswordForm(Form):
    """The reader's own new password."""

    present = PasswordField(say("Kata sandi sekarang"), validators=[InputRequired(), Length(max=200)],
                            render_kw={"autocomplete": "current-password"})
    password = PasswordField(say("Kata sandi baru"), validators=[InputRequired(), Length(max=200)],
                             description=say("Paling sedikit 12 huruf; kalimat pendek mudah diingat."),
                             render_kw=_NEW_PASSWORD)
    again = PasswordField(say("Kata sandi baru, sekali lagi"), validators=[InputRequired(), Length(max=200)],
                          render_kw=_NEW_PASSWORD)

    def validate_again(self, field: PasswordField) -> None:
        """Refuse two that differ."""
        if field.data != self.password.data:
            raise ValidationError(say("Kedua kata sandi baru tidak sama."))


class PolicyForm(Form):
    """A new value of a policy from a day on."""

    value = StringField(say("Nilai baru"), filters=[strip], validators=[Length(max=200)],
                        description=say("Kosongkan bila kebijakan ini tidak dipakai."),
                        render_kw={"autocomplete": "off"})
    valid_from = DateField(say("Berlaku sejak"), validators=[InputRequired()])
    source = StringField(say("Sumber"), filters=[strip], validators=[InputRequired(), Length(max=300)],
                         description=say("Peraturan beserta pasalnya, atau keputusan instansi."))
    confidence = SelectField(say("Keyakinan"), validators=[InputRequired()], choices=[
        SelectChoice("verified", say("Diperiksa pada sumbernya")),
        SelectChoice("memory: unverified", say("Dari ingatan, belum diperiksa")),
        SelectChoice("model", say("Kebijakan aplikasi"))])
    reason = TextAreaField(say("Alasan perubahan"), filters=[strip], validators=[InputRequired(), Length(max=1000)],
                           description=say("Disimpan dalam jejak audit."), render_kw={"rows": 3})
