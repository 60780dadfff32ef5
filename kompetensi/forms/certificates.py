"""Forms of certificates: why one is revoked or replaced, what its signer types, and what the public check is asked."""

from __future__ import annotations

from typing import Any

from flask_wtf.file import FileField, FileRequired
from markupsafe import Markup
from wtforms import Field, IntegerField, PasswordField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, NumberRange, Optional, Regexp
from wtforms.widgets import TextInput

from kompetensi.forms.base import Form, strip, without_spaces
from kompetensi.messages import say

__all__ = ["AwardForm", "CodeForm", "FileForm", "NumberForm", "QrForm", "ShareForm", "SigningForm", "StateReasonForm"]


class AwardForm(Form):
    """To whom of a batch an award is given, and what for."""

    nip = SelectField(say("Penerima"), validators=[InputRequired()])
    citation = StringField(say("Penghargaan sebagai"), filters=[strip], validators=[InputRequired(), Length(max=80)],
                           description=say("Tercetak dengan huruf besar, misalnya Peserta Terbaik I."))


class StateReasonForm(Form):
    """Why a certificate no longer counts."""

    reason = TextAreaField(say("Alasan"), filters=[strip], validators=[InputRequired(), Length(max=500)],
                           description=say("10 sampai 500 huruf. Siapa pun yang memeriksa sertifikat ini membacanya."),
                           render_kw={"rows": 3})


class _NeverEchoed(TextInput):
    """An input that comes back empty, whatever was typed."""

    def __call__(self, field: Field, **words: Any) -> Markup:
        return super().__call__(field, **(words | {"value": ""}))


class SigningForm(Form):
    """What BSrE asks of a signer; neither of the two is ever written back into a page."""

    nik = StringField(say("NIK"), filters=[without_spaces], widget=_NeverEchoed(),
                      validators=[InputRequired(), Regexp(r"[0-9]{16}\Z", message=say("NIK terdiri atas 16 angka."))],
                      description=say("16 angka pada KTP, seperti yang terdaftar di BSrE."),
                      render_kw={"autocomplete": "off", "inputmode": "numeric", "spellcheck": "false"})
    passphrase = PasswordField(say("Passphrase"), validators=[InputRequired(), Length(max=200)],
                               description=say("Passphrase sertifikat elektronik Anda, bukan kata sandi akun ini."),
                               render_kw={"autocomplete": "off", "spellcheck": "false"})


class CodeForm(Form):
    """The code that is printed on a certificate."""

    kode = StringField(say("Kode pada sertifikat"), filters=[strip], validators=[InputRequired(), Length(max=60)],
                       description=say("12 huruf dan angka, misalnya 7K4M-Q9XD-2RTB. Atau pindai kode QR."),
                       render_kw={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"})


class FileForm(Form):
    """The certificate as a file."""

    file = FileField(say("Berkas PDF"), validators=[FileRequired(say("Pilih berkas PDF sertifikatnya dahulu."))],
                     description=say("Berkas tidak disimpan; hanya sidik jari dan tanda tangan elektroniknya yang diperiksa."),
                     render_kw={"accept": "application/pdf,.pdf"})


class ShareForm(Form):
    """For whom a link to a certificate is, and for how long."""

    label = StringField(say("Untuk siapa"), filters=[strip], validators=[Length(max=120)],
                        description=say("Catatan untuk Anda sendiri, misalnya “Panitia seleksi”."))
    days = IntegerField(say("Berlaku berapa hari"), validators=[Optional(), NumberRange(1, 3650)],
                        description=say("Kosong berarti selama yang diizinkan."))


class NumberForm(Form):
    """What everybody can read on a certificate."""

    number = StringField(say("Nomor sertifikat"), filters=[strip], validators=[InputRequired(), Length(max=160)],
                         description=say("Seperti tertulis di bawah judulnya, misalnya 0218/STTP/IV/BKPSDM-GTLO/X/2026."),
                         render_kw={"autocomplete": "off", "spellcheck": "false"})
    name = StringField(say("Nama pemegang"), filters=[strip], validators=[InputRequired(), Length(max=200)],
                       description=say("Lengkap. Gelar, huruf besar kecil dan spasi tidak berpengaruh."),
                       render_kw={"autocomplete": "off", "spellcheck": "false"})


class QrForm(Form):
    """What a QR says, as a telephone shows it."""

    qr = TextAreaField(say("Isi kode QR"), filters=[strip], validators=[InputRequired(), Length(max=5000)],
                       description=say("Alamat beserta semua yang mengikuti tanda #."),
                       render_kw={"rows": 3, "autocomplete": "off", "spellcheck": "false"})
