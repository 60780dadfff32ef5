"""Everything that the rules of transfer may ask about a person, a target position and a dossier.

`None` always means that no source has given the fact: a rule that needs it answers *unknown* and names it. All
values are plain, so that a decision can freeze them as JSON.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

__all__ = ["AssessmentFact", "CareerFact", "ClassFact", "DisciplineFact", "DocumentFact", "ElectionFact", "Facts",
           "GovernmentFact", "JudgementFact", "LevelFact", "QualificationFact", "TargetFact", "TrainingFact"]


@dataclass(frozen=True, slots=True)
class ClassFact:
    """A position class.

    Attributes
    ----------
    group : str
        JPT, JA, JF-KEAHLIAN or JF-KETERAMPILAN.
    level : int
        Its default level of the nine competencies, 1..5.
    order : int
        Rank order of its lowest *golongan*: of two classes the one with the larger order is the higher.
    retirement_age : int
        *Batas usia pensiun*, years.
    """

    code: str
    name: str
    group: str
    level: int
    order: int
    retirement_age: int

    @property
    def is_functional(self) -> bool:
        """Whether it is a *jabatan fungsional*."""
        return self.group.startswith("JF")


@dataclass(frozen=True, slots=True)
class GovernmentFact:
    """A regional government; `kind` is PROV, KAB or KOTA, `code` the Kemendagri code such as 75.01."""

    code: str
    name: str
    kind: str

    @property
    def province(self) -> str:
        """Kemendagri code of its province."""
        return self.code[:2]


@dataclass(frozen=True, slots=True)
class CareerFact:
    """A definitive post that the person holds or held; `until` is inclusive, None = still there.

    Attributes
    ----------
    urusan : str
        Field of government of the post; empty when it is not recorded.
    """

    position: str
    job_class: ClassFact
    urusan: str
    since: date
    until: date | None


@dataclass(frozen=True, slots=True)
class TargetFact:
    """The position that the person is to move to.

    Attributes
    ----------
    has_standard : bool
        Whether a standard is in force on the day.
    min_golongan, min_education : QualificationFact or None
        None = the standard asks for none.
    posts, vacant : int
        Posts of this position on the day, and those without a definitive occupant.
    """

    code: str
    name: str
    job_class: ClassFact
    urusan: str
    government: GovernmentFact
    has_standard: bool
    min_golongan: QualificationFact | None
    min_education: QualificationFact | None
    posts: int
    vacant: int


@dataclass(frozen=True, slots=True)
class QualificationFact:
    """A *golongan* or a level of education; the larger `order` is the higher."""

    code: str
    order: int


@dataclass(frozen=True, slots=True)
class DisciplineFact:
    """A disciplinary case: in process until `decided_on`, then served until `served_until` (inclusive)."""

    severity: str
    opened_on: date
    decided_on: date | None
    served_until: date | None


@dataclass(frozen=True, slots=True)
class AssessmentFact:
    """The latest competency assessment.

    Attributes
    ----------
    class_code, class_level : str or None, int or None
        The class that it was made for and that class's default level.
    """

    assessed_on: date
    class_code: str | None
    class_level: int | None
    provider: str
    accredited: bool | None


@dataclass(frozen=True, slots=True)
class LevelFact:
    """One required level of the target's standard.

    Attributes
    ----------
    kind : str
        MANAJERIAL, SOSIOKULTURAL or TEKNIS.
    importance : str
        MUTLAK, PENTING or PERLU.
    proven : int or None
        None = not assessed.
    counted : int or None
        What readiness judges by: `proven`, or for a technical competency the expected level if policy says so.
    """

    code: str
    name: str
    kind: str
    importance: str
    required: int
    proven: int | None
    counted: int | None


@dataclass(frozen=True, slots=True)
class TrainingFact:
    """One training that the target demands.

    Attributes
    ----------
    held : bool
        Whether a certificate valid on the day records it.
    valid_until : date or None
        Of that certificate; None = without end, or not held.
    lapsed_on : date or None
        Last day of a certificate that ran out; None when there is none.
    planned_until : date or None
        Last day of a batch in which the person has a seat, or has asked for one; None = not planned.
    """

    code: str
    name: str
    importance: str
    held: bool
    valid_until: date | None
    lapsed_on: date | None
    planned_until: date | None


@dataclass(frozen=True, slots=True)
class ElectionFact:
    """A regional election by the day on which its candidates are set."""

    name: str
    candidates_set_on: date


@dataclass(frozen=True, slots=True)
class DocumentFact:
    """A document of the dossier; it counts once an officer has verified it."""

    number: str
    dated: date
    issued_by: str
    verified: bool


@dataclass(frozen=True, slots=True)
class JudgementFact:
    """A person's judgement on a rule, with the reason."""

    met: bool
    reason: str
    judged_by: str


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known on the day of the question.

    Attributes
    ----------
    on : date
        Every age, tenure and validity is counted to this day.
    kind : str
        Code of the kind of transfer.
    own_request : bool or None
        Whether the person asked for the move.
    career : tuple of CareerFact
        Definitive posts, oldest first; empty when no history is recorded.
    ratings : tuple of (int, int)
        Year and SKP rating (1 Sangat Baik .. 5 Sangat Kurang), oldest first.
    no_discipline_record : bool or None
        True when the source says that there is no case.
    jp : tuple of (int, int)
        Year and lesson hours of finished trainings, oldest first.
    credit_hundredths, credit_required_hundredths : int or None
        Cumulative *angka kredit* and what the target class asks for, times 100.
    min_tenure_months : int or None
        A shorter wait that the agency has adopted; None = not adopted.
    elections : tuple of ElectionFact or None
        Of the governments concerned; None = no calendar is recorded.
    class_orders : tuple of (str, int)
        `ClassFact.order` of every class by its code, so that a rule can ask for *at least* a class.
    documents, judgements : tuple of (str, ...)
        By id of the rule that they answer.
    """

    on: date
    kind: str
    nip: str
    name: str
    employee_type: str
    birth_date: date
    government: GovernmentFact
    target: TargetFact
    own_request: bool | None = None
    tmt_pns: date | None = None
    contract_end: date | None = None
    legal_status: str | None = None
    formation_year: int | None = None
    service_bond: bool | None = None
    service_bond_until: date | None = None
    on_study_assignment: bool | None = None
    study_assignment_until: date | None = None
    talent_box: int | None = None
    golongan: QualificationFact | None = None
    education: QualificationFact | None = None
    career: tuple[CareerFact, ...] = ()
    ratings: tuple[tuple[int, int], ...] = ()
    no_discipline_record: bool | None = None
    discipline: tuple[DisciplineFact, ...] = ()
    assessment: AssessmentFact | None = None
    levels: tuple[LevelFact, ...] = ()
    trainings: tuple[TrainingFact, ...] = ()
    jp: tuple[tuple[int, int], ...] = ()
    credit_hundredths: int | None = None
    credit_required_hundredths: int | None = None
    min_tenure_months: int | None = None
    elections: tuple[ElectionFact, ...] | None = None
    class_orders: tuple[tuple[str, int], ...] = ()
    documents: tuple[tuple[str, DocumentFact], ...] = ()
    judgements: tuple[tuple[str, JudgementFact], ...] = ()

    @property
    def current(self) -> CareerFact | None:
        """The definitive post held on the day; the one that began last if there are several, None without one."""
        held = [step for step in self.career
                if step.since <= self.on and (step.until is None or step.until >= self.on)]
        return max(held, key=lambda step: step.since) if held else None

    def document(self, rule_id: str) -> DocumentFact | None:
        """Return the document that answers a rule, or None."""
        return dict(self.documents).get(rule_id)

    def judgement(self, rule_id: str) -> JudgementFact | None:
        """Return the judgement on a rule, or None."""
        return dict(self.judgements).get(rule_id)
