"""Forms of the area courses: batches, decisions, attendance and results."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from wtforms import (
    DateField,
    Field,
    FormField,
    IntegerField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.fields import SelectChoice
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from kompetensi.forms.base import Form, strip, without_spaces
from kompetensi.forms.catalogue import Row, Rows
from kompetensi.messages import Message, say

__all__ = ["KIND_WORDS", "MODE_WORDS", "ROLE_WORDS", "BatchForm", "EnrolForm", "ReasonForm"]

MODE_WORDS: Mapping[str, Message] = {
    "CLASSICAL": say("Tatap muka"), "DISTANCE": say("Jarak jauh"), "SELF_STUDY": say("Belajar mandiri"),
    "OFF_CAMPUS": say("Aksi di kantor")}
ROLE_WORDS: Mapping[str, Message] = {"PENGAJAR": say("Pengajar"), "PENGUJI": say("Penguji"), "COACH": say("Coach")}
KIND_WORDS: Mapping[str, Message] = {
    "REGULAR": say("Reguler: anggaran balai"), "COOPERATION": say("Kerja sama: bersama instansi lain"),
    "CONTRIBUTION": say("Kontribusi: dibayar instansi peserta")}
STATUS_WORDS: Mapping[str, Message] = {
    "OPEN": say("Pendaftaran dibuka"), "PLANNED": say("Direncanakan, pendaftaran belum dibuka")}


def _choices(words: Mapping[str, Message], empty: Message | None = None) -> list[SelectChoice]:
    first = [SelectChoice("", empty)] if empty is not None else []
    return first + [SelectChoice(value, label) for value, label in words.items()]


def _or_zero(number: int | None) -> int:
    return number or 0


def _room(text: Any) -> int | None:
    return int(text) if text not in (None, "", "None") else None


def _complain_if(wrong: bool, field: Field, message: Message) -> bool:
    """Put a sentence at a field when a row is wrong as a whole; return whether it is right."""
    if wrong:
        field.errors = [*field.errors, message]
    return not wrong


class StageRow(Row):
    """One stage; a row without mode and days is an empty row."""

    name = StringField(say("Nama tahap"), filters=[strip], validators=[Length(max=120)])
    mode = SelectField(say("Cara"), choices=_choices(MODE_WORDS, say("tidak ada")), validators=[Optional()])
    first_day = DateField(say("Mulai"), validators=[Optional()])
    last_day = DateField(say("Selesai"), validators=[Optional()])

    def validate(self, extra_validators: Any = None) -> bool:
        """Refuse also a stage that is only half filled in."""
        given = (bool(self.mode.data), self.first_day.data is not None, self.last_day.data is not None)
        return super().validate(extra_validators) and _complain_if(
            any(given) and not all(given), self.last_day, say("Isi cara, hari mulai dan hari selesai."))


class SubjectRow(Row):
    """One subject; a row without a name is an empty row."""

    name = StringField(say("Mata pelatihan"), filters=[strip], validators=[Length(max=200)])
    jp = IntegerField(say("JP"), validators=[Optional(), NumberRange(1, 9999)])


class TrainerRow(Row):
    """One trainer; nobody chosen = an empty row."""

    code = SelectField(say("Pengajar"), validators=[Optional()])
    role = SelectField(say("Peran"), choices=_choices(ROLE_WORDS), default="PENGAJAR")


class QuotaRow(Row):
    """Seats for one agency; no agency chosen = an empty row."""

    unit_code = SelectField(say("Perangkat daerah"), validators=[Optional()])
    reserved = IntegerField(say("Disimpan"), validators=[Optional(), NumberRange(0, 999)])
    reserved_until = DateField(say("Sampai"), validators=[Optional()])
    most = IntegerField(say("Paling banyak"), validators=[Optional(), NumberRange(0, 999)])


class BatchForm(Form):
    """A batch; trainings, rooms, organisers, trainers and agencies are passed in as choices."""

    kind = RadioField(say("Pembiayaan"), choices=_choices(KIND_WORDS), default="REGULAR", validators=[InputRequired()])
    number = IntegerField(say("Nomor angkatan"), validators=[Optional(), NumberRange(1, 999)],
                          description=say("Kosong berarti nomor bebas berikutnya pada tahun hari pertamanya."))

    status = RadioField(say("Pendaftaran"), choices=_choices(STATUS_WORDS), default="OPEN",
                        validators=[InputRequired()])
    seats = IntegerField(say("Kursi"), validators=[InputRequired(), NumberRange(1, 999)])
    min_participants = IntegerField(say("Peserta paling sedikit"), default=0,
                                    validators=[InputRequired(), NumberRange(0, 999)])
    cost_idr = IntegerField(say("Biaya per peserta (rupiah)"), default=0,
                            validators=[InputRequired(), NumberRange(0, 999_999_999)])
    run_cost_idr = IntegerField(say("Biaya penyelenggaraan (rupiah)"), default=0,
                                validators=[Optional(), NumberRange(0, 999_999_999)], filters=[_or_zero],
                                description=say("Biaya tetap, berapa pun pesertanya: pengajar, ruang, bahan."))
    registration_until = DateField(say("Pendaftaran sampai"), validators=[Optional()],
                                   description=say("Hari itu masih termasuk; kosong berarti sampai hari pertama."))
    room_id = SelectField(say("Ruang"), coerce=_room, validators=[Optional()])
    place = StringField(say("Tempat"), filters=[strip], validators=[Length(max=120)],
                        description=say("Kosong berarti tempat ruang yang dipilih."))
    organiser_code = SelectField(say("Penyelenggara"), validators=[InputRequired()])
    stages = Rows(FormField(StageRow), label=say("Tahap"))
    subjects = Rows(FormField(SubjectRow), label=say("Mata pelatihan dan JP"))
    trainers = Rows(FormField(TrainerRow), label=say("Pengajar"))
    quotas = Rows(FormField(QuotaRow), label=say("Kursi menurut perangkat daerah"))


class ReasonForm(Form):
    """Why something is refused or cancelled."""

    reason = TextAreaField(say("Alasan"), filters=[strip], validators=[InputRequired(), Length(max=500)],
                           description=say("Peserta membaca alasan ini."), render_kw={"rows": 3})


class EnrolForm(Form):
    """Whom to enrol."""

    nip = StringField(say("NIP atau NI PPPK"), filters=[without_spaces], validators=[InputRequired(), Length(max=30)],
                      description=say("18 angka, boleh dengan spasi."),
                      render_kw={"inputmode": "numeric", "autocomplete": "off"})
