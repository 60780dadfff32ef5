"""Forms of the area results: all participants at once, and a table that fills them in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_wtf.file import FileField, FileRequired
from wtforms import BooleanField, DateField, Field, FormField, HiddenField, SelectField, StringField
from wtforms.validators import InputRequired, Length, Optional

from kompetensi.forms.base import Form, HundredthsField, offer, strip
from kompetensi.forms.catalogue import Row, Rows
from kompetensi.messages import Message, say

__all__ = ["OUTCOME_WORDS", "ResultsFileForm", "ResultsForm"]

OUTCOME_WORDS: Mapping[str, Message] = {
    "PASSED": say("Lulus"), "FAILED": say("Belum lulus"), "ABSENT": say("Tidak hadir")}


def _complain_if(wrong: bool, field: Field, message: Message) -> bool:
    """Put a sentence at a field when a row is wrong as a whole; return whether it is right."""
    if wrong:
        field.errors = [*field.errors, message]
    return not wrong


class ResultRow(Row):
    """One participant's result; no outcome = not recorded now."""

    nip = HiddenField()
    outcome = SelectField(say("Hasil"), choices=offer(OUTCOME_WORDS.items(), empty=say("belum ada")), validators=[Optional()])
    score = HundredthsField(say("Nilai"), most=100, validators=[Optional()])
    remedial = BooleanField(say("Remedial"))
    note = StringField(say("Alasan"), filters=[strip], validators=[Length(max=300)])

    def validate(self, extra_validators: Any = None) -> bool:
        """Refuse also a score without an outcome."""
        return super().validate(extra_validators) and _complain_if(
            not self.outcome.data and self.score.data is not None, self.outcome, say("Pilih hasil untuk nilai ini."))


class ResultsForm(Form):
    """Results of all participants of a batch at once."""

    on = DateField(say("Tanggal hasil"), validators=[InputRequired()])
    early = BooleanField(say("Ya, peserta ini selesai sebelum hari terakhir angkatan"),
                         description=say("Catatan ini tersimpan pada jejak audit."))
    issue = BooleanField(say("Terbitkan sertifikat bagi yang lulus"),
                         description=say("Nomor, isi dan berkasnya dibekukan; setiap pemegang diberi tahu."))
    results = Rows(FormField(ResultRow), label=say("Hasil"))


class ResultsFileForm(Form):
    """A table of results."""

    file = FileField(say("Berkas CSV atau XLSX"), validators=[FileRequired(say("Pilih berkasnya dahulu."))],
                     description=say("Kolom nip, hasil (lulus, belum lulus, tidak hadir) dan nilai; boleh juga remedial "
                                     "(ya) dan catatan."),
                     render_kw={"accept": ".csv,.xlsx,text/csv"})
