"""Who is nearest to a position, which positions are nearest to a person, and how many people reach what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from kompetensi.errors import Conflict, InvalidInput
from kompetensi.graph.elements import Importance, Position
from kompetensi.graph.evidence import profile_on
from kompetensi.graph.matching import Match, levels_of, nearest
from kompetensi.graph.population import BlockRunner, Question, run_here
from kompetensi.graph.readiness import SCORE_MAX, Readiness
from kompetensi.messages import Message, say
from kompetensi.models import JobClass, Person, Post, Unit
from kompetensi.models import Position as PositionRow
from kompetensi.rules.access import Actor, Role
from kompetensi.services.access import require, scope_unit_ids
from kompetensi.services.audit import record_each
from kompetensi.services.catalogue import count_posts
from kompetensi.services.lookup import person_by_nip, position_by_code
from kompetensi.services.policies import read_thresholds
from kompetensi.services.population import MEGABYTES, Footprint, Population, ask, load_population, standards_of
from kompetensi.services.readiness import load_assessors
from kompetensi.services.snapshot import load_evidence

__all__ = ["Candidate", "CandidateReadiness", "NearPositions", "PositionCount", "Reachable", "SuccessionList",
           "SuccessionView", "Threshold", "ThresholdCounts", "VacantPosition", "VacantPositions", "nearest_positions",
           "succession_list", "threshold_counts", "vacant_positions", "view_succession"]

# Candidates on the page of a position, vacant positions on a page of their list.
_ON_PAGE, _VACANT_ON_PAGE = 20, 25


@dataclass(frozen=True, slots=True)
class Candidate:
    """A person on a succession list.

    Attributes
    ----------
    position : str
        Name of the position held on the day; empty where there is none.
    holds_it : bool
        Whether that is the position asked for.
    score, score_max : int
        0..60,000, and 60,000.
    unmet : int
        Mandatory requirements that are not reached.
    """

    rank: int
    nip: str
    name: str
    unit: str
    position: str
    holds_it: bool
    score: int
    score_max: int
    unmet: int


@dataclass(frozen=True, slots=True)
class SuccessionList:
    """The people nearest to a position.

    Attributes
    ----------
    asked, agencies : int
        People that were compared, which are all within the actor's reach, and how many agencies they come from.
    requirements, mandatory : int
        Competencies that the standard asks for, and how many of them are `MUTLAK`.
    candidates : tuple of Candidate
        Highest score first; ties: fewer unmet mandatory requirements, then NIP.
    """

    position: str
    position_name: str
    unit_name: str
    on: date
    basis: str
    asked: int
    agencies: int
    requirements: int
    mandatory: int
    candidates: tuple[Candidate, ...]
    memory: Footprint


@dataclass(frozen=True, slots=True)
class CandidateReadiness:
    """A candidate with the readiness that the list is made from, gates of rank, education and trainings included."""

    candidate: Candidate
    readiness: Readiness

    @property
    def closed_gates(self) -> int:
        """Gates that are not open: not met, or not on record."""
        return sum(gate.state != "met" for gate in self.readiness.gates)


@dataclass(frozen=True, slots=True)
class SuccessionView:
    """The page of a position's succession list.

    Attributes
    ----------
    rows : tuple of CandidateReadiness
        In the order of the list.
    answer : Message
        The answer in one sentence; what matters stands between two pairs of stars.
    vacant, posts : int
        Posts of the position without a definitive occupant on the day, and all of them.
    """

    found: SuccessionList
    rows: tuple[CandidateReadiness, ...]
    answer: Message
    vacant: int
    posts: int


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


@dataclass(frozen=True, slots=True)
class Threshold:
    """A share of the full score.

    Attributes
    ----------
    percent : int
        1..100.
    score : int
        The lowest score that reaches it, 600 for each per cent.
    source : str
        What it rests on; empty for one that was asked for.
    """

    percent: int
    score: int
    source: str


@dataclass(frozen=True, slots=True)
class PositionCount:
    """How many people reach the thresholds for a position.

    Attributes
    ----------
    agency : str or None
        Code of the agency that the people belong to; None = all of them.
    people : int
    scored, ready : tuple of int
        By threshold: people whose score reaches it; those of them who meet every mandatory requirement as well.
    score_sum : int
        Of all these people; divided by `people` it is their mean score.
    """

    position: str
    position_name: str
    unit_name: str
    agency: str | None
    people: int
    scored: tuple[int, ...]
    ready: tuple[int, ...]
    score_sum: int


@dataclass(frozen=True, slots=True)
class ThresholdCounts:
    """How many people reach the thresholds, by position, and by agency where that was asked for.

    Attributes
    ----------
    people : int
        All within the actor's reach.
    thresholds : tuple of Threshold
        Rising.
    counts : tuple of PositionCount
        By code of the position; for each all agencies first, then each agency by code.
    """

    on: date
    basis: str
    people: int
    score_max: int
    thresholds: tuple[Threshold, ...]
    counts: tuple[PositionCount, ...]
    memory: Footprint


@dataclass(frozen=True, slots=True)
class VacantPosition:
    """A position with vacant posts, and who could fill it.

    Attributes
    ----------
    vacant : int
    ready, nearly : int
        People within the actor's reach, holders of the same position among them, whose score reaches the upper and the
        lower bound and who meet every mandatory requirement; `nearly` leaves out those who are ready.
    nearest : tuple of (str, str) or None
        NIP and name of the first of the succession list who does not hold the position; None when there is nobody.
    percent : int
        Score of the nearest, rounded down.
    """

    code: str
    name: str
    unit_name: str
    class_name: str
    vacant: int
    ready: int
    nearly: int
    nearest: tuple[str, str] | None
    percent: int


@dataclass(frozen=True, slots=True)
class VacantPositions:
    """One page of the vacant positions of the actor's units, leading classes first, then by name and code.

    Attributes
    ----------
    total, asked : int
        Vacant positions in all; people that were compared.
    number, pages : int
        Counted from 1.
    thresholds : tuple of Threshold
        The lower and the upper bound.
    """

    on: date
    items: tuple[VacantPosition, ...]
    total: int
    number: int
    pages: int
    asked: int
    thresholds: tuple[Threshold, ...]


def succession_list(
    session: Session, actor: Actor, position_code: str, *, top: int, on: date, today: date, basis: str = "proven",
    megabytes: int = MEGABYTES, measure: bool = False, run: BlockRunner = run_here,
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
    megabytes, measure, run
        Memory of a block, whether it is measured, and who does the blocks; see `population.ask`.

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
    graph, standards = standards_of(session, on)
    standard = _standard(graph.positions, position.code, on)
    reach = scope_unit_ids(session, actor, Role.HR)
    population = load_population(session, reach, standards, on)
    place = standards.codes.index(position.code)
    question = Question(len(population.agencies), count=top, positions=(place,), measure=measure)
    found, memory = ask(session, population, standards, question, reach=reach, on=on, basis=basis, megabytes=megabytes,
                        run=run)
    best = found.succession.of_position(0) if found.succession else ()
    return SuccessionList(
        position.code, position.name, position.unit.name, on, basis, found.people, len(population.agencies),
        len(standard.requirements), sum(item.importance is Importance.MUTLAK for item in standard.requirements),
        _candidates(session, population, best, graph.positions, standards.codes, place), memory)


def _candidates(
    session: Session, population: Population, best: Sequence[Match], positions: Mapping[str, Position], codes: Sequence[str], place: int
) -> tuple[Candidate, ...]:
    ids = [population.ids[match.index] for match in best]
    words = {row.id: row for row in session.execute(
        select(Person.id, Person.name, Unit.name.label("unit")).join(Unit, Person.unit_id == Unit.id)
        .where(Person.id.in_(ids)))}
    found = []
    for rank, match in enumerate(best, 1):
        row, held = words[population.ids[match.index]], int(population.position[match.index])
        found.append(Candidate(
            rank, population.nips[match.index], row.name, row.unit, positions[codes[held]].name if held >= 0 else "",
            held == place, match.score, SCORE_MAX, match.unmet))
    return tuple(found)


def view_succession(
    session: Session, actor: Actor, position_code: str, *, today: date, now: datetime
) -> SuccessionView:
    """Return the succession list of a position for its page, and note in the audit log whose readiness it shows.

    Raises
    ------
    InvalidInput, NotAllowed, Conflict
        As `succession_list`.
    """
    found = succession_list(session, actor, position_code, top=_ON_PAGE, on=today, today=today)
    nips = [candidate.nip for candidate in found.candidates]
    ids = dict(session.execute(select(Person.nip, Person.id).where(Person.nip.in_(nips))).all())
    assessors = load_assessors(session, list(ids.values()), today)
    rows = []
    for candidate in found.candidates:
        readiness = assessors[ids[candidate.nip]](found.position)
        assert readiness is not None  # the list would have been refused
        rows.append(CandidateReadiness(candidate, readiness))
    record_each(session, actor, "matching.rank", (
        (ids[candidate.nip], candidate.nip, {"position": found.position, "rank": candidate.rank})
        for candidate in found.candidates), now=now)
    posts, held = _posts(session, today, position_by_code(session, position_code).id)
    return SuccessionView(found, tuple(rows), _answer(found, rows), posts - held, posts)


def _answer(found: SuccessionList, rows: Sequence[CandidateReadiness]) -> Message:
    others = [row for row in rows if not row.candidate.holds_it]
    ready = sum(row.readiness.verdict == "SIAP" for row in others)
    if ready:
        return say("**%(count)s calon siap** untuk %(position)s hari ini.", count=ready, position=found.position_name)
    if not others:
        return say("**Belum ada calon** untuk %(position)s di unit Anda.", position=found.position_name)
    first = others[0].candidate
    return say("**Belum ada calon yang siap** untuk %(position)s; yang terdekat %(name)s, %(percent)s %%.",
               position=found.position_name, name=first.name, percent=100 * first.score / first.score_max)


def _posts(session: Session, on: date, position_id: int) -> tuple[int, int]:
    posts, held = count_posts(session, on, Post.position_id == position_id)
    return posts.get(position_id, 0), held.get(position_id, 0)


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
    graph, standards = standards_of(session, on)
    known = profile_on(load_evidence(session, [person.id])[person.id], on).known(basis)
    (best,) = nearest(standards, levels_of(standards, [known]), top)
    return NearPositions(person.nip, person.name, on, basis, len(standards.codes), tuple(
        _reachable(rank, match, graph.positions[standards.codes[match.index]]) for rank, match in enumerate(best, 1)))


def threshold_counts(
    session: Session, actor: Actor, *, percents: Sequence[int] = (), position_codes: Sequence[str] = (),
    by_agency: bool = False, on: date, today: date, basis: str = "proven", megabytes: int = MEGABYTES,
    measure: bool = False, run: BlockRunner = run_here,
) -> ThresholdCounts:
    """Count the people within the actor's reach who reach shares of the full score, for each position.

    Parameters
    ----------
    percents : sequence of int
        1..100 each; empty = the two bounds of the scale for filling a position that are in force on the day.
    position_codes : sequence of str
        Empty = all positions with a standard.
    by_agency : bool
        Whether each agency is counted on its own too.
    on, basis, megabytes, measure, run
        As in `succession_list`.

    Raises
    ------
    InvalidInput
        If a code names nothing or a share is out of its bounds.
    Conflict
        If a position has no standard on the day.
    NotAllowed
        If the actor is not HR.
    """
    require(session, actor, "matching.rank", on=today)
    thresholds = _thresholds(session, percents, on)
    graph, standards = standards_of(session, on)
    places = tuple(range(len(standards.codes)))
    if position_codes:
        named = [position_by_code(session, code).code for code in position_codes]
        places = tuple(sorted({standards.codes.index(_standard(graph.positions, code, on).code) for code in named}))
    reach = scope_unit_ids(session, actor, Role.HR)
    population = load_population(session, reach, standards, on)
    question = Question(len(population.agencies), means=True, thresholds=tuple(item.score for item in thresholds),
                        positions=places, measure=measure)
    found, memory = ask(session, population, standards, question, reach=reach, on=on, basis=basis, megabytes=megabytes,
                        run=run)
    assert found.reached is not None
    assert found.levels is not None
    sums = found.levels.score_sums(standards.only(places))
    counts = []
    for at, place in enumerate(places):
        position = graph.positions[standards.codes[place]]
        groups: list[tuple[str | None, slice]] = [(None, slice(None))]
        if by_agency:
            groups += [(agency.code, slice(one, one + 1)) for one, agency in enumerate(population.agencies)]
        counts += [PositionCount(
            position.code, position.name, position.unit_name, agency, int(found.reached.people[rows].sum()),
            tuple(found.reached.scored[rows, at].sum(axis=0).tolist()),
            tuple(found.reached.ready[rows, at].sum(axis=0).tolist()), int(sums[rows, at].sum())) for agency, rows in groups]
    return ThresholdCounts(on, basis, found.people, SCORE_MAX, thresholds, tuple(counts), memory)


def _thresholds(session: Session, percents: Sequence[int], on: date) -> tuple[Threshold, ...]:
    if not percents:
        scale = read_thresholds(session, "filling", on)
        return tuple(Threshold(percent, percent * SCORE_MAX // 100, scale.source) for percent in (scale.lower, scale.upper))
    for percent in percents:
        if not 1 <= percent <= 100:
            raise InvalidInput(say("Ambang %(percent)s tidak ada; pilih 1 sampai 100 persen.", percent=percent),
                               where="threshold")
    return tuple(Threshold(percent, percent * SCORE_MAX // 100, "") for percent in sorted(set(percents)))


def vacant_positions(
    session: Session, actor: Actor, *, today: date, number: int = 1, size: int = _VACANT_ON_PAGE
) -> VacantPositions:
    """Return a page of the positions of the actor's units with a vacant post today, and who could fill them.

    Raises
    ------
    NotAllowed
        If the actor is not HR.
    InvalidInput
        If there is no such page.
    """
    require(session, actor, "matching.rank", on=today)
    reach = scope_unit_ids(session, actor, Role.HR)
    graph, standards = standards_of(session, today)
    rows = _vacant_rows(session, reach, today, graph.positions)
    pages = max(1, -(-len(rows) // size))
    if not 1 <= number <= pages:
        raise InvalidInput(say("Halaman %(number)s tidak ada; daftar ini punya %(pages)s halaman.",
                               number=number, pages=pages), where="page")
    shown = rows[(number - 1) * size:number * size]
    lower, upper = thresholds = _thresholds(session, (), today)
    place = {code: at for at, code in enumerate(standards.codes)}
    population = load_population(session, reach, standards, today)
    # A list as long as there are holders of the position, and one more, holds somebody who is not one.
    places = tuple(place[code] for code, *_ in shown)
    holders = [int((population.position == at).sum()) for at in places]
    question = Question(len(population.agencies), thresholds=(lower.score, upper.score), count=max(holders, default=0) + 1,
                        positions=places)
    found, _ = ask(session, population, standards, question, reach=reach, on=today, basis="proven")
    assert found.reached is not None
    assert found.succession is not None
    nearest_of: dict[int, Match] = {}
    for at, held in enumerate(places):
        for match in found.succession.of_position(at):
            if population.position[match.index] != held:
                nearest_of[at] = match
                break
    names = dict(session.execute(select(Person.id, Person.name).where(
        Person.id.in_({population.ids[match.index] for match in nearest_of.values()}))).all())
    items = []
    for at, (code, vacant, class_name) in enumerate(shown):
        nearly, ready = found.reached.ready[:, at].sum(axis=0).tolist()
        match = nearest_of.get(at)
        items.append(VacantPosition(
            code, graph.positions[code].name, graph.positions[code].unit_name, class_name, vacant, ready, nearly - ready,
            (population.nips[match.index], names[population.ids[match.index]]) if match else None,
            100 * match.score // SCORE_MAX if match else 0))
    return VacantPositions(today, tuple(items), len(rows), number, pages, found.people, thresholds)


def _vacant_rows(
    session: Session, reach: frozenset[int] | None, on: date, standards: Mapping[str, Position]
) -> list[tuple[str, int, str]]:
    """Return code, vacant posts and class of each vacant position with a standard, leading classes first."""
    within = Post.unit_id.is_not(None) if reach is None else Post.unit_id.in_(reach)
    posts, held = count_posts(session, on, within)
    rows = session.execute(
        select(PositionRow.id, PositionRow.code, PositionRow.name, JobClass.id.label("class_id"),
               JobClass.name.label("class_name")).join(JobClass, PositionRow.job_class_id == JobClass.id)
        .order_by(JobClass.id, PositionRow.name, PositionRow.code))
    return [(row.code, posts[row.id] - held.get(row.id, 0), row.class_name) for row in rows
            if row.code in standards and posts.get(row.id, 0) > held.get(row.id, 0)]


def _reachable(rank: int, match: Match, position: Position) -> Reachable:
    return Reachable(rank, position.code, position.name, position.unit_name, match.score, SCORE_MAX, match.unmet)


def _standard(positions: Mapping[str, Position], code: str, on: date) -> Position:
    standard = positions.get(code)
    if standard is None:
        raise Conflict(say("Jabatan %(code)s belum mempunyai standar yang berlaku pada %(day)s.", code=code, day=on))
    return standard
