"""Forms of the area catalogue: positions, standards, posts, trainings, imports, and how an entry condition is typed."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from flask_wtf.file import FileField
from wtforms import (
    BooleanField,
    DateField,
    FieldList,
    FormField,
    HiddenField,
    IntegerField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms import Form as PlainForm
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional

from kompetensi.forms.base import Form, offer, strip
from kompetensi.messages import Message, say

__all__ = ["IMPORTANCE_WORDS", "OFFERED_WORDS", "ImportForm", "NewPositionForm",
           "NewTrainingForm", "PositionForm", "PostForm", "PostsForm",
           "StandardForm", "TrainingForm", "entry_of_form", "entry_of_lines", "lines_of_entry"]

IMPORTANCE_WORDS: Mapping[str, Message] = {"MUTLAK": say("Mutlak"), "PENTING": say("Penting"), "PERLU": say("Perlu")}
OFFERED_WORDS: Mapping[str, Message] = {
    "yes": say("Dapat direncanakan"), "history": say("Hanya riwayat"), "appointment": say("Mengikuti pengangkatan")}



_IMPORTANCES = offer(IMPORTANCE_WORDS.items())
_LEVELS = offer(((str(level), str(level)) for level in range(1, 6)), empty=say("tidak"))


class Rows(FieldList):
    """Rows of a table; what is wrong in them is told as one sentence that names the rows."""

    def validate(self, form: Any, extra_validators: Any = ()) -> bool:
        """Validate every row."""
        super().validate(form, extra_validators)
        bad = [number for number, entry in enumerate(self.entries, start=1) if entry.errors]
        self.errors = [say("Periksa baris %(rows)s.", rows=bad)] if bad else []
        return not bad


class Row(PlainForm):
    """Base of the rows: with our sentences, like `Form`."""

    class Meta:
        get_translations = Form.Meta.get_translations


def _whole(text: Any) -> int | None:
    """Read what a select of numbers sends; nothing chosen is None."""
    return int(text) if text not in (None, "") else None


class PositionForm(Form):
    """What a position is called and where it belongs; units and classes are passed in as choices."""

    name = StringField(say("Nama jabatan"), filters=[strip], validators=[InputRequired(), Length(max=200)])
    class_code = SelectField(say("Jenjang"), validators=[InputRequired()])
    urusan = StringField(say("Urusan pemerintahan"), filters=[strip], validators=[Length(max=60)],
                         description=say("Misalnya KEUANGAN; menentukan kompetensi teknis yang cocok."))


class NewPositionForm(PositionForm):
    """A new position with its posts; what it asks for begins with the defaults of its class."""

    code = StringField(say("Kode"), filters=[strip], validators=[InputRequired(), Length(max=80)],
                       description=say("Huruf, angka, titik atau tanda hubung; disimpan dengan huruf besar."),
                       render_kw={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"})
    unit_code = SelectField(say("Unit kerja"), validators=[InputRequired()])
    posts = IntegerField(say("Banyak formasi"), default=1, validators=[InputRequired(), NumberRange(0, 999)])


class LevelRow(Row):
    """One competency of a standard; no level = not asked for."""

    competency = HiddenField()
    level = SelectField(say("Level"), choices=_LEVELS, coerce=_whole, validators=[Optional()])
    importance = SelectField(say("Kepentingan"), choices=_IMPORTANCES, default="PENTING")
    weight = IntegerField(say("Bobot"), validators=[Optional(), NumberRange(1, 1000)])


class DemandRow(Row):
    """One demanded training; an empty code is an empty row."""

    training = SelectField(say("Pelatihan"), validators=[Optional()])
    importance = SelectField(say("Kepentingan"), choices=_IMPORTANCES, default="PENTING")


class StandardForm(Form):
    """A new version of what a position asks for."""

    valid_from = DateField(say("Berlaku mulai"), validators=[InputRequired()],
                           description=say("Versi sebelumnya berakhir sehari sebelum hari ini."))
    reason = StringField(say("Alasan perubahan"), filters=[strip], validators=[InputRequired(), Length(max=500)],
                         description=say("Misalnya nomor dan tanggal peraturannya."))
    min_grade_code = SelectField(say("Golongan terendah"), validators=[Optional()])
    min_education_code = SelectField(say("Pendidikan terendah"), validators=[Optional()])
    education_fields = TextAreaField(say("Bidang pendidikan"), validators=[Length(max=1000)],
                                     description=say("Satu bidang per baris; kosong berarti bidang apa pun."),
                                     render_kw={"rows": 3})
    min_experience_years = IntegerField(say("Pengalaman paling sedikit (tahun)"), default=0,
                                        validators=[InputRequired(), NumberRange(0, 50)])
    levels = Rows(FormField(LevelRow), label=say("Kompetensi"))
    trainings = Rows(FormField(DemandRow), label=say("Pelatihan yang diminta"))


class PostsForm(Form):
    """How many posts to add."""

    count = IntegerField(say("Tambah formasi"), default=1, validators=[InputRequired(), NumberRange(1, 999)])


class PostForm(Form):
    """The post above a post, and its last day."""

    superior_code = StringField(say("Kode formasi atasan"), filters=[strip], validators=[Length(max=100)],
                                description=say("Kosong berarti tidak ada atasan dalam daftar."))
    valid_to = DateField(say("Hari terakhir"), validators=[Optional()],
                         description=say("Isi bila formasi ini dihapus; hari itu masih termasuk."))


class RaiseRow(Row):
    """One competency that a training raises."""

    competency = SelectField(say("Kompetensi"), validators=[Optional()])
    level = SelectField(say("Level"), choices=_LEVELS, coerce=_whole, validators=[Optional()])


class SubjectRow(Row):
    """One subject; a row without a name is an empty row."""

    name = StringField(say("Mata pelatihan"), filters=[strip], validators=[Length(max=200)])
    jp = IntegerField(say("JP"), validators=[Optional(), NumberRange(1, 9999)])


class TrainingForm(Form):
    """What a training says; kinds, ranks, classes, competencies and trainings are passed in as choices."""

    name = StringField(say("Nama pelatihan"), filters=[strip], validators=[InputRequired(), Length(max=200)])
    kind = SelectField(say("Jenis"), validators=[InputRequired()])
    jp = IntegerField(say("JP"), validators=[InputRequired(), NumberRange(0, 9999)],
                      description=say("Jam pelajaran 45 menit; sama dengan jumlah JP mata pelatihan."))
    provider = StringField(say("Penyelenggara"), filters=[strip], validators=[Length(max=120)])
    cost_idr = IntegerField(say("Biaya per peserta (rupiah)"), default=0,
                            validators=[InputRequired(), NumberRange(0, 999_999_999)])
    offered = SelectField(say("Penawaran"), choices=offer(OFFERED_WORDS.items()), default="yes",
                          validators=[InputRequired()])
    min_grade_code = SelectField(say("Golongan terendah"), validators=[Optional()])
    validity_years = IntegerField(say("Masa berlaku sertifikat (tahun)"), validators=[Optional(), NumberRange(1, 50)],
                                  description=say("Kosong berarti tanpa batas."))
    lan_programme = BooleanField(say("Program LAN"), description=say(
        "Pelatihan kepemimpinan dan Latsar: sertifikatnya memuat pasfoto dan kode registrasi LAN."))
    equivalent_code = SelectField(say("Diakui sebagai"), validators=[Optional()],
                                  description=say("Pemegang pelatihan ini dianggap lulus pelatihan itu juga."))
    prerequisites = TextAreaField(say("Prasyarat dalam kata-kata"), filters=[strip], validators=[Length(max=500)],
                                  render_kw={"rows": 2})
    target_classes = SelectMultipleField(say("Untuk jenjang"), validators=[Optional()])
    entry_mode = RadioField(say("Cara menulis"), default="lines", validators=[InputRequired()], choices=offer([
        ("lines", say("Daftar sederhana")), ("json", say("Bentuk bebas (JSON)"))]))
    entry_all = TextAreaField(say("Harus semuanya"), validators=[Length(max=2000)], render_kw={"rows": 3},
                              description=say("Satu per baris: kode pelatihan, atau kompetensi:level seperti TEK-BMD:2."))
    entry_any = TextAreaField(say("Salah satu cukup"), validators=[Length(max=2000)], render_kw={"rows": 3},
                              description=say("Ditulis dengan cara yang sama."))
    entry_json = TextAreaField(say("Syarat masuk sebagai JSON"), validators=[Length(max=8000)], render_kw={"rows": 4},
                               description=say('Misalnya {"all": [{"training": "BMD-DASAR"}]}.'))
    raises = Rows(FormField(RaiseRow), label=say("Kompetensi yang dinaikkan"))
    subjects = Rows(FormField(SubjectRow), label=say("Mata pelatihan dan JP"))


class NewTrainingForm(TrainingForm):
    """A new training."""

    code = StringField(say("Kode"), filters=[strip], validators=[InputRequired(), Length(max=40)],
                       description=say("Huruf, angka, titik atau tanda hubung; disimpan dengan huruf besar."),
                       render_kw={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"})


class ImportForm(Form):
    """A table to import; kinds are passed in as choices."""

    kind = SelectField(say("Tabel"), validators=[DataRequired()])
    file = FileField(say("Berkas CSV"), description=say("UTF-8, pemisah koma, dengan baris nama kolom."),
                     render_kw={"accept": ".csv,text/csv"})
    kept = HiddenField()


def lines_of_entry(entry: Mapping[str, Any]) -> tuple[str, str] | None:
    """Return an entry condition as lines of "all of" and "any of", or None when it has another shape.

    Examples
    --------
    >>> lines_of_entry({"all": [{"training": "A"}, {"competency": "TEK-B", "level": 2}]})
    ('A\\nTEK-B:2', '')
    """
    parts: Sequence[Any] = [entry] if entry and "all" not in entry else entry.get("all", ())
    every: list[str] = []
    some: list[str] = []
    for part in parts:
        if "any" in part:
            words = [_line(one) for one in part["any"]]
            if some or not words or None in words:
                return None
            some = [word for word in words if word]
        elif (word := _line(part)) is not None:
            every.append(word)
        else:
            return None
    return "\n".join(every), "\n".join(some)


def _line(part: Mapping[str, Any]) -> str | None:
    if "training" in part:
        return str(part["training"])
    if "competency" in part:
        return f"{part['competency']}:{part['level']}"
    return None


def entry_of_lines(every: str, some: str) -> dict[str, Any]:
    """Return the entry condition that two lists of lines mean; no line at all = open to everybody.

    Raises
    ------
    ValueError
        If the level of a line is no number.
    """
    parts = [_part(line) for line in _words(every)]
    choice = [_part(line) for line in _words(some)]
    if choice:
        parts.append({"any": choice} if len(choice) > 1 else choice[0])
    if not parts:
        return {}
    return parts[0] if len(parts) == 1 else {"all": parts}


def _words(text: str | None) -> list[str]:
    return [word for line in (text or "").replace(",", "\n").replace(";", "\n").splitlines() if (word := line.strip())]


def _part(line: str) -> dict[str, Any]:
    code, colon, level = line.partition(":")
    if colon:
        return {"competency": code.strip().upper(), "level": int(level)}
    return {"training": code.strip().upper()}


def entry_of_form(form: TrainingForm) -> dict[str, Any]:
    """Return the entry condition that a form says, by the way of writing that was chosen.

    Raises
    ------
    ValueError
        If it cannot be read.
    """
    if form.entry_mode.data != "json":
        return entry_of_lines(form.entry_all.data or "", form.entry_any.data or "")
    value = json.loads(form.entry_json.data or "{}")
    if not isinstance(value, dict):
        raise ValueError("not an object")
    return value
