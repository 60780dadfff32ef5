"""Timetables: which batches run, when, where, with whom and who sits in them (docs/formats/timetable.md).

`solve` answers a `Problem`, `replan` one whose facts have changed since a timetable was made, with as few changes as possible;
`why_not` says why a run cannot be elsewhere. `solve_slots` gives slots and rooms to events that are all to be held.
Everything is plain frozen values; the clock and the seed are arguments, and nothing is read or written.
"""

from kompetensi.planning.timetable.problem import (
    Calendar,
    Course,
    Event,
    FixedRun,
    Mode,
    Problem,
    Profile,
    Room,
    SlotProblem,
    SlotRoom,
    Stage,
    Starts,
    Trainer,
    TrainerNeed,
    Travel,
)
from kompetensi.planning.timetable.reasons import why_not
from kompetensi.planning.timetable.replan import replan
from kompetensi.planning.timetable.result import (
    AgencyShare,
    Lecture,
    Measure,
    Progress,
    Refusal,
    Rule,
    Run,
    Seating,
    SlotTimetable,
    Status,
    Timetable,
)
from kompetensi.planning.timetable.search import solve
from kompetensi.planning.timetable.slots import solve_slots

__all__ = [
    "AgencyShare", "Calendar", "Course", "Event", "FixedRun", "Lecture", "Measure", "Mode", "Problem", "Profile", "Progress",
    "Refusal", "Room", "Rule", "Run", "Seating", "SlotProblem", "SlotRoom", "SlotTimetable", "Stage", "Starts", "Status",
    "Timetable", "Trainer", "TrainerNeed", "Travel", "replan", "solve", "solve_slots", "why_not"]
