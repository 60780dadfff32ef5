"""The calendar of trainings: months, weeks, rooms, trainers, one's own; over meetings, and stages without meetings."""

from __future__ import annotations

from calendar import monthrange
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from itertools import groupby

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from kompetensi.messages import Message, say
from kompetensi.models import (
    Batch,
    BatchStage,
    BatchTrainer,
    Enrolment,
    Meeting,
    MeetingTrainer,
    Room,
    Trainer,
    Training,
    Unit,
)
from kompetensi.rules.access import Actor, Role
from kompetensi.rules.clashes import BatchFacts, find_clashes, hours_text
from kompetensi.rules.enrolment import LIVE
from kompetensi.rules.working_time import ClosureKind
from kompetensi.services.access import require, scope_unit_ids
from kompetensi.services.calendar_links import CalendarKind, conditions_of
from kompetensi.services.lookup import training_by_code, unit_by_code
from kompetensi.services.meeting_facts import load_meeting_facts, planned_meeting
from kompetensi.services.working_time import load_working_time

__all__ = ["CalendarChoices", "CalendarDay", "CalendarEntry", "CalendarView", "CalendarViewKind", "Lane", "LaneCell",
           "calendar_view", "lane_month"]

# The calendar goes no farther than years that people mean.
_FIRST_YEAR, _LAST_YEAR = 2000, 2100
_MOST_TEXT = 120


class CalendarViewKind(StrEnum):
    """How the calendar is looked at."""

    MONTH = "bulan"
    WEEK = "minggu"
    ROOMS = "ruang"
    TRAINERS = "pengajar"
    MINE = "saya"


@dataclass(frozen=True, slots=True)
class CalendarEntry:
    """One meeting, or a stage whose hours nobody has set.

    Attributes
    ----------
    batch, training : str
        Code of the batch; name of the training.
    title : str
        What is taught, or the stage's name; may be empty.
    first_day, last_day : datetime.date
        Of a meeting the same day.
    starts, ends : int or None
        Minutes after midnight; None = whole days.
    mode : str
        Of the stage; empty for a meeting without one.
    rooms, trainers : tuple of (int, str)
        Id and name.
    few : bool
        Whether the batch has fewer participants than it needs.
    meeting : int or None
    status : str
        Of the reader's own seat, ``TEACHES`` where he teaches, or empty.
    cancelled : bool
    clashes : tuple of Message
        What speaks against it, in sentences; only for those who can change it, and for the reader's own meetings.
    """

    batch: str
    training: str
    title: str
    first_day: date
    last_day: date
    starts: int | None = None
    ends: int | None = None
    mode: str = ""
    place: str = ""
    rooms: tuple[tuple[int, str], ...] = ()
    trainers: tuple[tuple[int, str], ...] = ()
    seats: int = 0
    taken: int = 0
    few: bool = False
    meeting: int | None = None
    status: str = ""
    cancelled: bool = False
    clashes: tuple[Message, ...] = ()

    @property
    def hours(self) -> str:
        """Its hours as people write them; empty for whole days."""
        return "" if self.starts is None or self.ends is None else hours_text(self.starts, self.ends)


@dataclass(frozen=True, slots=True)
class CalendarDay:
    """One day with what is held on it, whole days first, then by hour.

    Attributes
    ----------
    outside : bool
        Whether it only fills a week of the month before or after.
    off : bool
        Whether nothing is worked on it.
    holiday : str or Message
        Name of the holiday; empty for a day of work and for the days of rest of each week.
    """

    day: date
    entries: tuple[CalendarEntry, ...]
    outside: bool = False
    off: bool = False
    holiday: Message | str = ""

    @property
    def batches(self) -> tuple[tuple[CalendarEntry, int], ...]:
        """Return one entry of each batch, and how many it has that day: what clashes first, then by hour, whole days last."""
        grouped = groupby(sorted(self.entries, key=lambda entry: entry.batch), key=lambda entry: entry.batch)
        chosen = [(min(items, key=lambda entry: (not entry.clashes, entry.starts or 0)), len(items))
                  for items in (tuple(group) for _, group in grouped)]
        return tuple(sorted(chosen, key=lambda pair: (not pair[0].clashes, pair[0].starts is None, pair[0].starts or 0,
                                                      pair[0].batch)))


@dataclass(frozen=True, slots=True)
class LaneCell:
    """A run of days in a row of rooms or trainers; `code` is empty for a day without an event.

    Attributes
    ----------
    days : int
        How many columns it takes, at least 1.
    off : bool
        Whether nothing is worked on an empty day.
    clashes : tuple of Message
    """

    days: int
    off: bool = False
    code: str = ""
    name: str = ""
    taken: int = 0
    seats: int = 0
    few: bool = False
    clashes: tuple[Message, ...] = ()


@dataclass(frozen=True, slots=True)
class Lane:
    """A row of a room or a trainer in a month; one with batches on the same days has several.

    Attributes
    ----------
    key : int
        Id of the room or trainer.
    note : str
        Where the room is.
    rows : int
        How many rows it has, in the first of them; 0 in the others.
    may_share : bool
        Whether the reader may make links to its calendar.
    """

    key: int
    name: str
    note: str
    cells: tuple[LaneCell, ...]
    rows: int = 1
    may_share: bool = False


@dataclass(frozen=True, slots=True)
class CalendarChoices:
    """What can be filtered by: code and name of trainings and centres, and places; each in the order of its name."""

    trainings: tuple[tuple[str, str], ...]
    centres: tuple[tuple[str, str], ...]
    places: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CalendarView:
    """The calendar in one view.

    Attributes
    ----------
    kind : CalendarViewKind
    first, last : datetime.date
        The span that was asked for, both inclusive.
    previous, following : datetime.date
        A day of the span before and after.
    weeks : tuple of tuple of CalendarDay
        Monday to Sunday; of a month with the days that fill its first and last week.
    lanes : tuple of Lane
        Rooms or trainers by days; empty in other views.
    entries, batches, clashing : int
        How many meetings and stages, of how many batches, and how many of them clash.
    answer : Message
    sees_clashes : bool
        Whether clashes are looked for: for a training centre among its batches, in one's own calendar among one's own.
    has_record : bool
        Whether the reader's account belongs to a person.
    owner_id : int or None
        The reader as a person, for his links.
    """

    kind: CalendarViewKind
    first: date
    last: date
    previous: date
    following: date
    weeks: tuple[tuple[CalendarDay, ...], ...]
    lanes: tuple[Lane, ...]
    entries: int
    batches: int
    clashing: int
    answer: Message
    choices: CalendarChoices
    sees_clashes: bool
    has_record: bool
    owner_id: int | None

    @property
    def days(self) -> tuple[CalendarDay, ...]:
        """Return the days of the span in order."""
        return tuple(day for week in self.weeks for day in week if not day.outside)

    @property
    def rows(self) -> tuple[tuple[CalendarEntry, tuple[tuple[CalendarEntry, ...], ...]], ...]:
        """Return each batch of the span by its first meeting, with what it has on each day; whole days come last."""
        held: dict[str, CalendarEntry] = {}
        for day in self.days:
            for entry in day.entries:
                if entry.batch not in held or (held[entry.batch].starts is None and entry.starts is not None):
                    held[entry.batch] = entry
        ordered = sorted(held.values(), key=lambda entry: (entry.starts is None, entry.first_day, entry.starts or 0, entry.batch))
        return tuple((first, tuple(tuple(entry for entry in day.entries if entry.batch == first.batch) for day in self.days))
                     for first in ordered)

    @property
    def clashes(self) -> tuple[Message, ...]:
        """Return what clashes in the span, each once, by day and hour."""
        return tuple(dict.fromkeys(fact for day in self.days for entry in day.entries for fact in entry.clashes))

    @property
    def stages(self) -> tuple[CalendarEntry, ...]:
        """Return the stages without hours, each once, by first day."""
        found = dict.fromkeys(entry for day in self.days for entry in day.entries if entry.starts is None)
        return tuple(sorted(found, key=lambda entry: (entry.first_day, entry.batch)))


def calendar_view(
    session: Session, actor: Actor, kind: CalendarViewKind, day: date, *, today: date, training: str = "",
    place: str = "", centre: str = "",
) -> CalendarView:
    """Return what is held in the week or month of a day.

    Parameters
    ----------
    day : datetime.date
        Any day of it; years outside of 2000 to 2100 are taken as the nearest of these.
    training : str
        Only of this training, by code.
    place : str
        Only at this place, as a batch or a room names it.
    centre : str
        Only of this training centre, by the code of its unit, and those below it.

    Raises
    ------
    NotFound
        If there is no such training or unit.
    NotAllowed
        If nobody has signed in.
    """
    require(session, actor, "courses.view", on=today)
    day = min(max(day, date(_FIRST_YEAR, 1, 1)), date(_LAST_YEAR, 12, 31))
    first, last = _span(kind, day)
    shown_first = first - timedelta(days=first.weekday())
    shown_last = last + timedelta(days=6 - last.weekday())
    meetings, stages = _filters(session, training, place.strip()[:_MOST_TEXT], centre)
    if kind is CalendarViewKind.MINE:
        own = conditions_of(CalendarKind.PERSON, actor.person_id or 0)
        meetings, stages = [*meetings, own[0]], [*stages, own[1]]
    clashes = _clashes(session, actor, kind, shown_first, shown_last)
    own_statuses = _own_statuses(session, actor) if kind is CalendarViewKind.MINE else {}
    entries = [*_meetings(session, shown_first, shown_last, meetings, clashes or {}, own_statuses,
                          cancelled=kind is CalendarViewKind.MINE),
               *_stages(session, shown_first, shown_last, stages, own_statuses, own=kind is CalendarViewKind.MINE)]
    days = _days(session, actor, entries, first, last, shown_first, shown_last, centre)
    lanes = _lanes(kind, entries, [one for one in days if not one.outside], _shared(session, actor, kind))
    inside = [entry for entry in entries if entry.first_day <= last and entry.last_day >= first]
    if kind in (CalendarViewKind.ROOMS, CalendarViewKind.TRAINERS):
        inside = [entry for entry in inside if (entry.rooms if kind is CalendarViewKind.ROOMS else entry.trainers)]
    batches = {entry.batch for entry in inside if not entry.cancelled}
    clashing = sum(bool(entry.clashes) for entry in inside)
    return CalendarView(
        kind, first, last, first - timedelta(days=1), last + timedelta(days=1),
        tuple(tuple(days[at:at + 7]) for at in range(0, len(days), 7)), lanes, len(inside), len(batches), clashing,
        _answer(kind, first, len(batches), clashing), _choices(session), clashes is not None,
        actor.person_id is not None, actor.person_id)


def lane_month(session: Session, actor: Actor, day: date, *, today: date) -> CalendarView:
    """Return the rooms of the month of a day with the batches of the actor's training centre.

    Raises
    ------
    NotAllowed
        If nobody has signed in.
    """
    scope = scope_unit_ids(session, actor, Role.TRAINING_CENTRE)
    code = session.scalar(select(Unit.code).where(Unit.id.in_(
        [grant.unit_id for grant in actor.grants if grant.role is Role.TRAINING_CENTRE][:1]))) if scope else ""
    return calendar_view(session, actor, CalendarViewKind.ROOMS, day, today=today, centre=code or "")


def _span(kind: CalendarViewKind, day: date) -> tuple[date, date]:
    if kind is CalendarViewKind.WEEK:
        monday = day - timedelta(days=day.weekday())
        return monday, monday + timedelta(days=6)
    return day.replace(day=1), day.replace(day=monthrange(day.year, day.month)[1])


def _answer(kind: CalendarViewKind, first: date, batches: int, clashing: int) -> Message:
    if not batches:
        return (say("Tidak ada jadwal Anda pada masa ini.") if kind is CalendarViewKind.MINE
                else say("Tidak ada pelatihan pada masa ini."))
    held = (say("**%(count)s angkatan** dalam jadwal Anda.", count=batches) if kind is CalendarViewKind.MINE
            else say("**%(count)s angkatan** berlangsung.", count=batches))
    return say("%(held)s **%(count)s jadwal bentrok.**", held=held, count=clashing) if clashing else held


# --- reading -----------------------------------------------------------------------------------------------------------


def _filters(
    session: Session, training: str, place: str, centre: str
) -> tuple[list[ColumnElement[bool]], list[ColumnElement[bool]]]:
    """Return the conditions on meetings and on stages; both are read together with their batch."""
    shared: list[ColumnElement[bool]] = []
    if training:
        shared.append(Batch.training_id == training_by_code(session, training).id)
    if centre:
        shared.append(Batch.organiser_id.in_(_below(session, unit_by_code(session, centre).id)))
    if not place:
        return shared, list(shared)
    at_place = select(Room.id).where(Room.place == place)
    return ([*shared, or_(Meeting.room_id.in_(at_place), and_(Meeting.room_id.is_(None), Batch.place == place))],
            [*shared, or_(Batch.place == place, Batch.room_id.in_(at_place))])


def _below(session: Session, unit_id: int) -> frozenset[int]:
    children: defaultdict[int | None, list[int]] = defaultdict(list)
    for child, parent in session.execute(select(Unit.id, Unit.parent_id)):
        children[parent].append(child)
    found, waiting = set[int](), [unit_id]
    while waiting:
        one = waiting.pop()
        if one not in found:
            found.add(one)
            waiting += children[one]
    return frozenset(found)


def _own_statuses(session: Session, actor: Actor) -> Mapping[int, str]:
    return dict(session.execute(select(Enrolment.batch_id, Enrolment.status).where(
        Enrolment.person_id == actor.person_id, Enrolment.status.in_(LIVE))).all())


def _clashes(
    session: Session, actor: Actor, kind: CalendarViewKind, first: date, last: date
) -> dict[int, tuple[Message, ...]] | None:
    """Return what speaks against meetings, by id; None for a reader to whom it is not told."""
    found: defaultdict[int, list[Message]] = defaultdict(list)
    if kind is CalendarViewKind.MINE:
        if actor.person_id is None:
            return {}
        own = conditions_of(CalendarKind.PERSON, actor.person_id)[0]
        rows = session.scalars(
            select(Meeting).join(Meeting.batch).where(
                own, Meeting.day.between(first, last), Meeting.cancelled.is_(False), Batch.status != "CANCELLED")
            .options(joinedload(Meeting.batch), joinedload(Meeting.stage), joinedload(Meeting.subject),
                     selectinload(Meeting.trainers))).all()
        me = BatchFacts(1, frozenset({actor.person_id}))
        clashes = find_clashes([planned_meeting(row, row.batch) for row in rows],
                               batches={row.batch.code: me for row in rows})
        seen = None
    else:
        scope = scope_unit_ids(session, actor, Role.TRAINING_CENTRE)
        if scope is not None and not scope:
            return None
        query = select(Batch.code)
        seen = set(session.scalars(query if scope is None else query.where(Batch.organiser_id.in_(scope))))
        clashes = load_meeting_facts(session, first, last).clashes()
    for clash in clashes:
        for meeting in (clash.meeting, clash.other):
            if meeting is not None and (seen is None or meeting.batch in seen):
                found[meeting.id].append(clash.fact)
    return {key: tuple(facts) for key, facts in found.items()}


def _meetings(
    session: Session, first: date, last: date, wanted: Sequence[ColumnElement[bool]],
    clashes: Mapping[int, tuple[Message, ...]], statuses: Mapping[int, str], *, cancelled: bool,
) -> Iterator[CalendarEntry]:
    held = [] if cancelled else [Meeting.cancelled.is_(False), Batch.status != "CANCELLED"]
    rows = session.scalars(
        select(Meeting).join(Meeting.batch).where(Meeting.day.between(first, last), *held, *wanted)
        .options(joinedload(Meeting.batch).joinedload(Batch.training), joinedload(Meeting.subject),
                 joinedload(Meeting.stage), joinedload(Meeting.room),
                 selectinload(Meeting.trainers).joinedload(MeetingTrainer.trainer))
        .order_by(Meeting.day, Meeting.starts, Meeting.id))
    for row in rows:
        batch = row.batch
        yield CalendarEntry(
            batch.code, batch.training.name, row.title or (row.subject.name if row.subject else ""), row.day, row.day,
            row.starts, row.ends, row.stage.mode if row.stage else "", row.room.place if row.room else batch.place,
            ((row.room.id, row.room.name),) if row.room else (),
            tuple(sorted(((part.trainer.id, part.trainer.name) for part in row.trainers), key=lambda pair: pair[1])),
            batch.seats, batch.seats_taken, batch.seats_taken < batch.min_participants, row.id,
            statuses.get(batch.id, "TEACHES") if cancelled else "", row.cancelled or batch.status == "CANCELLED",
            clashes.get(row.id, ()))


def _stages(
    session: Session, first: date, last: date, wanted: Sequence[ColumnElement[bool]], statuses: Mapping[int, str],
    *, own: bool,
) -> Iterator[CalendarEntry]:
    rows = session.scalars(
        select(BatchStage).join(BatchStage.batch).where(
            BatchStage.first_day <= last, BatchStage.last_day >= first, Batch.status != "CANCELLED",
            ~select(Meeting.id).where(Meeting.stage_id == BatchStage.id).exists(), *wanted)
        .options(joinedload(BatchStage.batch).joinedload(Batch.training), joinedload(BatchStage.batch).joinedload(Batch.room),
                 joinedload(BatchStage.batch).selectinload(Batch.trainers).joinedload(BatchTrainer.trainer))
        .order_by(BatchStage.first_day, BatchStage.id))
    for row in rows:
        batch = row.batch
        yield CalendarEntry(
            batch.code, batch.training.name, row.name, row.first_day, row.last_day, None, None, row.mode, batch.place,
            ((batch.room.id, batch.room.name),) if batch.room and row.mode == "CLASSICAL" else (),
            tuple(sorted(((part.trainer.id, part.trainer.name) for part in batch.trainers), key=lambda pair: pair[1]))
            if row.mode in ("CLASSICAL", "DISTANCE") else (),
            batch.seats, batch.seats_taken, batch.seats_taken < batch.min_participants, None,
            statuses.get(batch.id, "TEACHES") if own else "")


def _choices(session: Session) -> CalendarChoices:
    trainings = session.execute(select(Training.code, Training.name).where(
        Training.id.in_(select(Batch.training_id))).order_by(Training.name, Training.code)).all()
    centres = session.execute(select(Unit.code, Unit.name).where(
        Unit.id.in_(select(Batch.organiser_id))).order_by(Unit.name, Unit.code)).all()
    places = {*session.scalars(select(Batch.place).distinct()), *session.scalars(select(Room.place).distinct())}
    return CalendarChoices(tuple((row.code, row.name) for row in trainings), tuple((row.code, row.name) for row in centres),
                           tuple(sorted(filter(None, places))))


# --- laying out --------------------------------------------------------------------------------------------------------


def _days(
    session: Session, actor: Actor, entries: Iterable[CalendarEntry], first: date, last: date, shown_first: date,
    shown_last: date, centre: str,
) -> list[CalendarDay]:
    unit_id = unit_by_code(session, centre).id if centre else next(
        (grant.unit_id for grant in actor.grants if grant.role is Role.TRAINING_CENTRE), None)
    if unit_id is None:
        unit_id = session.scalar(select(func.min(Batch.organiser_id)))
    time = load_working_time(session, unit_id, shown_first, shown_last)
    of_day: defaultdict[date, list[CalendarEntry]] = defaultdict(list)
    for entry in entries:
        since, until = max(entry.first_day, shown_first), min(entry.last_day, shown_last)
        for offset in range((until - since).days + 1):
            of_day[since + timedelta(days=offset)].append(entry)
    days = []
    for offset in range((shown_last - shown_first).days + 1):
        day = shown_first + timedelta(days=offset)
        closed = time.closed_on(day)
        held = sorted(of_day[day], key=lambda entry: (entry.starts is not None, entry.starts or 0, entry.batch,
                                                      entry.meeting or 0))
        days.append(CalendarDay(
            day, tuple(held), not first <= day <= last, closed is not None,
            closed.name if closed is not None and closed.kind is not ClosureKind.REST else ""))
    return days


@dataclass(frozen=True, slots=True)
class _Run:
    """A batch on days that follow each other, in one room or with one trainer."""

    first: date
    last: date
    entry: CalendarEntry
    clashes: tuple[Message, ...]


def _shared(session: Session, actor: Actor, kind: CalendarViewKind) -> frozenset[int]:
    """Return the rooms, or trainers, whose calendar the actor may share as their training centre."""
    scope = scope_unit_ids(session, actor, Role.TRAINING_CENTRE)
    owner = Room if kind is CalendarViewKind.ROOMS else Trainer
    if kind not in (CalendarViewKind.ROOMS, CalendarViewKind.TRAINERS) or scope == frozenset():
        return frozenset()
    query = select(owner.id)
    return frozenset(session.scalars(query if scope is None else query.where(owner.unit_id.in_(scope))))


def _lanes(
    kind: CalendarViewKind, entries: Iterable[CalendarEntry], days: Sequence[CalendarDay], shared: frozenset[int]
) -> tuple[Lane, ...]:
    if kind not in (CalendarViewKind.ROOMS, CalendarViewKind.TRAINERS):
        return ()
    first, last = days[0].day, days[-1].day
    held: defaultdict[tuple[str, str, int], defaultdict[str, list[CalendarEntry]]] = defaultdict(lambda: defaultdict(list))
    for entry in entries:
        if entry.first_day <= last and entry.last_day >= first:
            for key, name in entry.rooms if kind is CalendarViewKind.ROOMS else entry.trainers:
                held[entry.place if kind is CalendarViewKind.ROOMS else "", name, key][entry.batch].append(entry)
    lanes: list[Lane] = []
    for (note, name, key), batches in sorted(held.items()):
        runs = sorted((run for items in batches.values() for run in _runs(items, first, last)),
                      key=lambda run: (run.first, run.last, run.entry.batch))
        rows = _rows(runs)
        lanes += [Lane(key, name, note, _cells(row, days), len(rows) if number == 0 else 0, key in shared)
                  for number, row in enumerate(rows)]
    return tuple(lanes)


def _runs(entries: Sequence[CalendarEntry], first: date, last: date) -> Iterator[_Run]:
    """Join the days of one batch that follow each other."""
    spans = sorted({(max(entry.first_day, first), min(entry.last_day, last)) for entry in entries})
    joined: list[tuple[date, date]] = []
    for since, until in spans:
        if joined and since <= joined[-1][1] + timedelta(days=1):
            joined[-1] = joined[-1][0], max(joined[-1][1], until)
        else:
            joined.append((since, until))
    for since, until in joined:
        inside = [entry for entry in entries if entry.first_day <= until and entry.last_day >= since]
        yield _Run(since, until, inside[0],
                   tuple(dict.fromkeys(fact for entry in inside for fact in entry.clashes)))


def _rows(runs: Iterable[_Run]) -> list[list[_Run]]:
    """Spread runs, in order of first day, over as few rows as keep each row free of overlaps."""
    rows: list[list[_Run]] = []
    for run in runs:
        row = next((row for row in rows if row[-1].last < run.first), None)
        if row is None:
            rows.append([run])
        else:
            row.append(run)
    return rows


def _cells(row: Iterable[_Run], days: Sequence[CalendarDay]) -> tuple[LaneCell, ...]:
    cells: list[LaneCell] = []
    first = days[0].day
    at = 0
    for run in row:
        begins = (run.first - first).days
        cells += [LaneCell(1, off=day.off) for day in days[at:begins]]
        at = (run.last - first).days + 1
        entry = run.entry
        cells.append(LaneCell(at - begins, code=entry.batch, name=entry.training, taken=entry.taken, seats=entry.seats,
                              few=entry.few, clashes=run.clashes))
    return (*cells, *(LaneCell(1, off=day.off) for day in days[at:]))
