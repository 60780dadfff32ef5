"""Why a move has its score: each part with its weight, its bounds and a sentence."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kompetensi.graph.closeness import FULL
from kompetensi.graph.elements import Position
from kompetensi.graph.moves import (
    NONE,
    PARTS,
    Destinations,
    Mover,
    MoveScores,
    Part,
    field_points,
    first_wish,
    profile_of,
)
from kompetensi.messages import Message, say

__all__ = ["Move", "MovePart", "explain"]

# How many competencies that two positions share are named.
_NAMED = 3


@dataclass(frozen=True, slots=True)
class MovePart:
    """One part of a score, with its reason.

    Attributes
    ----------
    weight : int
        0 = the part does not apply here, or the policy gives it no weight.
    least, most : int
        0..1,000; they differ where a fact is not known.
    """

    part: Part
    weight: int
    least: int
    most: int
    reason: Message


@dataclass(frozen=True, slots=True)
class Move:
    """A move, explained.

    Attributes
    ----------
    score, score_most, score_max : int
        Of what is known; if all that is unknown turned out well; of a move that fits entirely.
    unmet : int
        Mandatory requirements that are not reached.
    parts : tuple of MovePart
        In the order of `Part`.
    """

    mover: str
    position: Position
    score: int
    score_most: int
    score_max: int
    unmet: int
    parts: tuple[MovePart, ...]


def explain(
    mover: Mover, position: Position, found: MoveScores, at: int, destinations: Destinations
) -> Move:
    """Tell one move with the reason of each part; `at` is its place among the scores that were found."""
    reasons = {
        Part.CLOSENESS: _why_close, Part.READINESS: _why_ready, Part.CLASS: _why_class, Part.GRADE: _why_grade,
        Part.EDUCATION: _why_education, Part.FIELD: _why_field, Part.INTEREST: _why_interest}
    parts = tuple(
        MovePart(part, int(found.weights[row]), int(found.least[row, at]), int(found.most[row, at]),
                 reasons[part](mover, position, destinations)) for row, part in enumerate(PARTS))
    return Move(mover.key, position, sum(part.weight * part.least for part in parts),
                sum(part.weight * part.most for part in parts), found.score_max, int(found.unmet[at]), parts)


def _why_close(mover: Mover, position: Position, destinations: Destinations) -> Message:
    profile = profile_of(mover, destinations)
    if not profile.any():
        return say("Belum ada jabatan sekarang yang berstandar, dan belum ada tingkat yang diketahui.")
    there = destinations.strengths[destinations.places[position.code]]
    product = profile * there
    technical = destinations.groups[1].columns
    order = sorted((int(column) for column in np.flatnonzero(product)),
                   key=lambda column: (column not in technical, -product[column], column))
    shared = [destinations.names[destinations.standards.competencies[column]] for column in order[:_NAMED]]
    held = destinations.places.get(mover.position or "")
    if not shared:
        return say("Tidak ada kompetensi yang diminta keduanya.")
    if held is None:
        return say("Tingkat yang diketahui dibandingkan dengan yang diminta; yang sama antara lain: %(names)s.", names=shared)
    return say("Dibandingkan dengan yang diminta jabatan sekarang, %(position)s; yang sama antara lain: %(names)s.",
               position=destinations.positions[held].name, names=shared)


def _why_ready(mover: Mover, position: Position, destinations: Destinations) -> Message:
    asked = position.requirements
    if not asked:
        return say("Standar jabatan ini belum menyebut kompetensi.")
    reached = sum(mover.levels.get(item.competency, 0) >= item.level for item in asked)
    missing = sum(item.competency not in mover.levels for item in asked)
    if missing:
        return say("%(reached)s dari %(all)s tingkat yang diminta sudah dicapai; %(missing)s kompetensi belum dinilai.",
                   reached=reached, all=len(asked), missing=missing)
    return say("%(reached)s dari %(all)s tingkat yang diminta sudah dicapai.", reached=reached, all=len(asked))


def _why_class(mover: Mover, position: Position, destinations: Destinations) -> Message:
    there, here = (destinations.classes.get(code or "") for code in (position.job_class, mover.job_class))
    if there is None:
        return say("Jenjang jabatan ini tidak tercatat.")
    if here is None:
        return say("Jenjang jabatan sekarang belum tercatat.")
    step = there.level - here.level
    if step == 0:
        return say("%(there)s setara dengan %(here)s.", there=there.name, here=here.name)
    if step == 1:
        return say("%(there)s setingkat di atas %(here)s.", there=there.name, here=here.name)
    if step > 0:
        return say("%(there)s %(count)s tingkat di atas %(here)s.", there=there.name, here=here.name, count=step)
    return say("%(there)s %(count)s tingkat di bawah %(here)s.", there=there.name, here=here.name, count=-step)


def _why_grade(mover: Mover, position: Position, destinations: Destinations) -> Message:
    place, there = destinations.places[position.code], destinations.classes.get(position.job_class)
    low, high = int(destinations.low[place]), int(destinations.high[place])
    if low == NONE:
        return say("Golongan tidak disyaratkan.")
    if mover.grade_low is None or mover.grade_high is None:
        return say("Golongan belum tercatat.")
    asked = position.min_golongan_code if position.min_golongan is not None else there.low_code if there else ""
    limit = there.high_code if there is not None and there.high >= low else asked
    have = mover.grade_code or say("Golongan jabatan sekarang")
    if mover.grade_high < low:
        return say("%(have)s: %(count)s golongan di bawah %(low)s.", have=have, count=low - mover.grade_high, low=asked)
    if high != NONE and mover.grade_low > high:
        return say("%(have)s: %(count)s golongan di atas %(high)s.", have=have, count=mover.grade_low - high, high=limit)
    if high == NONE:
        return say("%(have)s: sekurang-kurangnya %(low)s.", have=have, low=asked)
    return say("%(have)s: termasuk rentang %(low)s sampai %(high)s.", have=have, low=asked, high=limit)


def _why_education(mover: Mover, position: Position, destinations: Destinations) -> Message:
    if position.min_education is None:
        return say("Tingkat pendidikan tidak disyaratkan.")
    if mover.education is None:
        return say("Pendidikan belum tercatat.")
    return say("Pendidikan %(have)s; diminta paling rendah %(need)s.", have=mover.education_code,
               need=position.min_education_code)


def _why_field(mover: Mover, position: Position, destinations: Destinations) -> Message:
    if not position.education_fields:
        return say("Bidang pendidikan apa pun diterima.")
    if mover.fields is None:
        return say("Bidang pendidikan belum tercatat; yang dicari: %(wanted)s.", wanted=position.education_fields)
    points = field_points(mover.fields, position.education_fields)
    if points == FULL:
        return say("%(have)s termasuk bidang yang dicari.", have=mover.fields)
    if points:
        return say("%(have)s mendekati bidang yang dicari: %(wanted)s.", have=mover.fields, wanted=position.education_fields)
    return say("%(have)s tidak termasuk bidang yang dicari: %(wanted)s.", have=mover.fields, wanted=position.education_fields)


def _why_interest(mover: Mover, position: Position, destinations: Destinations) -> Message:
    if mover.interests is None:
        return say("Minat hanya dinyatakan oleh orang.")
    if not mover.target and not mover.interests:
        return say("Belum ada minat yang dinyatakan.")
    place = first_wish(mover, position)
    if place is None:
        return say("Tidak termasuk minat yang dinyatakan.")
    if place == 0:
        return say("Sasaran yang dipilih sendiri.")
    name = next(item.name for item in mover.interests if item.place == place)
    return say("Minat ke-%(place)s: %(name)s.", place=place, name=name)
