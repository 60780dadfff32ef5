"""Which of a person's gaps opens the most positions: each is closed in thought, and the positions are assessed again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum

from kompetensi.graph.elements import CompetencyKind, Importance
from kompetensi.graph.evidence import Profile
from kompetensi.graph.readiness import GateState, HeldTraining, Readiness, Verdict

__all__ = ["GapKind", "GapOpening", "Openings", "is_in_reach", "is_open", "openings"]

Assess = Callable[[str, Profile, Mapping[str, HeldTraining]], Readiness | None]

_OPEN = (Verdict.SIAP, Verdict.SIAP_BERSYARAT)


class GapKind(StrEnum):
    """What is missing: a level, or a training that the position demands."""

    COMPETENCY = "competency"
    TRAINING = "training"


@dataclass(frozen=True, slots=True)
class GapOpening:
    """One gap, and what closing it and nothing else does.

    Attributes
    ----------
    have : int or None
        The level that counts for these positions; None = not assessed, and for a training.
    levels : tuple of int
        The levels that positions ask for and that are not reached, upwards; empty for a training.
    opens : tuple of str
        Positions that are not open now and would be; by code.
    completes : tuple of str
        Positions of which nothing mandatory or important would stay missing; by code.
    nearer : tuple of str
        All positions in reach that ask for it, those above included; by code.
    points : int
        What the scores of these gain together; 0 for a training, which no score counts.
    """

    kind: GapKind
    code: str
    name: str
    have: int | None
    levels: tuple[int, ...]
    opens: tuple[str, ...]
    completes: tuple[str, ...]
    nearer: tuple[str, ...]
    points: int


@dataclass(frozen=True, slots=True)
class Openings:
    """The gaps of a person over the positions in reach.

    Attributes
    ----------
    in_reach : tuple of str
        Positions whose golongan and education the person meets; by code.
    open_now : tuple of str
        Those of them that are open already.
    gaps : tuple of GapOpening
        Most positions opened first; ties: most completed, most brought nearer, most points, competencies before
        trainings, code.
    """

    in_reach: tuple[str, ...]
    open_now: tuple[str, ...]
    gaps: tuple[GapOpening, ...]


@dataclass(frozen=True, slots=True)
class _Supposed:
    """A training that is held in thought."""

    through: str
    finished_on: date
    certificate_id: int = 0
    number: str = ""
    valid_until: date | None = None


@dataclass(slots=True)
class _Tally:
    name: str
    have: int | None = None
    levels: set[int] = field(default_factory=set)
    opens: list[str] = field(default_factory=list)
    completes: list[str] = field(default_factory=list)
    nearer: list[str] = field(default_factory=list)
    points: int = 0

    def see(self, code: str, then: Readiness | None) -> None:
        """Count a position that is open once the gap is closed."""
        if then is not None and is_open(then):
            self.opens.append(code)

    def note(self, code: str, *, completes: bool) -> None:
        """Count a position that asks for the gap."""
        self.nearer.append(code)
        if completes:
            self.completes.append(code)


def is_in_reach(readiness: Readiness) -> bool:
    """Whether no gate that training cannot open is in the way: golongan and education are met, where they are asked."""
    return all(gate.state is GateState.MET for gate in readiness.gates if gate.kind in ("golongan", "education"))


def is_open(readiness: Readiness) -> bool:
    """Whether the person is ready, at least with what can be planned: SIAP or SIAP_BERSYARAT."""
    return readiness.verdict in _OPEN


def openings(
    positions: Iterable[str], assess: Assess, profile: Profile, holdings: Mapping[str, HeldTraining]
) -> Openings:
    """Rank the gaps of a person by how many positions each opens.

    A gap is a competency below a required level, or a demanded training (`MUTLAK` or `PENTING`) that is not held. It is
    closed in thought, for each position at the level that this position asks for, as if proved; everything else stays.

    Parameters
    ----------
    positions : iterable of str
        Codes; each once.
    assess : callable
        Gives the readiness for a position, profile and trainings held, or None where there is no standard.
    profile : Profile
    holdings : mapping of str to HeldTraining
    """
    tallies: dict[tuple[GapKind, str], _Tally] = {}
    in_reach, open_now = [], []
    for code in sorted(positions):
        now = assess(code, profile, holdings)
        if now is None or not is_in_reach(now):
            continue
        in_reach.append(code)
        if is_open(now):
            open_now.append(code)
        trainings = [row for row in now.open_trainings if row.importance is not Importance.PERLU]
        missing = len(trainings) + sum(row.importance is not Importance.PERLU for row in now.open_rows)
        for row in now.open_rows:
            tally = tallies.setdefault((GapKind.COMPETENCY, row.competency), _Tally(row.name, row.counted))
            tally.levels.add(row.required)
            tally.points += row.points_missing
            if _may_open(now, row.competency):
                tally.see(code, assess(code, _raised(profile, row.competency, row.required), holdings))
            tally.note(code, completes=missing == 1 and row.importance is not Importance.PERLU)
        for demand in trainings:
            tally = tallies.setdefault((GapKind.TRAINING, demand.training), _Tally(demand.name))
            if _may_open(now, demand.training):
                held = {**holdings, demand.training: _Supposed(demand.training, profile.on)}
                tally.see(code, assess(code, profile, held))
            tally.note(code, completes=missing == 1)
    gaps = [GapOpening(kind, code, tally.name, tally.have, tuple(sorted(tally.levels)), tuple(tally.opens),
                       tuple(tally.completes), tuple(tally.nearer), tally.points) for (kind, code), tally in tallies.items()]
    gaps.sort(key=lambda gap: (-len(gap.opens), -len(gap.completes), -len(gap.nearer), -gap.points,
                               gap.kind is GapKind.TRAINING, gap.code))
    return Openings(tuple(in_reach), tuple(open_now), tuple(gaps))


def _may_open(now: Readiness, code: str) -> bool:
    """Whether nothing else keeps a position closed that certainly stays: another closed gate, another missing proof."""
    if is_open(now):
        return False
    return not any(gate.state is GateState.NOT_MET and gate.code != code for gate in now.gates) and not any(
        row.kind is not CompetencyKind.TEKNIS and row.proven is None and row.competency != code for row in now.rows)


def _raised(profile: Profile, competency: str, level: int) -> Profile:
    """Return a profile in which a level is proved."""
    have = profile.of(competency)
    raised = replace(have, proven=max(level, have.proven or 0), expected=max(level, have.expected or 0))
    return replace(profile, levels={**profile.levels, competency: raised})
