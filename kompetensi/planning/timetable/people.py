"""Who could sit where: for each kind of person the runs and combinations of runs that make him ready."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from kompetensi.planning.timetable.candidates import Candidate, Layout

__all__ = ["Kind", "kinds_of", "latest_days", "ways"]


@dataclass(frozen=True, slots=True)
class Kind:
    """People between whom no run makes a difference.

    Attributes
    ----------
    courses : tuple of int
        Places of the courses.
    order : tuple of (int, int)
        Places in `courses`; the first ends before the second begins.
    away : int
        Mask of cells.
    profiles : tuple of int
        Places of the profiles they come from.
    """

    courses: tuple[int, ...]
    ready_by: int
    weight: int
    order: tuple[tuple[int, int], ...]
    away: int
    count: int
    profiles: tuple[int, ...]


def kinds_of(layout: Layout, *, together: bool = True) -> list[Kind]:
    """Return the kinds of people of a problem, in the order in which its profiles first name them.

    Parameters
    ----------
    together : bool
        False: each profile is a kind of its own, in the order of the problem.
    """
    if not together:
        return [kind for place in range(len(layout.problem.profiles)) for kind in _kinds(layout, [place])]
    return _kinds(layout, range(len(layout.problem.profiles)))


def _kinds(layout: Layout, chosen: Sequence[int]) -> list[Kind]:
    found: dict[tuple[tuple[int, ...], int, int, tuple[tuple[int, int], ...], int], list[int]] = {}
    profiles = layout.problem.profiles
    for place in chosen:
        profile = profiles[place]
        courses = tuple(layout.course_at[code] for code in profile.courses)
        rank = sorted(range(len(courses)), key=courses.__getitem__)
        moved = {old: new for new, old in enumerate(rank)}
        order = tuple(sorted((moved[before], moved[after]) for before, after in layout.order_of(profile)))
        key = (tuple(sorted(courses)), profile.ready_by.toordinal(), profile.weight, order, layout.grid.days(profile.away))
        found.setdefault(key, []).append(place)
    return [Kind(*key, sum(profiles[place].count for place in places), tuple(places)) for key, places in found.items()]


def can_attend(kind: Kind, candidate: Candidate) -> bool:
    """Whether people of a kind can sit in a run of one of their courses, the others not looked at."""
    return candidate.last <= kind.ready_by and not candidate.busy.people & kind.away


def latest_days(kind: Kind, candidates: Sequence[Sequence[Candidate]]) -> list[int] | None:
    """Return for each course of a kind the last day on which it may end, given what can follow.

    Parameters
    ----------
    candidates : sequence of sequence of Candidate
        By course of the kind, what can run.

    Returns
    -------
    list of int or None
        None if some order can never be kept, as on a cycle.
    """
    latest = [kind.ready_by] * len(kind.courses)
    for _ in kind.courses:
        changed = False
        for before, after in kind.order:
            begin = max((candidate.first for candidate in candidates[after]
                         if candidate.last <= latest[after] and not candidate.busy.people & kind.away), default=0)
            if begin - 1 < latest[before]:
                latest[before] = begin - 1
                changed = True
        if not changed:
            return latest
    return latest if not kind.order else None


def ways(kind: Kind, runs: Mapping[int, Sequence[tuple[int, Candidate]]], limit: int | None = None) -> Iterator[tuple[int, ...]]:
    """Yield the combinations of runs, one for each course of a kind, that make its people ready.

    Parameters
    ----------
    runs : mapping of int to sequence of (int, Candidate)
        By course its runs, each under a number of the caller's; one that is absent has none.
    limit : int, optional
        How many at most.

    Yields
    ------
    tuple of int
        Numbers of the runs, in the order of `kind.courses`; in lexicographic order of their places in `runs`.
    """
    choices = [[(number, run) for number, run in runs.get(course, ()) if can_attend(kind, run)] for course in kind.courses]
    if not all(choices):
        return
    chosen: list[tuple[int, Candidate]] = []
    given = 0

    def fits(place: int, run: Candidate) -> bool:
        for other, (_, held) in enumerate(chosen):
            if held.busy.people & run.busy.people:
                return False
            if ((other, place) in kind.order and held.last >= run.first) or (
                    (place, other) in kind.order and run.last >= held.first):
                return False
        return True

    def extend(place: int) -> Iterator[tuple[int, ...]]:
        nonlocal given
        if place == len(choices):
            given += 1
            yield tuple(number for number, _ in chosen)
            return
        for number, run in choices[place]:
            if fits(place, run):
                chosen.append((number, run))
                yield from extend(place + 1)
                chosen.pop()
                if limit is not None and given >= limit:
                    return

    yield from extend(0)
