"""Which people of which agency get the seats, and the timetable in words of the problem."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from kompetensi.planning.timetable.candidates import Layout
from kompetensi.planning.timetable.draft import Draft
from kompetensi.planning.timetable.people import Kind
from kompetensi.planning.timetable.result import AgencyShare, Measure, Run, Seating, Status, Timetable
from kompetensi.planning.timetable.seating import Seated

__all__ = ["timetable_of"]


def fair_shares(people: dict[str, int], ready: int) -> dict[str, int]:
    """Return for each agency ``floor(ready * its people / all people)``."""
    whole = sum(people.values())
    return {agency: ready * count // whole for agency, count in people.items()} if whole else {}


def divide(layout: Layout, kinds: Sequence[Kind], ready: dict[int, int]) -> dict[int, int]:
    """Give the ready people of each kind to its profiles so that as little as possible is missing to the fair shares.

    A flow from kinds through profiles to agencies; first at most an agency's share, then the rest.

    Returns
    -------
    dict of int to int
        By place of the profile how many of its people are ready.
    """
    from ortools.graph.python.max_flow import SimpleMaxFlow

    profiles = layout.problem.profiles
    people: dict[str, int] = {}
    for someone in profiles:
        people[someone.agency] = people.get(someone.agency, 0) + someone.count
    shares = fair_shares(people, sum(ready.values()))
    agencies = {agency: place for place, agency in enumerate(sorted(people))}
    source, sink = 0, 1
    of_kind, of_agency = 2, 2 + len(kinds)
    flow = SimpleMaxFlow()
    for place, count in ready.items():
        flow.add_arc_with_capacity(source, of_kind + place, count)
    arcs = {}
    for place in ready:
        for profile in kinds[place].profiles:
            arcs[profile] = flow.add_arc_with_capacity(of_kind + place, of_agency + agencies[profiles[profile].agency],
                                                       profiles[profile].count)
    for agency, place in agencies.items():
        if shares.get(agency):
            flow.add_arc_with_capacity(of_agency + place, sink, shares[agency])
    if flow.num_arcs():
        flow.solve(source, sink)
    given = {profile: flow.flow(arc) for profile, arc in arcs.items()}
    for place, count in ready.items():
        rest = count - sum(given[profile] for profile in kinds[place].profiles)
        for profile in kinds[place].profiles:
            more = min(rest, profiles[profile].count - given[profile])
            given[profile] += more
            rest -= more
    return {profile: count for profile, count in given.items() if count}


def timetable_of(
    layout: Layout, kinds: Sequence[Kind], draft: Draft, seated: Seated, bound: int, proven: bool, changes: int | None = None,
    names: dict[int, str] | None = None,
) -> Timetable:
    """Return the timetable in words of the problem.

    Parameters
    ----------
    seated : Seated
        Its run numbers are those of the planned runs by candidate, then of the fixed runs.
    names : dict of int to str, optional
        Ids of runs by candidate; others are numbered per course in the order of their first days.
    """
    problem = layout.problem
    order = sorted(draft.placed)
    ids = _ids(layout, order, names or {}) + [run.id for run in problem.fixed]
    chosen: dict[int, list[tuple[tuple[int, ...], int]]] = {}
    taken = [0] * len(ids)
    for place, numbers, count in seated.chosen:
        chosen.setdefault(place, []).append((numbers, count))
        for number in numbers:
            taken[number] += count
    given = divide(layout, kinds, {place: sum(count for _, count in ways) for place, ways in chosen.items()})
    seatings = _seatings(layout, kinds, chosen, given, ids)
    runs = [_run(draft, index, ids[number], taken[number]) for number, index in enumerate(order)]
    agencies = _agencies(layout, given)
    status = Status.OPTIMAL if proven else Status.FEASIBLE
    return Timetable(
        status, tuple(sorted(runs, key=lambda run: (run.first_day, run.hour, run.course, run.id))), tuple(seatings),
        Measure(seated.value, len(order), draft.cost_idr), bound, sum(given.values()),
        sum(profile.count for profile in problem.profiles), _seat_cost(layout, order, taken),
        sum(max(0, agency.share - agency.ready) for agency in agencies), tuple(agencies), changes)


def _ids(layout: Layout, order: Sequence[int], names: dict[int, str]) -> list[str]:
    used = set(names.values()) | {run.id for run in layout.problem.fixed}
    numbers: dict[int, int] = {}
    found = []
    for index in order:
        name = names.get(index)
        course = layout.candidates[index].course
        while name is None:
            numbers[course] = numbers.get(course, 0) + 1
            free = f"{layout.problem.courses[course].code}/{numbers[course]}"
            name = None if free in used else free
        found.append(name)
    return found


def _run(draft: Draft, index: int, name: str, participants: int) -> Run:
    placed = draft.placed[index]
    candidate = draft.layout.candidates[index]
    return Run(
        name, draft.layout.problem.courses[candidate.course].code,
        tuple(tuple(date.fromordinal(day) for day in days) for days in candidate.stages), candidate.hour, placed.room,
        placed.trainers, draft.seats(placed), participants, draft.cost(placed))


def _seatings(
    layout: Layout, kinds: Sequence[Kind], chosen: dict[int, list[tuple[tuple[int, ...], int]]], given: dict[int, int],
    ids: Sequence[str],
) -> list[Seating]:
    """Hand the places of each kind to its profiles, in their order."""
    found: list[tuple[int, Seating]] = []
    for place, ways in chosen.items():
        left = sorted(ways)
        for profile in kinds[place].profiles:
            wanted = given.get(profile, 0)
            codes = layout.problem.profiles[profile].courses
            at = [kinds[place].courses.index(layout.course_at[code]) for code in codes]
            while wanted:
                numbers, count = left[0]
                taken = min(wanted, count)
                found.append((profile, Seating(layout.problem.profiles[profile].id,
                                               tuple(ids[numbers[number]] for number in at), taken)))
                wanted -= taken
                left[:1] = [(numbers, count - taken)] if taken < count else []
    return [seating for _, seating in sorted(found, key=lambda entry: (entry[0], entry[1].runs))]


def _agencies(layout: Layout, given: dict[int, int]) -> list[AgencyShare]:
    people: dict[str, int] = {}
    ready: dict[str, int] = {}
    for place, profile in enumerate(layout.problem.profiles):
        people[profile.agency] = people.get(profile.agency, 0) + profile.count
        ready[profile.agency] = ready.get(profile.agency, 0) + given.get(place, 0)
    shares = fair_shares(people, sum(ready.values()))
    return [AgencyShare(agency, people[agency], ready[agency], shares[agency]) for agency in sorted(people)]


def _seat_cost(layout: Layout, order: Sequence[int], taken: Sequence[int]) -> int:
    courses = layout.problem.courses
    return sum(courses[layout.candidates[index].course].cost_per_participant_idr * taken[number]
               for number, index in enumerate(order))
