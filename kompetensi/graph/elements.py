"""What the competency graph is made of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from kompetensi.graph.conditions import All, Condition

__all__ = ["NO_CONDITION", "Competency", "CompetencyKind", "Demand", "EdgeKind", "Importance", "NodeKind", "Offered", "Position",
           "Raise", "Relation", "Requirement", "Training"]

# No entry condition: open to everybody.
NO_CONDITION: Condition = All()


class NodeKind(StrEnum):
    """Type of a node."""

    COMPETENCY = "competency"
    TRAINING = "training"
    POSITION = "position"


class EdgeKind(StrEnum):
    """Type of an edge, read from its source to its target."""

    RAISES = "raises"  # training -> competency
    REQUIRES = "requires"  # training -> training or competency: its entry condition
    DEMANDS = "demands"  # position -> competency or training
    BROADER = "broader"  # narrower competency -> broader competency
    EQUIVALENT = "equivalent"  # training -> the training that a holder counts as holding; or competencies


class CompetencyKind(StrEnum):
    """PermenPANRB 38/2017: managerial, sociocultural, technical."""

    MANAJERIAL = "MANAJERIAL"
    SOSIOKULTURAL = "SOSIOKULTURAL"
    TEKNIS = "TEKNIS"


class Importance(StrEnum):
    """How much a requirement binds: missing = blocked, to be planned within a year, or advice."""

    MUTLAK = "MUTLAK"
    PENTING = "PENTING"
    PERLU = "PERLU"


class Offered(StrEnum):
    """Whether a training can be planned, is only recorded, or comes with an appointment."""

    YES = "yes"
    HISTORY = "history"
    APPOINTMENT = "appointment"


@dataclass(frozen=True, slots=True)
class Competency:
    """A competency of the dictionary."""

    code: str
    name: str
    kind: CompetencyKind
    urusan: str = ""


@dataclass(frozen=True, slots=True)
class Raise:
    """The level of a competency expected after a training."""

    competency: str
    level: int


@dataclass(frozen=True, slots=True)
class Training:
    """A training of the catalogue.

    Attributes
    ----------
    jp : int
        Lesson hours of 45 minutes.
    min_golongan : int or None
        Rank order 1..17; None = open to all.
    entry : Condition
        Must hold before the first day.
    target_classes : tuple of str
        Position classes that it is meant for; advice, never a bar.
    equivalent : str or None
        A holder of this training counts as holding that one.
    validity_years : int or None
        How long its certificate holds; None = without end.
    """

    code: str
    name: str
    jp: int = 0
    cost_idr: int = 0
    min_golongan: int | None = None
    entry: Condition = NO_CONDITION
    raises: tuple[Raise, ...] = ()
    offered: Offered = Offered.YES
    equivalent: str | None = None
    target_classes: tuple[str, ...] = ()
    validity_years: int | None = None


@dataclass(frozen=True, slots=True)
class Requirement:
    """A required level, 1..5. `weight` None = equal shares."""

    competency: str
    level: int
    importance: Importance = Importance.PENTING
    weight: int | None = None


@dataclass(frozen=True, slots=True)
class Demand:
    """A training that the position itself demands."""

    training: str
    importance: Importance = Importance.PENTING


@dataclass(frozen=True, slots=True)
class Position:
    """A position with the standard in force.

    Attributes
    ----------
    min_golongan : int or None
        Rank order 1..17.
    min_education : int or None
        Rank order of the education level.
    education_fields : tuple of str
        Fields that fit; empty = any.
    standard_version : int
    valid_from : date or None
    """

    code: str
    name: str
    unit: str = ""
    unit_name: str = ""
    job_class: str = ""
    urusan: str = ""
    requirements: tuple[Requirement, ...] = ()
    trainings: tuple[Demand, ...] = ()
    min_golongan: int | None = None
    min_golongan_code: str = ""
    min_education: int | None = None
    min_education_code: str = ""
    education_fields: tuple[str, ...] = ()
    min_experience_years: int = 0
    standard_version: int = 1
    valid_from: date | None = None
    invented: bool = False


@dataclass(frozen=True, slots=True)
class Relation:
    """A typed edge between two competencies: BROADER (source is the narrower one) or EQUIVALENT."""

    source: str
    target: str
    kind: EdgeKind
