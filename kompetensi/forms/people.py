"""Forms about people: their facts, ranks, education, SKP, discipline, posts and assessments."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from wtforms import DateField, IntegerField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from kompetensi.forms.base import Form, HundredthsField, offer, strip, without_spaces
from kompetensi.messages import Message, say

__all__ = ["EMPLOYEE_TYPE_WORDS", "KIND_OF_OCCUPANCY_WORDS", "RATING_WORDS", "SEVERITY_WORDS", "AssessmentForm",
           "CreditForm", "DisciplineForm", "EducationForm", "EndForm", "FactsForm", "NewPersonForm", "OccupancyForm", "OutsideCertificateForm", "RankForm",
           "RatingForm", "WithdrawForm", "assessment_form", "flag_of", "flag_text", "levels_of"]

EMPLOYEE_TYPE_WORDS: Mapping[str, Message] = {"PNS": say("PNS"), "CPNS": say("CPNS"), "PPPK": say("PPPK")}
SEX_WORDS: Mapping[str, Message] = {"P": say("Perempuan"), "L": say("Laki-laki")}
SEVERITY_WORDS: Mapping[str, Message] = {"R": say("Ringan"), "S": say("Sedang"), "B": say("Berat")}
KIND_OF_OCCUPANCY_WORDS: Mapping[str, Message] = {"DEFINITIVE": say("Definitif"), "ACTING": say("Pelaksana tugas")}
RATING_WORDS: Mapping[int, Message] = {
    1: say("Sangat Baik"), 2: say("Baik"), 3: say("Butuh Perbaikan"), 4: say("Kurang"), 5: say("Sangat Kurang")}
_FLAGS = offer([("yes", say("ya")), ("no", say("tidak"))], empty=say("belum diketahui"))
_LEVELS = offer(((str(level), str(level)) for level in range(6)), empty=say("tidak dinilai"))


def flag_of(text: str | None) -> bool | None:
    """Read a choice of yes, no and not known."""
    return {"yes": True, "no": False}.get(text or "")


def flag_text(value: bool | None) -> str:
    """Write yes, no or not known as the choice's value."""
    return "" if value is None else "yes" if value else "no"


class FactsForm(Form):
    """The facts of a person; what no source has given stays empty."""

    name = StringField(say("Nama tanpa gelar"), filters=[strip], validators=[InputRequired(), Length(max=120)])
    title_before = StringField(say("Gelar di depan"), filters=[strip], validators=[Length(max=40)])
    title_after = StringField(say("Gelar di belakang"), filters=[strip], validators=[Length(max=60)])
    sex = SelectField(say("Jenis kelamin"), choices=offer(SEX_WORDS.items()), validators=[InputRequired()])
    birth_date = DateField(say("Tanggal lahir"), validators=[InputRequired()])
    birth_place = StringField(say("Tempat lahir"), filters=[strip], validators=[Length(max=60)])
    employee_type = SelectField(say("Jenis pegawai"), choices=offer(EMPLOYEE_TYPE_WORDS.items()),
                                validators=[InputRequired()])
    legal_status = StringField(say("Kedudukan hukum"), filters=[strip], validators=[Length(max=4)],
                               description=say("Kode SIASN, misalnya 01 untuk aktif dan 02 untuk CLTN."))
    tmt_cpns = DateField(say("TMT CPNS"), validators=[Optional()])
    tmt_pns = DateField(say("TMT PNS"), validators=[Optional()])
    contract_end = DateField(say("Akhir kontrak PPPK"), validators=[Optional()])
    formation_year = IntegerField(say("Tahun formasi"), validators=[Optional(), NumberRange(1950, 2100)])
    service_bond = SelectField(say("Ikatan dinas"), choices=_FLAGS, default="")
    service_bond_until = DateField(say("Ikatan dinas sampai"), validators=[Optional()])
    on_study_assignment = SelectField(say("Sedang tugas belajar"), choices=_FLAGS, default="")
    study_assignment_until = DateField(say("Tugas belajar sampai"), validators=[Optional()])
    talent_box = IntegerField(say("Kotak manajemen talenta"), validators=[Optional(), NumberRange(1, 9)],
                              description=say("1 sampai 9."))
    no_discipline_record = SelectField(
        say("Tidak ada catatan hukuman disiplin"), choices=_FLAGS, default="",
        description=say("“Ya” hanya bila sumbernya sudah diperiksa."))


class NewPersonForm(FactsForm):
    """A person who is not in the register yet."""

    nip = StringField(say("NIP atau NI PPPK"), filters=[without_spaces], validators=[InputRequired(), Length(max=30)],
                      description=say("18 angka, boleh dengan spasi."),
                      render_kw={"inputmode": "numeric", "autocomplete": "off"})
    unit = SelectField(say("Unit kerja"), validators=[InputRequired()])


class RankForm(Form):
    """A grade from a day on."""

    grade = SelectField(say("Golongan"), validators=[InputRequired()])
    effective_from = DateField(say("TMT golongan"), validators=[InputRequired()])


class EducationForm(Form):
    """A finished education."""

    level = SelectField(say("Jenjang pendidikan"), validators=[InputRequired()])
    field = StringField(say("Bidang"), filters=[strip], validators=[Length(max=80)])
    graduated_on = DateField(say("Tanggal lulus"), validators=[InputRequired()])


class RatingForm(Form):
    """The SKP rating of a year."""

    year = IntegerField(say("Tahun"), validators=[InputRequired(), NumberRange(1950, 2100)])
    rating = SelectField(say("Predikat kinerja"), choices=offer((str(rating), words) for rating, words in RATING_WORDS.items()), coerce=int,
                         validators=[InputRequired()])


class CreditForm(Form):
    """The cumulative credit points of a functional official on a day."""

    recorded_on = DateField(say("Tanggal penetapan"), validators=[InputRequired()])
    points = HundredthsField(say("Angka kredit kumulatif"), most=100_000, validators=[InputRequired()],
                             description=say("Seperti pada PAK terakhir, misalnya 212,50."))


class OutsideCertificateForm(Form):
    """A certificate of an outside issuer."""

    training = SelectField(say("Pelatihan"), validators=[InputRequired()])
    issuer = StringField(say("Penerbit"), filters=[strip], validators=[InputRequired(), Length(max=60)])
    number = StringField(say("Nomor"), filters=[strip], validators=[InputRequired(), Length(max=120)])
    finished_on = DateField(say("Hari terakhir pelatihan"), validators=[InputRequired()])
    jp = IntegerField(say("JP"), validators=[Optional(), NumberRange(1, 10_000)],
                      description=say("Kosong berarti sama dengan katalog."))
    valid_until = DateField(say("Berlaku sampai"), validators=[Optional()],
                            description=say("Kosong berarti tanpa batas."))


class DisciplineForm(Form):
    """A disciplinary case; days that are not known yet stay empty."""

    severity = SelectField(say("Tingkat"), choices=offer(SEVERITY_WORDS.items()), validators=[InputRequired()])
    sanction = StringField(say("Jenis hukuman"), filters=[strip], validators=[Length(max=120)])
    opened_on = DateField(say("Perkara dibuka"), validators=[InputRequired()])
    decided_on = DateField(say("Tanggal keputusan"), validators=[Optional()])
    served_from = DateField(say("Dijalani mulai"), validators=[Optional()])
    served_until = DateField(say("Dijalani sampai"), validators=[Optional()])


class OccupancyForm(Form):
    """A post from a day on."""

    post = StringField(say("Kode formasi"), filters=[strip], validators=[InputRequired(), Length(max=100)],
                       description=say("Kode formasi ada di halaman jabatannya."))
    since = DateField(say("TMT jabatan"), validators=[InputRequired()])
    kind = SelectField(say("Pengangkatan"), choices=offer(KIND_OF_OCCUPANCY_WORDS.items()),
                       validators=[InputRequired()])
    decree_no = StringField(say("Nomor SK"), filters=[strip], validators=[Length(max=80)])


class EndForm(Form):
    """The last day of an occupancy."""

    until = DateField(say("Hari terakhir"), validators=[InputRequired()])


class WithdrawForm(Form):
    """Why a piece of evidence no longer counts."""

    reason = TextAreaField(say("Alasan"), filters=[strip], validators=[InputRequired(), Length(max=500)],
                           description=say("Alasan ini dibaca oleh pegawai yang bersangkutan."))


class AssessmentForm(Form):
    """Levels observed on a day; `assessment_form` adds a field for each competency."""

    kind = SelectField(say("Jenis bukti"), validators=[InputRequired()], choices=offer([
        ("ASSESSMENT", say("Asesmen")), ("COMPETENCY_TEST", say("Uji kompetensi")),
        ("RPL", say("Pengakuan pembelajaran lampau")), ("SUPERVISOR", say("Penilaian atasan"))]))
    observed_on = DateField(say("Tanggal penilaian"), validators=[InputRequired()])
    provider = StringField(say("Penilai atau penerbit"), filters=[strip], validators=[InputRequired(), Length(max=120)])
    target_class = SelectField(say("Jenjang sasaran asesmen"), default="")
    accredited = SelectField(say("Penilai terakreditasi untuk jenjang ini"), choices=_FLAGS, default="")
    method = StringField(say("Metode"), filters=[strip], validators=[Length(max=60)])


def assessment_form(competencies: Iterable[tuple[str, str, str]]) -> type[AssessmentForm]:
    """Make the form with one level for each competency (code, name, kind); its field is called ``level-CODE``."""
    fields: dict[str, Any] = {
        f"level-{code}": SelectField(name, choices=_LEVELS, default="") for code, name, _ in competencies}
    return type("AssessmentFormWithLevels", (AssessmentForm,), fields)


def levels_of(form: AssessmentForm) -> dict[str, int]:
    """Return the levels that were filled in, by competency code."""
    return {field.name.removeprefix("level-"): int(field.data) for field in form
            if field.name.startswith("level-") and field.data}
