"""Forms of a transfer case: its dossier, documents, judgements, the decision, and the calendar of elections."""

from __future__ import annotations

from wtforms import DateField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from kompetensi.forms.base import Form, offer, strip
from kompetensi.messages import say
from kompetensi.services.mutasi import OUTCOMES

__all__ = ["DecisionForm", "DocumentForm", "DossierForm", "ElectionForm", "JudgementForm", "OnForm"]


class OnForm(Form):
    """The day that the rules are asked for; empty = today."""

    on = DateField(say("Per tanggal"), validators=[Optional()])


class DossierForm(Form):
    """What HR states about the move."""

    own_request = SelectField(
        say("Atas permintaan sendiri"),
        choices=offer([("yes", say("ya")), ("no", say("tidak"))], empty=say("belum diketahui")), default="")
    planned_on = DateField(say("Rencana TMT"), validators=[Optional()])


class DocumentForm(Form):
    """The document that answers a rule."""

    number = StringField(say("Nomor berkas"), filters=[strip], validators=[InputRequired(), Length(max=120)])
    dated = DateField(say("Tanggal berkas"), validators=[InputRequired()])
    issued_by = StringField(say("Diterbitkan oleh"), filters=[strip], validators=[Length(max=160)])


class JudgementForm(Form):
    """A person's judgement on a rule."""

    met = RadioField(say("Penilaian"), choices=offer([("yes", say("terpenuhi")), ("no", say("tidak terpenuhi"))]),
                     validators=[InputRequired()])
    reason = TextAreaField(say("Alasan"), filters=[strip], validators=[InputRequired(), Length(max=500)])


class DecisionForm(Form):
    """What HR decides."""

    outcome = RadioField(say("Keputusan"), choices=offer(OUTCOMES.items()), validators=[InputRequired()])
    reason = TextAreaField(say("Alasan"), filters=[strip], validators=[InputRequired(), Length(max=1000)],
                           description=say("Dibaca oleh pegawainya; tulis dengan jelas dan santun."))


class ElectionForm(Form):
    """The day on which the candidates of an election are set."""

    government = SelectField(say("Daerah"), validators=[InputRequired()])
    name = StringField(say("Nama pemilihan"), filters=[strip], validators=[InputRequired(), Length(max=120)])
    candidates_set_on = DateField(say("Penetapan pasangan calon"), validators=[InputRequired()])
    source = StringField(say("Sumber"), filters=[strip], validators=[Length(max=200)],
                         description=say("Misalnya nomor keputusan KPU."))
