"""Forms of the area meetings: one meeting of a batch, a table of meetings."""

from __future__ import annotations

from datetime import time
from typing import Any

from flask_wtf.file import FileField
from wtforms import (
    BooleanField,
    DateField,
    FormField,
    HiddenField,
    IntegerField,
    SelectField,
    StringField,
    TimeField,
)
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from kompetensi.forms.base import Form, strip
from kompetensi.forms.catalogue import Row, Rows
from kompetensi.messages import say

__all__ = ["CopyForm", "MeetingForm", "MeetingImportForm", "clock_time", "minutes_of"]


def _whole(text: Any) -> int | None:
    return int(text) if text not in (None, "", "None") else None


def minutes_of(clock: time) -> int:
    """Return a time of the day as minutes after midnight."""
    return clock.hour * 60 + clock.minute


def clock_time(minutes: int) -> time:
    """Return minutes after midnight as a time of the day; the end of the day is shown as its last minute."""
    return time(minutes // 60, minutes % 60) if minutes < 24 * 60 else time(23, 59)


class MeetingTrainerRow(Row):
    """One trainer of a meeting; nobody chosen = an empty row."""

    code = SelectField(say("Pengajar"), validators=[Optional()])
    jp = IntegerField(say("JP"), validators=[Optional(), NumberRange(0, 99)])


class MeetingForm(Form):
    """A meeting; subjects, rooms and trainers are passed in as choices."""

    subject = SelectField(say("Mata pelatihan"), coerce=_whole, validators=[Optional()])
    title = StringField(say("Judul"), filters=[strip], validators=[Length(max=200)],
                        description=say("Kosong berarti nama mata pelatihannya."))
    day = DateField(say("Hari"), validators=[InputRequired()])
    starts = TimeField(say("Mulai"), validators=[InputRequired()], description=say("Waktu setempat (WITA)."))
    ends = TimeField(say("Selesai"), validators=[InputRequired()])
    jp = IntegerField(say("JP"), validators=[InputRequired(), NumberRange(0, 99)])
    room_id = SelectField(say("Ruang"), coerce=_whole, validators=[Optional()])
    trainers = Rows(FormField(MeetingTrainerRow), label=say("Pengajar"))
    accept = BooleanField(say("Ya, tetap simpan dengan beban ini"))


class CopyForm(Form):
    """From which day on a batch is held again."""

    first_day = DateField(say("Hari pertama"), validators=[InputRequired()],
                          description=say("Bila bukan hari kerja, dimulai pada hari kerja berikutnya."))
    number = IntegerField(say("Nomor angkatan"), validators=[Optional(), NumberRange(1, 999)],
                          description=say("Kosong berarti nomor bebas berikutnya pada tahun hari pertamanya."))


class MeetingImportForm(Form):
    """A table of meetings to rehearse, then to write."""

    file = FileField(say("Berkas CSV atau XLSX"), description=say("Dengan baris nama kolom, seperti pada templat."),
                     render_kw={"accept": ".csv,text/csv,.xlsx"})
    kept = HiddenField()
    accept = BooleanField(say("Ya, tetap tulis dengan beban ini"))
