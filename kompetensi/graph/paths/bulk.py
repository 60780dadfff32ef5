"""One question for many people: what does not matter for it is cut away, so that equal questions are asked once."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from multiprocessing import get_context, parent_process
from threading import Thread

from kompetensi.graph.conditions import HasTraining, leaves
from kompetensi.graph.paths.catalogue import Atom, Catalogue
from kompetensi.graph.paths.planner import plan
from kompetensi.graph.paths.problem import Demand, Problem, Requirement, Training
from kompetensi.graph.paths.result import PlanResult

__all__ = ["Clip", "plan_all"]

# Starting processes takes longer than so many questions.
_WORTH_PROCESSES = 300
_CHUNK = 50

_Key = tuple[frozenset[tuple[str, int]], frozenset[str], int | None]


@dataclass(frozen=True, slots=True)
class Clip:
    """What can matter for a target, whoever asks.

    Attributes
    ----------
    levels : mapping of str to int
        By competency the highest level that the target or an entry asks for; more than that changes nothing.
    trainings : frozenset of str
        Trainings that can serve the target, and those that some entry of these names.
    floors : tuple of int
        Ranks that these trainings ask for, upwards.
    """

    levels: Mapping[str, int]
    trainings: frozenset[str]
    floors: tuple[int, ...]

    @classmethod
    def of(cls, catalogue: Catalogue, requirements: Iterable[Requirement], demands: Iterable[Demand]) -> Clip:
        """Follow a target backwards through the whole catalogue."""
        levels: dict[str, int] = {}
        codes: set[str] = set()
        served: set[str] = set()
        floors: set[int] = set()
        seen: set[Atom] = set()
        waiting: list[Atom] = [(item.competency, item.level) for item in requirements]
        waiting += [(item.training, 0) for item in demands]
        while waiting:
            atom = waiting.pop()
            if atom in seen:
                continue
            seen.add(atom)
            code, level = atom
            if level:
                levels[code] = max(level, levels.get(code, 0))
            else:
                codes.add(code)
            # Lower levels count too, in a partial plan.
            for training in catalogue.givers((code, min(level, 1))):
                if training.code in served:
                    continue
                served.add(training.code)
                if training.min_golongan is not None:
                    floors.add(training.min_golongan)
                waiting += [(leaf.code, 0) if isinstance(leaf, HasTraining) else (leaf.competency, leaf.level)
                            for leaf in leaves(training.entry)]
        return cls(levels, frozenset(codes | served), tuple(sorted(floors)))

    def key(self, problem: Problem) -> _Key:
        """Return what of a person matters; equal keys have equal answers."""
        levels = frozenset((code, min(level, self.levels[code])) for code, level in problem.levels.items()
                           if level and self.levels.get(code, 0))
        rank = max((floor for floor in self.floors if problem.golongan is not None and floor <= problem.golongan),
                   default=None)
        return levels, problem.completed & self.trainings, rank

    def apply(self, problem: Problem) -> Problem:
        """Return the problem without what does not matter; its answer is the same."""
        levels, completed, rank = self.key(problem)
        return replace(problem, levels=dict(sorted(levels)), completed=completed, golongan=rank)


def plan_all(
    trainings: Sequence[Training], problems: Sequence[Problem], *, workers: int = 1
) -> Iterator[tuple[int, PlanResult]]:
    """Answer many problems of one catalogue, each distinct question once.

    Parameters
    ----------
    trainings : sequence of Training
        The catalogue of all problems.
    problems : sequence of Problem
        Their own `trainings` are not looked at.
    workers : int
        Processes, at least 1.

    Yields
    ------
    (int, PlanResult)
        Place of the problem and its answer: the same as `plan` gives for it alone. Problems with the same question come
        together, otherwise the order is that of the problems.
    """
    catalogue = Catalogue(trainings)
    clips: dict[object, Clip] = {}
    asked: dict[object, list[int]] = {}
    for place, problem in enumerate(problems):
        target = problem.requirements, problem.demands
        if target not in clips:
            clips[target] = Clip.of(catalogue, problem.requirements, problem.demands)
        question = (target, clips[target].key(problem), problem.today, problem.ready_by, problem.dates, problem.objective,
                    problem.alternatives, problem.time_limit_s)
        asked.setdefault(question, []).append(place)
    groups = list(asked.values())
    distinct = [replace(clips[problems[group[0]].requirements, problems[group[0]].demands].apply(problems[group[0]]),
                        trainings=()) for group in groups]
    for group, answer in zip(groups, _answers(catalogue, distinct, workers), strict=True):
        for place in group:
            yield place, answer


def _answers(catalogue: Catalogue, problems: Sequence[Problem], workers: int) -> Iterator[PlanResult]:
    if workers < 2 or len(problems) < _WORTH_PROCESSES:
        for problem in problems:
            yield plan(replace(problem, trainings=catalogue.trainings), catalogue)
        return
    # Fresh processes: a copy of this one would share its database connections.
    with ProcessPoolExecutor(workers, get_context("spawn"), _start, (catalogue.trainings,)) as pool:
        yield from pool.map(_ask, problems, chunksize=_CHUNK)


_catalogue = Catalogue(())


def _start(trainings: tuple[Training, ...]) -> None:
    global _catalogue
    # A parent that is killed cannot tell its workers, who would wait for its next question for ever.
    Thread(target=_end_with_parent, daemon=True).start()
    _catalogue = Catalogue(trainings)


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _ask(problem: Problem) -> PlanResult:
    return plan(replace(problem, trainings=_catalogue.trainings), _catalogue)
