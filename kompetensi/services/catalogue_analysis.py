"""The graph as a tool for HR: bottlenecks, needs, impact of a training, career map, similar positions, two versions compared."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from kompetensi.adapters.graph_layout import Arrow, Box, PlacedBox, draw
from kompetensi.errors import InvalidInput, NotFound
from kompetensi.exchange.graph_json import read_graph
from kompetensi.graph.bottlenecks import Bottlenecks, bottlenecks, missing_between, missing_of
from kompetensi.graph.build import CompetencyGraph
from kompetensi.graph.career import CareerMap, Careers, Limit, Limits
from kompetensi.graph.check import Unneeded, unneeded
from kompetensi.graph.conditions import All, Condition, HasTraining
from kompetensi.graph.difference import Difference, difference
from kompetensi.graph.elements import Position, Raise, Training
from kompetensi.graph.evidence import profile_on
from kompetensi.graph.impact import Impact, adding, removing
from kompetensi.graph.matching import compile_standards, levels_of
from kompetensi.graph.readiness import SCORE_MAX
from kompetensi.graph.similarity import Similar, similar
from kompetensi.messages import Amount, Message, say
from kompetensi.models import EducationLevel, Grade, Person
from kompetensi.models import Position as PositionRow
from kompetensi.rules.access import Actor, Role
from kompetensi.services.access import is_allowed, require, scope_unit_ids
from kompetensi.services.day_conditions import is_staff
from kompetensi.services.population import positions_held
from kompetensi.services.snapshot import load_evidence, load_graph, load_holdings

__all__ = [
    "BASES", "LIMIT_WORDS", "MOST_CHAINS", "MOST_COMPETENCIES", "SCORE_MAX", "AnalysisHome", "BottleneckAnswer",
    "CareerAnswer", "CareerArrow", "CareerBox", "CareerDrawing", "DifferenceAnswer", "ImpactAnswer", "Names", "NeedAnswer",
    "NewTraining", "SimilarAnswer", "analysis_home", "career_reasons", "career_sentence", "compare_days", "compare_files",
    "difference_sentence", "find_bottlenecks", "map_career", "similar_positions", "training_impact", "training_needs"]

# Whose levels are looked at: those of the standards themselves, or of the people within reach.
BASES = ("catalogue", "proven", "expected")
MOST_COMPETENCIES = 8
MOST_CHAINS = 4
_MOST_SIMILAR = 200
LIMIT_WORDS: Mapping[Limit, Message] = {
    Limit.SHORTFALL: say("kekurangan paling besar pada satu perpindahan"),
    Limit.RANK_RISE: say("kenaikan golongan paling banyak"),
    Limit.RANK_FALL: say("golongan tidak boleh turun"),
    Limit.URUSAN: say("tetap dalam satu urusan"),
    Limit.FIELD: say("bidang pendidikan yang sama")}
_BOX_WIDTH = 172
# Height of a box by the lines of its name; the caption stands below.
_BOX_HEIGHTS = {1: 48, 2: 64}
_LETTERS_A_LINE = 20
# People whose evidence is in memory at once.
_BLOCK = 2000
# The careers of the graph that was asked last; what has been reckoned of it is kept.
_careers: list[tuple[CompetencyGraph, Careers]] = []


@dataclass(frozen=True, slots=True)
class Names:
    """What people call things, by code.

    Attributes
    ----------
    grades : mapping of int to str
        Codes of the civil servants' ranks by rank order.
    educations : mapping of int to str
        Codes of education levels by rank order; of several the first.
    """

    competencies: Mapping[str, str]
    trainings: Mapping[str, str]
    positions: Mapping[str, str]
    grades: Mapping[int, str]
    educations: Mapping[int, str]


@dataclass(frozen=True, slots=True)
class AnalysisHome:
    """What there is to analyse, and whether the actor may count people."""

    names: Names
    may_count_people: bool


@dataclass(frozen=True, slots=True)
class BottleneckAnswer:
    """Which competencies open the most positions.

    Attributes
    ----------
    basis : str
        One of `BASES`.
    people : int
        People that were compared; for the catalogue alone the positions themselves.
    positions : int
    """

    found: Bottlenecks
    basis: str
    people: int
    positions: int
    on: date
    names: Names
    may_count_people: bool


@dataclass(frozen=True, slots=True)
class NeedAnswer:
    """Which trainings serve whose gaps.

    Attributes
    ----------
    asked : int
        People with a position in mind: the one they wish for, otherwise the one they hold.
    without : int
        People without either.
    trainings : tuple of Unneeded
        The least needed first.
    """

    basis: str
    asked: int
    without: int
    on: date
    trainings: tuple[Unneeded, ...]
    names: Names


@dataclass(frozen=True, slots=True)
class ImpactAnswer:
    """What changes when a training goes or comes."""

    impact: Impact
    training_name: str
    on: date
    names: Names


@dataclass(frozen=True, slots=True)
class NewTraining:
    """A training that might come.

    Attributes
    ----------
    raises : tuple of (str, int)
        Competency and level, at least one.
    after : tuple of str
        Trainings that must all have been passed before.
    min_grade : str
        Code of a rank, such as ``III/d``; empty = open to all.
    """

    code: str
    raises: tuple[tuple[str, int], ...]
    jp: int
    cost_idr: int = 0
    after: tuple[str, ...] = ()
    min_grade: str = ""


@dataclass(frozen=True, slots=True)
class CareerAnswer:
    """The cheapest chains of moves between two positions.

    Attributes
    ----------
    score_max : int
        What shortfalls are parts of: 60,000.
    drawing : CareerDrawing or None
        None when no chain exists.
    """

    map: CareerMap
    source: Position
    target: Position
    score_max: int
    on: date
    names: Names
    drawing: CareerDrawing | None


@dataclass(frozen=True, slots=True)
class CareerBox:
    """A position as it is drawn.

    Attributes
    ----------
    lines : tuple of str
        The name in one line or two.
    role : str
        ``end`` (source or target), ``best`` (stop of the cheapest chain) or ``other``.
    """

    code: str
    name: str
    lines: tuple[str, ...]
    caption: Message
    role: str
    place: PlacedBox


@dataclass(frozen=True, slots=True)
class CareerArrow:
    """A move as it is drawn, with its lesson hours at a point of the curve."""

    jp: int
    is_best: bool
    path: str
    end: tuple[float, float]
    label: tuple[float, float]


@dataclass(frozen=True, slots=True)
class CareerDrawing:
    """All chains as one map, from left to right."""

    width: float
    height: float
    boxes: tuple[CareerBox, ...]
    arrows: tuple[CareerArrow, ...]


@dataclass(frozen=True, slots=True)
class SimilarAnswer:
    """The positions most like one."""

    position: Position
    rows: tuple[Similar, ...]
    on: date
    names: Names


@dataclass(frozen=True, slots=True)
class DifferenceAnswer:
    """What differs between two versions of a catalogue.

    Attributes
    ----------
    old, new : date or str
        Days, or names of files.
    names : Names
        Of both versions; of a thing in both its newer name.
    """

    old: date | str
    new: date | str
    difference: Difference
    names: Names


def analysis_home(session: Session, actor: Actor, *, on: date) -> AnalysisHome:
    """Say what there is to analyse on a day."""
    require(session, actor, "catalogue.analyse", on=on)
    return AnalysisHome(_names(session, load_graph(session, on)), is_allowed(session, actor, "matching.rank", on=on))


def find_bottlenecks(
    session: Session, actor: Actor, *, on: date, today: date, size: int = 3, basis: str = "catalogue"
) -> BottleneckAnswer:
    """Find the competencies that open the most positions, singly and up to `size` together.

    Parameters
    ----------
    on : date
        Day of the standards and of the levels.
    size : int
        1 to `MOST_COMPETENCIES`.
    basis : str
        ``catalogue``: from each position's standard to each other position; ``proven`` or ``expected``: the people within
        the actor's reach and all positions.

    Raises
    ------
    InvalidInput
        If `size` or `basis` is something else.
    NotAllowed
        If the actor may not analyse, or asks for people and is not HR.
    """
    require(session, actor, "catalogue.analyse", on=today)
    if not 1 <= size <= MOST_COMPETENCIES:
        raise InvalidInput(say("Banyaknya kompetensi harus 1 sampai %(most)s.", most=MOST_COMPETENCIES), where="size")
    graph = load_graph(session, on)
    if _is_catalogue(basis):
        missing, people = missing_between(graph), len(graph.positions)
    else:
        require(session, actor, "matching.rank", on=today)
        standards = compile_standards(graph.positions.values())
        missing, people = Counter(), 0
        for _, levels in _levels(session, _people(session, actor), on, basis):
            missing += missing_of(graph.positions.values(), standards.competencies, levels_of(standards, levels))
            people += len(levels)
    return BottleneckAnswer(bottlenecks(missing, size), basis, people, len(graph.positions), on, _names(session, graph),
                            is_allowed(session, actor, "matching.rank", on=today))


def training_needs(session: Session, actor: Actor, *, on: date, today: date, basis: str = "expected") -> NeedAnswer:
    """Count, for each training that can be planned, the people within the actor's reach whose gaps it serves.

    A person's gaps are those to the position that he wishes for; without one, to the position that he holds.

    Raises
    ------
    InvalidInput
        If `basis` is not ``proven`` or ``expected``.
    NotAllowed
        If the actor is not HR.
    """
    require(session, actor, "catalogue.analyse", on=today)
    require(session, actor, "matching.rank", on=today)
    if basis not in BASES or _is_catalogue(basis):
        raise InvalidInput(say("Kebutuhan dihitung dari pegawai: pilih proven atau expected, bukan “%(basis)s”.", basis=basis),
                           where="basis")
    graph = load_graph(session, on)
    ids = _people(session, actor)
    aims = _aims(session, ids, on)
    asked = []
    for block, levels in _levels(session, ids, on, basis):
        held = load_holdings(session, block, on)
        asked += [(level, held[person], aims[person]) for person, level in zip(block, levels, strict=True)
                  if aims.get(person) in graph.positions]
    return NeedAnswer(basis, len(asked), len(ids) - len(asked), on, unneeded(graph, asked), _names(session, graph))


def training_impact(
    session: Session, actor: Actor, code: str, *, on: date, new: NewTraining | None = None
) -> ImpactAnswer:
    """Compare the catalogue of a day with the same without a training, or with a further one.

    Parameters
    ----------
    code : str
        Of the training that goes; not looked at with `new`.

    Raises
    ------
    NotFound
        If no training of the catalogue has that code, or `new` names what does not exist.
    InvalidInput
        If `new` has the code of a training of the catalogue, or a level outside 1..5.
    """
    require(session, actor, "catalogue.analyse", on=on)
    graph = load_graph(session, on)
    names = _names(session, graph)
    if new is not None:
        training = _new_training(graph, new, names)
        return ImpactAnswer(adding(graph, training), training.name, on, names)
    known = _code(graph.trainings, code, "TRAINING")
    return ImpactAnswer(removing(graph, known), names.trainings[known], on, names)


def map_career(
    session: Session, actor: Actor, source: str, target: str, *, on: date, limits: Limits, chains: int = MOST_CHAINS
) -> CareerAnswer:
    """Find the cheapest chains of moves from one position to another.

    Raises
    ------
    NotFound
        If a code names no position with a standard on the day.
    InvalidInput
        If both are the same, or a limit or `chains` is outside its bounds.
    """
    require(session, actor, "catalogue.analyse", on=on)
    if not 1 <= chains <= MOST_CHAINS:
        raise InvalidInput(say("Banyaknya pilihan harus 1 sampai %(most)s.", most=MOST_CHAINS), where="chains")
    if not 0 <= limits.most_shortfall <= SCORE_MAX:
        raise InvalidInput(say("Kekurangan paling besar harus 0 sampai 100 persen."), where="shortfall")
    graph = load_graph(session, on)
    first, last = (_code(graph.positions, code, where) for code, where in ((source, "FROM"), (target, "TO")))
    if first == last:
        raise InvalidInput(say("Jabatan asal dan jabatan tujuan sama."), where="TO")
    found = _careers_of(graph).ask(first, last, limits, chains=chains)
    return CareerAnswer(found, graph.positions[first], graph.positions[last], SCORE_MAX, on, _names(session, graph),
                        _draw(graph, found) if found.chains else None)


def _draw(graph: CompetencyGraph, found: CareerMap) -> CareerDrawing:
    depths: dict[str, int] = {}
    moves: dict[tuple[str, str], int] = {}
    for chain in found.chains:
        for depth, move in enumerate(chain.moves):
            depths[move.source] = max(depth, depths.get(move.source, 0))
            depths[move.target] = max(depth + 1, depths.get(move.target, 0))
            moves[move.source, move.target] = move.learning.jp
    best = {(move.source, move.target) for move in found.chains[0].moves}
    stops = {code for pair in best for code in pair}
    lines = {code: tuple(textwrap.wrap(graph.positions[code].name, _LETTERS_A_LINE, max_lines=2, placeholder=" …")) or ("–",)
             for code in depths}
    placed = draw(tuple(Box(code, _BOX_WIDTH, _BOX_HEIGHTS[len(lines[code])], depth) for code, depth in depths.items()),
                  tuple(Arrow(*pair) for pair in moves))
    boxes = tuple(
        CareerBox(box.key, graph.positions[box.key].name, lines[box.key],
                  say("%(job_class)s · %(unit)s", job_class=graph.positions[box.key].job_class,
                      unit=graph.positions[box.key].unit),
                  "end" if box.key in (found.source, found.target) else "best" if box.key in stops else "other", box)
        for box in placed.boxes)
    arrows = tuple(
        CareerArrow(moves[arrow.source, arrow.target], (arrow.source, arrow.target) in best, arrow.path, arrow.end,
                    _middle(arrow.points)) for arrow in placed.arrows)
    return CareerDrawing(placed.width, placed.height, boxes, arrows)


def _middle(points: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """Return the middle of the middle curve."""
    at = (len(points) - 1) // 3 // 2 * 3
    x, y = (sum(weight * point[axis] for weight, point in zip((1, 3, 3, 1), points[at:at + 4], strict=True)) / 8
            for axis in (0, 1))
    return round(x, 1), round(y, 1)


def career_sentence(answer: CareerAnswer) -> Message:
    """Say the answer in one sentence."""
    if not answer.map.chains:
        return say("Tidak ada rangkaian perpindahan dalam batas ini.")
    best = answer.map.chains[0]
    if len(best.moves) > 1:
        return say("Paling ringan lewat %(moves)s perpindahan: %(jp)s JP.", moves=len(best.moves), jp=Amount(best.jp))
    if best.jp or best.open_steps:
        return say("Paling ringan langsung: %(jp)s JP.", jp=Amount(best.jp))
    return say("Dapat langsung, tanpa belajar apa pun.")


def career_reasons(answer: CareerAnswer) -> tuple[Message, ...]:
    """Say why the direct move is barred and, when no chain exists, what would give one."""
    found = answer.map
    reasons = []
    if found.barred_by:
        reasons.append(say("Langsung tidak dapat, karena batas: %(limits)s.",
                           limits=[LIMIT_WORDS[limit] for limit in found.barred_by]))
    if found.chains:
        return tuple(reasons)
    if found.needed_shortfall is not None:
        reasons.append(say("Rangkaian ada bila kekurangan pada satu perpindahan boleh sampai %(percent)s persen.",
                           percent=-(-100 * found.needed_shortfall // SCORE_MAX)))
    others = [LIMIT_WORDS[limit] for limit in found.would_open if limit is not Limit.SHORTFALL]
    if others:
        reasons.append(say("Rangkaian ada bila salah satu batas ini dilepas: %(limits)s.", limits=others))
    if not found.would_open:
        reasons.append(say("Melepas satu batas saja tidak cukup."))
    return tuple(reasons)


def difference_sentence(answer: DifferenceAnswer) -> Message:
    """Say what differs in one sentence."""
    found = answer.difference
    if found.is_empty:
        return say("Kedua versi katalog sama.")
    return say("%(added)s unsur baru, %(removed)s hilang, %(changed)s isian berubah; %(harder)s jabatan menjadi lebih berat, "
               "%(easier)s lebih ringan.", added=len(found.added), removed=len(found.removed), changed=len(found.changed),
               harder=sum(bool(item.harder) for item in found.shifts), easier=sum(bool(item.easier) for item in found.shifts))


def similar_positions(session: Session, actor: Actor, code: str, *, on: date, top: int = 10) -> SimilarAnswer:
    """Find the positions whose standard is most like one's.

    Raises
    ------
    NotFound
        If the code names no position with a standard on the day.
    InvalidInput
        If `top` is outside 1..200.
    """
    require(session, actor, "catalogue.analyse", on=on)
    if not 1 <= top <= _MOST_SIMILAR:
        raise InvalidInput(say("Banyaknya baris harus 1 sampai %(most)s.", most=_MOST_SIMILAR), where="top")
    graph = load_graph(session, on)
    known = _code(graph.positions, code, "POSITION")
    return SimilarAnswer(graph.positions[known], similar(graph, known, top), on, _names(session, graph))


def compare_days(session: Session, actor: Actor, old: date, new: date, *, today: date) -> DifferenceAnswer:
    """Compare the catalogue with the standards in force on two days.

    Standards are dated; competencies and trainings are not, and are those of now on both days.
    """
    require(session, actor, "catalogue.analyse", on=today)
    before, after = load_graph(session, old), load_graph(session, new)
    return DifferenceAnswer(old, new, difference(before, after), _names(session, before, after))


def compare_files(
    session: Session, actor: Actor, old: tuple[str, bytes], new: tuple[str, bytes] | None, *, today: date
) -> DifferenceAnswer:
    """Compare two graphs that were exported as JSON, or one with the catalogue of today.

    Parameters
    ----------
    old, new : (str, bytes)
        Name and content; `new` None = the catalogue of today.

    Raises
    ------
    InvalidInput
        If a file is no such export; `where` holds its name and the place in it.
    """
    require(session, actor, "catalogue.analyse", on=today)
    before = _read(*old)
    after = load_graph(session, today) if new is None else _read(*new)
    return DifferenceAnswer(old[0], today if new is None else new[0], difference(before, after),
                            _names(session, before, after))


def _read(name: str, content: bytes) -> CompetencyGraph:
    try:
        return read_graph(content)
    except InvalidInput as error:
        raise InvalidInput(error.message, where=f"{name} {error.where}".strip()) from None


def _is_catalogue(basis: str) -> bool:
    if basis not in BASES:
        raise InvalidInput(say("Tidak ada dasar “%(basis)s”; pilihannya: %(bases)s.", basis=basis, bases=BASES), where="basis")
    return basis == "catalogue"


def _careers_of(graph: CompetencyGraph) -> Careers:
    for known, careers in _careers:
        if known is graph:
            return careers
    careers = Careers(graph)
    _careers[:] = [(graph, careers)]
    return careers


def _code(known: Mapping[str, object], code: str, where: str) -> str:
    found = code.strip().upper()
    if found in known:
        return found
    sentence = (say("Tidak ada pelatihan dengan kode “%(code)s”.", code=code) if where == "TRAINING" else
                say("Tidak ada jabatan dengan kode “%(code)s” yang standarnya berlaku pada hari itu.", code=code))
    raise NotFound(sentence, where=where)


def _new_training(graph: CompetencyGraph, new: NewTraining, names: Names) -> Training:
    code = new.code.strip().upper()
    if not code:
        raise InvalidInput(say("Pelatihan baru memerlukan kode."), where="code")
    if code in graph.trainings:
        raise InvalidInput(say("Katalog sudah memuat pelatihan %(code)s; pakai kode lain.", code=code), where="code")
    if not new.raises:
        raise InvalidInput(say("Pelatihan baru harus menaikkan paling sedikit satu kompetensi."), where="raises")
    for competency, level in new.raises:
        if competency not in graph.competencies:
            raise NotFound(say("Tidak ada kompetensi dengan kode “%(code)s”.", code=competency), where="raises")
        if not 1 <= level <= 5:
            raise InvalidInput(say("Level harus 1 sampai 5, bukan %(level)s.", level=level), where="raises")
    for other in new.after:
        if other not in graph.trainings:
            raise NotFound(say("Tidak ada pelatihan dengan kode “%(code)s”.", code=other), where="after")
    if new.jp < 0 or new.cost_idr < 0:
        raise InvalidInput(say("JP dan biaya tidak boleh kurang dari nol."), where="jp")
    ranks = {grade: order for order, grade in names.grades.items()}
    if new.min_grade and new.min_grade not in ranks:
        raise NotFound(say("Tidak ada golongan “%(code)s”.", code=new.min_grade), where="min_grade")
    entry: Condition = All(tuple(HasTraining(other) for other in new.after))
    return Training(code, code, new.jp, new.cost_idr, ranks.get(new.min_grade), entry,
                    tuple(Raise(competency, level) for competency, level in new.raises))


def _names(session: Session, *graphs: CompetencyGraph) -> Names:
    grades = session.execute(select(Grade.rank_order, Grade.code).where(Grade.employee_type == "PNS"))
    return Names(
        {code: item.name for graph in graphs for code, item in graph.competencies.items()},
        {code: item.name for graph in graphs for code, item in graph.trainings.items()},
        {code: item.name for graph in graphs for code, item in graph.positions.items()}, dict(grades.all()),
        dict(session.execute(select(EducationLevel.rank_order, EducationLevel.code).order_by(EducationLevel.code.desc())).all()))


# --- people --------------------------------------------------------------------------------------------------------


def _people(session: Session, actor: Actor) -> list[int]:
    reach = scope_unit_ids(session, actor, Role.HR)
    query = select(Person.id).where(is_staff()).order_by(Person.id)
    return list(session.scalars(query if reach is None else query.where(Person.unit_id.in_(reach))))


def _levels(
    session: Session, person_ids: Sequence[int], on: date, basis: str
) -> Iterator[tuple[Sequence[int], list[dict[str, int]]]]:
    """Yield blocks of people with the levels that are known of them."""
    for start in range(0, len(person_ids), _BLOCK):
        ids = person_ids[start:start + _BLOCK]
        evidence = load_evidence(session, ids)
        yield ids, [profile_on(evidence[person_id], on).known(basis) for person_id in ids]


def _aims(session: Session, person_ids: Iterable[int], on: date) -> dict[int, str]:
    """Return the position that each person wishes for, otherwise the one held definitively on the day."""
    ids = set(person_ids)
    wished = session.execute(select(Person.id, PositionRow.code).join(PositionRow, Person.target_position_id == PositionRow.id))
    aims = {person: code for person, code in positions_held(session, on).items() if person in ids}
    return aims | {person: code for person, code in wished if person in ids}
