"""The readiness map: which competencies are missing, agency by agency, and whose gap stands behind a number."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select
from sqlalchemy.orm import Session

from kompetensi.errors import Conflict, InvalidInput, NotFound
from kompetensi.graph.build import CompetencyGraph
from kompetensi.graph.elements import CompetencyKind, Position
from kompetensi.graph.levels import assessed_at, levels_at
from kompetensi.graph.matching import Standards
from kompetensi.graph.population import BlockRunner, GapMap, Question, run_here
from kompetensi.messages import Message, say
from kompetensi.models import Government, JobClass, Person, Unit
from kompetensi.rules.access import Actor, Role
from kompetensi.services.access import require, scope_unit_ids, unit_path
from kompetensi.services.audit import record_each
from kompetensi.services.lookup import competency_by_code, position_by_code, unit_by_code
from kompetensi.services.policies import read_policy
from kompetensi.services.population import (
    MEGABYTES,
    Footprint,
    Population,
    ask,
    blocks_from,
    load_population,
    standards_of,
)

__all__ = ["GROUPS", "AgencyMap", "AgencyRow", "CellPeople", "CellPerson", "Column", "MapCell", "ReadinessMap", "agency_map",
           "cell_people", "readiness_map"]

# Groups of position classes that the map can be cut to, with their words.
GROUPS: Mapping[str, Message] = {
    "JPT": say("Pimpinan tinggi"), "JA": say("Administrasi"), "JF-KEAHLIAN": say("Fungsional keahlian"),
    "JF-KETERAMPILAN": say("Fungsional keterampilan")}
# Lower bounds of the shares of required levels, per cent, between the five steps of the picture.
STEPS = (90, 80, 70, 60)
_ON_PAGE = 50


@dataclass(frozen=True, slots=True)
class MapCell:
    """What is known of some people and one or several competencies; the numbers are those of `population.GapMap`.

    Attributes
    ----------
    hidden : bool
        Whether the numbers are kept back, because so few people stand behind them that they would tell of persons;
        then all of them are 0.
    """

    asked: int
    assessed: int
    short: int
    missing: int
    required: int
    hidden: bool = False

    @property
    def percent(self) -> int | None:
        """Share of the required levels that is reached, of those assessed, rounded down; None where nobody is."""
        return 100 * (self.required - self.missing) // self.required if self.required else None

    @property
    def unassessed(self) -> int:
        """People whose standard asks for it and whose level nobody has assessed."""
        return self.asked - self.assessed

    @property
    def step(self) -> int | None:
        """0, all but reached, to 4, most missing; None where nobody is assessed."""
        percent = self.percent
        return None if percent is None else sum(percent < bound for bound in STEPS)


@dataclass(frozen=True, slots=True)
class Column:
    """A competency of the map."""

    code: str
    name: str
    kind: str

    @property
    def is_technical(self) -> bool:
        """Whether it belongs to the competencies that differ from position to position."""
        return self.kind == CompetencyKind.TEKNIS


@dataclass(frozen=True, slots=True)
class AgencyRow:
    """One agency.

    Attributes
    ----------
    short_name : str
        See `population.Agency`.
    people : int
        All its people within the actor's reach.
    cells : tuple of MapCell
        In the order of the columns.
    technical, total : MapCell
        The technical competencies together; all that is shown together.
    """

    code: str
    name: str
    short_name: str
    people: int
    cells: tuple[MapCell, ...]
    technical: MapCell
    total: MapCell


@dataclass(frozen=True, slots=True)
class ReadinessMap:
    """Gaps by agency and competency.

    Attributes
    ----------
    target, target_name : str or None
        The position that everybody is held against; None = each against the own one.
    group : str or None
        Key of `GROUPS`: only the holders of such positions; None = all.
    people, held : int
        All within the actor's reach; those who are held against a standard.
    columns : tuple of Column
        Managerial and sociocultural competencies, then technical ones, by code; for a reader to whom small numbers are
        not shown, without the technical ones, which stand together in `AgencyRow.technical`.
    agencies : tuple of AgencyRow
        By code.
    totals : AgencyRow
        All agencies together, what is hidden left out. Its code is that of the one unit that they all belong to, empty
        where the reader has no such unit.
    weakest : Column or None
        The competency of which the smallest share of required levels is reached; ties: more people, then code.
    worst : tuple of (AgencyRow, Column) or None
        The same among single cells of at least `min_people` people.
    opens_people : bool
        Whether the reader may open the people behind a number.
    min_people : int
        Fewer assessed people than these are not shown to a reader who may not see them.
    """

    on: date
    basis: str
    target: str | None
    target_name: str | None
    group: str | None
    people: int
    held: int
    columns: tuple[Column, ...]
    agencies: tuple[AgencyRow, ...]
    totals: AgencyRow
    weakest: Column | None
    worst: tuple[AgencyRow, Column] | None
    opens_people: bool
    min_people: int
    memory: Footprint

    @property
    def shared(self) -> tuple[Column, ...]:
        """The columns of managerial and sociocultural competencies."""
        return tuple(column for column in self.columns if not column.is_technical)


    @property
    def worst_cell(self) -> MapCell | None:
        """The cell that `worst` names."""
        return self.worst[0].cells[self.columns.index(self.worst[1])] if self.worst else None

    @property
    def by_gap(self) -> tuple[AgencyRow, ...]:
        """The agencies, those with the smallest share of required levels first; ties by code, unknown ones last."""
        return tuple(sorted(self.agencies, key=lambda row: (
            not row.total.required, -row.total.missing / max(row.total.required, 1), row.code)))


@dataclass(frozen=True, slots=True)
class AgencyMap:
    """One unit with those below it; `map.totals` are its numbers."""

    code: str
    name: str
    map: ReadinessMap


@dataclass(frozen=True, slots=True)
class CellPerson:
    """A person behind a number.

    Attributes
    ----------
    level : int or None
        None = not assessed.
    """

    nip: str
    name: str
    position: str
    position_name: str
    required: int
    level: int | None

    @property
    def missing(self) -> int:
        """Levels that are missing; 0 where nothing is known."""
        return max(self.required - self.level, 0) if self.level is not None else 0


@dataclass(frozen=True, slots=True)
class CellPeople:
    """A page of the people of an agency whose standard asks for a competency.

    Attributes
    ----------
    people : tuple of CellPerson
        Most missing first, then who is not assessed, then who reaches it; ties by NIP.
    cell : MapCell
        Of all of them.
    number, pages : int
        Counted from 1.
    """

    agency: str
    agency_name: str
    competency: str
    competency_name: str
    target: str | None
    target_name: str | None
    group: str | None
    on: date
    people: tuple[CellPerson, ...]
    cell: MapCell
    number: int
    pages: int


def readiness_map(
    session: Session, actor: Actor, *, unit_code: str | None = None, target: str | None = None, group: str | None = None,
    on: date, today: date, basis: str = "counted", megabytes: int = MEGABYTES, measure: bool = False,
    run: BlockRunner = run_here,
) -> ReadinessMap:
    """Hold everybody within the actor's reach against a standard, and add up what is missing.

    HR sees its own units and may open each number. A training centre sees all agencies of its government on the day
    itself and against the own positions only, and no number behind which fewer than ``readiness.map.min_people`` assessed
    people stand: two maps that differ by few people would tell of them.

    Parameters
    ----------
    unit_code : str, optional
        Only this unit and those below it.
    target : str, optional
        Code of one position for all.
    group : str, optional
        Key of `GROUPS`; only holders of such positions.
    basis : str
        ``counted`` levels, those that a readiness judges by; ``proven``; or ``expected``; see `population.ask`.
    megabytes, measure, run
        See `population.ask`.

    Raises
    ------
    NotAllowed
        If the actor is neither HR nor a training centre, or a centre asks for more than the plain map.
    InvalidInput
        If a code or the group names nothing.
    Conflict
        If the target has no standard on the day.
    """
    require(session, actor, "matching.map", on=today)
    reach, is_open = _reach(session, actor)
    if not is_open and (unit_code or target or group or on != today or basis != "counted"):
        require(session, actor, "matching.rank", on=today)
    if unit_code is not None:
        reach = _below(session, reach, unit_code)
    graph, standards = standards_of(session, on)
    population = load_population(session, reach, standards, on)
    target = _target(session, graph, target, on)
    held = _held(session, population, graph, standards, target, group)
    question = Question(len(population.agencies), gaps=True, measure=measure)
    found, memory = ask(session, population, standards, question, reach=reach, on=on, basis=basis, megabytes=megabytes,
                        run=run, against=held)
    assert found.gaps is not None
    min_people = read_policy(session, "readiness.map.min_people", on)
    columns, order = _columns(graph, standards, found.gaps)
    rows = _rows(population, found.gaps, columns, order, 0 if is_open else min_people)
    if not is_open:
        columns = tuple(column for column in columns if not column.is_technical)
    totals = AgencyRow(unit_code or (_only_unit(session, actor) if is_open else ""), "", "", len(population.ids), tuple(
        _together(row.cells[at] for row in rows) for at in range(len(columns))),
        _together(row.technical for row in rows), _together(row.total for row in rows))
    position = graph.positions[target] if target is not None else None
    return ReadinessMap(
        on, basis, target, position.name if position else None, group, len(population.ids), int((held >= 0).sum()), columns,
        rows, totals, _weakest(columns, totals), _worst(columns, rows, min_people), is_open, min_people, memory)


def agency_map(
    session: Session, actor: Actor, unit_code: str, *, target: str | None = None, group: str | None = None, on: date,
    today: date,
) -> AgencyMap:
    """Return the map of one unit with all competencies, to those who may see its people.

    Raises
    ------
    NotAllowed
        If the actor is not HR of the unit.
    InvalidInput, Conflict
        As `readiness_map`.
    """
    unit = unit_by_code(session, unit_code)
    require(session, actor, "matching.people", on=today, unit_id=unit.id)
    return AgencyMap(unit.code, unit.name, readiness_map(
        session, actor, unit_code=unit.code, target=target, group=group, on=on, today=today))


def _only_unit(session: Session, actor: Actor) -> str:
    """Return the code of the unit that the actor is HR of; empty where there are several, or none."""
    units = {grant.unit_id for grant in actor.grants if grant.role is Role.HR}
    return session.scalars(select(Unit.code).where(Unit.id.in_(units))).one() if len(units) == 1 else ""


def _reach(session: Session, actor: Actor) -> tuple[frozenset[int] | None, bool]:
    """Return the units whose people the map counts, and whether the actor may see these people."""
    reach = scope_unit_ids(session, actor, Role.HR)
    if reach is None or reach:
        return reach, True
    units = scope_unit_ids(session, actor, Role.TRAINING_CENTRE) or frozenset()
    governments = select(Unit.government_id).where(Unit.id.in_(units))
    return frozenset(session.scalars(select(Unit.id).join(Government).where(Unit.government_id.in_(governments)))), False


def _below(session: Session, reach: frozenset[int] | None, unit_code: str) -> frozenset[int]:
    root = unit_by_code(session, unit_code)
    units = session.scalars(select(Unit.id)) if reach is None else reach
    return frozenset(unit_id for unit_id in units if root.id in unit_path(session, unit_id))


def _target(session: Session, graph: CompetencyGraph, target: str | None, on: date) -> str | None:
    """Return the code of the position that everybody is to be held against, as the catalogue writes it."""
    if target is None:
        return None
    code = position_by_code(session, target).code
    if code not in graph.positions:
        raise Conflict(say("Jabatan %(code)s belum mempunyai standar yang berlaku pada %(day)s.", code=code, day=on))
    return code


def _held(
    session: Session, population: Population, graph: CompetencyGraph, standards: Standards, target: str | None,
    group: str | None,
) -> NDArray[np.int32]:
    """Return the place of the standard that each is held against, -1 for those who are left out."""
    if group is not None and group not in GROUPS:
        raise InvalidInput(say("Kelompok “%(group)s” tidak ada; pilih %(groups)s.", group=group, groups=", ".join(GROUPS)),
                           where="group")
    held = population.position
    if group is not None:
        group_of = dict(session.execute(select(JobClass.code, JobClass.group)).all())
        inside = np.array([group_of[graph.positions[code].job_class] == group for code in standards.codes] + [False])
        held = np.where(inside[held], held, np.int32(-1))
    if target is None:
        return held
    everybody = np.full(len(held), standards.codes.index(target), dtype=np.int32)
    return everybody if group is None else np.where(held >= 0, everybody, np.int32(-1))


def _columns(
    graph: CompetencyGraph, standards: Standards, gaps: GapMap
) -> tuple[tuple[Column, ...], list[int]]:
    """Return the competencies that somebody's standard asks for, and their places among all."""
    named = []
    for place in np.flatnonzero(gaps.asked.sum(axis=0)).tolist():
        code = standards.competencies[place]
        known = graph.competencies.get(code)
        named.append((Column(code, known.name if known else code, (known.kind if known else CompetencyKind.TEKNIS).value), place))
    named.sort(key=lambda pair: (pair[0].is_technical, list(CompetencyKind).index(CompetencyKind(pair[0].kind)), pair[0].code))
    return tuple(column for column, _ in named), [place for _, place in named]


def _rows(
    population: Population, gaps: GapMap, columns: Sequence[Column], order: Sequence[int], min_people: int
) -> tuple[AgencyRow, ...]:
    """Return the agencies' rows; with `min_people`, small numbers hidden and technical competencies only together."""
    sizes = np.bincount(population.agency, minlength=len(population.agencies)).tolist()
    numbers = np.stack((gaps.asked, gaps.assessed, gaps.short, gaps.missing, gaps.required), axis=2)[:, list(order)]
    rows = []
    for agency, size, row in zip(population.agencies, sizes, numbers.tolist(), strict=True):
        cells = [MapCell(*cell) for cell in row]
        technical = _together(cell for cell, column in zip(cells, columns, strict=True) if column.is_technical)
        shared = [cell for cell, column in zip(cells, columns, strict=True) if not column.is_technical]
        if min_people:
            cells, technical = [_guarded(cell, min_people) for cell in shared], _guarded(technical, min_people)
            shared = cells
        rows.append(AgencyRow(agency.code, agency.name, agency.short_name, size, tuple(cells), technical, _together([*shared, technical])))
    return tuple(rows)


def _guarded(cell: MapCell, min_people: int) -> MapCell:
    return MapCell(0, 0, 0, 0, 0, hidden=True) if 0 < cell.assessed < min_people else cell


def _together(cells: Iterable[MapCell]) -> MapCell:
    listed = list(cells)
    return MapCell(*(sum(getattr(cell, name) for cell in listed)
                     for name in ("asked", "assessed", "short", "missing", "required")),
                   hidden=bool(listed) and all(cell.hidden for cell in listed))


def _weakest(columns: Sequence[Column], totals: AgencyRow) -> Column | None:
    known = [(cell.missing / cell.required, cell.assessed, column) for column, cell in zip(columns, totals.cells, strict=True)
             if cell.missing]
    return min(known, key=lambda item: (-item[0], -item[1], item[2].code))[2] if known else None


def _worst(columns: Sequence[Column], rows: Sequence[AgencyRow], min_people: int) -> tuple[AgencyRow, Column] | None:
    known = [(cell.missing / cell.required, cell.assessed, row, column)
             for row in rows for column, cell in zip(columns, row.cells, strict=True)
             if cell.missing and cell.assessed >= min_people]
    return min(known, key=lambda item: (-item[0], -item[1], item[2].code, item[3].code))[2:] if known else None


def cell_people(
    session: Session, actor: Actor, unit_code: str, competency_code: str, *, target: str | None = None,
    group: str | None = None, on: date, today: date, now: datetime, basis: str = "counted", number: int = 1,
) -> CellPeople:
    """Return the people behind a number of the map, and note in the audit log whose levels were shown.

    Raises
    ------
    NotFound, InvalidInput
        If a code, the group or the page names nothing.
    NotAllowed
        If the actor is not HR of the unit.
    Conflict
        If the target has no standard on the day.
    """
    unit = unit_by_code(session, unit_code)
    require(session, actor, "matching.people", on=today, unit_id=unit.id)
    competency = competency_by_code(session, competency_code)
    reach = _below(session, scope_unit_ids(session, actor, Role.HR), unit.code)
    graph, standards = standards_of(session, on)
    population = load_population(session, reach, standards, on)
    target = _target(session, graph, target, on)
    held = _held(session, population, graph, standards, target, group)
    if competency.code not in standards.competencies:
        raise NotFound(say("Tidak ada standar jabatan yang meminta %(code)s pada %(day)s.", code=competency.code, day=on),
                       where="COMPETENCY")
    found = _people_of_cell(session, population, graph, standards, held, competency.code, reach, on, basis)
    cell = MapCell(len(found), sum(person.level is not None for _, person in found),
                   sum(person.missing > 0 for _, person in found), sum(person.missing for _, person in found),
                   sum(person.required for _, person in found if person.level is not None))
    pages = max(1, -(-len(found) // _ON_PAGE))
    if not 1 <= number <= pages:
        raise InvalidInput(say("Halaman %(number)s tidak ada; daftar ini punya %(pages)s halaman.",
                               number=number, pages=pages), where="page")
    shown = found[(number - 1) * _ON_PAGE:number * _ON_PAGE]
    names = dict(session.execute(select(Person.id, Person.name).where(Person.id.in_([key for key, _ in shown]))).all())
    record_each(session, actor, "matching.people", (
        (key, person.nip, {"competency": competency.code}) for key, person in shown), now=now)
    position = graph.positions[target] if target is not None else None
    return CellPeople(
        unit.code, unit.name, competency.code, competency.name, target, position.name if position else None, group, on,
        tuple(CellPerson(person.nip, names[key], person.position, person.position_name, person.required, person.level)
              for key, person in shown), cell, number, pages)


def _people_of_cell(
    session: Session, population: Population, graph: CompetencyGraph, standards: Standards, held: NDArray[np.int32],
    competency: str, reach: frozenset[int] | None, on: date, basis: str,
) -> list[tuple[int, CellPerson]]:
    """Return id and facts of each, in the order of the list; names are read for one page only."""
    column = standards.competencies.index(competency)
    required = [_required(graph.positions[code], competency) for code in standards.codes]
    found = []
    for block in blocks_from(session, population, standards, reach=reach, on=on, basis=basis):
        asked = np.array([at for at in range(block.people) if held[block.first + at] >= 0
                          and required[held[block.first + at]]], dtype=np.int64)
        pair = np.full(len(asked), column)
        levels = levels_at(block.levels, pair, asked).tolist()
        known = assessed_at(block.levels, block.assessed, pair, asked).tolist()
        for at, level, is_known in zip((asked + block.first).tolist(), levels, known, strict=True):
            position = graph.positions[standards.codes[held[at]]]
            own = standards.codes[population.position[at]] if population.position[at] >= 0 else ""
            found.append((population.ids[at], CellPerson(
                population.nips[at], "", position.code, graph.positions[own].name if own else "",
                required[held[at]], level if is_known else None)))
    found.sort(key=lambda item: (-item[1].missing, item[1].level is not None, item[1].nip))
    return found


def _required(position: Position, competency: str) -> int:
    return next((item.level for item in position.requirements if item.competency == competency), 0)
