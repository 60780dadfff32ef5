"""Clashes: what cannot be together in the meetings of batches, by the hour.

A room, a trainer, a participant cannot be in two meetings at once; a meeting wants an open room that is large enough,
trainers who are there, a day and hours that are worked, a day of its stage. Two more are burdens rather than
impossibilities: a way that is longer than the time for it, and more lesson hours than a trainer's year allows.

Meetings that share something are swept in the order of time, so the work grows with the number of meetings and of
clashes, not with the number of pairs.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from heapq import heappop, heappush
from itertools import combinations, groupby

from kompetensi.messages import Amount, Message, say
from kompetensi.rules.enrolment import StageDays
from kompetensi.rules.resources import TravelTimes
from kompetensi.rules.working_time import WorkingTime, lies_within

__all__ = ["HARD", "BatchFacts", "Clash", "ClashKind", "PlannedMeeting", "RoomFacts", "Span", "TrainerFacts",
           "find_clashes", "hours_text"]

_DAY_MINUTES = 24 * 60


class ClashKind(StrEnum):
    """What cannot be together, in the order in which clashes of one meeting are told."""

    OUTSIDE_STAGE = "OUTSIDE_STAGE"
    CLOSED = "CLOSED"
    HOURS = "HOURS"
    ROOM = "ROOM"
    CAPACITY = "CAPACITY"
    TRAINER = "TRAINER"
    ABSENT = "ABSENT"
    PARTICIPANT = "PARTICIPANT"
    TRAVEL = "TRAVEL"
    LOAD = "LOAD"


HARD = frozenset(ClashKind) - {ClashKind.TRAVEL, ClashKind.LOAD}
"""Kinds that make a meeting impossible; the others are burdens that somebody may take on knowingly."""

_ORDER = {kind: place for place, kind in enumerate(ClashKind)}


@dataclass(frozen=True, slots=True)
class Span:
    """Days on which something is not to be had, both inclusive, and why; `last` None = from `first` on for good."""

    first: date
    last: date | None
    reason: Message | str = ""

    def holds(self, day: date) -> bool:
        """Whether a day lies in it."""
        return self.first <= day and (self.last is None or day <= self.last)


@dataclass(frozen=True, slots=True)
class RoomFacts:
    """A room as the rules see it.

    Attributes
    ----------
    place : str
        Where it is; ways are looked up between places.
    seats : int
    closures : tuple of Span
        Days on which it cannot be used.
    """

    name: str
    place: str
    seats: int
    closures: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class TrainerFacts:
    """A trainer as the rules see him.

    Attributes
    ----------
    absences : tuple of Span
        Days on which he is not there.
    yearly_jp : int or None
        Most lesson hours in a calendar year; None = no limit.
    jp_elsewhere : mapping of int to int
        Lesson hours by year that he has in meetings which are not among those asked about.
    """

    name: str
    absences: tuple[Span, ...] = ()
    yearly_jp: int | None = None
    jp_elsewhere: Mapping[int, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class BatchFacts:
    """A batch as the rules see it.

    Attributes
    ----------
    heads : int
        People for whom a room must have seats.
    participants : frozenset of int
        Ids of the people who hold a seat; they cannot be in two batches at once.
    working_time : WorkingTime or None
        Of its organiser, covering the days of its meetings; None = closed days and hours are not asked about.
    """

    heads: int = 0
    participants: frozenset[int] = frozenset()
    working_time: WorkingTime | None = None


@dataclass(frozen=True, slots=True)
class PlannedMeeting:
    """A meeting as the rules see it. Cancelled ones are not given.

    Attributes
    ----------
    id : int
        Its own among those asked about; below 0 for one that is only considered.
    batch : str
        Code of its batch, whose participants are together in it.
    title : str
        What is taught, as people read it.
    day : date
    starts, ends : int
        Minutes after midnight, local time, ``0 <= starts < ends <= 1440``; the last minute is not part of it.
    room : int or None
        None = without a room of ours.
    trainers : tuple of (int, int)
        Id and lesson hours that count for him, each trainer once.
    stage : StageDays or None
        The stage to which it belongs; None = any day is right.
    """

    id: int
    batch: str
    title: str
    day: date
    starts: int
    ends: int
    room: int | None = None
    trainers: tuple[tuple[int, int], ...] = ()
    stage: StageDays | None = None

    @property
    def hours(self) -> str:
        """Its hours as people write them, ``08.00–09.30``."""
        return hours_text(self.starts, self.ends)


@dataclass(frozen=True, slots=True)
class Clash:
    """Something that cannot be, or should not be, with the fact and what would change it.

    Attributes
    ----------
    kind : ClashKind
    meeting : PlannedMeeting
        The earlier of the two; of equal beginning the one with the lower id.
    other : PlannedMeeting or None
        The second one; None when the meeting clashes with something that is no meeting.
    subject : int or None
        Room or trainer whose clash it is; None for participants, days and hours.
    fact, remedy : Message
    people : tuple of int
        Participants who would have to be in both; empty when it is the whole batch, or another kind.
    """

    kind: ClashKind
    meeting: PlannedMeeting
    other: PlannedMeeting | None
    subject: int | None
    fact: Message
    remedy: Message
    people: tuple[int, ...] = ()

    @property
    def hard(self) -> bool:
        """Whether it makes the meeting impossible."""
        return self.kind in HARD

    def touches(self, meeting_id: int) -> bool:
        """Whether a meeting is one of the two."""
        return self.meeting.id == meeting_id or (self.other is not None and self.other.id == meeting_id)


def hours_text(starts: int, ends: int) -> str:
    """Write hours as people do: ``08.00–09.30``."""
    return f"{starts // 60:02d}.{starts % 60:02d}\N{EN DASH}{ends // 60:02d}.{ends % 60:02d}"


def find_clashes(
    meetings: Iterable[PlannedMeeting], *, rooms: Mapping[int, RoomFacts] | None = None,
    trainers: Mapping[int, TrainerFacts] | None = None, batches: Mapping[str, BatchFacts] | None = None,
    travel: TravelTimes | None = None,
) -> tuple[Clash, ...]:
    """Return everything in some meetings that cannot, or should not, be.

    What is not known of a room, a trainer, a batch or a way is not held against a meeting.

    Parameters
    ----------
    meetings : iterable of PlannedMeeting
        Those that are held, of any number of batches.
    rooms, trainers : mapping of int
        By id.
    batches : mapping of str to BatchFacts
        By code.
    travel : TravelTimes

    Returns
    -------
    tuple of Clash
        By day, beginning and id of the first meeting, then kind, second meeting, room or trainer. One trainer's load
        of a year is told once, at the first meeting that goes beyond it.

    Raises
    ------
    ValueError
        If two meetings have one id, a meeting does not end after it begins, or its batch's working time does not know
        its day.

    Notes
    -----
    O(n log n + clashes) for n meetings, and for each pair of batches that share people and days their meetings once more.
    """
    known = sorted(meetings, key=_begins)
    if len({meeting.id for meeting in known}) < len(known):
        raise ValueError("two meetings have the same id")
    if any(not 0 <= meeting.starts < meeting.ends <= _DAY_MINUTES for meeting in known):
        raise ValueError("a meeting ends after it begins, on the same day")
    rooms, trainers, batches, travel = rooms or {}, trainers or {}, batches or {}, travel or TravelTimes({})
    found = [
        *(clash for meeting in known for clash in _alone(meeting, rooms, trainers, batches)),
        *_rooms_twice(known, rooms), *_trainers_twice(known, trainers), *_participants_twice(known, batches),
        *_ways(known, rooms, trainers, travel), *_loads(known, trainers)]
    return tuple(sorted(found, key=lambda clash: (
        *_begins(clash.meeting), _ORDER[clash.kind], _begins(clash.other) if clash.other else (),
        -1 if clash.subject is None else clash.subject)))


def _begins(meeting: PlannedMeeting) -> tuple[date, int, int]:
    return meeting.day, meeting.starts, meeting.id


def _minutes(meeting: PlannedMeeting) -> tuple[int, int]:
    midnight = meeting.day.toordinal() * _DAY_MINUTES
    return midnight + meeting.starts, midnight + meeting.ends


def _together(meetings: Sequence[PlannedMeeting]) -> Iterator[tuple[PlannedMeeting, PlannedMeeting]]:
    """Yield the pairs that share a minute, of meetings in the order of their beginning, the earlier one first."""
    running: list[tuple[int, int, PlannedMeeting]] = []
    for meeting in meetings:
        starts, ends = _minutes(meeting)
        while running and running[0][0] <= starts:
            heappop(running)
        for _, _, earlier in running:
            yield earlier, meeting
        heappush(running, (ends, meeting.id, meeting))


def _shared_by(pairs: Iterable[tuple[int, PlannedMeeting]]) -> Iterator[tuple[int, PlannedMeeting, PlannedMeeting]]:
    """Yield, for each thing that only one meeting can have at a time, the pairs that both want it."""
    wanted: defaultdict[int, list[PlannedMeeting]] = defaultdict(list)
    for key, meeting in pairs:
        wanted[key].append(meeting)
    for key, meetings in wanted.items():
        for one, other in _together(meetings):
            yield key, one, other


def _both(one: PlannedMeeting, other: PlannedMeeting) -> dict[str, object]:
    """Return how a sentence names two meetings."""
    return {"one": _named(one), "other": _named(other), "day": one.day}


def _named(meeting: PlannedMeeting) -> Message:
    return say("%(title)s (%(batch)s, %(hours)s)", title=meeting.title or say("pertemuan"), batch=meeting.batch,
               hours=meeting.hours)


def _alone(
    meeting: PlannedMeeting, rooms: Mapping[int, RoomFacts], trainers: Mapping[int, TrainerFacts],
    batches: Mapping[str, BatchFacts],
) -> Iterator[Clash]:
    """Yield what speaks against a meeting whatever else is held."""
    facts = batches.get(meeting.batch, BatchFacts())
    if meeting.stage is not None and not meeting.stage.first_day <= meeting.day <= meeting.stage.last_day:
        yield Clash(ClashKind.OUTSIDE_STAGE, meeting, None, None, say(
            "%(one)s pada %(day)s berada di luar tahapnya, %(first)s sampai %(last)s.", one=_named(meeting),
            day=meeting.day, first=meeting.stage.first_day, last=meeting.stage.last_day),
            say("Pilih hari dalam tahap itu, atau ubah tanggal tahapnya."))
    if facts.working_time is not None:
        yield from _worked(meeting, facts.working_time)
    room = rooms.get(meeting.room) if meeting.room is not None else None
    if room is not None:
        yield from _in_room(meeting, room, facts.heads)
    for trainer_id, _ in meeting.trainers:
        trainer = trainers.get(trainer_id)
        away = next((span for span in trainer.absences if span.holds(meeting.day)), None) if trainer else None
        if trainer is not None and away is not None:
            yield Clash(ClashKind.ABSENT, meeting, None, trainer_id, say(
                "%(trainer)s tidak hadir pada %(day)s%(reason)s, padahal mengajar %(one)s.", trainer=trainer.name,
                day=meeting.day, reason=_because(away), one=_named(meeting)),
                say("Pilih pengajar lain atau hari lain."))


def _worked(meeting: PlannedMeeting, working_time: WorkingTime) -> Iterator[Clash]:
    closed = working_time.closed_on(meeting.day)
    if closed is not None:
        yield Clash(ClashKind.CLOSED, meeting, None, None, say(
            "%(one)s jatuh pada %(day)s yang tidak dikerjakan: %(name)s.", one=_named(meeting), day=meeting.day,
            name=closed.name), say("Pilih hari kerja."))
        return
    hours = working_time.hours_on(meeting.day)
    if not lies_within(hours, meeting.starts, meeting.ends):
        yield Clash(ClashKind.HOURS, meeting, None, None, say(
            "%(one)s pada %(day)s berada di luar jam kerja %(hours)s.", one=_named(meeting), day=meeting.day,
            hours=hours_text(hours[0][0], hours[-1][1])), say("Pilih jam di antara awal dan akhir jam kerja."))


def _in_room(meeting: PlannedMeeting, room: RoomFacts, heads: int) -> Iterator[Clash]:
    closed = next((span for span in room.closures if span.holds(meeting.day)), None)
    if closed is not None:
        yield Clash(ClashKind.CLOSED, meeting, None, meeting.room, say(
            "%(room)s ditutup pada %(day)s%(reason)s, padahal dipakai %(one)s.", room=room.name, day=meeting.day,
            reason=_because(closed), one=_named(meeting)), say("Pilih ruang lain atau hari lain."))
    if heads > room.seats:
        yield Clash(ClashKind.CAPACITY, meeting, None, meeting.room, say(
            "%(room)s mempunyai %(seats)s kursi, sedangkan %(one)s untuk %(heads)s orang.", room=room.name,
            seats=room.seats, heads=heads, one=_named(meeting)), say("Pilih ruang yang lebih besar."))


def _because(span: Span) -> Message | str:
    return say(" (%(reason)s)", reason=span.reason) if span.reason else ""


def _rooms_twice(meetings: Sequence[PlannedMeeting], rooms: Mapping[int, RoomFacts]) -> Iterator[Clash]:
    for room, one, other in _shared_by(
            (meeting.room, meeting) for meeting in meetings if meeting.room is not None):
        yield Clash(ClashKind.ROOM, one, other, room, say(
            "%(room)s dipakai dua kali pada %(day)s: %(one)s dan %(other)s.",
            room=rooms[room].name if room in rooms else say("Ruang"), **_both(one, other)),
            say("Pindahkan salah satu ke ruang, hari atau jam lain."))


def _trainers_twice(meetings: Sequence[PlannedMeeting], trainers: Mapping[int, TrainerFacts]) -> Iterator[Clash]:
    for trainer, one, other in _shared_by(
            (trainer, meeting) for meeting in meetings for trainer, _ in meeting.trainers):
        yield Clash(ClashKind.TRAINER, one, other, trainer, say(
            "%(trainer)s mengajar dua kali pada %(day)s: %(one)s dan %(other)s.",
            trainer=_trainer_name(trainers, trainer), **_both(one, other)),
            say("Pilih pengajar lain untuk salah satunya, atau pindahkan hari atau jamnya."))


def _trainer_name(trainers: Mapping[int, TrainerFacts], trainer: int) -> Message | str:
    return trainers[trainer].name if trainer in trainers else say("Pengajar")


def _participants_twice(meetings: Sequence[PlannedMeeting], batches: Mapping[str, BatchFacts]) -> Iterator[Clash]:
    by_batch: defaultdict[str, list[PlannedMeeting]] = defaultdict(list)
    for meeting in meetings:
        by_batch[meeting.batch].append(meeting)
    for own in by_batch.values():
        for one, other in _together(own):
            yield Clash(ClashKind.PARTICIPANT, one, other, None, say(
                "Peserta angkatan yang sama berada di dua pertemuan pada %(day)s: %(one)s dan %(other)s.",
                **_both(one, other)), say("Pindahkan salah satu ke hari atau jam lain."))
    for (first, second), people in _batches_that_share(batches, by_batch).items():
        if by_batch[first][-1].day < by_batch[second][0].day or by_batch[second][-1].day < by_batch[first][0].day:
            continue
        for one, other in _together(sorted((*by_batch[first], *by_batch[second]), key=_begins)):
            if one.batch != other.batch:
                yield Clash(ClashKind.PARTICIPANT, one, other, None, say(
                    "%(count)s peserta harus berada di dua pertemuan pada %(day)s: %(one)s dan %(other)s.",
                    count=len(people), **_both(one, other)),
                    say("Pindahkan salah satu pertemuan, atau pindahkan pesertanya ke angkatan lain."), people)


def _batches_that_share(
    batches: Mapping[str, BatchFacts], held: Iterable[str]
) -> dict[tuple[str, str], tuple[int, ...]]:
    """Return the people whom two batches have in common, by the pair of their codes in order."""
    given: defaultdict[int, list[str]] = defaultdict(list)
    for code in sorted(held):
        for person in batches[code].participants if code in batches else ():
            given[person].append(code)
    shared: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
    for person in sorted(given):
        for pair in combinations(given[person], 2):
            shared[pair].append(person)
    return {pair: tuple(people) for pair, people in shared.items()}


def _ways(
    meetings: Sequence[PlannedMeeting], rooms: Mapping[int, RoomFacts], trainers: Mapping[int, TrainerFacts],
    travel: TravelTimes,
) -> Iterator[Clash]:
    """Yield ways between one meeting and the next of the day that are longer than the time between them."""
    placed = [meeting for meeting in meetings if meeting.room in rooms]
    by_trainer: defaultdict[int, list[PlannedMeeting]] = defaultdict(list)
    by_batch: defaultdict[str, list[PlannedMeeting]] = defaultdict(list)
    for meeting in placed:
        by_batch[meeting.batch].append(meeting)
        for trainer, _ in meeting.trainers:
            by_trainer[trainer].append(meeting)
    for trainer, held in by_trainer.items():
        for one, other, minutes in _too_far(held, rooms, travel):
            yield Clash(ClashKind.TRAVEL, one, other, trainer, say(
                "%(trainer)s perlu %(minutes)s menit dari %(one)s ke %(other)s pada %(day)s, tetapi hanya ada %(left)s "
                "menit.", trainer=_trainer_name(trainers, trainer), minutes=minutes, left=other.starts - one.ends,
                **_both(one, other)), say("Beri waktu lebih di antara keduanya, atau pilih pengajar lain."))
    for held in by_batch.values():
        for one, other, minutes in _too_far(held, rooms, travel):
            yield Clash(ClashKind.TRAVEL, one, other, None, say(
                "Peserta perlu %(minutes)s menit dari %(one)s ke %(other)s pada %(day)s, tetapi hanya ada %(left)s "
                "menit.", minutes=minutes, left=other.starts - one.ends, **_both(one, other)),
                say("Beri waktu lebih di antara keduanya, atau pilih ruang di tempat yang sama."))


def _too_far(
    meetings: Sequence[PlannedMeeting], rooms: Mapping[int, RoomFacts], travel: TravelTimes
) -> Iterator[tuple[PlannedMeeting, PlannedMeeting, int]]:
    """Yield each meeting with the one that ends last before it on its day, where the way between takes too long."""
    for _, day in groupby(meetings, key=lambda meeting: meeting.day):
        before: list[PlannedMeeting] = []
        for other in day:
            one = max((earlier for earlier in before if earlier.ends <= other.starts),
                      key=lambda earlier: (earlier.ends, earlier.id), default=None)
            before.append(other)
            if one is None or one.room is None or other.room is None:
                continue
            minutes = travel.travel_minutes(rooms[one.room].place, rooms[other.room].place) or 0
            if minutes > other.starts - one.ends:
                yield one, other, minutes


def _loads(meetings: Sequence[PlannedMeeting], trainers: Mapping[int, TrainerFacts]) -> Iterator[Clash]:
    total: dict[tuple[int, int], int] = {}
    beyond: dict[tuple[int, int], PlannedMeeting] = {}
    for meeting in meetings:
        for trainer, jp in meeting.trainers:
            facts = trainers.get(trainer)
            if facts is None or facts.yearly_jp is None:
                continue
            key = trainer, meeting.day.year
            total[key] = total.get(key, facts.jp_elsewhere.get(meeting.day.year, 0)) + jp
            if total[key] > facts.yearly_jp:
                beyond.setdefault(key, meeting)
    for (trainer, year), meeting in beyond.items():
        facts = trainers[trainer]
        yield Clash(ClashKind.LOAD, meeting, None, trainer, say(
            "%(trainer)s mendapat %(jp)s JP pada tahun %(year)s, lebih dari %(most)s JP setahun; terlampaui sejak "
            "%(one)s pada %(day)s.", trainer=facts.name, jp=Amount(total[trainer, year]), year=year,
            most=Amount(facts.yearly_jp or 0), one=_named(meeting), day=meeting.day),
            say("Bagikan pertemuan kepada pengajar lain, atau ubah batas JP-nya."))
