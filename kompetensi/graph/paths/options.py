"""What can be taken at all: the catalogue cut down to what matters for a question, as options with days."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from kompetensi.graph.conditions import HasTraining, leaves
from kompetensi.graph.paths.problem import Batch, Problem, Training

__all__ = ["Option", "options_of"]


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
    """

    training: Training
    batch: Batch | None
    first: int
    last: int
    days: int

    @property
    def is_free(self) -> bool:
        """Whether its start is chosen and it blocks nobody."""
        return self.batch is None

    @property
    def rank(self) -> tuple[str, int, int, str]:
        """Place in the rule that breaks the last ties: code, first day, last day, batch."""
        return self.training.code, self.first, self.last, self.batch.id if self.batch else ""

    def clashes_with(self, other: Option) -> bool:
        """Whether two batches share a day."""
        if self.batch is None or other.batch is None or self.last < other.first or other.last < self.first:
            return False
        return any(first <= until and since <= last
                   for first, last in self.batch.stages for since, until in other.batch.stages)


def options_of(problem: Problem) -> tuple[Option, ...]:
    """Return the options that may be in a plan, in order of their rank.

    Left out are trainings that are passed, that the golongan bars, that neither give what the target asks nor lead
    to one that does, and batches that are full or not between today and the deadline.
    """
    wanted = _relevant(problem)
    found = []
    for training in problem.trainings:
        if training.code not in wanted or training.code in problem.completed:
            continue
        if training.min_golongan is not None and (
                problem.golongan is None or problem.golongan < training.min_golongan):
            continue
        if not problem.dates:
            found.append(Option(training, None, 0, 0, 1))
        elif training.self_paced_days is not None:
            # Longer than the calendar is too long, however long.
            found.append(Option(training, None, 0, 0, min(training.self_paced_days, date.max.toordinal())))
        else:
            found += [Option(training, batch, batch.stages[0][0].toordinal(), batch.stages[-1][1].toordinal(), 0)
                      for batch in training.batches if batch.seats_free > 0 and batch.stages[0][0] >= problem.today
                      and (problem.ready_by is None or batch.stages[-1][1] <= problem.ready_by)]
    return tuple(sorted(found, key=lambda option: option.rank))


def _relevant(problem: Problem) -> frozenset[str]:
    """Return the codes of trainings that can serve the target, directly or through somebody's entry."""
    by_code = {training.code: training for training in problem.trainings}
    levels = {item.competency: item.level for item in problem.requirements}
    wanted: set[str] = set()
    waiting = [item.training for item in problem.demands if item.training not in problem.completed]
    asked = {code for code, level in levels.items() if problem.levels.get(code, 0) < level}
    seen: set[str] = set()
    while waiting or asked:
        for competency in asked:
            seen.add(competency)
            waiting += [training.code for training in problem.trainings
                        if any(gain.competency == competency and gain.level > problem.levels.get(competency, 0)
                               for gain in training.raises)]
        asked = set()
        while waiting:
            code = waiting.pop()
            if code in wanted or code not in by_code:
                continue
            wanted.add(code)
            for leaf in leaves(by_code[code].entry):
                if isinstance(leaf, HasTraining):
                    if leaf.code not in problem.completed:
                        waiting.append(leaf.code)
                elif leaf.competency not in seen and problem.levels.get(leaf.competency, 0) < leaf.level:
                    asked.add(leaf.competency)
    return frozenset(wanted)
