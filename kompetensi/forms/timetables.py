"""Forms of timetables: what to ask for, who is away, why a run is not elsewhere."""

from __future__ import annotations

from wtforms import DateField, IntegerField, SelectField, StringField
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from kompetensi.forms.base import Form, strip
from kompetensi.messages import say

__all__ = ["ReplanForm", "TimetableForm", "WhyNotForm"]


class TimetableForm(Form):
    """A timetable to look for; units and analyses are passed in as choices."""

    name = StringField(say("Nama"), filters=[strip], validators=[InputRequired(), Length(max=120)])
    unit = SelectField(say("Balai pelatihan"), validators=[InputRequired()])
    analysis = SelectField(say("Kebutuhan"), coerce=int, validators=[InputRequired()])
    first_day = DateField(say("Hari pertama"), validators=[InputRequired()])
    last_day = DateField(say("Hari terakhir"), validators=[InputRequired()])
    max_runs = IntegerField(say("Paling banyak angkatan"), validators=[Optional(), NumberRange(1, 9999)],
                            render_kw={"inputmode": "numeric", "size": 5})
    budget_million = IntegerField(say("Anggaran (juta rupiah)"), validators=[Optional(), NumberRange(1, 9_999_999)],
                                  render_kw={"inputmode": "numeric", "size": 8})
    minutes = IntegerField(say("Paling lama dicari (menit)"), default=5, validators=[InputRequired(), NumberRange(1, 60)],
                           render_kw={"inputmode": "numeric", "size": 3},
                           description=say("Anda dapat menghentikannya lebih awal dan memakai yang terbaik saat itu."))


class ReplanForm(Form):
    """Somebody who is away; empty = only what is recorded has changed."""

    trainer = SelectField(say("Pengajar yang berhalangan"), validators=[Optional()])
    first_away = DateField(say("Mulai"), validators=[Optional()])
    last_away = DateField(say("Sampai"), validators=[Optional()])


class WhyNotForm(Form):
    """Another place for a run."""

    class Meta(Form.Meta):
        csrf = False

    run = SelectField(say("Angkatan"), validators=[InputRequired()])
    day = DateField(say("Mulai"), validators=[InputRequired()])
    room = SelectField(say("Ruang"), validators=[Optional()])
    trainer = SelectField(say("Pengajar"), validators=[Optional()])
