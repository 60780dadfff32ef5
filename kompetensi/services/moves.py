"""Natural next moves of a person, and the people who could naturally move to a position."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from kompetensi.errors import Conflict, Unavailable
from kompetensi.graph.build import CompetencyGraph
from kompetensi.graph.evidence import profile_on
from kompetensi.graph.move_reasons import Move, MovePart, explain
from kompetensi.graph.moves import (
    Destinations,
    Interest,
    Mover,
    MoveRules,
    Part,
    PositionClass,
    compile_destinations,
    movers_to,
    moves_of,
)
from kompetensi.messages import Message, say
from kompetensi.models import Grade, JobClass, Occupancy, Person, Position, Post, Unit
from kompetensi.rules.access import Actor, Role
from kompetensi.services.access import is_allowed, require, scope_unit_ids
from kompetensi.services.audit import record
from kompetensi.services.catalogue import count_posts
from kompetensi.services.day_conditions import held_definitively, is_staff
from kompetensi.services.interests import InterestCatalogue, load_interest_catalogue, load_interests
from kompetensi.services.lookup import person_by_nip, position_by_code
from kompetensi.services.policies import PolicyInForce, list_policies, read_policy
from kompetensi.services.readiness import load_qualifications
from kompetensi.services.snapshot import load_evidence, load_graph

__all__ = ["PARTS", "MoveCandidate", "MoveCandidates", "NextMove", "NextMoves", "next_moves", "view_candidates",
           "view_next_moves", "who_could_move"]

# People whose facts are in memory at once.
_BLOCK = 2000
_PREFIX = "moves."
# How many days' compiled positions a process keeps; the graph of a day is one object as long as the catalogue stays.
_KEPT = 4
_compiled: list[tuple[CompetencyGraph, MoveRules, Destinations]] = []

PARTS: dict[Part, Message] = {
    Part.CLOSENESS: say("Kedekatan tuntutan"), Part.READINESS: say("Kesiapan"), Part.CLASS: say("Jenjang"),
    Part.GRADE: say("Golongan"), Part.EDUCATION: say("Tingkat pendidikan"), Part.FIELD: say("Bidang pendidikan"),
    Part.INTEREST: say("Minat")}
"""What people read for each part."""


@dataclass(frozen=True, slots=True)
class NextMove:
    """A position that a person could move to.

    Attributes
    ----------
    vacant : int
        Posts that nobody holds definitively on the day.
    score, score_most, score_max : int
        Of what is known; if all that is unknown turned out well; of a move that fits entirely.
    unmet : int
        Mandatory requirements that are not reached.
    parts : tuple of MovePart
        Those that count here, in the order of `Part`.
    """

    rank: int
    code: str
    name: str
    unit: str
    vacant: int
    score: int
    score_most: int
    score_max: int
    unmet: int
    parts: tuple[MovePart, ...]


@dataclass(frozen=True, slots=True)
class NextMoves:
    """The natural next moves of a person.

    Attributes
    ----------
    position : str or None
        Name of the position held on the day.
    target : str or None
        Name of the position that the person wishes to be ready for; None also when the actor may not see wishes.
    interests : tuple of Interest or None
        In order; None when the actor may not see wishes, and then they do not count.
    asked : int
        Positions that were compared.
    moves : tuple of NextMove
        Highest score first; ties: fewer unmet mandatory requirements, then code.
    policies : tuple of PolicyInForce
        Weights and spans, with their source.
    """

    nip: str
    name: str
    is_own: bool
    position: str | None
    target: str | None
    interests: tuple[Interest, ...] | None
    on: date
    basis: str
    vacant_only: bool
    asked: int
    answer: Message
    moves: tuple[NextMove, ...]
    policies: tuple[PolicyInForce, ...]


@dataclass(frozen=True, slots=True)
class MoveCandidate:
    """A person who could move to a position; see `NextMove` for the numbers.

    Attributes
    ----------
    position : str or None
        Name of the position held on the day.
    """

    rank: int
    nip: str
    name: str
    unit: str
    position: str | None
    score: int
    score_most: int
    score_max: int
    unmet: int
    parts: tuple[MovePart, ...]


@dataclass(frozen=True, slots=True)
class MoveCandidates:
    """The people within the actor's reach who could move to a position.

    Attributes
    ----------
    asked : int
        People that were compared; those who hold the position are left out.
    candidates : tuple of MoveCandidate
        Highest score first; ties: fewer unmet mandatory requirements, then NIP.
    """

    position: str
    position_name: str
    unit_name: str
    on: date
    basis: str
    asked: int
    answer: Message
    candidates: tuple[MoveCandidate, ...]
    policies: tuple[PolicyInForce, ...]


def next_moves(
    session: Session, actor: Actor, nip: str, *, top: int, on: date, today: date, basis: str = "proven",
    vacant_only: bool = False,
) -> NextMoves:
    """Rank the positions with a standard as next moves of a person.

    Parameters
    ----------
    top : int
        How many are returned at most.
    on : date
        Day of the facts and of the standards.
    basis : str
        ``proven`` levels, or ``expected`` ones, which also count trainings.
    vacant_only : bool
        Leave out positions without a vacant post on the day.

    Raises
    ------
    InvalidInput, NotFound
        If the NIP is none, or nobody's.
    NotAllowed
        If the actor is neither the person, nor a superior, nor HR of the person's unit.
    Unavailable
        If the installation lacks a policy of moves.
    """
    person = person_by_nip(session, nip)
    require(session, actor, "moves.view", on=today, person=person)
    sees_wishes = is_allowed(session, actor, "moves.view_interest", on=today, person=person)
    rules, destinations = _destinations(session, on, load_graph(session, on))
    row = session.execute(_people(session).where(Person.id == person.id)).one()
    (mover,), (held,) = _movers(session, [row], on, basis, load_interest_catalogue(session) if sees_wishes else None)
    vacant = _vacancies(session, on)
    among = [place for place, position in enumerate(destinations.positions)
             if position.code != mover.position and (not vacant_only or vacant.get(position.code, 0))]
    found = moves_of(mover, destinations, rules)
    moves = []
    for rank, at in enumerate(found.best(top, among), 1):
        move = explain(mover, destinations.positions[at], found, at, destinations)
        moves.append(NextMove(rank, move.position.code, move.position.name, move.position.unit_name,
                              vacant.get(move.position.code, 0), **_numbers(move)))
    is_own = actor.person_id == person.id
    target = destinations.places.get(mover.target or "")
    return NextMoves(
        person.nip, person.name, is_own, held, destinations.positions[target].name if target is not None else None,
        mover.interests, on, basis, vacant_only, len(among), _answer_of(moves, None if is_own else person.name), tuple(moves),
        _policies(session, on))


def who_could_move(
    session: Session, actor: Actor, position_code: str, *, top: int, on: date, today: date, basis: str = "proven"
) -> MoveCandidates:
    """Rank the people within the actor's reach who could move to a position; parameters as in `next_moves`.

    Raises
    ------
    NotFound
        If the code names nothing.
    Conflict
        If the position has no standard on the day.
    NotAllowed
        If the actor is not HR.
    Unavailable
        If the installation lacks a policy of moves.
    """
    require(session, actor, "moves.rank", on=today)
    position = position_by_code(session, position_code)
    rules, destinations = _destinations(session, on, load_graph(session, on))
    place = destinations.places.get(position.code)
    if place is None:
        raise Conflict(say("Jabatan %(code)s belum mempunyai standar yang berlaku pada %(day)s.", code=position.code, day=on),
                       where="POSITION")
    reach = scope_unit_ids(session, actor, Role.HR)
    query = _people(session).where(is_staff())
    people = session.execute(query if reach is None else query.where(Person.unit_id.in_(reach))).all()
    catalogue = load_interest_catalogue(session)
    asked, best = 0, []
    for start in range(0, len(people), _BLOCK):
        block = people[start:start + _BLOCK]
        movers, held = _movers(session, block, on, basis, catalogue)
        found = movers_to(place, movers, destinations, rules)
        among = [at for at, mover in enumerate(movers) if mover.position != position.code]
        asked += len(among)
        best += [(-int(found.score[at]), int(found.unmet[at]), block[at], held[at],
                  explain(movers[at], destinations.positions[place], found, at, destinations))
                 for at in found.best(top, among)]
        best = sorted(best, key=lambda item: (*item[:2], item[2].nip))[:top]
    candidates = tuple(
        MoveCandidate(rank, row.nip, row.name, row.unit, held_now, **_numbers(move))
        for rank, (_, _, row, held_now, move) in enumerate(best, 1))
    return MoveCandidates(position.code, position.name, position.unit.name, on, basis, asked,
                          _answer_to(candidates, position.name), candidates, _policies(session, on))


def view_next_moves(session: Session, actor: Actor, nip: str, *, now: datetime, **question: Any) -> NextMoves:
    """Return what `next_moves` does for a page, and note in the audit log who looked at somebody else's."""
    found = next_moves(session, actor, nip, **question)
    if not found.is_own:
        person = person_by_nip(session, nip)
        record(session, actor, "moves.view", "person", found.nip, now=now, person_id=person.id,
               detail={"on": found.on.isoformat()})
        session.flush()
    return found


def view_candidates(session: Session, actor: Actor, position_code: str, *, now: datetime, **question: Any) -> MoveCandidates:
    """Return what `who_could_move` does for a page, and note in the audit log of each person shown who looked."""
    found = who_could_move(session, actor, position_code, **question)
    ids = session.scalars(select(Person.id).where(Person.nip.in_([item.nip for item in found.candidates])).order_by(Person.id))
    for person_id in ids:
        if person_id != actor.person_id:
            record(session, actor, "moves.rank", "position", found.position, now=now, person_id=person_id,
                   detail={"on": found.on.isoformat()})
    session.flush()
    return found


def _numbers(move: Move) -> dict[str, Any]:
    return {"score": move.score, "score_most": move.score_most, "score_max": move.score_max, "unmet": move.unmet,
            "parts": tuple(part for part in move.parts if part.weight)}


def _answer_of(moves: Sequence[NextMove], name: str | None) -> Message:
    if not moves:
        return say("**Belum ada jabatan** yang dapat dibandingkan.")
    first = moves[0]
    score = 100 * first.score // first.score_max
    if name is None:
        return say("Langkah yang paling wajar bagi Anda: **%(position)s**, %(unit)s, dengan nilai %(score)s dari 100.",
                   position=first.name, unit=first.unit, score=score)
    return say("Langkah yang paling wajar bagi %(name)s: **%(position)s**, %(unit)s, dengan nilai %(score)s dari 100.",
               name=name, position=first.name, unit=first.unit, score=score)


def _answer_to(candidates: Sequence[MoveCandidate], position: str) -> Message:
    if not candidates:
        return say("**Tidak ada pegawai** dalam jangkauan Anda yang dapat dibandingkan.")
    first = candidates[0]
    return say("Yang paling wajar pindah ke %(position)s: **%(name)s**, dengan nilai %(score)s dari 100.",
               position=position, name=first.name, score=100 * first.score // first.score_max)


# --- from rows ------------------------------------------------------------------------------------------------------


def _whole(session: Session, key: str, on: date, least: int) -> int:
    """Return a whole number that a policy sets; one that is not adopted counts as the least."""
    value = read_policy(session, _PREFIX + key, on)
    if value is None:
        return least
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise Unavailable(say("Kebijakan %(key)s berisi %(value)s; perlu bilangan bulat mulai %(least)s.",
                              key=_PREFIX + key, value=value, least=least), where=_PREFIX + key)
    return value


def _rules(session: Session, on: date) -> MoveRules:
    weights = {part: _whole(session, f"weight.{part.value}", on, 0) for part in Part}
    if not any(weights.values()):
        raise Unavailable(say("Semua bobot langkah karier 0; tetapkan sekurang-kurangnya satu kebijakan %(key)s.",
                              key=f"{_PREFIX}weight.*"))
    return MoveRules(weights, _whole(session, "closeness.general", on, 0), _whole(session, "closeness.technical", on, 0),
                     _whole(session, "class_span", on, 1), _whole(session, "grade_span", on, 1),
                     _whole(session, "interest_step", on, 0))


def _policies(session: Session, on: date) -> tuple[PolicyInForce, ...]:
    return tuple(row for row in list_policies(session, on) if row.key.startswith(_PREFIX))


def _destinations(session: Session, on: date, graph: CompetencyGraph) -> tuple[MoveRules, Destinations]:
    rules = _rules(session, on)
    ranks = dict(session.execute(select(Grade.code, Grade.rank_order)).all())
    classes = {row.code: PositionClass(row.code, row.name, row.default_level, ranks[row.min_grade_code], row.min_grade_code,
                                       ranks[row.max_grade_code], row.max_grade_code)
               for row in session.scalars(select(JobClass))}
    for known, its_rules, destinations in list(_compiled):
        if known is graph and its_rules == rules and destinations.classes == classes:
            return rules, destinations
    destinations = compile_destinations(graph.positions.values(), graph.competencies, classes, rules)
    _compiled.append((graph, rules, destinations))
    del _compiled[:-_KEPT]
    return rules, destinations


def _vacancies(session: Session, on: date) -> dict[str, int]:
    posts, filled = count_posts(session, on)
    codes = session.execute(select(Position.id, Position.code).where(Position.id.in_(posts)))
    return {code: posts[key] - filled.get(key, 0) for key, code in codes}


def _people(session: Session):
    return (select(Person.id, Person.nip, Person.name, Unit.name.label("unit"), Position.code.label("target"))
            .join(Unit, Person.unit_id == Unit.id).outerjoin(Position, Person.target_position_id == Position.id)
            .order_by(Person.nip))


def _movers(
    session: Session, people: Sequence[Any], on: date, basis: str, catalogue: InterestCatalogue | None
) -> tuple[list[Mover], list[str | None]]:
    """Read people as movers, with the names of the positions that they hold; without a catalogue wishes do not count."""
    ids = [row.id for row in people]
    evidence, qualifications = load_evidence(session, ids), load_qualifications(session, ids, on)
    held = dict(_held(session, ids, on))
    wishes = load_interests(session, ids, on, catalogue) if catalogue is not None else {}
    movers = []
    for row in people:
        have, now = qualifications[row.id], held.get(row.id)
        movers.append(Mover(
            row.nip, profile_on(evidence[row.id], on).known(basis), now.position if now else None,
            now.job_class if now else None, have.golongan, have.golongan, have.golongan_code, have.education,
            have.education_code, have.education_fields or None, row.target if catalogue is not None else None,
            wishes.get(row.id, ()) if catalogue is not None else None))
    return movers, [held[row.id].name if row.id in held else None for row in people]


def _held(session: Session, person_ids: Sequence[int], on: date) -> Iterator[tuple[int, Any]]:
    """Yield the definitive occupancy of each person on the day, of several the one that began last as the last."""
    for row in session.execute(
            select(Occupancy.person_id, Occupancy.position_name.label("name"), JobClass.code.label("job_class"),
                   Position.code.label("position"))
            .join(JobClass, Occupancy.job_class_id == JobClass.id).outerjoin(Post, Occupancy.post_id == Post.id)
            .outerjoin(Position, Post.position_id == Position.id)
            .where(Occupancy.person_id.in_(person_ids), held_definitively(on))
            .order_by(Occupancy.since, Occupancy.id)):
        yield row.person_id, row
