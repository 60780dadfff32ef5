"""What the demo reads from the reference tables before it invents anything."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from importlib.resources import files

from sqlalchemy import select
from sqlalchemy.orm import Session

from kompetensi.exchange.reference_tables import FORMATS
from kompetensi.exchange.tables import parse_table
from kompetensi.models import (
    Competency,
    EducationLevel,
    Government,
    Grade,
    JobClass,
    JobClassLevel,
    Position,
    PositionRequirement,
    PositionStandard,
    PositionTraining,
    Post,
    Training,
    Unit,
    UnitPredecessor,
)

__all__ = ["Catalogue", "Course", "JobGrade", "KnownPosition", "WorkUnit", "read_catalogue"]


@dataclass(frozen=True, slots=True)
class WorkUnit:
    """A unit with the former units that it took over from."""

    id: int
    code: str
    name: str
    kind: str
    government: str
    parent: str | None
    valid_from: date | None
    valid_to: date | None
    predecessors: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class JobGrade:
    """A position class: its default level, its range of *golongan* by rank order and its retirement age in years."""

    id: int
    code: str
    level: int
    lowest: int
    highest: int
    retirement_age: int
    general_levels: Mapping[int, int]


@dataclass(frozen=True, slots=True)
class Course:
    """A training of the catalogue.

    Attributes
    ----------
    after : tuple of str
        Trainings that must have been passed before, all of them.
    rank : int
        Lowest rank order that may take it, those before it included; 1 = everybody.
    raises : tuple of (str, int)
        Competency and level.
    """

    id: int
    code: str
    name: str
    kind: str
    jp: int
    provider: str
    offered: str
    after: tuple[str, ...]
    rank: int
    raises: tuple[tuple[str, int], ...]
    is_workshop: bool


@dataclass(frozen=True, slots=True)
class KnownPosition:
    """One of the positions of the reference tables, with what it asks for and its posts.

    Attributes
    ----------
    posts : tuple of (int, str)
        Id and code, by code.
    filled : int
        How many of them the table calls filled.
    """

    id: int
    code: str
    name: str
    unit: str
    job_class: str
    urusan: str
    grade: int
    education: str
    fields: tuple[str, ...]
    technical: tuple[tuple[str, int], ...]
    trainings: tuple[str, ...]
    posts: tuple[tuple[int, str], ...]
    filled: int


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The reference tables, as far as the demo needs them; mappings are in the order of the tables."""

    governments: Mapping[str, str]
    units: Mapping[str, WorkUnit]
    classes: Mapping[str, JobGrade]
    ranks: tuple[str, ...]
    contract_ranks: tuple[str, ...]
    education: Mapping[str, int]
    competencies: Mapping[str, int]
    general: tuple[str, ...]
    courses: Mapping[str, Course]
    positions: tuple[KnownPosition, ...]

    def reachable_level(self, competency: str, level: int, rank: int) -> int:
        """Return the highest level up to `level` that some planned training gives to this rank; 0 = none does."""
        given = [gain for course in self.courses.values() if course.offered == "yes" and course.rank <= rank
                 for code, gain in course.raises if code == competency]
        return min(level, max(given, default=0))


def read_catalogue(session: Session) -> Catalogue:
    """Read the reference tables from the database."""
    orders = dict(session.execute(select(Grade.code, Grade.rank_order)).all())
    competencies = session.execute(select(Competency.code, Competency.id, Competency.kind).order_by(
        Competency.code)).all()
    grades = session.execute(
        select(Grade.code, Grade.employee_type).order_by(Grade.rank_order, Grade.code)).all()
    return Catalogue(
        dict(session.execute(select(Government.code, Government.name).order_by(Government.code)).all()),
        _units(session), _classes(session, orders),
        tuple(code for code, kind in grades if kind == "PNS"), tuple(code for code, kind in grades if kind == "PPPK"),
        dict(session.execute(select(EducationLevel.code, EducationLevel.rank_order)).all()),
        {code: key for code, key, _ in competencies},
        tuple(code for code, _, kind in competencies if kind != "TEKNIS"),
        _courses(session, orders, {key: code for code, key, _ in competencies}), _positions(session, orders))


def _units(session: Session) -> dict[str, WorkUnit]:
    codes = dict(session.execute(select(Unit.id, Unit.code)).all())
    governments = dict(session.execute(select(Government.id, Government.code)).all())
    former: dict[int, list[str]] = {}
    for unit_id, code in session.execute(
        select(UnitPredecessor.unit_id, UnitPredecessor.predecessor_code).order_by(UnitPredecessor.id)
    ):
        former.setdefault(unit_id, []).append(code)
    return {
        unit.code: WorkUnit(unit.id, unit.code, unit.name, unit.kind, governments[unit.government_id],
                            codes.get(unit.parent_id), unit.valid_from, unit.valid_to,
                            tuple(former.get(unit.id, ())))
        for unit in session.scalars(select(Unit).order_by(Unit.id))}


def _classes(session: Session, orders: Mapping[str, int]) -> dict[str, JobGrade]:
    levels: dict[int, dict[int, int]] = {}
    for row in session.scalars(select(JobClassLevel).order_by(JobClassLevel.competency_id)):
        levels.setdefault(row.job_class_id, {})[row.competency_id] = row.level
    return {
        row.code: JobGrade(row.id, row.code, row.default_level, orders[row.min_grade_code],
                           orders[row.max_grade_code], row.retirement_age, levels.get(row.id, {}))
        for row in session.scalars(select(JobClass).order_by(JobClass.id))}


def _courses(session: Session, orders: Mapping[str, int], codes: Mapping[int, str]) -> dict[str, Course]:
    rows = {row.code: row for row in session.scalars(select(Training).order_by(Training.id))}

    def before(row: Training) -> tuple[str, ...]:
        parts = row.entry.get("all", [row.entry])
        return tuple(part["training"] for part in parts if part.get("training") in rows)

    def rank(row: Training) -> int:
        own = orders[row.min_grade_code] if row.min_grade_code else 1
        return max([own, *(rank(rows[code]) for code in before(row))])

    return {
        row.code: Course(
            row.id, row.code, row.name, row.kind, row.jp, row.provider, row.offered, before(row), rank(row),
            tuple(sorted((codes[gain.competency_id], gain.level) for gain in row.raises)),
            row.siasn_jenis_diklat_id == 8)
        for row in rows.values()}


def _positions(session: Session, orders: Mapping[str, int]) -> tuple[KnownPosition, ...]:
    content = files("kompetensi.reference").joinpath(FORMATS["positions"].file_name).read_bytes()
    filled = {row.code: row.filled for row in parse_table(FORMATS["positions"], content).rows}
    posts: dict[int, list[tuple[int, str]]] = {}
    for row in session.scalars(select(Post).order_by(Post.position_id, Post.code)):
        posts.setdefault(row.position_id, []).append((row.id, row.code))
    technical: dict[int, list[tuple[str, int]]] = {}
    for standard_id, code, level in session.execute(
        select(PositionRequirement.standard_id, Competency.code, PositionRequirement.level)
        .join(PositionRequirement.competency).where(Competency.kind == "TEKNIS").order_by(Competency.code)
    ):
        technical.setdefault(standard_id, []).append((code, level))
    demanded: dict[int, list[str]] = {}
    for standard_id, code in session.execute(
        select(PositionTraining.standard_id, PositionTraining.training_code).order_by(PositionTraining.training_code)
    ):
        demanded.setdefault(standard_id, []).append(code)
    rows = session.execute(
        select(Position, PositionStandard, Unit.code, JobClass.code)
        .join(PositionStandard, PositionStandard.position_id == Position.id)
        .join(Unit, Position.unit_id == Unit.id).join(JobClass, Position.job_class_id == JobClass.id)
        .where(PositionStandard.valid_to.is_(None)).order_by(Position.id))
    return tuple(
        KnownPosition(
            position.id, position.code, position.name, unit, job_class, position.urusan,
            orders[standard.min_grade_code] if standard.min_grade_code else 1, standard.min_education_code or "SMA",
            tuple(standard.education_fields), tuple(technical.get(standard.id, ())),
            tuple(demanded.get(standard.id, ())), tuple(posts.get(position.id, ())), filled.get(position.code, 0))
        for position, standard, unit, job_class in rows)
