"""The home of a civil servant: the target, what is near, what comes next, what runs out, the lesson hours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import exists, func, or_, select
from sqlalchemy.orm import Session, aliased, joinedload

from kompetensi.graph.readiness import GateState, Readiness
from kompetensi.models import (
    Batch,
    Certificate,
    Enrolment,
    JobClass,
    Occupancy,
    Path,
    Person,
    Position,
    Post,
    Training,
    Unit,
)
from kompetensi.rules.access import Actor
from kompetensi.rules.enrolment import HELD
from kompetensi.services.day_conditions import held_definitively, in_force
from kompetensi.services.lookup import current_occupancy
from kompetensi.services.policies import jp_duty
from kompetensi.services.readiness import Assessor, PositionReadiness, describe, load_assessor

__all__ = ["ActivePath", "BatchAhead", "Expiring", "JpOfYear", "NearPosition", "Overview", "OwnEnrolment",
           "Subordinate", "own_overview"]

_NEAREST = 5
_BATCHES = 4
# How long before its end a certificate or an assessment is told of.
_NOTICE = timedelta(days=180)


@dataclass(frozen=True, slots=True)
class NearPosition:
    """A position with vacant posts in the person's own government.

    Attributes
    ----------
    vacant : int
        Posts without an occupant today.
    percent, percent_expected : int or None
        Score in per cent, rounded down; None while an assessment is missing.
    closed_gates : int
    """

    code: str
    name: str
    unit_name: str
    vacant: int
    percent: int | None
    percent_expected: int | None
    verdict: str
    closed_gates: int


@dataclass(frozen=True, slots=True)
class OwnEnrolment:
    """A seat that the person has or has asked for, in a batch that has not ended."""

    batch: str
    training: str
    name: str
    status: str
    first_day: date
    last_day: date
    place: str


@dataclass(frozen=True, slots=True)
class BatchAhead:
    """A batch with a free seat whose training serves the target.

    Attributes
    ----------
    serves : tuple of str
        Names of the requirements that it may close; the training's own name when the position demands it.
    """

    batch: str
    training: str
    name: str
    first_day: date
    last_day: date
    place: str
    seats_free: int
    registration_until: date | None
    is_mandatory: bool
    serves: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Expiring:
    """A certificate, or an assessment (`token` None), that ends within half a year.

    Attributes
    ----------
    days : int
        Days left, at least 0.
    """

    name: str
    number: str
    token: str | None
    valid_until: date
    days: int


@dataclass(frozen=True, slots=True)
class JpOfYear:
    """Lesson hours of the calendar year against the duty; bounds None = none set.

    Attributes
    ----------
    entries : tuple of (str, int, date)
        Training, JP and last day, newest first.
    """

    year: int
    jp: int
    min_jp: int | None
    max_jp: int | None
    source: str
    entries: tuple[tuple[str, int, date], ...]

    @property
    def missing(self) -> int:
        """Hours short of the duty, at least 0."""
        return max(0, (self.min_jp or 0) - self.jp)


@dataclass(frozen=True, slots=True)
class ActivePath:
    """The path taken to the target: when it ends and what comes next."""

    finish: date | None
    ready_by: date | None
    steps: int


@dataclass(frozen=True, slots=True)
class Subordinate:
    """Somebody whose post stands directly below one of the actor's."""

    nip: str
    name: str
    position_name: str


@dataclass(frozen=True, slots=True)
class Overview:
    """The home page of one person.

    Attributes
    ----------
    target : PositionReadiness or None
        None as long as no target is chosen, or its position has no standard today.
    """

    nip: str
    name: str
    position_name: str | None
    unit_name: str
    today: date
    target: PositionReadiness | None
    path: ActivePath | None
    nearest: tuple[NearPosition, ...]
    enrolments: tuple[OwnEnrolment, ...]
    batches: tuple[BatchAhead, ...]
    expiring: tuple[Expiring, ...]
    jp: JpOfYear
    certificates: int
    subordinates: tuple[Subordinate, ...]


def own_overview(session: Session, actor: Actor, *, today: date) -> Overview | None:
    """Return the actor's own home, or None for an account that belongs to nobody of the register.

    It reads only what is the actor's own, and the names and posts of those directly below him; the number of
    queries does not grow with the register.
    """
    if actor.person_id is None:
        return None
    person = session.scalars(
        select(Person).options(joinedload(Person.unit), joinedload(Person.target_position))
        .where(Person.id == actor.person_id)).one()
    occupancy = current_occupancy(session, person, today)
    assessor = load_assessor(session, person.id, today)
    target = None
    if person.target_position is not None and person.target_position.code in assessor.graph.positions:
        target = describe(session, actor, person, person.target_position.code, assessor, today=today)
    certificates = _certificates(session, person.id, today)
    return Overview(
        person.nip, person.name, occupancy.position_name if occupancy else None, person.unit.name, today, target,
        _path(session, person), _nearest(session, person, occupancy, assessor, today),
        _enrolments(session, person.id, today), _batches(session, target, assessor, today),
        _expiring(assessor, certificates, today), _jp(session, person, certificates, today),
        len(certificates), _subordinates(session, person.id, today))


def _path(session: Session, person: Person) -> ActivePath | None:
    row = session.scalars(
        select(Path).where(Path.person_id == person.id, Path.position_id == person.target_position_id,
                           Path.status == "ACTIVE").order_by(Path.taken_at.desc(), Path.id.desc()).limit(1)
    ).one_or_none()
    if row is None:
        return None
    finish = row.plan.get("finish")
    return ActivePath(date.fromisoformat(finish) if finish else None, row.ready_by, len(row.plan.get("steps", ())))


def _nearest(
    session: Session, person: Person, occupancy: Occupancy | None, assessor: Assessor, today: date
) -> tuple[NearPosition, ...]:
    """Rank the vacant positions of the same and the next higher class by closed gates, then by expected score."""
    is_filled = exists().where(
        Occupancy.post_id == Post.id, held_definitively(today))
    vacant = (
        select(Position.code, func.count(Post.id).label("posts"))
        .join(Post, Post.position_id == Position.id).join(Unit, Post.unit_id == Unit.id)
        .join(JobClass, Position.job_class_id == JobClass.id)
        .where(Unit.government_id == person.unit.government_id, ~is_filled,
               in_force(Post.valid_from, Post.valid_to, today))
        .group_by(Position.code))
    if occupancy is not None:
        level = select(JobClass.default_level).where(JobClass.id == occupancy.job_class_id).scalar_subquery()
        vacant = vacant.where(JobClass.default_level.between(level, level + 1))
    if person.target_position_id is not None:
        vacant = vacant.where(Position.id != person.target_position_id)
    found = []
    for code, posts in session.execute(vacant):
        readiness = assessor(code)
        if readiness is not None:
            found.append((sum(gate.state is GateState.NOT_MET for gate in readiness.gates),
                          -readiness.score_expected, code, posts, readiness))
    found.sort(key=lambda item: item[:3])
    return tuple(_near(readiness, posts, closed) for closed, _, _, posts, readiness in found[:_NEAREST])


def _near(readiness: Readiness, posts: int, closed: int) -> NearPosition:
    known = readiness.assessed == readiness.assessable and readiness.score_max
    return NearPosition(
        readiness.position.code, readiness.position.name, readiness.position.unit_name, posts,
        100 * readiness.score // readiness.score_max if known else None,
        100 * readiness.score_expected // readiness.score_max if known else None, readiness.verdict.value, closed)


def _enrolments(session: Session, person_id: int, today: date) -> tuple[OwnEnrolment, ...]:
    rows = session.execute(
        select(Batch.code, Training.code, Training.name, Enrolment.status, Batch.first_day, Batch.last_day,
               Batch.place)
        .join(Batch, Enrolment.batch_id == Batch.id).join(Training, Batch.training_id == Training.id)
        .where(Enrolment.person_id == person_id, Enrolment.status.in_(HELD),
               Batch.last_day >= today)
        .order_by(Batch.first_day, Batch.code))
    return tuple(OwnEnrolment(*row) for row in rows)


def _batches(
    session: Session, target: PositionReadiness | None, assessor: Assessor, today: date
) -> tuple[BatchAhead, ...]:
    if target is None:
        return ()
    demanded = {row.training: row for row in target.readiness.open_trainings}
    gaps = {row.competency: row for row in target.readiness.open_rows}
    serves: dict[str, list[str]] = {}
    for training in assessor.graph.trainings.values():
        closes = [gaps[gain.competency].name for gain in training.raises
                  if gain.competency in gaps and gain.level > (gaps[gain.competency].expected or 0)]
        if training.code in demanded or (closes and training.code not in assessor.holdings):
            serves[training.code] = closes
    if not serves:
        return ()
    rows = session.execute(
        select(Batch, Training.code, Training.name).join(Training, Batch.training_id == Training.id)
        .where(Training.code.in_(serves), Batch.status == "OPEN", Batch.first_day > today,
               Batch.seats_taken < Batch.seats,
               or_(Batch.registration_until.is_(None), Batch.registration_until >= today))
        .order_by(Batch.first_day, Batch.code))
    first_of: dict[str, BatchAhead] = {}
    for batch, code, name in rows:
        if code not in first_of:
            demand = demanded.get(code)
            first_of[code] = BatchAhead(
                batch.code, code, name, batch.first_day, batch.last_day, batch.place, batch.seats - batch.seats_taken,
                batch.registration_until, demand is not None and demand.gate is not None, tuple(serves[code]))
    return tuple(sorted(first_of.values(), key=lambda item: (
        not item.is_mandatory, item.training not in demanded, item.first_day, item.batch))[:_BATCHES])


def _certificates(session: Session, person_id: int, today: date) -> Sequence[tuple[Certificate, str]]:
    """Return the person's certificates that stand, newest first, each with the name of its training."""
    return session.execute(
        select(Certificate, func.coalesce(Training.name, Certificate.training_code))
        .outerjoin(Training, Training.code == Certificate.training_code)
        .where(Certificate.person_id == person_id, Certificate.state.in_(("ISSUED", "SIGNED")),
               Certificate.finished_on <= today)
        .order_by(Certificate.finished_on.desc(), Certificate.id)).all()


def _expiring(
    assessor: Assessor, certificates: Sequence[tuple[Certificate, str]], today: date
) -> tuple[Expiring, ...]:
    found = [
        Expiring(name, row.number, row.token, row.valid_until, (row.valid_until - today).days)
        for row, name in certificates
        if row.valid_until is not None and today <= row.valid_until <= today + _NOTICE]
    # One assessment proves many competencies; it is told once, by its source and last day.
    assessments = {
        (level.proven_by.source, level.proven_by.valid_until) for level in assessor.profile.levels.values()
        if level.proven_by is not None and level.proven_by.valid_until is not None
        and level.proven_by.valid_until <= today + _NOTICE}
    found += [Expiring(source, "", None, last, (last - today).days) for source, last in assessments if last]
    return tuple(sorted(found, key=lambda item: (item.valid_until, item.name, item.number)))


def _jp(
    session: Session, person: Person, certificates: Sequence[tuple[Certificate, str]], today: date
) -> JpOfYear:
    duty = jp_duty(session, person.employee_type, today)
    entries = tuple((name, row.jp, row.finished_on) for row, name in certificates
                    if row.finished_on.year == today.year)
    return JpOfYear(today.year, sum(jp for _, jp, _ in entries), duty.min_jp.value, duty.max_jp.value,
                    duty.min_jp.source if duty.min_jp.value is not None else duty.max_jp.source, entries)


def _subordinates(session: Session, person_id: int, today: date) -> tuple[Subordinate, ...]:
    mine, theirs = aliased(Occupancy), aliased(Occupancy)
    in_force = [item for row in (mine, theirs)
                for item in (row.since <= today, or_(row.until.is_(None), row.until >= today))]
    rows = session.execute(
        select(Person.nip, Person.name, theirs.position_name).distinct()
        .join(theirs, theirs.person_id == Person.id).join(Post, theirs.post_id == Post.id)
        .join(mine, mine.post_id == Post.superior_post_id)
        .where(mine.person_id == person_id, *in_force)
        .order_by(Person.name, Person.nip, theirs.position_name))
    return tuple(Subordinate(*row) for row in rows)
