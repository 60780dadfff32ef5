"""Forms of demand: a new version of a needs analysis, and its decision."""

from __future__ import annotations

from wtforms import DateField, IntegerField, RadioField, SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from kompetensi.forms.base import Form, offer, strip
from kompetensi.messages import say

__all__ = ["AnalysisDecisionForm", "AnalysisForm", "TargetForm"]


class AnalysisForm(Form):
    """Which training centre and year; units and sources are passed in as choices."""

    unit = SelectField(say("Balai pelatihan"), validators=[InputRequired()])
    year = IntegerField(say("Tahun"), validators=[InputRequired(), NumberRange(2000, 2100)],
                        render_kw={"inputmode": "numeric", "size": 4})
    sources = SelectMultipleField(
        say("Jabatan sasaran dari"), validators=[InputRequired()],
        description=say("Hanya pegawai yang punya jabatan sasaran yang dihitung."))


class TargetForm(Form):
    """A position to have in mind for somebody."""

    position = StringField(say("Kode jabatan"), filters=[strip], validators=[InputRequired(), Length(max=80)])
    source = SelectField(say("Asal"), choices=offer(
        (("HR", say("usulan kepegawaian")), ("SUCCESSION", say("daftar suksesi")), ("ROTATION", say("rotasi")))))
    ready_by = DateField(say("Siap paling lambat"), validators=[Optional()])


class AnalysisDecisionForm(Form):
    """What becomes of a proposed analysis, and why."""

    decision = RadioField(say("Keputusan"), choices=offer((("approve", say("Setujui")), ("return", say("Kembalikan")))),
                          validators=[InputRequired()])
    reason = TextAreaField(say("Alasan"), filters=[strip], validators=[Length(max=500)], render_kw={"rows": 3},
                           description=say("Wajib bila dikembalikan. Penyusunnya membacanya."))
