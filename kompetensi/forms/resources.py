"""Forms of the area resources: rooms, trainers, working days, ways, participants from outside."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from wtforms import (
    BooleanField,
    DateField,
    FormField,
    IntegerField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
)
from wtforms.fields import SelectChoice
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from kompetensi.forms.base import Form, offer, strip, without_spaces
from kompetensi.forms.catalogue import Row, Rows
from kompetensi.messages import Message, say
from kompetensi.rules.resources import FEATURES

__all__ = ["CONFIDENCE_WORDS", "DAY_WORDS", "AbsenceForm", "ClosureForm", "DayForm", "HoursForm", "OutsideForm",
           "RetireForm", "RoomForm", "TrainerForm", "TravelForm", "outside_form"]

CONFIDENCE_WORDS: Mapping[str, Message] = {
    "verified": say("Diperiksa pada sumbernya"), "memory: unverified": say("Dari ingatan, belum diperiksa"),
    "model": say("Kebijakan aplikasi")}
DAY_WORDS: Mapping[str, Message] = {"CLOSED": say("Ditutup"), "WORKING": say("Tetap bekerja")}
_WEEKDAYS = (say("Senin"), say("Selasa"), say("Rabu"), say("Kamis"), say("Jumat"), say("Sabtu"), say("Minggu"))


def _level(text: Any) -> int | None:
    return int(text) if text not in (None, "", "None") else None


class RoomForm(Form):
    """A room; units are passed in as choices."""

    name = StringField(say("Nama ruang"), filters=[strip], validators=[InputRequired(), Length(max=80)])
    place = StringField(say("Tempat"), filters=[strip], validators=[InputRequired(), Length(max=120)],
                        description=say("Gedung dan kota; ruang satu gedung memakai tulisan yang sama."))
    seats = IntegerField(say("Kursi"), validators=[InputRequired(), NumberRange(1, 999)],
                         render_kw={"inputmode": "numeric"})
    features = SelectMultipleField(say("Fasilitas"), choices=offer(tuple(FEATURES.items())), validators=[Optional()])
    unit_code = SelectField(say("Balai yang mengelola"), validators=[InputRequired()])


class ClosureForm(Form):
    """Days on which a room cannot be used."""

    first_day = DateField(say("Mulai"), validators=[InputRequired()])
    last_day = DateField(say("Sampai"), validators=[InputRequired()], description=say("Hari itu masih termasuk."))
    reason = StringField(say("Alasan"), filters=[strip], validators=[InputRequired(), Length(max=200)])
    despite = BooleanField(say("Tetap tutup meskipun dipakai angkatan; saya akan memindahkannya"))


class RetireForm(Form):
    """From when on a room is no longer used."""

    retired_on = DateField(say("Tidak dipakai lagi mulai"), validators=[Optional()],
                           description=say("Kosong berarti tetap dipakai."))


class AbsenceForm(Form):
    """Days on which a trainer is not there."""

    first_day = DateField(say("Mulai"), validators=[InputRequired()])
    last_day = DateField(say("Sampai"), validators=[InputRequired()], description=say("Hari itu masih termasuk."))
    reason = StringField(say("Alasan"), filters=[strip], validators=[InputRequired(), Length(max=200)],
                         description=say("Cukup jenisnya, misalnya tugas luar atau cuti."))


class QualificationRow(Row):
    """What a trainer may teach; nothing chosen = an empty row."""

    subject = SelectField(say("Pelatihan atau kompetensi"), validators=[Optional()], validate_choice=False)
    level = SelectField(say("Sampai level"), coerce=_level, validators=[Optional()], choices=[
        SelectChoice("", "–"), *(SelectChoice(number, str(number)) for number in range(1, 6))])
    valid_until = DateField(say("Berlaku sampai"), validators=[Optional()])
    source = StringField(say("Dasar"), filters=[strip], validators=[Length(max=200)])


class TrainerForm(Form):
    """A trainer; units and subjects are passed in as choices."""

    code = StringField(say("Kode"), filters=[strip], validators=[InputRequired(), Length(max=40)],
                       description=say("Misalnya WI-13; tidak berubah lagi."))
    name = StringField(say("Nama"), filters=[strip], validators=[InputRequired(), Length(max=160)])
    agency = StringField(say("Instansi"), filters=[strip], validators=[Length(max=160)])
    external = BooleanField(say("Dari luar balai"))
    nip = StringField(say("NIP bila pegawai kita"), filters=[without_spaces], validators=[Optional(), Length(max=30)],
                      render_kw={"inputmode": "numeric", "autocomplete": "off"})
    home_place = StringField(say("Tempat asal"), filters=[strip], validators=[Length(max=120)],
                             description=say("Dari mana ia berangkat; kosong berarti tidak pernah bepergian."))
    yearly_jp = IntegerField(say("Batas JP setahun"), validators=[Optional(), NumberRange(1, 9999)],
                             description=say("Kosong berarti tanpa batas."), render_kw={"inputmode": "numeric"})
    unit_code = SelectField(say("Balai yang mengelola"), validators=[InputRequired()])
    retired_on = DateField(say("Tidak mengajar lagi mulai"), validators=[Optional()],
                           description=say("Kosong berarti tetap mengajar."))
    qualifications = Rows(FormField(QualificationRow), label=say("Boleh mengajar"))


class DayForm(Form):
    """A decision about a day; units are passed in as choices."""

    unit_code = SelectField(say("Berlaku untuk"), validators=[InputRequired()],
                            description=say("Dan semua unit di bawahnya."))
    day = DateField(say("Hari"), validators=[InputRequired()])
    kind = RadioField(say("Keputusan"), choices=offer(tuple(DAY_WORDS.items())), default="CLOSED",
                      validators=[InputRequired()])
    name = StringField(say("Nama hari"), filters=[strip], validators=[InputRequired(), Length(max=120)],
                       description=say("Misalnya nama hari libur daerah."))
    source = StringField(say("Dasar"), filters=[strip], validators=[InputRequired(), Length(max=200)],
                         description=say("Nomor surat keputusan atau edaran."))
    confidence = SelectField(say("Keyakinan"), choices=offer(tuple(CONFIDENCE_WORDS.items())), validators=[InputRequired()])


class HoursForm(Form):
    """Hours of a week; an empty day is not worked."""

    day_1 = StringField(_WEEKDAYS[0], filters=[strip], validators=[Length(max=80)])
    day_2 = StringField(_WEEKDAYS[1], filters=[strip], validators=[Length(max=80)])
    day_3 = StringField(_WEEKDAYS[2], filters=[strip], validators=[Length(max=80)])
    day_4 = StringField(_WEEKDAYS[3], filters=[strip], validators=[Length(max=80)])
    day_5 = StringField(_WEEKDAYS[4], filters=[strip], validators=[Length(max=80)])
    day_6 = StringField(_WEEKDAYS[5], filters=[strip], validators=[Length(max=80)])
    day_7 = StringField(_WEEKDAYS[6], filters=[strip], validators=[Length(max=80)])
    valid_from = DateField(say("Berlaku mulai"), validators=[InputRequired()])
    source = StringField(say("Dasar"), filters=[strip], validators=[InputRequired(), Length(max=200)],
                         description=say("Nomor surat keputusan atau edaran."))
    confidence = SelectField(say("Keyakinan"), choices=offer(tuple(CONFIDENCE_WORDS.items())), validators=[InputRequired()])


class TravelForm(Form):
    """How long a way takes."""

    place = StringField(say("Dari"), filters=[strip], validators=[InputRequired(), Length(max=120)],
                        render_kw={"list": "tempat"})
    other_place = StringField(say("Ke"), filters=[strip], validators=[InputRequired(), Length(max=120)],
                              render_kw={"list": "tempat"})
    minutes = IntegerField(say("Menit"), validators=[Optional(), NumberRange(0, 1440)],
                           description=say("Sama untuk kedua arah; kosong berarti hapus."),
                           render_kw={"inputmode": "numeric"})


class OutsideForm(Form):
    """A participant from outside; units and golongan are passed in as choices."""

    nip = StringField(say("NIP atau NI PPPK"), filters=[without_spaces], validators=[InputRequired(), Length(max=30)],
                      description=say("18 angka, boleh dengan spasi."),
                      render_kw={"inputmode": "numeric", "autocomplete": "off"})
    title_before = StringField(say("Gelar di depan"), filters=[strip], validators=[Length(max=40)])
    name = StringField(say("Nama tanpa gelar"), filters=[strip], validators=[InputRequired(), Length(max=120)])
    title_after = StringField(say("Gelar di belakang"), filters=[strip], validators=[Length(max=60)])
    agency = StringField(say("Instansi asal"), filters=[strip], validators=[InputRequired(), Length(max=160)],
                         description=say("Ditulis lengkap; sertifikat menyebutnya."))
    employee_type = SelectField(say("Jenis pegawai"), choices=[SelectChoice(code, code) for code in ("PNS", "CPNS", "PPPK")],
                                validators=[InputRequired()])
    grade_code = SelectField(say("Golongan"), validators=[Optional()],
                             description=say("Beberapa pelatihan mensyaratkannya."))
    birth_place = StringField(say("Tempat lahir"), filters=[strip], validators=[Length(max=60)])
    birth_date = DateField(say("Tanggal lahir"), validators=[Optional()],
                           description=say("Kosong berarti seperti dalam NIP."))
    birth_differs = BooleanField(say("Tanggal lahirnya memang berbeda dari yang ada dalam NIP"))
    unit_code = SelectField(say("Dicatat oleh balai"), validators=[InputRequired()])


def outside_form(*, known: bool, **values: Any) -> OutsideForm:
    """Return the form of a participant from outside; of one who is known, NIP and centre stay as they are."""
    form = OutsideForm(**values)
    if known:
        del form.nip, form.unit_code
    return form
