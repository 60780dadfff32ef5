"""From dated evidence to the levels of a day. Levels are never stored; any past or future day can be asked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

__all__ = ["Evidence", "EvidenceKind", "Level", "Profile", "Unused", "profile_on", "valid_until_after"]


class EvidenceKind(StrEnum):
    """Where a level comes from; the first four prove it, in falling order of strength; a training predicts it."""

    ASSESSMENT = "ASSESSMENT"
    COMPETENCY_TEST = "COMPETENCY_TEST"
    RPL = "RPL"
    SUPERVISOR = "SUPERVISOR"
    TRAINING = "TRAINING"


_STRENGTH = {kind: place for place, kind in enumerate(EvidenceKind)}


class Unused(StrEnum):
    """Why a piece of evidence does not decide."""

    NOT_YET = "NOT_YET"
    EXPIRED = "EXPIRED"
    WITHDRAWN = "WITHDRAWN"
    WEAKER_KIND = "WEAKER_KIND"
    OLDER = "OLDER"
    LOWER = "LOWER"
    PREDICTS_ONLY = "PREDICTS_ONLY"


@dataclass(frozen=True, slots=True)
class Evidence:
    """One observation of a level.

    Attributes
    ----------
    level : int
        0..5.
    observed_on : date
        First day on which it counts.
    valid_until : date or None
        Last day on which it counts, inclusive; None = without end.
    withdrawn_on : date or None
        From this day on it no longer counts.
    """

    id: int
    competency: str
    level: int
    kind: EvidenceKind
    observed_on: date
    valid_until: date | None = None
    withdrawn_on: date | None = None
    source: str = ""
    certificate_id: int | None = None

    @property
    def proves(self) -> bool:
        """Whether it is more than a prediction."""
        return self.kind is not EvidenceKind.TRAINING


@dataclass(frozen=True, slots=True)
class Level:
    """What is known of one competency on a day.

    Attributes
    ----------
    proven : int or None
        None = not assessed, which is never level 0.
    proven_by : Evidence or None
    expected : int or None
        Highest of the proven level and the levels of valid trainings; None when there is neither.
    expected_by : Evidence or None
        The training, when it gives more than is proven; otherwise the proof.
    unused : tuple of (Evidence, Unused)
        The other evidence with why it does not decide; newest first, ties by id.
    """

    competency: str
    proven: int | None = None
    proven_by: Evidence | None = None
    expected: int | None = None
    expected_by: Evidence | None = None
    unused: tuple[tuple[Evidence, Unused], ...] = ()


@dataclass(frozen=True, slots=True)
class Profile:
    """Levels of a person on a day, by competency code; a competency without evidence is absent."""

    on: date
    levels: Mapping[str, Level]

    def of(self, competency: str) -> Level:
        """Return the level of a competency; one without evidence is not assessed."""
        return self.levels.get(competency) or Level(competency)

    def known(self, basis: str) -> dict[str, int]:
        """Return the ``proven`` levels, or the ``expected`` ones, by competency; without what is not known."""
        levels = {code: level.proven if basis == "proven" else level.expected for code, level in self.levels.items()}
        return {code: level for code, level in levels.items() if level is not None}


def valid_until_after(observed_on: date, years: int) -> date:
    """Return the last day of a validity of so many years: the same date, 29 February becoming 28 February.

    Examples
    --------
    >>> valid_until_after(date(2024, 2, 29), 3)
    datetime.date(2027, 2, 28)
    """
    try:
        return observed_on.replace(year=observed_on.year + years)
    except ValueError:
        return observed_on.replace(year=observed_on.year + years, day=28)


def profile_on(evidence: Iterable[Evidence], on: date) -> Profile:
    """Derive all levels on a day.

    Of the proving evidence valid on the day the strongest kind decides, inside a kind the newest even if it is
    lower; ties: higher level, then lower id. Trainings predict: the highest level counts, ties as above.
    """
    by_competency: dict[str, list[Evidence]] = {}
    for item in evidence:
        by_competency.setdefault(item.competency, []).append(item)
    return Profile(on, {code: _level(code, items, on) for code, items in sorted(by_competency.items())})


def _bar(item: Evidence, on: date) -> Unused | None:
    if item.observed_on > on:
        return Unused.NOT_YET
    if item.withdrawn_on is not None and item.withdrawn_on <= on:
        return Unused.WITHDRAWN
    if item.valid_until is not None and item.valid_until < on:
        return Unused.EXPIRED
    return None


def _level(code: str, items: list[Evidence], on: date) -> Level:
    valid = [item for item in items if _bar(item, on) is None]
    proofs = sorted((item for item in valid if item.proves),
                    key=lambda item: (_STRENGTH[item.kind], -item.observed_on.toordinal(), -item.level, item.id))
    predictions = sorted((item for item in valid if not item.proves),
                         key=lambda item: (-item.level, -item.observed_on.toordinal(), item.id))
    proof = proofs[0] if proofs else None
    expected_by = proof
    if predictions and (proof is None or predictions[0].level > proof.level):
        expected_by = predictions[0]
    unused = tuple(
        (item, _why_unused(item, proof, on))
        for item in sorted(items, key=lambda item: (-item.observed_on.toordinal(), item.id))
        if item is not proof and item is not expected_by)
    return Level(code, proof.level if proof else None, proof, expected_by.level if expected_by else None,
                 expected_by, unused)


def _why_unused(item: Evidence, proof: Evidence | None, on: date) -> Unused:
    bar = _bar(item, on)
    if bar is not None:
        return bar
    if not item.proves:
        return Unused.PREDICTS_ONLY
    assert proof is not None  # a valid proof that was not chosen lost to another one
    if item.kind is not proof.kind:
        return Unused.WEAKER_KIND
    return Unused.OLDER if item.observed_on < proof.observed_on else Unused.LOWER
