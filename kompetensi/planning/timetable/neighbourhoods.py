"""Parts of a timetable that are freed together: some weeks, or all runs of some courses."""

from __future__ import annotations

import random

from kompetensi.planning.timetable.candidates import Layout

__all__ = ["neighbourhood"]


def neighbourhood(layout: Layout, random_: random.Random, most: int, *, weeks: bool) -> list[int]:
    """Return candidates to free, ascending: those that begin on neighbouring days, or all of some courses.

    Half of the time courses are taken first that need the same subjects as one chosen by chance.

    Parameters
    ----------
    most : int
        Candidates at most, but at least those of one day or course.
    weeks : bool
        True: of neighbouring days.
    """
    return _weeks(layout, random_, most) if weeks else _courses(layout, random_, most)


def _weeks(layout: Layout, random_: random.Random, most: int) -> list[int]:
    firsts = sorted({candidate.first for candidate in layout.candidates})
    if not firsts:
        return []
    at = random_.randrange(len(firsts))
    by_first: dict[int, list[int]] = {}
    for index, candidate in enumerate(layout.candidates):
        by_first.setdefault(candidate.first, []).append(index)
    chosen: list[int] = []
    low = high = at
    while True:
        chosen += by_first[firsts[at]]
        options = [place for place in (low - 1, high + 1) if 0 <= place < len(firsts)]
        if not options:
            break
        at = random_.choice(options)
        if len(chosen) + len(by_first[firsts[at]]) > most:
            break
        low, high = min(low, at), max(high, at)
    return sorted(chosen)


def _courses(layout: Layout, random_: random.Random, most: int) -> list[int]:
    order = list(range(len(layout.of_course)))
    random_.shuffle(order)
    subjects = [{need.subject for need in course.trainers} for course in layout.problem.courses]
    if random_.random() < 0.5:
        first = subjects[order[0]]
        order = [*order[:1], *sorted(order[1:], key=lambda place: not subjects[place] & first)]
    chosen: list[int] = []
    for place in order:
        if chosen and len(chosen) + len(layout.of_course[place]) > most:
            break
        chosen += layout.of_course[place]
    return sorted(chosen)
