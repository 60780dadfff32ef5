"""Training paths: the question that the database asks of the planner, its answer in words, and taking a path."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from kompetensi.errors import Conflict, InvalidInput
from kompetensi.exchange.plan import plan_to_json, problem_from_json, result_to_json
from kompetensi.exchange.remedies import open_remedies_to_json
from kompetensi.graph.build import CompetencyGraph
from kompetensi.graph.elements import Position
from kompetensi.graph.evidence import profile_on
from kompetensi.graph.paths import Catalogue, Plan, Problem, plan
from kompetensi.graph.paths.remedies import remedies
from kompetensi.graph.readiness import weights_of
from kompetensi.messages import Message, say
from kompetensi.models import Batch, Enrolment, Grade, Path, Person, Rank, Training
from kompetensi.rules.access import Actor
from kompetensi.rules.enrolment import HELD
from kompetensi.services.access import is_allowed, require
from kompetensi.services.audit import record
from kompetensi.services.enrolments import request_seats
from kompetensi.services.lookup import person_by_nip, position_by_code
from kompetensi.services.path_catalogue import OpenBatch, Stage, load_offer
from kompetensi.services.path_words import OpenItem, Words, answer_of, words_of
from kompetensi.services.snapshot import load_evidence, load_graph, load_holdings

__all__ = ["Choice", "OpenItem", "PathPage", "PathQuestion", "Stage", "Step", "TakenPath", "TakenPaths", "TakenStep",
           "Taking", "check_deadline", "choice_of", "find_path", "own_paths", "paths_of", "problem_of", "take_path", "words_for"]

_ALTERNATIVES = 3
# Score points of a full level: the least common multiple of the levels 1..5, so that shares stay whole numbers.
_POINTS = 60


@dataclass(frozen=True, slots=True)
class Step:
    """One training of a choice, in its batch.

    Attributes
    ----------
    number : int
        From 1, by first day, last day, code.
    batch : str or None
        None for a self-paced training.
    seats_free : int or None
    closes : tuple of str
        Names of what is met from this step on.
    unlocks : tuple of str
        Names of later trainings whose entry needs this one.
    after : tuple of int
        Numbers of the earlier steps that this one's entry needs.
    """

    number: int
    training: str
    name: str
    batch: str | None
    batch_number: int | None
    first_day: date
    last_day: date
    stages: tuple[Stage, ...]
    place: str
    seats_free: int | None
    jp: int
    cost_idr: int
    closes: tuple[str, ...]
    unlocks: tuple[str, ...]
    after: tuple[int, ...]

    @property
    def drawn_stages(self) -> tuple[Stage, ...]:
        """The stages, or for a self-paced training its days as one."""
        return self.stages or (Stage(self.name, "SELF_STUDY", self.first_day, self.last_day),)


@dataclass(frozen=True, slots=True)
class Choice:
    """One plan that the person can take.

    Attributes
    ----------
    key : str
        Names the plan by its trainings and batches; a plan that has changed has another key.
    label : str
        ``best`` for the optimum under the default order, then ``fastest``, ``fewest_hours``, ``cheapest``, ``next``.
    document : mapping
        The plan in the form of docs/formats/plan.md.
    """

    key: str
    label: str
    steps: tuple[Step, ...]
    finish: date
    jp: int
    cost_idr: int
    document: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class PathPage:
    """Everything that the page and the command tell of a path.

    Attributes
    ----------
    status : str
        ``nothing_needed``, ``ready`` or ``partial``.
    answer : Message
        The answer in one sentence.
    proven : bool
        Whether nothing better exists; False only when the time limit struck.
    assumed_zero : tuple of str
        Names of required competencies without any evidence, for which the planner assumed level 0.
    coverage, coverage_now, coverage_max : int
        Score 0..60,000 after the plan and today, and the most there is.
    document : mapping
        The planner's answer in the form of ``kompetensi-plan-result/1``.
    remedies_document : list of mapping
        What would close what stays open, in the form of ``open`` of ``kompetensi-remedies/1``.
    may_take : bool
    """

    nip: str
    person_id: int
    person_name: str
    position: str
    position_name: str
    unit_name: str
    today: date
    ready_by: date | None
    status: str
    answer: Message
    proven: bool
    choices: tuple[Choice, ...]
    open: tuple[OpenItem, ...]
    assumed_zero: tuple[str, ...]
    assumed_codes: tuple[str, ...]
    batches_considered: int
    coverage: int
    coverage_now: int
    coverage_max: int
    document: Mapping[str, Any]
    remedies_document: Sequence[Mapping[str, Any]]
    may_take: bool

    @property
    def open_together(self) -> tuple[tuple[OpenItem, ...], ...]:
        """What stays open, gaps of the same reason and the same changes together, each where the first of them stands."""
        together: dict[tuple[object, ...], list[OpenItem]] = {}
        for item in self.open:
            together.setdefault((item.reason, item.sentence, item.advice, item.remedies, item.complete), []).append(item)
        return tuple(map(tuple, together.values()))


@dataclass(frozen=True, slots=True)
class TakenPath:
    """A path that somebody took, with how far it has come."""

    id: int
    nip: str
    position: str
    position_name: str
    choice: str
    taken_at: datetime
    ready_by: date | None
    finish: date | None
    status: str
    steps: tuple[TakenStep, ...]


@dataclass(frozen=True, slots=True)
class TakenPaths:
    """The paths of a person, newest first.

    Attributes
    ----------
    nip : str or None
        None when the reader's account belongs to nobody of the register.
    target, target_name : str or None
        The position that the person wishes to be ready for.
    """

    nip: str | None
    person_name: str
    own: bool
    target: str | None
    target_name: str | None
    paths: tuple[TakenPath, ...]


@dataclass(frozen=True, slots=True)
class Taking:
    """What taking a path did."""

    path_id: int
    seats_asked: int
    own: bool


@dataclass(frozen=True, slots=True)
class TakenStep:
    """One step of a path that was taken, with the state of its enrolment; None = no seat was asked for."""

    training: str
    name: str
    batch: str | None
    first_day: date
    last_day: date
    status: str | None
    outcome: str | None


@dataclass(frozen=True, slots=True)
class PathQuestion:
    """What is asked of the planner, and what the answer is told with.

    Attributes
    ----------
    document : mapping
        The problem in the form of docs/formats/plan.md.
    problem : Problem
        The same as values.
    catalogue : Catalogue
        Of its trainings.
    batches : mapping of str to OpenBatch
        Those that can be planned, by code.
    unassessed : tuple of str
        Required competencies without any evidence, for which level 0 is assumed.
    """

    document: dict[str, Any]
    problem: Problem
    catalogue: Catalogue
    batches: Mapping[str, OpenBatch]
    graph: CompetencyGraph
    standard: Position
    unassessed: tuple[str, ...]

    @property
    def coverage_now(self) -> int:
        """Coverage of the target without any further training."""
        levels, held = self.document["employee"]["levels"], set(self.document["employee"]["completed"])
        target = self.document["target"]
        return sum(item["weight"] * min(levels.get(item["competency"], 0), item["level"])
                   for item in target["requirements"]) + sum(
            1 for item in target["trainings"] if item["training"] in held)


def _golongan(session: Session, person: Person, today: date) -> int | None:
    return session.scalar(
        select(Grade.rank_order).join(Rank, Rank.grade_code == Grade.code)
        .where(Rank.person_id == person.id, Rank.effective_from <= today)
        .order_by(Rank.effective_from.desc(), Rank.id.desc()).limit(1))


def check_deadline(ready_by: date | None, today: date) -> None:
    """Refuse a deadline that is past."""
    if ready_by is not None and ready_by < today:
        raise InvalidInput(say("%(day)s sudah lewat; pilih %(today)s atau sesudahnya.", day=ready_by, today=today), where="by")


def problem_of(
    session: Session, person: Person, position_code: str, *, ready_by: date | None, today: date,
    time_limit_s: float, alternatives: int = _ALTERNATIVES,
) -> PathQuestion:
    """Write the planning problem of a person and a position in the form of docs/formats/plan.md.

    The weight of a requirement is its share of 1,000 x 60 / level, so that coverage is the readiness score.
    """
    check_deadline(ready_by, today)
    graph = load_graph(session, today)
    standard = graph.positions.get(position_code)
    if standard is None:
        raise Conflict(say("Jabatan %(code)s belum mempunyai standar yang berlaku pada %(day)s.",
                           code=position_code, day=today))
    profile = profile_on(load_evidence(session, [person.id])[person.id], today)
    holdings = load_holdings(session, [person.id], today)[person.id]
    offer = load_offer(session, graph, today).for_person(session, person.id, today)
    levels = profile.known("expected")
    document = {
        "format": "kompetensi-plan/1", "today": today.isoformat(),
        "ready_by": ready_by.isoformat() if ready_by else None,
        "employee": {"levels": levels, "completed": sorted(holdings), "golongan": _golongan(session, person, today)},
        "target": _target_document(standard),
        "trainings": list(offer.documents.values()),
        "alternatives": alternatives, "time_limit_s": time_limit_s}
    unassessed = tuple(item.competency for item in standard.requirements
                       if profile.of(item.competency).expected is None)
    problem = replace(problem_from_json({**document, "trainings": []}), trainings=offer.catalogue.trainings)
    return PathQuestion(document, problem, offer.catalogue, offer.batches, graph, standard, unassessed)


def _target_document(standard: Position) -> dict[str, Any]:
    weights = weights_of(standard)
    return {
        "requirements": [
            {"competency": item.competency, "level": item.level, "importance": item.importance.value,
             "weight": weights[item.competency] * _POINTS // item.level} for item in standard.requirements],
        "trainings": [{"training": item.training, "importance": item.importance.value} for item in standard.trainings]}


def find_path(
    session: Session, actor: Actor, nip: str, position_code: str, *, ready_by: date | None, today: date,
    time_limit_s: float, with_remedies: bool = True,
) -> PathPage:
    """Find the best training paths of a person to a position, and what would close the gaps that stay open.

    Parameters
    ----------
    ready_by : date or None
        Last day on which the last training may end; None = no deadline.
    time_limit_s : float
        For plan and remedies together; after this the best found is returned with its bound.
    with_remedies : bool
        Whether what would close the open gaps is sought too.

    Raises
    ------
    NotFound, InvalidInput
        If NIP or code names nothing.
    NotAllowed
        If the actor may not see the person's path.
    """
    person = person_by_nip(session, nip)
    require(session, actor, "paths.view", on=today, person=person)
    position = position_by_code(session, position_code)
    question = problem_of(session, person, position.code, ready_by=ready_by, today=today, time_limit_s=time_limit_s)
    problem = question.problem
    started = time.monotonic()
    result = plan(problem, question.catalogue)
    left = max(0.0, time_limit_s - (time.monotonic() - started))
    found = remedies(problem, result, question.catalogue, time_limit_s=left) if with_remedies else ()
    words = words_for(session, person, question)
    choices = [choice_of(question, result.plan, "best", words)] if result.plan.steps else []
    choices += [choice_of(question, other.plan, other.label.value, words) for other in result.alternatives]
    return PathPage(
        person.nip, person.id, person.name, position.code, position.name, position.unit.name, today, ready_by,
        result.status.value, answer_of(result, ready_by), result.proven, tuple(choices),
        words.open_items(result, ready_by, found), tuple(words.name(code) for code in question.unassessed),
        question.unassessed, len(question.batches), result.plan.coverage, question.coverage_now,
        result.plan.coverage_max, result_to_json(result), open_remedies_to_json(found),
        is_allowed(session, actor, "paths.take", on=today, person=person))


def words_for(session: Session, person: Person, question: PathQuestion) -> Words:
    """Gather the names that the sentences about a person's question need; golongan by the person's own scale."""
    own = "PPPK" if person.employee_type == "PPPK" else "PNS"
    grades: dict[int, str] = {}
    for grade in session.scalars(select(Grade).order_by(Grade.employee_type != own, Grade.sort_order)):
        grades.setdefault(grade.rank_order, grade.code)
    return words_of(question.graph, question.standard, question.batches, grades)


def _key(found: Plan) -> str:
    chosen = [[step.training, step.batch, str(step.first_day)] for step in found.steps]
    return hashlib.sha256(json.dumps(chosen).encode()).hexdigest()[:16]


def choice_of(question: PathQuestion, found: Plan, label: str, words: Words) -> Choice:
    """Put a plan beside what the page needs to show its steps."""
    steps = []
    for number, step in enumerate(found.steps, 1):
        assert step.first_day is not None  # the question has dates
        assert step.last_day is not None
        training = question.graph.trainings[step.training]
        batch = question.batches.get(step.batch) if step.batch else None
        steps.append(Step(
            number, training.code, training.name, step.batch, batch.number if batch else None, step.first_day,
            step.last_day, tuple(Stage(stage.name, stage.mode, stage.first_day, stage.last_day)
                                 for stage in batch.stages) if batch else (),
            batch.place if batch else "", batch.seats - batch.seats_taken if batch else None, training.jp,
            batch.cost_idr if batch and batch.cost_idr else training.cost_idr,
            tuple(words.item(item) for item in step.closes), tuple(words.name(code) for code in step.unlocks),
            tuple(earlier for earlier, other in enumerate(found.steps[:number - 1], 1)
                  if step.training in other.unlocks)))
    assert found.finish is not None
    return Choice(_key(found), label, tuple(steps), found.finish, found.jp, found.cost_idr,
                  plan_to_json(found))


def take_path(
    session: Session, actor: Actor, nip: str, position_code: str, key: str, *, ready_by: date | None, today: date,
    now: datetime, time_limit_s: float,
) -> Taking:
    """Take one of the choices that the page showed: keep it, and ask for a seat in each of its batches.

    An active path of the person to the same position is dropped; seats that he holds already are kept.

    Raises
    ------
    Conflict
        If the choice no longer exists, because a batch filled up or was moved meanwhile; nothing is kept.
    """
    person = person_by_nip(session, nip)
    require(session, actor, "paths.take", on=today, person=person)
    shown = find_path(session, actor, nip, position_code, ready_by=ready_by, today=today, time_limit_s=time_limit_s,
                      with_remedies=False)
    choice = next((item for item in shown.choices if item.key == key), None)
    if choice is None:
        raise Conflict(say("Jalur yang dipilih sudah berubah: kursi atau tanggalnya tidak lagi sama. "
                           "Lihat pilihan yang baru."))
    position = position_by_code(session, position_code)
    for earlier in session.scalars(select(Path).where(
            Path.person_id == person.id, Path.position_id == position.id, Path.status == "ACTIVE")):
        earlier.status = "DROPPED"
    path = Path(person_id=person.id, position_id=position.id, ready_by=ready_by, choice=choice.label,
                plan=dict(choice.document), status="ACTIVE", taken_at=now)
    session.add(path)
    session.flush()
    person.target_position_id = position.id
    seated = set(session.scalars(
        select(Batch.code).join(Enrolment, Enrolment.batch_id == Batch.id).where(
            Enrolment.person_id == person.id, Enrolment.status.in_(HELD))))
    wanted = [step.batch for step in choice.steps if step.batch is not None and step.batch not in seated]
    if wanted:
        request_seats(session, actor, nip, wanted, path_id=path.id, today=today, now=now)
    record(session, actor, "paths.take", "path", path.id, now=now, person_id=person.id, detail={
        "position": position.code, "choice": choice.label,
        "steps": [[step.training, step.batch] for step in choice.steps]})
    session.flush()
    return Taking(path.id, len(wanted), actor.person_id == person.id)


def own_paths(session: Session, actor: Actor, *, today: date) -> TakenPaths:
    """Return the actor's own paths; none for an account that belongs to nobody of the register."""
    if actor.person_id is None:
        return TakenPaths(None, actor.label, True, None, None, ())
    return paths_of(session, actor, session.get_one(Person, actor.person_id).nip, today=today)


def paths_of(session: Session, actor: Actor, nip: str, *, today: date) -> TakenPaths:
    """Return the paths that a person took, newest first, each step with the state of its enrolment."""
    person = person_by_nip(session, nip)
    require(session, actor, "paths.view", on=today, person=person)
    rows = list(session.scalars(
        select(Path).where(Path.person_id == person.id).options(selectinload(Path.position))
        .order_by(Path.taken_at.desc(), Path.id.desc())))
    enrolled = {row.code: (row.status, row.outcome) for row in session.execute(
        select(Batch.code, Enrolment.status, Enrolment.outcome)
        .join(Batch, Enrolment.batch_id == Batch.id).where(Enrolment.person_id == person.id)
        .order_by(Enrolment.id))}
    names = dict(session.execute(select(Training.code, Training.name)).all())
    taken = []
    for row in rows:
        steps = tuple(
            TakenStep(step["training"], names.get(step["training"], step["training"]), step["batch"],
                      date.fromisoformat(step["first_day"]), date.fromisoformat(step["last_day"]),
                      *enrolled.get(step["batch"], (None, None))) for step in row.plan["steps"])
        taken.append(TakenPath(
            row.id, person.nip, row.position.code, row.position.name, row.choice, row.taken_at, row.ready_by,
            date.fromisoformat(row.plan["finish"]) if row.plan.get("finish") else None, row.status, steps))
    target = person.target_position
    return TakenPaths(person.nip, person.name, actor.person_id == person.id, target.code if target else None,
                      target.name if target else None, tuple(taken))
