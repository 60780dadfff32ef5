"""Forms of the area evaluations: the editor of a form, and the answers to one."""

from __future__ import annotations

from collections.abc import Mapping

from wtforms import FormField, HiddenField, SelectField, StringField
from wtforms.validators import InputRequired, Length, Optional

from kompetensi.forms.base import Form, offer, strip
from kompetensi.forms.catalogue import Row, Rows
from kompetensi.messages import Message, say
from kompetensi.rules.evaluations import About, Kind, Question

__all__ = ["SCALE_WORDS", "EvaluationFormForm", "answers_of", "questions_of"]

SCALE_WORDS: Mapping[int, Message] = {
    1: say("Sangat tidak setuju"), 2: say("Tidak setuju"), 3: say("Cukup"), 4: say("Setuju"), 5: say("Sangat setuju")}
_KINDS = offer(((Kind.SCALE.value, say("Skala 1 sampai 5")), (Kind.TEXT.value, say("Jawaban bebas"))))
_ABOUT = offer(((About.BATCH.value, say("Pelatihannya")), (About.TRAINER.value, say("Setiap pengajar"))))
_ANSWER = "jawab-"


class QuestionRow(Row):
    """One question; without a text it is an empty row."""

    code = HiddenField(validators=[Length(max=20)])
    text = StringField(say("Pertanyaan"), filters=[strip], validators=[Optional(), Length(max=300)])
    kind = SelectField(say("Cara menjawab"), choices=_KINDS, default=Kind.SCALE.value)
    about = SelectField(say("Tentang"), choices=_ABOUT, default=About.BATCH.value)


class EvaluationFormForm(Form):
    """A form; units are passed in as choices."""

    name = StringField(say("Nama formulir"), filters=[strip], validators=[InputRequired(), Length(max=120)])
    unit_code = SelectField(say("Untuk pelatihan yang diselenggarakan"), validators=[InputRequired()],
                            description=say("Berlaku bagi unit kerja ini dan semua di bawahnya."))
    questions = Rows(FormField(QuestionRow), label=say("Pertanyaan"))


def questions_of(form: EvaluationFormForm) -> list[Question]:
    """Return the questions that were filled in, in their order."""
    return [Question(row.code.data or "", row.form["text"].data, Kind(row.kind.data), About(row.about.data))
            for row in form.questions if row.form["text"].data]


def answers_of(fields: Mapping[str, str]) -> dict[str, str]:
    """Return what was answered, by key of the question."""
    return {name.removeprefix(_ANSWER): value for name, value in fields.items() if name.startswith(_ANSWER)}
