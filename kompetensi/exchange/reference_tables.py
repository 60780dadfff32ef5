"""The reference tables: governments, units, ranks, classes, competencies, trainings, positions, rules, policies.

One row class and one `TableFormat` for each; the tables themselves are the CSV files of ``kompetensi.reference``.
What a row refers to is checked by who knows the database; here a cell is judged by itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from kompetensi.exchange.tables import (
    Column,
    TableFormat,
    choice,
    code,
    code_list,
    day,
    flag,
    integer,
    name_list,
    number_pairs,
    optional,
    pair_list,
    single_value,
    text,
    words_of,
)

__all__ = ["FORMATS", "CompetencyRow", "EducationRow", "GovernmentRow", "GradeRow", "JobClassLevelRow",
           "JobClassRow", "LadderRow", "MutasiKindRow", "MutasiRuleRow", "PolicyRow", "PositionRow",
           "TechnicalCompetencyRow", "TrainingRow", "UnitRow"]

_LARGEST = 999_999_999
_CONFIDENCE = Column("confidence", text(120), "confidence")
_LEVELS = pair_list(integer(1, 5), example="TEK-DATA:2")


@dataclass(frozen=True, slots=True)
class GovernmentRow:
    """A regional government; `code` is the Kemendagri code."""

    line: int
    code: str
    name: str
    kind: str
    bps_code: str
    siasn_code: str
    unit_prefix: str


@dataclass(frozen=True, slots=True)
class UnitRow:
    """A work unit; `parent_code` is None right below the government, both days are inclusive."""

    line: int
    code: str
    name: str
    government_code: str
    kind: str
    parent_code: str | None
    valid_from: date | None
    valid_to: date | None
    predecessor_codes: tuple[str, ...]
    predecessor_names: tuple[str, ...]
    legal_basis: str
    confidence: str


@dataclass(frozen=True, slots=True)
class GradeRow:
    """A *golongan*; compared by `rank_order`, 1 to 17."""

    line: int
    code: str
    siasn_id: str
    employee_type: str
    rank_name: str
    golongan: str
    ruang: str
    sort_order: int
    rank_order: int
    confidence: str
    rank_order_confidence: str


@dataclass(frozen=True, slots=True)
class EducationRow:
    """A level of education."""

    line: int
    code: str
    name: str
    rank_order: int
    confidence: str


@dataclass(frozen=True, slots=True)
class JobClassRow:
    """A position class (*jenjang*)."""

    line: int
    code: str
    name: str
    group: str
    echelon: str
    siasn_code: str
    default_level: int
    min_grade_code: str
    max_grade_code: str
    retirement_age: int
    confidence: str


@dataclass(frozen=True, slots=True)
class JobClassLevelRow:
    """The level of a competency that a position class asks for by default."""

    line: int
    job_class_code: str
    competency_code: str
    level: int
    confidence: str


@dataclass(frozen=True, slots=True)
class CompetencyRow:
    """One level of a managerial or sociocultural competency."""

    line: int
    code: str
    name: str
    level: int
    level_name: str
    indicator: str


@dataclass(frozen=True, slots=True)
class TechnicalCompetencyRow:
    """A technical competency; its levels are those of the generic ladder."""

    line: int
    code: str
    name: str
    urusan: str
    definition: str


@dataclass(frozen=True, slots=True)
class LadderRow:
    """One step of the generic ladder."""

    line: int
    level: int
    name: str
    english: str
    indicator: str


@dataclass(frozen=True, slots=True)
class TrainingRow:
    """A training.

    Attributes
    ----------
    prerequisite_codes : tuple of str
        Trainings that must all be passed before.
    raises : tuple of (str, int)
        Competency and the level that passing is expected to give, in the order of the file.
    cost_idr, validity_years, lan_programme : int, int, bool or None
        From columns that a file may leave out; None = the file does not say, and what is known stays.
    """

    line: int
    code: str
    name: str
    kind: str
    siasn_jenis_diklat_id: int | None
    jp: int
    provider: str
    prerequisite_codes: tuple[str, ...]
    target_classes: tuple[str, ...]
    prerequisites: str
    min_grade_code: str | None
    raises: tuple[tuple[str, int], ...]
    jp_confidence: str
    offered: str
    equivalent_code: str | None
    cost_idr: int | None
    validity_years: int | None
    lan_programme: bool | None


@dataclass(frozen=True, slots=True)
class PositionRow:
    """A position with what it asks for and how many posts it has.

    Attributes
    ----------
    general_levels, technical_levels : tuple of (str, int)
        Required level by competency, in the order of the file; no `general_levels` = the defaults of the class.
    trainings : tuple of (str, str)
        Demanded training and its importance.
    posts, filled : int
        *Formasi* and *terisi*. Filled is derived from occupancies and only checked here.
    """

    line: int
    code: str
    name: str
    unit_code: str
    job_class_code: str
    min_grade_code: str | None
    min_education_code: str | None
    general_levels: tuple[tuple[str, int], ...]
    technical_levels: tuple[tuple[str, int], ...]
    trainings: tuple[tuple[str, str], ...]
    min_experience_years: int
    posts: int
    filled: int
    urusan: str
    education_fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MutasiKindRow:
    """A kind of transfer and who decides it."""

    line: int
    code: str
    name: str
    example: str
    decided_by: str
    bkn_opinion: str
    legal_basis: str
    confidence: str


@dataclass(frozen=True, slots=True)
class MutasiRuleRow:
    """A rule of transfers; its columns are kept as text and interpreted elsewhere."""

    line: int
    rule_id: str
    category: str
    applies_to: str
    jenjang_of: str
    when: str
    text: str
    legal_basis: str
    data_needed: str
    severity: str
    checks: str
    parameters: str
    valid_from: date | None
    valid_to: date | None
    confidence: str

    @property
    def scope(self) -> tuple[str, ...]:
        """Return the words of `applies_to`."""
        return tuple(part.strip() for part in self.applies_to.split(";"))


@dataclass(frozen=True, slots=True)
class PolicyRow:
    """A number or switch that somebody sets; None = not adopted."""

    line: int
    key: str
    value: Any
    valid_from: date | None
    valid_to: date | None
    source: str
    confidence: str


FORMATS: dict[str, TableFormat[Any]] = {table.kind: table for table in (
    TableFormat("governments", "pemda_gorontalo.csv", GovernmentRow, (
        Column("kemendagri_code", code(10), "code"),
        Column("name", text(120, required=True), "name"),
        Column("kind", choice("PROV", "KAB", "KOTA"), "kind"),
        Column("bps_code", code(10), "bps_code"),
        Column("siasn_kode_cepat", code(10), "siasn_code"),
        Column("opd_prefix", code(10), "unit_prefix"),
    ), ("kemendagri_code",)),
    TableFormat("units", "opd_gorontalo.csv", UnitRow, (
        Column("code", code(60), "code"),
        Column("name", text(200, required=True), "name"),
        Column("pemda_code", code(10), "government_code"),
        Column("type", code(20), "kind"),
        Column("parent_code", optional(code(60)), "parent_code"),
        Column("valid_from", day, "valid_from"),
        Column("valid_to", day, "valid_to"),
        Column("predecessor_codes", code_list(60), "predecessor_codes"),
        Column("predecessor_names", name_list(200), "predecessor_names"),
        Column("legal_basis", text(200), "legal_basis"),
        _CONFIDENCE,
    ), ("code",)),
    TableFormat("grades", "golongan.csv", GradeRow, (
        Column("code", code(12), "code"),
        Column("siasn_id", text(10), "siasn_id"),
        Column("employee_type", choice("PNS", "PPPK"), "employee_type"),
        Column("pangkat", text(60), "rank_name"),
        Column("golongan", text(10, required=True), "golongan"),
        Column("ruang", text(4), "ruang"),
        Column("sort_order", integer(0, _LARGEST), "sort_order"),
        _CONFIDENCE,
        Column("rank_order", integer(1, 17), "rank_order"),
        Column("rank_order_confidence", text(120), "rank_order_confidence"),
    ), ("code",)),
    TableFormat("education-levels", "pendidikan.csv", EducationRow, (
        Column("code", code(10), "code"),
        Column("name", text(80, required=True), "name"),
        Column("rank_order", integer(1, 99), "rank_order"),
        _CONFIDENCE,
    ), ("code",)),
    TableFormat("competencies", "kompetensi_manajerial_sosiokultural.csv", CompetencyRow, (
        Column("code", code(40), "code"),
        Column("name", text(120, required=True), "name"),
        Column("level", integer(1, 5), "level"),
        Column("level_name", text(40, required=True), "level_name"),
        Column("indicator_own_words", text(1000, required=True), "indicator"),
    ), ("code", "level")),
    TableFormat("technical-competencies", "kompetensi_teknis.csv", TechnicalCompetencyRow, (
        Column("code", code(40), "code"),
        Column("name", text(120, required=True), "name"),
        Column("urusan", text(60, required=True), "urusan"),
        Column("definition_own_words", text(1000), "definition"),
    ), ("code",)),
    TableFormat("technical-ladder", "skala_level_teknis.csv", LadderRow, (
        Column("level", integer(1, 5), "level"),
        Column("level_name", text(40, required=True), "name"),
        Column("english", text(40, required=True), "english"),
        Column("indicator_own_words", text(1000, required=True), "indicator"),
    ), ("level",)),
    TableFormat("job-classes", "jenjang.csv", JobClassRow, (
        Column("code", code(20), "code"),
        Column("name", text(80, required=True), "name"),
        Column("kelompok", choice("JPT", "JA", "JF-KEAHLIAN", "JF-KETERAMPILAN"), "group"),
        Column("eselon_lama", text(20), "echelon"),
        Column("siasn_code", text(20), "siasn_code"),
        Column("default_level", integer(1, 5), "default_level"),
        Column("min_golongan", code(12), "min_grade_code"),
        Column("max_golongan", code(12), "max_grade_code"),
        Column("batas_usia_pensiun", integer(40, 80), "retirement_age"),
        _CONFIDENCE,
    ), ("code",)),
    TableFormat("job-class-levels", "level_wajib_per_jenjang.csv", JobClassLevelRow, (
        Column("jenjang_code", code(20), "job_class_code"),
        Column("jenjang_name", text(80)),
        Column("kelompok", text(20)),
        Column("competency_code", code(40), "competency_code"),
        Column("required_level", integer(1, 5), "level"),
        _CONFIDENCE,
    ), ("jenjang_code", "competency_code")),
    TableFormat("trainings", "pelatihan.csv", TrainingRow, (
        Column("code", code(40), "code"),
        Column("name", text(200, required=True), "name"),
        Column("type", code(30), "kind"),
        Column("siasn_jenis_diklat_id", optional(integer(1, 99)), "siasn_jenis_diklat_id"),
        Column("jp", integer(0, 9999), "jp"),
        Column("provider", text(120), "provider"),
        Column("prereq_training", code_list(40), "prerequisite_codes"),
        Column("target_jenjang", code_list(20), "target_classes"),
        Column("prerequisites", text(500), "prerequisites"),
        Column("min_golongan", optional(code(12)), "min_grade_code"),
        Column("raises", _LEVELS, "raises"),
        Column("jp_confidence", text(120), "jp_confidence"),
        Column("offered", choice("yes", "history", "appointment"), "offered"),
        Column("equivalent", optional(code(40)), "equivalent_code"),
        Column("cost_idr", optional(integer(0, _LARGEST)), "cost_idr", may_lack=True),
        Column("validity_years", optional(integer(1, 50)), "validity_years", may_lack=True),
        Column("lan_programme", optional(flag), "lan_programme", may_lack=True),
    ), ("code",)),
    TableFormat("positions", "jabatan.csv", PositionRow, (
        Column("code", code(80), "code"),
        Column("name", text(200, required=True), "name"),
        Column("opd_code", code(60), "unit_code"),
        Column("jenjang_code", code(20), "job_class_code"),
        Column("min_golongan", optional(code(12)), "min_grade_code"),
        Column("min_pendidikan", optional(code(10)), "min_education_code"),
        Column("managerial_requirements", _LEVELS, "general_levels"),
        Column("technical_requirements", _LEVELS, "technical_levels"),
        Column("training_requirements", pair_list(choice("MUTLAK", "PENTING", "PERLU"), example="PKP:PENTING"),
               "trainings"),
        Column("min_pengalaman_tahun", integer(0, 50), "min_experience_years"),
        Column("formasi", integer(0, 9999), "posts"),
        Column("terisi", integer(0, 9999), "filled"),
        Column("urusan", text(60), "urusan"),
        Column("bidang_pendidikan", name_list(80), "education_fields"),
    ), ("code",)),
    TableFormat("mutasi-kinds", "jenis_mutasi.csv", MutasiKindRow, (
        Column("code", code(30), "code"),
        Column("name", text(160, required=True), "name"),
        Column("example", text(160), "example"),
        Column("decided_by", text(160, required=True), "decided_by"),
        Column("bkn_pertek", text(200), "bkn_opinion"),
        Column("legal_basis", text(200), "legal_basis"),
        _CONFIDENCE,
    ), ("code",)),
    TableFormat("mutasi-rules", "aturan_mutasi.csv", MutasiRuleRow, (
        Column("rule_id", code(20), "rule_id"),
        Column("category", code(30), "category"),
        Column("applies_to", text(300, required=True), "applies_to"),
        Column("jenjang_of", choice("", "current", "target", "both"), "jenjang_of"),
        Column("when", choice("", "own_request", "from_other_group", "from_jpt", "higher_jenjang_in_same_jf"), "when"),
        Column("text", text(600, required=True), "text"),
        Column("legal_basis", text(300, required=True), "legal_basis"),
        Column("data_needed", text(300), "data_needed"),
        Column("severity", choice("mutlak", "pertimbangan"), "severity"),
        Column("checks", words_of(("auto", "document", "person"), separator="+"), "checks"),
        Column("parameters", number_pairs, "parameters"),
        Column("valid_from", day, "valid_from"),
        Column("valid_to", day, "valid_to"),
        _CONFIDENCE,
    ), ("rule_id",)),
    TableFormat("policies", "kebijakan.csv", PolicyRow, (
        Column("key", code(80), "key"),
        Column("value", single_value, "value"),
        Column("valid_from", day, "valid_from"),
        Column("valid_to", day, "valid_to"),
        Column("source", text(300), "source"),
        _CONFIDENCE,
    ), ("key", "valid_from")),
)}
"""Every table by its name on the command line, in an order in which each refers only to those before it."""
