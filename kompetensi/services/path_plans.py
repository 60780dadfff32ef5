"""A path for everybody who has a target: the same questions as for one, asked in bulk."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import literal, select
from sqlalchemy.orm import Session

from kompetensi.exchange.plan import result_to_json
from kompetensi.graph.evidence import profile_on
from kompetensi.graph.paths import Problem, Training, plan_all
from kompetensi.models import Enrolment, Person, Position
from kompetensi.rules.access import Actor, Role
from kompetensi.rules.enrolment import HELD
from kompetensi.services.access import require, scope_unit_ids
from kompetensi.services.day_conditions import is_staff
from kompetensi.services.lookup import position_by_code
from kompetensi.services.paths import check_deadline, problem_of
from kompetensi.services.snapshot import load_evidence, load_graph, load_holdings, load_ranks

__all__ = ["PlannedPath", "Planning", "plan_everybody"]

# People whose records are in memory at once, and whose equal questions are found.
_BLOCK = 5000


@dataclass(frozen=True, slots=True)
class PlannedPath:
    """The answer for one person.

    Attributes
    ----------
    document : mapping or None
        In the form of ``kompetensi-plan-result/1``; None when the target has no standard in force.
    """

    nip: str
    position: str
    document: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class Planning:
    """Work that is about to be done.

    Attributes
    ----------
    people : int
        People within the actor's reach who have a target, those of `done` left out.
    without : int
        People within the actor's reach without a target.
    paths : iterator of PlannedPath
        Computed while it is read; people with the same question come together.
    """

    people: int
    without: int
    paths: Iterator[PlannedPath]


def plan_everybody(
    session: Session, actor: Actor, *, ready_by: date | None, today: date, time_limit_s: float,
    position_code: str | None = None, done: Collection[str] = (), workers: int = 1,
) -> Planning:
    """Plan the path of each person within the actor's reach to the target position.

    Parameters
    ----------
    position_code : str, optional
        One position for all; otherwise each person's own target, and people without one are left out.
    done : collection of str
        NIPs to leave out, because their answers are there already.
    workers : int
        Processes.

    Raises
    ------
    NotAllowed
        If the actor is not HR.
    InvalidInput
        If the code names nothing, or `ready_by` is past.
    """
    require(session, actor, "paths.plan_all", on=today)
    check_deadline(ready_by, today)
    reach = scope_unit_ids(session, actor, Role.HR)
    if position_code is None:
        query = select(Person.id, Person.nip, Position.code).outerjoin(Position, Person.target_position_id == Position.id)
    else:
        target = position_by_code(session, position_code)
        query = select(Person.id, Person.nip, literal(target.code))
    if reach is not None:
        query = query.where(Person.unit_id.in_(reach))
    everybody = [tuple(row) for row in session.execute(query.where(is_staff()).order_by(Person.nip))]
    people = [row for row in everybody if row[2] is not None and row[1] not in done]
    without = sum(code is None for _, _, code in everybody)
    return Planning(len(people), without, _paths(session, people, ready_by, today, time_limit_s, workers))


def _paths(
    session: Session, people: list[Any], ready_by: date | None, today: date, time_limit_s: float, workers: int
) -> Iterator[PlannedPath]:
    standards = load_graph(session, today).positions
    for start in range(0, len(people), _BLOCK):
        block = people[start:start + _BLOCK]
        ids = [person_id for person_id, _, _ in block]
        evidence, holdings = load_evidence(session, ids), load_holdings(session, ids, today)
        ranks, seats = load_ranks(session, ids, today), _seats(session, ids)
        # Days that a person has given away, and seats that he holds, make the catalogue his own; others share one.
        groups: dict[tuple[int, ...], list[Any]] = {}
        for person in block:
            if person[2] in standards:
                groups.setdefault(seats.get(person[0], ()), []).append(person)
            else:
                yield PlannedPath(person[1], person[2], None)
        for group in groups.values():
            trainings: tuple[Training, ...] = ()
            targets: dict[str, Problem] = {}
            problems = []
            for person_id, _, code in group:
                if code not in targets:
                    question = problem_of(session, session.get_one(Person, person_id), code, ready_by=ready_by,
                                          today=today, time_limit_s=time_limit_s, alternatives=0)
                    targets[code] = question.problem
                    trainings = trainings or targets[code].trainings
                problems.append(replace(
                    targets[code], trainings=(), completed=frozenset(holdings[person_id]), golongan=ranks.get(person_id),
                    levels=profile_on(evidence[person_id], today).known("expected")))
            for place, answer in plan_all(trainings, problems, workers=workers):
                yield PlannedPath(group[place][1], group[place][2], result_to_json(answer))


def _seats(session: Session, person_ids: list[int]) -> dict[int, tuple[int, ...]]:
    """Return the batches that people have asked for or hold, sorted; without people who have none."""
    found: dict[int, list[int]] = {}
    for person_id, batch_id in session.execute(
            select(Enrolment.person_id, Enrolment.batch_id).where(
                Enrolment.person_id.in_(person_ids), Enrolment.status.in_(HELD))
            .order_by(Enrolment.batch_id)):
        found.setdefault(person_id, []).append(batch_id)
    return {person_id: tuple(batches) for person_id, batches in found.items()}
