"""Text files of curriculum-based course timetabling (ITC-2007, ``.ctt`` and ``.ectt``) as slot problems.

Only the hard rules of that benchmark are read: lectures, clashes of curricula and teachers, unavailable periods, one lecture a room
and, in ``.ectt``, rooms that do not suit a course. Seats, working days, compactness and the stability of rooms are costs there, not
rules, and are left out.

References
----------
Di Gaspero, McCollum, Schaerf: The Second International Timetabling Competition, curriculum-based course timetabling (track 3), 2007.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from kompetensi.errors import InvalidInput
from kompetensi.messages import say
from kompetensi.planning.timetable import Event, SlotProblem, SlotRoom

__all__ = ["looks_like_ctt", "read_ctt"]

_HEADERS = ("Days", "Periods_per_day")
_SECTIONS = ("COURSES", "ROOMS", "CURRICULA", "UNAVAILABILITY_CONSTRAINTS", "ROOM_CONSTRAINTS")


def looks_like_ctt(text: str) -> bool:
    """Whether a text is such a file, and no JSON."""
    return text.lstrip().startswith("Name:")


def read_ctt(text: str) -> SlotProblem:
    """Read one file.

    Raises
    ------
    InvalidInput
        At the first line that does not fit; `where` is ``line N``.
    """
    headers: dict[str, int] = {}
    rows: dict[str, list[tuple[int, list[str]]]] = {name: [] for name in _SECTIONS}
    section = ""
    for number, words in _lines(text):
        name = words[0].rstrip(":")
        if words == ["END."]:
            break
        if len(words) == 1 and name in _SECTIONS:
            section = name
        elif section:
            rows[section].append((number, words))
        elif name in _HEADERS:
            headers[name] = _number(number, words, 1)
    for name in _HEADERS:
        if headers.get(name, 0) < 1:
            raise InvalidInput(say("%(name)s wajib ada, paling sedikit 1", name=name), where="line 1")
    return _problem(headers["Days"], headers["Periods_per_day"], rows)


def _lines(text: str) -> Iterator[tuple[int, list[str]]]:
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip():
            yield number, line.split()


def _number(line: int, words: list[str], place: int) -> int:
    if place >= len(words) or not words[place].isdecimal():
        raise InvalidInput(say("kata ke-%(place)s harus bilangan bulat", place=place + 1), where=f"line {line}")
    return int(words[place])


def _problem(days: int, periods: int, rows: dict[str, list[tuple[int, list[str]]]]) -> SlotProblem:
    events: dict[str, Event] = {}
    for line, words in rows["COURSES"]:
        if words[0] in events:
            raise InvalidInput(say("“%(code)s” sudah ada", code=words[0]), where=f"line {line}")
        lectures = _number(line, words, 2)
        events[words[0]] = Event(words[0], lectures, teachers=frozenset({words[1]}))
    rooms = tuple(SlotRoom(words[0], _number(line, words, 1)) for line, words in rows["ROOMS"])
    groups = {}
    for line, words in rows["CURRICULA"]:
        members = words[2:2 + _number(line, words, 1)]
        for code in members:
            _known(line, code, events)
        groups[words[0]] = frozenset(members)
    for line, words in rows["UNAVAILABILITY_CONSTRAINTS"]:
        event = _known(line, words[0], events)
        slot = _number(line, words, 1), _number(line, words, 2)
        if slot[0] >= days or slot[1] >= periods:
            raise InvalidInput(say("di luar %(days)s hari dan %(periods)s jam", days=days, periods=periods), where=f"line {line}")
        events[event.id] = replace(event, unavailable=event.unavailable | {slot})
    everywhere = frozenset(room.id for room in rooms)
    for line, words in rows["ROOM_CONSTRAINTS"]:
        event = _known(line, words[0], events)
        allowed = everywhere if event.rooms is None else event.rooms
        events[event.id] = replace(event, rooms=allowed - set(words[1:2]))
    return SlotProblem(days, periods, tuple(events.values()), rooms, groups)


def _known(line: int, code: str, events: dict[str, Event]) -> Event:
    if code not in events:
        raise InvalidInput(say("“%(code)s” tidak ada", code=code), where=f"line {line}")
    return events[code]
