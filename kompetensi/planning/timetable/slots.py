"""Slots and rooms for events that are all to be held, without one hard rule broken."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import combinations

from kompetensi.planning.timetable.problem import Event, SlotProblem, SlotRoom
from kompetensi.planning.timetable.result import Lecture, SlotTimetable, Status

__all__ = ["solve_slots"]

_Slot = tuple[int, int]


def solve_slots(problem: SlotProblem, *, time_limit: float = 60.0, seed: int = 0, workers: int = 1) -> SlotTimetable:
    """Give each lecture of each event a slot and a room.

    Events that may use the same rooms share columns for those rooms, as a flow from events to rooms in each slot; who of them
    gets which room is decided at the end, and makes no difference.

    Parameters
    ----------
    time_limit : float
        Seconds.
    seed, workers : int
        Of the solver; with one worker the same problem has the same answer.

    Returns
    -------
    SlotTimetable
        FEASIBLE with all lectures; INFEASIBLE if proven that there is none; UNKNOWN if the time was up.
    """
    from ortools.sat.python import cp_model

    slots = [(day, period) for day in range(problem.days) for period in range(problem.periods)]
    allowed = {event.id: allowed_rooms(problem, event) for event in problem.events}
    model = cp_model.CpModel()
    held: dict[tuple[str, _Slot], cp_model.IntVar] = {}
    for event in problem.events:
        free = set(slots) - event.unavailable - {slot for teacher in event.teachers
                                                 for slot in problem.teachers_unavailable.get(teacher, ())}
        mine = {slot: model.new_bool_var("") for slot in slots if slot in free}
        held |= {(event.id, slot): column for slot, column in mine.items()}
        model.add(sum(mine.values()) == event.lectures)
        if event.max_per_day is not None:
            for day in range(problem.days):
                model.add(sum(column for slot, column in mine.items() if slot[0] == day) <= event.max_per_day)
    for clash in clashes(problem):
        for slot in slots:
            model.add_at_most_one(held[event, slot] for event in clash if (event, slot) in held)
    rooms = {room.id: room for room in problem.rooms}
    in_room: dict[tuple[tuple[str, ...], str, _Slot], cp_model.IntVar] = {}
    choices = sorted(set(allowed.values()))
    for slot in slots:
        for choice in choices:
            here = [held[event, slot] for event, chosen in allowed.items() if chosen == choice and (event, slot) in held]
            open_rooms = {room: model.new_bool_var("") for room in choice if slot not in rooms[room].unavailable}
            in_room |= {(choice, room, slot): column for room, column in open_rooms.items()}
            model.add(sum(here) == sum(open_rooms.values()))
        for room in rooms:
            model.add_at_most_one(in_room[choice, room, slot] for choice in choices if (choice, room, slot) in in_room)
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = time_limit
    solver.parameters.random_seed = seed
    solver.parameters.num_workers = workers
    status = solver.solve(model)
    if status == cp_model.INFEASIBLE:
        return SlotTimetable(Status.INFEASIBLE, ())
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return SlotTimetable(Status.UNKNOWN, ())
    left: dict[tuple[tuple[str, ...], _Slot], list[str]] = {key: [] for key in ((choice, slot) for choice in choices for slot in slots)}
    for (choice, room, slot), column in in_room.items():
        if solver.value(column):
            left[choice, slot].append(room)
    lectures = [Lecture(event, *slot, left[allowed[event], slot].pop(0))
                for (event, slot), column in held.items() if solver.value(column)]
    return SlotTimetable(Status.FEASIBLE, tuple(sorted(lectures, key=lambda lecture: (
        lecture.event, lecture.day, lecture.period))))


def allowed_rooms(problem: SlotProblem, event: Event) -> tuple[str, ...]:
    """Return the rooms that an event may use, in the order of the problem."""
    return tuple(room.id for room in problem.rooms if _suits(room, event))


def _suits(room: SlotRoom, event: Event) -> bool:
    if event.rooms is not None and room.id not in event.rooms:
        return False
    return room.seats >= event.size and event.features <= room.features


def clashes(problem: SlotProblem) -> list[frozenset[str]]:
    """Return the sets of events of which no two share a slot: clash groups, and all events of one teacher."""
    taught: dict[str, set[str]] = {}
    for event in problem.events:
        for teacher in event.teachers:
            taught.setdefault(teacher, set()).add(event.id)
    return _largest([*problem.groups.values(), *map(frozenset, taught.values())])


def _largest(sets: Iterable[frozenset[str]]) -> list[frozenset[str]]:
    """Return those sets that are not part of another, each once, in a fixed order."""
    distinct = sorted(set(sets), key=lambda members: (-len(members), sorted(members)))
    dropped = {smaller for larger, smaller in combinations(distinct, 2) if smaller <= larger}
    return [members for members in distinct if members not in dropped and len(members) > 1]
