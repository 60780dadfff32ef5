"""Natural next moves: how well a person, or whoever holds a position, goes with another position, part by part.

A part is a whole number 0..1,000 with a weight; a fact that nobody knows leaves its part open between two bounds. The score
is the sum of weight times the lower bound, so that nothing is credited that is not known; what the unknown facts could add
stands beside it. Weights and spans are policies, never constants of this module.

The reason of each part is told by `move_reasons`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kompetensi.graph.closeness import FULL, Group, closeness, coverage
from kompetensi.graph.elements import Competency, CompetencyKind, Position
from kompetensi.graph.matching import Standards, compile_standards, levels_of, scores, unmet
from kompetensi.graph.readiness import SCORE_MAX, weights_of

__all__ = ["NONE", "PARTS", "Destinations", "Interest", "MoveRules", "MoveScores", "Mover", "Part", "PositionClass",
           "compile_destinations", "field_points", "first_wish", "mover_of_position", "movers_to", "moves_of",
           "occupation_scores", "profile_of"]

_HIGHEST_LEVEL = 5
# Points of a part for one point of readiness.
_PER_POINT = SCORE_MAX // FULL
NONE = -1
"""In an array: nothing is asked, or nothing is known."""

Strengths = NDArray[np.float64]
Whole = NDArray[np.int64]
Bounds = tuple[Whole, Whole]


class Part(StrEnum):
    """What a move is judged by, in the order in which it is told."""

    CLOSENESS = "CLOSENESS"
    READINESS = "READINESS"
    CLASS = "CLASS"
    GRADE = "GRADE"
    EDUCATION = "EDUCATION"
    FIELD = "FIELD"
    INTEREST = "INTEREST"


PARTS = tuple(Part)


@dataclass(frozen=True, slots=True)
class MoveRules:
    """What is a policy in the score.

    Attributes
    ----------
    weights : mapping of Part to int
        At least 0, and at least one above; a part that is left out weighs 0.
    general, technical : int
        What the closeness of the managerial and sociocultural competencies weighs, and that of the technical ones.
    class_span : int
        So many levels of class away from what is natural (the same or one higher) nothing is left; at least 1.
    grade_span : int
        So many *golongan* outside the range nothing is left; at least 1.
    interest_step : int
        Points that each later interest has less than the one before, 0..1,000.
    """

    weights: Mapping[Part, int]
    general: int
    technical: int
    class_span: int
    grade_span: int
    interest_step: int


@dataclass(frozen=True, slots=True)
class PositionClass:
    """A class of positions (*jenjang*).

    Attributes
    ----------
    level : int
        Default level of competency, 1..5; how high the class stands.
    low, high : int
        Rank order of the lowest and highest *golongan*, inclusive.
    """

    code: str
    name: str
    level: int
    low: int
    low_code: str
    high: int
    high_code: str


@dataclass(frozen=True, slots=True)
class Interest:
    """An interest that a person has stated.

    Attributes
    ----------
    place : int
        1 = the first.
    kind : str
        ``URUSAN``, ``CLASS`` or ``UNIT``.
    codes : frozenset of str
        What fits: the code itself, of a unit also those of the units below it.
    """

    place: int
    kind: str
    codes: frozenset[str]
    name: str


@dataclass(frozen=True, slots=True)
class Mover:
    """Who moves: a person on a day, or a position whose holder is thought of.

    Attributes
    ----------
    key : str
        NIP, or the code of the position.
    levels : mapping of str to int
        Known levels, 0..5; a competency that is absent is not assessed.
    position : str or None
        Code of the position held now.
    job_class : str or None
        Code of its class.
    grade_low, grade_high : int or None
        Rank order; equal for a person, the range of *golongan* for a position; None = not recorded.
    education : int or None
        Rank order of the highest level.
    fields : tuple of str or None
        Fields of study; None = not recorded.
    target : str or None
        Code of the position that the person wishes to be ready for.
    interests : tuple of Interest or None
        Ordered; empty = none stated; None = a position, which has no wishes.
    """

    key: str
    levels: Mapping[str, int]
    position: str | None = None
    job_class: str | None = None
    grade_low: int | None = None
    grade_high: int | None = None
    grade_code: str = ""
    education: int | None = None
    education_code: str = ""
    fields: tuple[str, ...] | None = None
    target: str | None = None
    interests: tuple[Interest, ...] | None = ()


@dataclass(frozen=True, slots=True)
class Destinations:
    """All positions with a standard, as arrays.

    Attributes
    ----------
    positions : tuple of Position
        By code.
    strengths : array of float64, shape (positions, competencies)
        Level times share of the requirement: whole numbers, so that sums of their products are exact.
    groups : tuple of Group
        General and technical columns.
    level, low, high, education : array of int64, by position
        Level of the class, bounds of the *golongan* and the lowest education; -1 = none is asked or known.
    """

    positions: tuple[Position, ...]
    places: Mapping[str, int]
    classes: Mapping[str, PositionClass]
    names: Mapping[str, str]
    standards: Standards
    strengths: Strengths
    groups: tuple[Group, ...]
    level: Whole
    low: Whole
    high: Whole
    education: Whole


@dataclass(frozen=True, slots=True)
class MoveScores:
    """One mover against all positions, or all movers against one position.

    Attributes
    ----------
    least, most : array of int64, shape (parts, n)
        Bounds of each part in the order of `Part`, 0..1,000; they differ where a fact is not known.
    weights : array of int64, by part
        0 for a part that does not apply.
    unmet : array of uint8, by n
        Mandatory requirements that are not reached.
    """

    least: Whole
    most: Whole
    weights: Whole
    unmet: NDArray[np.uint8]

    @property
    def score(self) -> Whole:
        """Score of what is known, by n."""
        return self.weights @ self.least

    @property
    def score_most(self) -> Whole:
        """The same if all unknown facts turned out well."""
        return self.weights @ self.most

    @property
    def score_max(self) -> int:
        """Score of a move that fits entirely."""
        return FULL * int(self.weights.sum())

    def best(self, count: int, among: Sequence[int] | None = None) -> list[int]:
        """Return the places of the highest scores, of all or among some.

        Ties: fewer unmet mandatory requirements, then the earlier place.
        """
        places = np.arange(len(self.unmet)) if among is None else np.array(among, dtype=np.int64)
        order = places[np.lexsort((places, self.unmet[places], -self.score[places]))]
        return [int(place) for place in order[:count]]


def occupation_scores(levels: Strengths, importance: Strengths, groups: Sequence[Group], rules: MoveRules) -> Whole:
    """Score each move between occupations that state levels and importance alone.

    Parameters
    ----------
    levels, importance : array of float64, shape (occupations, elements)
        Whole numbers of at least 0.

    Returns
    -------
    array of int64, shape (from, to)
        0 .. 1,000 x (weight of closeness + weight of readiness).
    """
    strengths = levels * importance
    return (rules.weights.get(Part.CLOSENESS, 0) * closeness(strengths, strengths, groups)
            + rules.weights.get(Part.READINESS, 0) * coverage(levels, levels, importance))




def compile_destinations(
    positions: Iterable[Position], competencies: Mapping[str, Competency], classes: Mapping[str, PositionClass],
    rules: MoveRules,
) -> Destinations:
    """Put positions into arrays.

    Parameters
    ----------
    competencies : mapping of str to Competency
        A competency that is not among them counts as a general one.
    classes : mapping of str to PositionClass
        By code.
    """
    ordered = tuple(sorted(positions, key=lambda position: position.code))
    standards = compile_standards(ordered)
    column = {code: place for place, code in enumerate(standards.competencies)}
    strengths = np.zeros((len(ordered), len(column)))
    for place, position in enumerate(ordered):
        shares = weights_of(position)
        for item in position.requirements:
            strengths[place, column[item.competency]] = item.level * shares[item.competency]
    technical = np.array([code in competencies and competencies[code].kind is CompetencyKind.TEKNIS for code in column],
                         dtype=bool)
    known = [classes.get(position.job_class) for position in ordered]
    low = [position.min_golongan if position.min_golongan is not None else one.low if one else NONE
           for position, one in zip(ordered, known, strict=True)]
    return Destinations(
        ordered, {position.code: place for place, position in enumerate(ordered)}, dict(classes),
        {code: competencies[code].name if code in competencies else code for code in column}, standards, strengths,
        (Group(np.flatnonzero(~technical), rules.general), Group(np.flatnonzero(technical), rules.technical)),
        _whole(one.level if one else None for one in known), np.array(low, dtype=np.int64),
        np.array([max(one.high, least) if one else NONE for one, least in zip(known, low, strict=True)], dtype=np.int64),
        _whole(position.min_education for position in ordered))


def mover_of_position(position: Position, destinations: Destinations) -> Mover:
    """Return whoever holds a position and has just what it asks for; wishes are not asked of him."""
    place = destinations.places[position.code]
    low, high = int(destinations.low[place]), int(destinations.high[place])
    return Mover(
        position.code, {item.competency: item.level for item in position.requirements}, position.code, position.job_class,
        None if low == NONE else low, None if low == NONE else max(low, high), "", position.min_education,
        position.min_education_code, position.education_fields or None, interests=None)


def moves_of(mover: Mover, destinations: Destinations, rules: MoveRules) -> MoveScores:
    """Score one mover against all positions, in the order of ``destinations.positions``."""
    return _scores([mover], np.arange(len(destinations.positions)), destinations, rules)


def movers_to(place: int, movers: Sequence[Mover], destinations: Destinations, rules: MoveRules) -> MoveScores:
    """Score all movers, in the order given, against the position at a place of ``destinations.positions``."""
    return _scores(movers, np.array([place]), destinations, rules)


def _scores(movers: Sequence[Mover], places: Whole, destinations: Destinations, rules: MoveRules) -> MoveScores:
    """Score pairs; one of the two sides has one member, and stretches over the other."""
    pairs = (len(movers), len(places))
    wishes = any(mover.interests is not None for mover in movers)
    weights = np.array([rules.weights.get(part, 0) for part in PARTS], dtype=np.int64)
    if not wishes:
        weights[PARTS.index(Part.INTEREST)] = 0
    ready, lacking = _readiness(movers, places, destinations)
    have_class = _whole(_level_of(mover.job_class, destinations) for mover in movers)[:, None]
    low, high = (_whole(values)[:, None] for values in (
        (mover.grade_low for mover in movers), (mover.grade_high for mover in movers)))
    schooling = _whole(mover.education for mover in movers)[:, None]
    bounds = {
        Part.CLOSENESS: _closeness(movers, places, destinations),
        Part.READINESS: ready,
        Part.CLASS: _bounds(_class_points(have_class, destinations.level[places], rules.class_span),
                            have_class == NONE, destinations.level[places] == NONE),
        Part.GRADE: _bounds(_grade_points(low, high, destinations.low[places], destinations.high[places], rules.grade_span),
                            low == NONE, destinations.low[places] == NONE),
        Part.EDUCATION: _bounds(np.where(schooling >= destinations.education[places], FULL, 0), schooling == NONE,
                                destinations.education[places] == NONE),
        Part.FIELD: _field(movers, places, destinations),
        Part.INTEREST: _interest(movers, places, destinations, rules)}
    least, most = (np.stack([np.broadcast_to(bounds[part][side], pairs).ravel() for part in PARTS]) for side in (0, 1))
    return MoveScores(least, most, weights, lacking.ravel())


def _bounds(points: Whole, unknown: Any, free: Any) -> Bounds:
    """Return points as two bounds: all of them where nothing is asked, none to all where the fact is not known."""
    least = np.where(free, FULL, np.where(unknown, 0, points))
    return least, np.where(free | unknown, FULL, points)


def _whole(values: Iterable[int | None]) -> Whole:
    return np.array([NONE if value is None else value for value in values], dtype=np.int64)


def _level_of(job_class: str | None, destinations: Destinations) -> int | None:
    known = destinations.classes.get(job_class or "")
    return known.level if known else None


def _readiness(
    movers: Sequence[Mover], places: Whole, destinations: Destinations
) -> tuple[Bounds, NDArray[np.uint8]]:
    """Return the score of readiness as per mille, and if all that was not assessed turned out high; and what is unmet."""
    standards = destinations.standards
    if len(places) == 1:
        standards = compile_standards([destinations.positions[places[0]]])
    hoped = dict.fromkeys(standards.competencies, _HIGHEST_LEVEL)
    least = levels_of(standards, [mover.levels for mover in movers])
    most = levels_of(standards, [hoped | dict(mover.levels) for mover in movers])
    first, second = ((scores(standards, levels).T // _PER_POINT).astype(np.int64) for levels in (least, most))
    return (first, second), unmet(standards, least).T


def profile_of(mover: Mover, destinations: Destinations) -> Strengths:
    """Return the strengths of what a mover's work asks now, else of the known levels; all 0 when neither is known."""
    place = destinations.places.get(mover.position or "")
    if place is not None:
        profile: Strengths = destinations.strengths[place]
        return profile
    return np.array([mover.levels.get(code, 0) for code in destinations.standards.competencies], dtype=np.float64)


def _closeness(movers: Sequence[Mover], places: Whole, destinations: Destinations) -> Bounds:
    """Compare profiles; those who hold the same position have the same one, and it is compared once."""
    rows: dict[str | int, int] = {}
    owner = np.zeros(len(movers), dtype=np.int64)
    profiles: list[Strengths] = []
    for at, mover in enumerate(movers):
        held: str | int = mover.position if mover.position and mover.position in destinations.places else at
        if held not in rows:
            rows[held] = len(profiles)
            profiles.append(profile_of(mover, destinations))
        owner[at] = rows[held]
    distinct = np.array(profiles).reshape(len(profiles), destinations.strengths.shape[1])
    points = closeness(distinct, destinations.strengths[places], destinations.groups)
    unknown = distinct.sum(axis=1) == 0
    return _bounds(points[owner], unknown[owner][:, None], np.False_)


def _class_points(have: Whole, need: Whole, span: int) -> Whole:
    step = need - have
    away = np.maximum(np.maximum(step - 1, -step), 0)
    return _left(away, span)


def _grade_points(low: Whole, high: Whole, need_low: Whole, need_high: Whole, span: int) -> Whole:
    upper = np.where(need_high == NONE, low, need_high)
    away = np.maximum(np.maximum(need_low - high, low - upper), 0)
    return _left(away, span)


def _left(away: Whole, span: int) -> Whole:
    points: Whole = np.maximum(FULL - FULL * away // span, 0)
    return points


def _field(movers: Sequence[Mover], places: Whole, destinations: Destinations) -> Bounds:
    known: dict[tuple[tuple[str, ...], tuple[str, ...]], int] = {}
    least = np.zeros((len(movers), len(places)), dtype=np.int64)
    most = np.zeros((len(movers), len(places)), dtype=np.int64)
    wanted = [destinations.positions[place].education_fields for place in places]
    for at, mover in enumerate(movers):
        for to, fields in enumerate(wanted):
            if not fields:
                least[at, to] = most[at, to] = FULL
            elif mover.fields is None:
                most[at, to] = FULL
            else:
                pair = (mover.fields, fields)
                if pair not in known:
                    known[pair] = field_points(*pair)
                least[at, to] = most[at, to] = known[pair]
    return least, most


def field_points(have: Iterable[str], wanted: Iterable[str]) -> int:
    """Return how near fields of study come to those that fit: of the best pair, the words in common among all its words.

    Examples
    --------
    >>> field_points(["Akuntansi"], ["Ekonomi", "akuntansi"]), field_points(["Manajemen Pendidikan"], ["Pendidikan"])
    (1000, 500)
    """
    words = [frozenset(field.casefold().split()) for field in wanted]
    return max((FULL * len(mine & yours) // len(mine | yours)
                for mine in (frozenset(field.casefold().split()) for field in have) for yours in words if mine | yours),
               default=0)


def _interest(movers: Sequence[Mover], places: Whole, destinations: Destinations, rules: MoveRules) -> Bounds:
    least = np.zeros((len(movers), len(places)), dtype=np.int64)
    most = np.zeros((len(movers), len(places)), dtype=np.int64)
    for at, mover in enumerate(movers):
        stated = bool(mover.target or mover.interests)
        for to, place in enumerate(places):
            found = first_wish(mover, destinations.positions[place])
            least[at, to] = _wish_points(found, rules) if stated else 0
            most[at, to] = least[at, to] if stated else FULL
    return least, most


def first_wish(mover: Mover, position: Position) -> int | None:
    """Return the place of the first interest that a position fits, 0 for the target itself; None = it fits none."""
    if mover.target == position.code:
        return 0
    asked = {"URUSAN": position.urusan, "CLASS": position.job_class, "UNIT": position.unit}
    return min((item.place for item in mover.interests or () if asked[item.kind] in item.codes), default=None)


def _wish_points(place: int | None, rules: MoveRules) -> int:
    return 0 if place is None else max(FULL - rules.interest_step * max(place - 1, 0), 0)
