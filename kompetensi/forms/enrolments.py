"""Forms of the area enrolments: the superior's word, moving a seat, conditions of a batch, lists of participants."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from flask_wtf.file import FileField
from wtforms import BooleanField, FormField, HiddenField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from kompetensi.errors import InvalidInput
from kompetensi.forms.base import Form, offer, strip
from kompetensi.forms.catalogue import Row, Rows
from kompetensi.messages import Message, say
from kompetensi.rules.enrolment_conditions import AllOf, AnyOf, Condition, Demand, Kind, Not

__all__ = ["KIND_WORDS", "SOURCE_WORDS", "VERDICT_WORDS", "ConditionsForm", "DirectForm", "MoveForm", "ParticipantsForm",
           "WordForm", "fields_of", "stored_of"]

KIND_WORDS: Mapping[Kind, Message] = {
    Kind.COMPETENCY: say("Level kompetensi paling rendah"), Kind.TRAINING: say("Sudah lulus pelatihan"),
    Kind.GOLONGAN_FROM: say("Golongan paling rendah"), Kind.GOLONGAN_TO: say("Golongan paling tinggi"),
    Kind.JOB_CLASSES: say("Jenjang salah satu dari"), Kind.UNITS: say("Unit kerja salah satu dari"),
    Kind.EMPLOYEE_TYPES: say("Status kepegawaian salah satu dari"), Kind.TENURE: say("Masa kerja paling sedikit (bulan)"),
    Kind.NO_CLASH: say("Tidak berbenturan dengan angkatan lain"), Kind.JP_OPEN: say("JP tahun ini belum mencukupi")}
SOURCE_WORDS: Mapping[str, Message] = {
    "OWN": say("diminta sendiri"), "PATH": say("dari jalur pelatihan"), "SUPERIOR": say("diminta atasan"),
    "HR": say("diminta pengelola kepegawaian"), "CENTRE": say("didaftarkan penyelenggara"), "IMPORT": say("dari daftar peserta")}
VERDICT_WORDS: Mapping[str, Message] = {
    "FITS": say("dapat didaftarkan"), "WRONG_NIP": say("NIP salah"), "UNKNOWN": say("tidak dikenal"), "TWICE": say("ganda"),
    "ALREADY": say("sudah ada"), "NOT_FITTING": say("tidak memenuhi syarat"), "QUOTA": say("melebihi jatah"),
    "FULL": say("kursi habis")}
_SPARE_ROWS = 3


class WordForm(Form):
    """Why a superior does not endorse a request."""

    reason = TextAreaField(say("Alasan"), filters=[strip], validators=[InputRequired(), Length(max=500)],
                           description=say("Pegawai dan penyelenggara membaca alasan ini."), render_kw={"rows": 3})


class DirectForm(Form):
    """Why the centre approves without the superior's word."""

    reason = TextAreaField(say("Alasan"), filters=[strip], validators=[InputRequired(), Length(max=500)],
                           description=say("Tersimpan pada riwayat; pegawai dan atasannya membacanya."), render_kw={"rows": 3})


class MoveForm(Form):
    """Where a seat moves to; batches that fit are passed in as choices."""

    batch = RadioField(say("Pindah ke"), validators=[InputRequired()])
    reason = TextAreaField(say("Alasan"), filters=[strip], validators=[Optional(), Length(max=500)], render_kw={"rows": 2})


class ConditionRow(Row):
    """One condition; no kind chosen = an empty row."""

    kind = SelectField(say("Syarat"), choices=offer(((kind.value, words) for kind, words in KIND_WORDS.items()),
                                                    empty=say("tidak ada")), validators=[Optional()])
    operand = StringField(say("Kode"), filters=[strip], validators=[Length(max=300)])
    number = StringField(say("Angka"), filters=[strip], validators=[Length(max=6)])
    reverse = BooleanField(say("Bukan"))
    why = StringField(say("Alasan"), filters=[strip], validators=[Length(max=200)])


class ConditionsForm(Form):
    """The conditions of a batch, as rows or as JSON."""

    mode = RadioField(say("Cara menulis"), default="rows", validators=[InputRequired()], choices=offer([
        ("rows", say("Daftar sederhana")), ("json", say("Bentuk bebas (JSON)"))]))
    join = RadioField(say("Yang harus dipenuhi"), default="all", validators=[InputRequired()], choices=offer([
        ("all", say("semua syarat")), ("any", say("salah satu syarat"))]))
    rows = Rows(FormField(ConditionRow), label=say("Syarat"))
    stored = TextAreaField(say("Syarat sebagai JSON"), validators=[Length(max=8000)],
                           description=say('Misalnya {"any": [{"training": "PKP"}, {"golongan_from": "III/c"}]}.'),
                           render_kw={"rows": 6, "spellcheck": "false"})


class ParticipantsForm(Form):
    """A list of participants."""

    file = FileField(say("Berkas CSV atau XLSX"), description=say("Baris pertama memuat kolom “nip”; kolom lain diabaikan."),
                     render_kw={"accept": ".csv,.xlsx,text/csv"})
    kept = HiddenField()


def fields_of(condition: Condition, stored: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the form of conditions begins with."""
    flat = condition.parts if isinstance(condition, AllOf | AnyOf) else (condition,)
    simple = [part for part in flat if isinstance(part.part if isinstance(part, Not) else part, Demand)]
    is_simple = len(simple) == len(flat)
    rows = [_row(part) for part in simple] if is_simple else []
    return {"mode": "rows" if is_simple else "json", "join": "any" if isinstance(condition, AnyOf) else "all",
            "rows": rows + [{}] * _SPARE_ROWS,
            "stored": json.dumps(stored, ensure_ascii=False, indent=1) if stored else ""}


def _row(part: Condition) -> dict[str, Any]:
    demand = part.part if isinstance(part, Not) else part
    assert isinstance(demand, Demand)
    return {"kind": demand.kind.value, "operand": ", ".join(demand.codes), "why": demand.why,
            "number": "" if demand.number is None else str(demand.number), "reverse": isinstance(part, Not)}


def stored_of(form: ConditionsForm) -> Any:
    """Return the conditions that a form says, in their stored form; the service checks what they name.

    Raises
    ------
    InvalidInput
        If the JSON cannot be read, or a row asks for a number and has none.
    """
    if form.mode.data == "json":
        try:
            return json.loads(form.stored.data or "{}")
        except (ValueError, RecursionError):
            raise InvalidInput(say("JSON ini tidak dapat dibaca; periksa kurung dan tanda petiknya."), where="stored") from None
    parts = [_part(number, row.form) for number, row in enumerate(form.rows, start=1) if row.form["kind"].data]
    return {form.join.data: parts} if parts else {}


def _part(place: int, row: Any) -> dict[str, Any]:
    kind = Kind(row["kind"].data)
    codes = [code.strip() for code in (row["operand"].data or "").split(",") if code.strip()]
    part: dict[str, Any] = {"why": row["why"].data} if row["why"].data else {}
    if kind in (Kind.NO_CLASH, Kind.JP_OPEN):
        part[kind.value] = True
    elif kind is Kind.TENURE:
        part[kind.value] = _number(place, row)
    elif kind in (Kind.JOB_CLASSES, Kind.UNITS, Kind.EMPLOYEE_TYPES):
        part[kind.value] = codes
    else:
        part[kind.value] = codes[0] if len(codes) == 1 else ""
        if kind is Kind.COMPETENCY:
            part["level"] = _number(place, row)
    return {"not": part} if row["reverse"].data else part


def _number(place: int, row: Any) -> int:
    text = row["number"].data or ""
    if not (text.isascii() and text.isdigit()):
        raise InvalidInput(say("Baris %(place)s: isi angkanya.", place=place), where="rows")
    return int(text)
