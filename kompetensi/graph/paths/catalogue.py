"""The catalogue, indexed once for all questions that are asked of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TypeAlias, TypeVar

from kompetensi.graph.conditions import All, Condition, HasTraining, Leaf, Whole, fold, holds, leaves
from kompetensi.graph.paths.problem import Batch, Problem, Training

__all__ = ["Atom", "Catalogue", "Option"]

_ValueT = TypeVar("_ValueT")

# What an entry condition or a target asks for: a competency with a level above 0, or a training with level 0.
Atom = tuple[str, int]
_Clauses: TypeAlias = tuple[tuple[Atom, ...], ...]

# A condition with more clauses than this is left to the solvers, which take it as it stands.
_MOST_CLAUSES = 64


@dataclass(frozen=True, slots=True)
class Option:
    """A training in one of its batches, self-paced, or (without dates) as such.

    Attributes
    ----------
    batch : Batch or None
        None = its start is free.
    first, last : int
        Ordinals of the first and last day of the batch; 0 where the start is free.
    days : int
        Length where the start is free; 1 without dates, so that one training comes after another.
    rank : tuple of (str, int, int, str)
        Place in the rule that breaks the last ties: code, first day, last day, batch.
    """

    training: Training
    batch: Batch | None
    first: int
    last: int
    days: int
    rank: tuple[str, int, int, str] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(
            self, "rank", (self.training.code, self.first, self.last, self.batch.id if self.batch else ""))

    @property
    def is_free(self) -> bool:
        """Whether its start is chosen and it blocks nobody."""
        return self.batch is None

    def clashes_with(self, other: Option) -> bool:
        """Whether two batches share a day."""
        if self.batch is None or other.batch is None or self.last < other.first or other.last < self.first:
            return False
        return any(first <= until and since <= last
                   for first, last in self.batch.stages for since, until in other.batch.stages)

    def blocked_days(self, origin: int) -> int:
        """Return the days that its stages block as a bit mask, bit 0 for the day of ordinal `origin`."""
        mask = 0
        for first, last in self.batch.stages if self.batch else ():
            mask |= ((1 << (last.toordinal() - first.toordinal() + 1)) - 1) << (first.toordinal() - origin)
        return mask


class Catalogue:
    """Trainings by what they give, with their entries and batches in the form that the search works on.

    Building one takes a pass over the trainings; entries and batches follow when a question first needs them, and
    stay. It never changes: another catalogue is another object. It may be asked from several threads.

    Parameters
    ----------
    trainings : iterable of Training
        Codes are unique.
    """

    def __init__(self, trainings: Iterable[Training]) -> None:
        self.trainings = tuple(trainings)
        self.by_code = {training.code: training for training in self.trainings}
        self._givers: dict[str, list[tuple[int, Training]]] = defaultdict(list)
        for training in self.trainings:
            best: dict[str, int] = {}
            for gain in training.raises:
                best[gain.competency] = max(best.get(gain.competency, 0), gain.level)
            for competency, level in best.items():
                self._givers[competency].append((level, training))
        self._clauses: dict[str, tuple[tuple[Atom, ...], ...] | None] = {}
        self._options: dict[str, tuple[Option, ...]] = {}
        self._undated: dict[str, tuple[Option, ...]] = {}

    def changed(self, trainings: Iterable[Training]) -> Catalogue:
        """Return the catalogue with some trainings in the place of those with their codes, new ones at its end.

        It keeps what was found out about the others.
        """
        fresh = {training.code: training for training in trainings}
        if any(training.raises != self.by_code[code].raises if code in self.by_code else True
               for code, training in fresh.items()):
            other = Catalogue({**self.by_code, **fresh}.values())
        else:
            other = Catalogue(())
            other.by_code = {**self.by_code, **fresh}
            other.trainings = tuple(other.by_code.values())
            other._givers.update(self._givers)
            for code in {gain.competency for training in fresh.values() for gain in training.raises}:
                other._givers[code] = [(level, other.by_code[one.code]) for level, one in self._givers[code]]
        other._options = _without(self._options, fresh)
        other._undated = _without(self._undated, fresh)
        other._clauses = _without(self._clauses, fresh)
        return other

    def givers(self, atom: Atom) -> Sequence[Training]:
        """Return the trainings after which an atom holds, in the order of the catalogue."""
        code, wanted = atom
        if not wanted:
            return (self.by_code[code],) if code in self.by_code else ()
        return [training for level, training in self._givers.get(code, ()) if level >= wanted]

    def clauses(self, training: Training) -> tuple[tuple[Atom, ...], ...] | None:
        """Return an entry as clauses: it holds when of each clause at least one atom does.

        Levels of 0 hold by themselves and are gone. None when there would be too many clauses.
        """
        if training.code not in self._clauses:
            self._clauses[training.code] = _clauses_of(training.entry)
        return self._clauses[training.code]

    def can_reach(self, problem: Problem, atom: Atom, *, any_golongan: bool = False) -> bool:
        """Say whether an atom can be had when days, seats and the deadline do not matter, and with `any_golongan` ranks neither.

        Whatever can be entered is taken, again and again, until the atom is there or nothing more can be. Complexity: the
        trainings that can serve it, times the length of the longest chain among them.
        """
        levels, completed = dict(problem.levels), set(problem.completed)
        waiting = [training for training in self._serving(atom) if training.code not in completed and (
            any_golongan or training.min_golongan is None or (problem.golongan or 0) >= training.min_golongan)]
        while True:
            left = []
            for training in waiting:
                if not holds(training.entry, levels=levels, completed=completed):
                    left.append(training)
                    continue
                completed.add(training.code)
                for gain in training.raises:
                    levels[gain.competency] = max(levels.get(gain.competency, 0), gain.level)
            if levels.get(atom[0], 0) >= atom[1] if atom[1] else atom[0] in completed:
                return True
            if len(left) == len(waiting):
                return False
            waiting = left

    def _serving(self, atom: Atom) -> list[Training]:
        """Return the trainings that give an atom, or what their entries ask for, and so on."""
        found: dict[str, Training] = {}
        seen, pending = {atom}, [atom]
        while pending:
            for training in self.givers(pending.pop()):
                if training.code in found:
                    continue
                found[training.code] = training
                for leaf in leaves(training.entry):
                    part = (leaf.code, 0) if isinstance(leaf, HasTraining) else (leaf.competency, leaf.level)
                    if part not in seen and (part[1] or isinstance(leaf, HasTraining)):
                        seen.add(part)
                        pending.append(part)
        return list(found.values())

    def options(self, training: Training, *, dates: bool) -> tuple[Option, ...]:
        """Return all ways to take a training, full and past batches included, in order of rank."""
        kept = self._options if dates else self._undated
        if training.code not in kept:
            kept[training.code] = _options_of(training) if dates else (Option(training, None, 0, 0, 1),)
        return kept[training.code]


def _without(kept: dict[str, _ValueT], codes: Container[str]) -> dict[str, _ValueT]:
    # Another thread may be adding to it.
    return {code: value for code, value in kept.copy().items() if code not in codes}


def _options_of(training: Training) -> tuple[Option, ...]:
    if training.self_paced_days is not None:
        # Longer than the calendar is too long, however long.
        return (Option(training, None, 0, 0, min(training.self_paced_days, date.max.toordinal())),)
    found = [Option(training, batch, batch.stages[0][0].toordinal(), batch.stages[-1][1].toordinal(), 0)
             for batch in training.batches]
    return tuple(sorted(found, key=lambda option: option.rank))


def _clauses_of(condition: Condition) -> _Clauses | None:
    return fold(condition, _clause, _clauses_together)


def _clause(leaf: Leaf) -> _Clauses:
    if isinstance(leaf, HasTraining):
        return (((leaf.code, 0),),)
    return (((leaf.competency, leaf.level),),) if leaf.level else ()


def _clauses_together(kind: type[Whole], parts: Sequence[_Clauses | None]) -> _Clauses | None:
    known = [clauses for clauses in parts if clauses is not None]
    if len(known) < len(parts):
        return None
    if kind is All:
        together = tuple(dict.fromkeys(clause for clauses in known for clause in clauses))
        return together if len(together) <= _MOST_CLAUSES else None
    # What parts of a single clause ask for, the common case, goes side by side into every clause.
    either: _Clauses = (tuple(dict.fromkeys(atom for clauses in known if len(clauses) == 1 for atom in clauses[0])),)
    for clauses in known:
        if len(clauses) == 1:
            continue
        either = tuple(dict.fromkeys(
            tuple(dict.fromkeys((*one, *other))) for one in either for other in clauses))
        if len(either) > _MOST_CLAUSES:
            return None
    return either
