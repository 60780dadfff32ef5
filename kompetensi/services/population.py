"""All people within somebody's reach, as blocks of numbers for `graph.population`.

The levels of a day are derived by the database, one row for each that is known, by the rules of `graph.evidence`; a test
holds the two against each other. The number of queries grows with the blocks, never with people or positions.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import ColumnElement, case, func, or_, select, union_all
from sqlalchemy.orm import Session

from kompetensi.errors import InvalidInput
from kompetensi.graph.build import CompetencyGraph
from kompetensi.graph.elements import CompetencyKind
from kompetensi.graph.evidence import EvidenceKind
from kompetensi.graph.levels import SparseLevels, make_levels
from kompetensi.graph.matching import Standards, compile_standards, worth_compiling
from kompetensi.graph.population import (
    Block,
    BlockRunner,
    Findings,
    Question,
    block_bytes,
    blocks_of,
    people_per_block,
    run_here,
    survey,
)
from kompetensi.messages import say
from kompetensi.models import Certificate, Competency, Evidence, Occupancy, Person, Post, Unit
from kompetensi.models import Position as PositionRow
from kompetensi.services.day_conditions import held_definitively, is_staff
from kompetensi.services.policies import training_proves_technical
from kompetensi.services.snapshot import load_graph

__all__ = ["MEGABYTES", "Agency", "Footprint", "Population", "ask", "blocks_from", "load_population", "positions_held",
           "standards_of"]

# Memory that the arrays of a block may take, unless a command says otherwise.
MEGABYTES = 256
# People whose levels the database is asked for at once, at most and at least.
_MOST = 20_000
_LEAST = 100
# How many days' compiled standards a process keeps, as `snapshot` keeps graphs.
_KEPT = 4
_compiled: list[tuple[CompetencyGraph, Standards]] = []


@dataclass(frozen=True, slots=True)
class Agency:
    """A unit right under its government (*OPD*), or the government itself for people without one.

    Attributes
    ----------
    short_name : str
        The name without the government's at its end, where all agencies are of one government.
    """

    code: str
    name: str
    short_name: str


@dataclass(frozen=True, slots=True)
class Population:
    """People in order of NIP, each with the agency and the position held on the day.

    Attributes
    ----------
    ids : tuple of int
    nips : tuple of str
    agencies : tuple of Agency
        Those with people, by code.
    agency, position : array of int32, shape (people,)
        Place among `agencies`; place of the definitive position among the standards, -1 where there is none.
    """

    ids: tuple[int, ...]
    nips: tuple[str, ...]
    agencies: tuple[Agency, ...]
    agency: NDArray[np.int32]
    position: NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Footprint:
    """Memory of a survey.

    Attributes
    ----------
    blocks, block_people : int
        How many blocks there were, and the people of the largest.
    bound_bytes : int
        What the arrays of a block of that size take at most.
    peak_bytes : int
        What they took at most, measured; 0 when nobody was looked at.
    """

    blocks: int
    block_people: int
    bound_bytes: int
    peak_bytes: int


def standards_of(session: Session, on: date) -> tuple[CompetencyGraph, Standards]:
    """Return the graph of a day and the standards of its positions as arrays; both are kept between requests."""
    graph = load_graph(session, on)
    for known, standards in _compiled:
        if known is graph:
            return graph, standards
    standards = compile_standards(graph.positions.values())
    _compiled.append((graph, standards))
    del _compiled[:-_KEPT]
    return graph, standards


def load_population(
    session: Session, reach: frozenset[int] | None, standards: Standards, on: date
) -> Population:
    """Read who there is: three queries, whatever the number of people.

    Parameters
    ----------
    reach : frozenset of int or None
        Ids of the units whose people are read; None = all.
    """
    query = select(Person.id, Person.nip, Person.unit_id).where(is_staff()).order_by(Person.nip)
    people = session.execute(query if reach is None else query.where(Person.unit_id.in_(reach))).all()
    agency_of = _agencies(session, {row.unit_id for row in people})
    present = sorted(set(agency_of.values()), key=lambda agency: agency.code)
    agency_place = {agency: at for at, agency in enumerate(present)}
    place = {code: at for at, code in enumerate(standards.codes)}
    held = positions_held(session, on, reach)
    return Population(
        tuple(row.id for row in people), tuple(row.nip for row in people), tuple(present),
        np.array([agency_place[agency_of[row.unit_id]] for row in people], dtype=np.int32),
        np.array([place.get(held.get(row.id, ""), -1) for row in people], dtype=np.int32))


def _agencies(session: Session, unit_ids: set[int]) -> dict[int, Agency]:
    units = {row.id: row for row in session.execute(select(Unit.id, Unit.code, Unit.name, Unit.parent_id))}
    chains = {}
    for unit_id in unit_ids:
        chain = [units[unit_id]]
        while chain[-1].parent_id is not None and len(chain) <= len(units):
            chain.append(units[chain[-1].parent_id])
        chains[unit_id] = chain
    governments = {chain[-1].name for chain in chains.values()}
    ending = f" {governments.pop()}" if len(governments) == 1 else ""
    found = {}
    for unit_id, chain in chains.items():
        agency = chain[-2] if len(chain) > 1 else chain[-1]
        found[unit_id] = Agency(agency.code, agency.name, agency.name.removesuffix(ending) or agency.name)
    return found


def positions_held(session: Session, on: date, reach: frozenset[int] | None = None) -> dict[int, str]:
    """Return each person's definitive position on a day; of several the one held last, then the one recorded last.

    Parameters
    ----------
    reach : frozenset of int or None
        Ids of the units whose people are looked at; None = all.

    Returns
    -------
    dict of int to str
        Code of the position by id of the person; without people who hold none.
    """
    query = (
        select(Occupancy.person_id, PositionRow.code).join(Post, Occupancy.post_id == Post.id)
        .join(PositionRow, Post.position_id == PositionRow.id)
        .where(held_definitively(on)).order_by(Occupancy.since, Occupancy.id))
    if reach is not None:
        query = query.join(Person, Occupancy.person_id == Person.id).where(Person.unit_id.in_(reach))
    return dict(session.execute(query).all())


def ask(
    session: Session, population: Population, standards: Standards, question: Question, *,
    reach: frozenset[int] | None, on: date, basis: str, megabytes: int = MEGABYTES, run: BlockRunner = run_here,
    against: NDArray[np.int32] | None = None,
) -> tuple[Findings, Footprint]:
    """Answer a question for a population, block by block.

    Parameters
    ----------
    reach : frozenset of int or None
        As it was read with.
    basis : str
        ``proven`` levels; ``expected`` ones, which also count trainings; or ``counted`` ones, which count trainings for
        technical competencies only and only where the policy of the day says so, as a readiness does.
    megabytes : int
        Memory that the arrays of one block may take.
    run : BlockRunner
        Who does the blocks.
    against : array of int32, optional
        Place of the position that each is held against in the gap map; their own positions when it is left out.

    Raises
    ------
    InvalidInput
        If that memory is not enough for a hundred people: the database would be asked for each few of them.
    """
    ranked = standards if question.positions is None else standards.only(question.positions)
    if question.compiled is None:
        question = replace(question, compiled=worth_compiling(ranked, len(population.ids)))
    size = min(people_per_block(standards, question, megabytes), _MOST)
    if size < min(_LEAST, len(population.ids)):
        raise InvalidInput(say(
            "Memori %(megabytes)s MB terlalu kecil untuk pertanyaan ini; paling sedikit %(least)s MB.", megabytes=megabytes,
            least=-(-block_bytes(standards, question, _LEAST) // 1_000_000)), where="megabytes")
    work = functools.partial(survey, standards, question)
    blocks = blocks_from(session, population, standards, reach=reach, on=on, basis=basis, size=size, against=against)
    found = run(work, blocks)
    if found is None:  # nobody: an empty block gives counts of 0
        held = population.position
        found = work(_block(population, held, slice(0, 0), len(standards.competencies), np.zeros((3, 0), dtype=np.int64)))
    return found, Footprint(found.blocks, found.largest, block_bytes(standards, question, found.largest), found.peak_bytes)


def blocks_from(
    session: Session, population: Population, standards: Standards, *, reach: frozenset[int] | None, on: date, basis: str,
    size: int = _MOST, against: NDArray[np.int32] | None = None,
) -> Iterator[Block]:
    """Yield the people in blocks of at most `size`, each read when it is its turn; see `ask` for the rest."""
    held = population.position if against is None else against
    kinds: tuple[CompetencyKind, ...] = ()
    if basis == "expected":
        kinds = tuple(CompetencyKind)
    elif basis == "counted" and training_proves_technical(session, on):
        kinds = (CompetencyKind.TEKNIS,)
    column, known = _columns(session, standards), _known_levels(reach, on, kinds)
    for part in blocks_of(len(population.ids), size):
        ids = np.array(population.ids[part], dtype=np.int64)
        order = np.argsort(ids)
        rows = np.array(session.execute(known(population.nips[part.start], population.nips[part.stop - 1])).all(),
                        dtype=np.int64).reshape(-1, 3)
        rows = rows[column[rows[:, 1]] >= 0]
        person = order[np.searchsorted(ids, rows[:, 0], sorter=order)]
        yield _block(population, held, part, len(standards.competencies), np.stack((column[rows[:, 1]], person, rows[:, 2])))


def _block(
    population: Population, held: NDArray[np.int32], part: slice, competencies: int, known: NDArray[np.int64]
) -> Block:
    people = part.stop - part.start
    levels = make_levels(competencies, people, known[0], known[1], known[2].astype(np.uint8))
    assessed = None
    if not isinstance(levels, SparseLevels):
        assessed = np.zeros((competencies, people), dtype=np.bool_)
        assessed[known[0], known[1]] = True
    return Block(levels, population.agency[part], held[part], assessed, part.start)


def _columns(session: Session, standards: Standards) -> NDArray[np.int64]:
    """Return the column of each competency by its id; -1 for what nobody requires."""
    place = {code: at for at, code in enumerate(standards.competencies)}
    rows = session.execute(select(Competency.id, Competency.code)).all()
    column = np.full(max((row.id for row in rows), default=0) + 1, -1, dtype=np.int64)
    for row in rows:
        column[row.id] = place.get(row.code, -1)
    return column


def _known_levels(
    reach: frozenset[int] | None, on: date, by_training: tuple[CompetencyKind, ...]
) -> Callable[[str, str], Any]:
    """Return a function that makes the query for the known levels of the people between two NIPs, both inclusive.

    Trainings count for the kinds of competency in `by_training`.
    """
    counts: list[ColumnElement[bool]] = [
        Evidence.observed_on <= on, or_(Evidence.valid_until.is_(None), Evidence.valid_until >= on),
        or_(Evidence.withdrawn_on.is_(None), Evidence.withdrawn_on > on),
        or_(Certificate.id.is_(None), Certificate.state.not_in(("REVOKED", "REPLACED")), Certificate.state_on > on),
        is_staff()]
    if reach is not None:
        counts.append(Person.unit_id.in_(reach))
    proofs = [kind for kind in EvidenceKind if kind is not EvidenceKind.TRAINING]
    strength = case({kind.value: at for at, kind in enumerate(proofs)}, value=Evidence.kind)

    def query(first: str, last: str) -> Any:
        def those(*columns: Any) -> Any:
            return (select(*columns).join(Person, Evidence.person_id == Person.id)
                    .outerjoin(Certificate, Evidence.certificate_id == Certificate.id)
                    .where(Person.nip >= first, Person.nip <= last, *counts))

        ranked = those(
            Evidence.person_id, Evidence.competency_id, Evidence.level,
            func.row_number().over(
                partition_by=(Evidence.person_id, Evidence.competency_id),
                order_by=(strength, Evidence.observed_on.desc(), Evidence.level.desc(), Evidence.id)).label("place"),
        ).where(Evidence.kind != EvidenceKind.TRAINING.value).subquery()
        proven = select(ranked.c.person_id, ranked.c.competency_id, ranked.c.level).where(ranked.c.place == 1)
        if not by_training:
            return proven
        predicted = those(Evidence.person_id, Evidence.competency_id, Evidence.level).where(
            Evidence.kind == EvidenceKind.TRAINING.value)
        if len(by_training) < len(CompetencyKind):
            predicted = predicted.join(Competency, Evidence.competency_id == Competency.id).where(
                Competency.kind.in_([kind.value for kind in by_training]))
        either = union_all(proven, predicted).subquery()
        return select(either.c.person_id, either.c.competency_id, func.max(either.c.level)).group_by(
            either.c.person_id, either.c.competency_id)

    return query
