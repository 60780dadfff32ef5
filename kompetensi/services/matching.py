"""Who is nearest to a position, and which positions are nearest to a person, over the whole register."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from kompetensi.errors import Conflict
from kompetensi.graph.elements import Position
from kompetensi.graph.evidence import profile_on
from kompetensi.graph.matching import Match, Standards, Succession, compile_standards, levels_of, nearest
from kompetensi.graph.readiness import SCORE_MAX
from kompetensi.messages import say
from kompetensi.models import Person, Unit
from kompetensi.rules.access import Actor, Role
from kompetensi.services.access import require, scope_unit_ids
from kompetensi.services.lookup import person_by_nip, position_by_code
from kompetensi.services.snapshot import load_evidence, load_graph

__all__ = ["Candidate", "NearPositions", "Reachable", "SuccessionList", "nearest_positions", "succession_list"]

# People whose evidence is in memory at once.
_BLOCK = 2000


@dataclass(frozen=True, slots=True)
class Candidate:
    """A person on a succession list.

    Attributes
    ----------
    score, score_max : int
        0..60,000, and 60,000.
    unmet : int
        Mandatory requirements that are not reached.
    """

    rank: int
    nip: str
    name: str
    unit: str
    score: int
    score_max: int
    unmet: int


@dataclass(frozen=True, slots=True)
class SuccessionList:
    """The people nearest to a position.

    Attributes
    ----------
    asked : int
        People that were compared: all within the actor's reach.
    candidates : tuple of Candidate
        Highest score first; ties: fewer unmet mandatory requirements, then NIP.
    """

    position: str
    position_name: str
    unit_name: str
    on: date
    basis: str
    asked: int
    candidates: tuple[Candidate, ...]


@dataclass(frozen=True, slots=True)
class Reachable:
    """A position near a person; see `Candidate` for the numbers."""

    rank: int
    code: str
    name: str
    unit: str
    score: int
    score_max: int
    unmet: int


@dataclass(frozen=True, slots=True)
class NearPositions:
    """The positions nearest to a person.

    Attributes
    ----------
    asked : int
        Positions with a standard in force.
    positions : tuple of Reachable
        Highest score first; ties: fewer unmet mandatory requirements, then code.
    """

    nip: str
    name: str
    on: date
    basis: str
    asked: int
    positions: tuple[Reachable, ...]


def succession_list(
    session: Session, actor: Actor, position_code: str, *, top: int, on: date, today: date, basis: str = "proven"
) -> SuccessionList:
    """Rank the people within the actor's reach by their score for a position.

    Parameters
    ----------
    top : int
        How many are returned at most.
    on : date
        Day of the levels and of the standard.
    basis : str
        ``proven`` levels, or ``expected`` ones, which also count trainings.

    Raises
    ------
    InvalidInput
        If the code names nothing.
    Conflict
        If the position has no standard on the day.
    NotAllowed
        If the actor is not HR.
    """
    require(session, actor, "matching.rank", on=today)
    position = position_by_code(session, position_code)
    standard = _standard(session, position.code, on)
    standards = compile_standards([standard])
    people = session.execute(_people(session, actor)).all()
    found = Succession.of(standards, levels_of(standards, []), top)
    for start, levels in _levels(session, [row.id for row in people], on, basis):
        found = found.merge(Succession.of(standards, levels_of(standards, levels), top, first=start))
    candidates = tuple(
        Candidate(rank, people[match.index].nip, people[match.index].name, people[match.index].unit, match.score,
                  SCORE_MAX, match.unmet) for rank, match in enumerate(found.of_position(0), 1))
    return SuccessionList(position.code, position.name, position.unit.name, on, basis, len(people), candidates)


def nearest_positions(
    session: Session, actor: Actor, nip: str, *, top: int, on: date, today: date, basis: str = "proven"
) -> NearPositions:
    """Rank all positions with a standard by a person's score; parameters as in `succession_list`.

    Raises
    ------
    NotFound
        If the NIP names nobody.
    NotAllowed
        If the actor may not see the person's readiness.
    """
    person = person_by_nip(session, nip)
    require(session, actor, "readiness.view", on=today, person=person)
    graph = load_graph(session, on)
    standards: Standards = compile_standards(graph.positions.values())
    _, levels = next(_levels(session, [person.id], on, basis))
    (best,) = nearest(standards, levels_of(standards, levels), top)
    return NearPositions(person.nip, person.name, on, basis, len(standards.codes), tuple(
        _reachable(rank, match, graph.positions[standards.codes[match.index]]) for rank, match in enumerate(best, 1)))


def _reachable(rank: int, match: Match, position: Position) -> Reachable:
    return Reachable(rank, position.code, position.name, position.unit_name, match.score, SCORE_MAX, match.unmet)


def _standard(session: Session, code: str, on: date) -> Position:
    standard = load_graph(session, on).positions.get(code)
    if standard is None:
        raise Conflict(say("Jabatan %(code)s belum mempunyai standar yang berlaku pada %(day)s.", code=code, day=on))
    return standard


def _people(session: Session, actor: Actor):
    reach = scope_unit_ids(session, actor, Role.HR)
    query = select(Person.id, Person.nip, Person.name, Unit.name.label("unit")).join(Unit, Person.unit_id == Unit.id)
    return (query if reach is None else query.where(Person.unit_id.in_(reach))).order_by(Person.nip)


def _levels(
    session: Session, person_ids: Sequence[int], on: date, basis: str
) -> Iterator[tuple[int, list[dict[str, int]]]]:
    """Yield the place of the first person of each block, and the known levels of its people."""
    for start in range(0, len(person_ids), _BLOCK):
        ids = person_ids[start:start + _BLOCK]
        evidence = load_evidence(session, ids)
        block = []
        for person_id in ids:
            levels = profile_on(evidence[person_id], on).levels
            known = {code: level.proven if basis == "proven" else level.expected for code, level in levels.items()}
            block.append({code: level for code, level in known.items() if level is not None})
        yield start, block
