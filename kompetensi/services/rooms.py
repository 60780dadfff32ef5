"""Rooms of the training centres: what they offer, what takes them, when they are free; opened, closed, retired."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from kompetensi.errors import Conflict, InvalidInput, NotFound
from kompetensi.messages import say
from kompetensi.models import Room, RoomClosure
from kompetensi.rules.access import Actor, Role
from kompetensi.rules.resources import FEATURES, Span, free_spans
from kompetensi.rules.working_time import WorkingTime
from kompetensi.services.access import require, scope_unit_ids
from kompetensi.services.audit import record
from kompetensi.services.bookings import Booking, overlapping, room_bookings, told
from kompetensi.services.lookup import unit_by_code
from kompetensi.services.working_time import load_working_time

__all__ = ["HORIZON", "ClosureView", "RoomContent", "RoomItem", "RoomList", "RoomState", "RoomView", "check_span", "close_room",
           "create_room", "edit_room", "list_rooms", "open_room", "retire_room", "room_content", "view_room"]

HORIZON = timedelta(days=120)
"""How far ahead free days are looked for."""

_FAR = date(9999, 12, 31)
_MOST_SEATS = 999


class RoomState(StrEnum):
    """What a room is on a day."""

    FREE = "FREE"
    TAKEN = "TAKEN"
    CLOSED = "CLOSED"
    RETIRED = "RETIRED"


@dataclass(frozen=True, slots=True)
class ClosureView:
    """Days on which a room cannot be used, both inclusive; `touched` batches have days in it."""

    id: int
    first_day: date
    last_day: date
    reason: str
    touched: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RoomItem:
    """A room in a list.

    Attributes
    ----------
    features : tuple of str
        Codes of `rules.resources.FEATURES`, in order.
    unit : str
        Training centre that keeps it; empty when all may use it.
    state : RoomState
        Today.
    until : date or None
        Last day of what closes it today; None when nothing does.
    taken_by : Booking or None
        What takes it today.
    free : tuple of (Span, int)
        Runs of working days within the horizon on which nothing takes or closes it, with their number of working days.
    """

    id: int
    name: str
    place: str
    seats: int
    features: tuple[str, ...]
    unit: str
    unit_code: str
    retired_on: date | None
    state: RoomState
    until: date | None
    taken_by: Booking | None
    free: tuple[tuple[Span, int], ...]
    may_edit: bool


@dataclass(frozen=True, slots=True)
class RoomList:
    """Rooms by place and name.

    Attributes
    ----------
    places : tuple of str
        All places that have a room, whatever was asked for.
    total : int
        All rooms that are in use, whatever was asked for.
    may_create : bool
    """

    rooms: tuple[RoomItem, ...]
    places: tuple[str, ...]
    total: int
    may_create: bool


@dataclass(frozen=True, slots=True)
class RoomView:
    """One room with its closures that have not ended and what takes it from today on, by first day."""

    item: RoomItem
    closures: tuple[ClosureView, ...]
    bookings: tuple[Booking, ...]
    horizon: date


@dataclass(frozen=True, slots=True)
class RoomContent:
    """What can be said about a room.

    Attributes
    ----------
    seats : int
        1..999.
    features : tuple of str
        Codes of `rules.resources.FEATURES`; their order does not matter.
    unit_code : str
        The centre that keeps it.
    """

    name: str
    place: str
    seats: int
    features: tuple[str, ...]
    unit_code: str


# --- looking ---------------------------------------------------------------------------------------------------------


def list_rooms(
    session: Session, actor: Actor, *, today: date, place: str = "", seats: int = 0, features: Sequence[str] = (),
    free: Span | None = None, retired: bool = False,
) -> RoomList:
    """Return rooms; the number of queries does not grow with them.

    Parameters
    ----------
    place : str
        Only rooms of this place; empty = of all.
    seats : int
        Only rooms with at least so many.
    features : sequence of str
        Only rooms that offer all of these.
    free : Span, optional
        Only rooms that nothing takes or closes on any day of it.
    retired : bool
        Also those that are no longer used.

    Raises
    ------
    NotAllowed
        If the actor is neither training centre nor admin.
    InvalidInput
        If a feature is none, or the span ends before it begins.
    """
    require(session, actor, "resources.view", on=today)
    _check_features(features)
    if free is not None and free[1] < free[0]:
        raise InvalidInput(say("Tanggal akhir %(until)s sebelum tanggal awal %(first)s.", until=free[1], first=free[0]),
                           where="until")
    rows = session.scalars(select(Room).options(selectinload(Room.closures), joinedload(Room.unit))
                           .order_by(Room.place, Room.name)).all()
    in_use = [row for row in rows if row.retired_on is None or row.retired_on > today]
    shown = [row for row in (rows if retired else in_use)
             if (not place or row.place == place) and row.seats >= seats and set(features) <= set(row.features)]
    last = max(today + HORIZON, free[1] if free else today)
    items = _items(session, actor, shown, min(today, free[0]) if free else today, last, today)
    bookings = room_bookings(session, [row.id for row in shown], *free) if free else {}
    if free is not None:
        items = [item for item, row in zip(items, shown, strict=True)
                 if row.id not in bookings and not _closures_in(row, *free)
                 and (row.retired_on is None or row.retired_on > free[1])]
    scope = scope_unit_ids(session, actor, Role.TRAINING_CENTRE)
    return RoomList(tuple(items), tuple(dict.fromkeys(row.place for row in rows)), len(in_use), scope is None or bool(scope))


def _closures_in(room: Room, first: date, last: date) -> list[RoomClosure]:
    return [closure for closure in room.closures if closure.first_day <= last and first <= closure.last_day]


def _items(
    session: Session, actor: Actor, rows: Sequence[Room], first: date, last: date, today: date
) -> list[RoomItem]:
    bookings = room_bookings(session, [row.id for row in rows], first, last)
    scope = scope_unit_ids(session, actor, Role.TRAINING_CENTRE)
    worked: dict[int | None, list[date]] = {}
    items = []
    for row in rows:
        if row.unit_id not in worked:
            worked[row.unit_id] = _worked(load_working_time(session, row.unit_id, today, today + HORIZON))
        items.append(_item(row, bookings.get(row.id, ()), worked[row.unit_id], today, scope is None or row.unit_id in scope))
    return items


def _worked(time: WorkingTime) -> list[date]:
    days = (date.fromordinal(ordinal) for ordinal in range(time.first.toordinal(), time.last.toordinal() + 1))
    return [day for day in days if time.hours_on(day)]


def _item(
    room: Room, bookings: Sequence[Booking], worked: Iterable[date], today: date, may_edit: bool
) -> RoomItem:
    closed = next((closure for closure in room.closures if closure.first_day <= today <= closure.last_day), None)
    taken = next(iter(overlapping(bookings, today, today)), None)
    retired = room.retired_on is not None and room.retired_on <= today
    state = (RoomState.RETIRED if retired else RoomState.CLOSED if closed else RoomState.TAKEN if taken else RoomState.FREE)
    spans = [(closure.first_day, closure.last_day) for closure in room.closures]
    spans += [span for booking in bookings for span in booking.spans]
    if room.retired_on is not None:
        spans.append((room.retired_on, _FAR))
    return RoomItem(
        room.id, room.name, room.place, room.seats, tuple(room.features), room.unit.name if room.unit else "",
        room.unit.code if room.unit else "", room.retired_on, state, closed.last_day if closed else None, taken,
        free_spans(worked, spans), may_edit)


def view_room(session: Session, actor: Actor, room_id: int, *, today: date) -> RoomView:
    """Open a room.

    Raises
    ------
    NotFound
        If there is none of that number.
    NotAllowed
        If the actor is neither training centre nor admin.
    """
    require(session, actor, "resources.view", on=today)
    room = _room(session, room_id)
    (item,) = _items(session, actor, [room], today, today + HORIZON, today)
    bookings = room_bookings(session, [room.id], today, _FAR).get(room.id, ())
    closures = tuple(
        ClosureView(closure.id, closure.first_day, closure.last_day, closure.reason,
                    tuple(booking.batch for booking in overlapping(bookings, closure.first_day, closure.last_day)))
        for closure in room.closures if closure.last_day >= today)
    return RoomView(item, closures, bookings, today + HORIZON)


def _room(session: Session, room_id: int) -> Room:
    room = session.get(Room, room_id, populate_existing=True)
    if room is None:
        raise NotFound(say("Tidak ada ruang nomor %(id)s.", id=room_id), where="ROOM")
    return room


def room_content(session: Session, actor: Actor, room_id: int, *, today: date) -> RoomContent:
    """Return what a room says now, to start a change from.

    Raises
    ------
    NotFound
        If there is none of that number.
    NotAllowed
        If it is not kept by the actor's training centre.
    """
    return _content_of(_own_room(session, actor, room_id, today))


def _own_room(session: Session, actor: Actor, room_id: int, today: date) -> Room:
    room = _room(session, room_id)
    require(session, actor, "resources.edit", on=today, unit_id=room.unit_id)
    return room


def _content_of(room: Room) -> RoomContent:
    return RoomContent(room.name, room.place, room.seats, tuple(room.features), room.unit.code if room.unit else "")


# --- changing --------------------------------------------------------------------------------------------------------


def _check_features(features: Iterable[str]) -> None:
    unknown = [code for code in features if code not in FEATURES]
    if unknown:
        raise InvalidInput(say("“%(code)s” bukan fasilitas yang dikenal; pilih dari: %(known)s.", code=unknown[0],
                               known=tuple(FEATURES)), where="features")


def _checked(content: RoomContent) -> RoomContent:
    name, place = " ".join(content.name.split()), " ".join(content.place.split())
    if not name or len(name) > 80:
        raise InvalidInput(say("Tulis nama ruang, paling panjang %(most)s huruf.", most=80), where="name")
    if not place or len(place) > 120:
        raise InvalidInput(say("Tulis tempat ruang, paling panjang %(most)s huruf.", most=120), where="place")
    if not 1 <= content.seats <= _MOST_SEATS:
        raise InvalidInput(say("Kursi antara %(least)s dan %(most)s.", least=1, most=_MOST_SEATS), where="seats")
    _check_features(content.features)
    return RoomContent(name, place, content.seats, tuple(sorted(set(content.features))), content.unit_code)


def _check_name(session: Session, content: RoomContent, room_id: int | None) -> None:
    other = session.scalars(select(Room.id).where(Room.place == content.place, Room.name == content.name)).one_or_none()
    if other is not None and other != room_id:
        raise Conflict(say("Sudah ada ruang “%(name)s” di %(place)s.", name=content.name, place=content.place),
                       where="name")


def create_room(session: Session, actor: Actor, content: RoomContent, *, today: date, now: datetime) -> int:
    """Add a room and return its number.

    Raises
    ------
    NotFound
        If there is no such unit.
    NotAllowed
        If the unit is not in the actor's training centre.
    InvalidInput
        If a value is missing or none, such as an unknown feature.
    Conflict
        If the place has a room of that name.
    """
    unit = unit_by_code(session, content.unit_code)
    require(session, actor, "resources.edit", on=today, unit_id=unit.id)
    content = _checked(content)
    _check_name(session, content, None)
    room = Room(name=content.name, place=content.place, seats=content.seats, features=list(content.features),
                unit_id=unit.id)
    session.add(room)
    session.flush()
    record(session, actor, "resources.edit:room", "room", room.id, now=now, detail={"after": _plain(content)})
    session.flush()
    return room.id


def edit_room(
    session: Session, actor: Actor, room_id: int, content: RoomContent, *, today: date, now: datetime
) -> bool:
    """Change a room; return whether anything differed.

    Raises
    ------
    NotFound
        If there is no such room or unit.
    NotAllowed
        If the room, or the unit that shall keep it, is not in the actor's training centre.
    InvalidInput
        If a value is missing or none.
    Conflict
        If the place has another room of that name, or a batch to come has more seats than the room would have.
    """
    room = _own_room(session, actor, room_id, today)
    unit = unit_by_code(session, content.unit_code)
    require(session, actor, "resources.edit", on=today, unit_id=unit.id)
    content, before = _checked(content), _content_of(room)
    if content == before:
        return False
    _check_name(session, content, room.id)
    if content.seats < room.seats:
        too_large = [booking for booking in room_bookings(session, [room.id], today, _FAR).get(room.id, ())
                     if booking.seats > content.seats]
        if too_large:
            raise Conflict(say("Lebih banyak kursi dijanjikan oleh %(batches)s; pindahkan angkatan itu dahulu.",
                               batches=told(too_large)), where="seats")
    room.name, room.place, room.seats, room.features = content.name, content.place, content.seats, list(content.features)
    room.unit = unit
    old, new = _plain(before), _plain(content)
    changed = [name for name in new if old[name] != new[name]]
    record(session, actor, "resources.edit:room", "room", room.id, now=now, detail={
        "before": {name: old[name] for name in changed}, "after": {name: new[name] for name in changed}})
    session.flush()
    return True


def _plain(content: RoomContent) -> dict[str, object]:
    return {"name": content.name, "place": content.place, "seats": content.seats, "features": list(content.features),
            "unit": content.unit_code}


def close_room(
    session: Session, actor: Actor, room_id: int, first: date, last: date, reason: str, *, today: date, now: datetime,
    despite: bool = False,
) -> tuple[Booking, ...]:
    """Close a room for days, both inclusive; return the batches that are held in it then.

    Parameters
    ----------
    despite : bool
        True = close it although batches are held in it; somebody has to move them.

    Raises
    ------
    NotFound
        If there is no such room.
    NotAllowed
        If it is not kept by the actor's training centre.
    InvalidInput
        If the days are past or in the wrong order, or the reason is missing.
    Conflict
        If it is closed on one of the days already, or batches are held in it; each is named.
    """
    room = _own_room(session, actor, room_id, today)
    reason = " ".join(reason.split())
    check_span(first, last, today)
    if not reason or len(reason) > 200:
        raise InvalidInput(say("Tulis alasan penutupan, paling panjang %(most)s huruf.", most=200), where="reason")
    for closure in _closures_in(room, first, last):
        raise Conflict(say("Ruang ini sudah ditutup %(first)s sampai %(last)s: %(reason)s", first=closure.first_day,
                           last=closure.last_day, reason=closure.reason), where="first_day")
    touched = overlapping(room_bookings(session, [room.id], first, last).get(room.id, ()), first, last)
    if touched and not despite:
        raise Conflict(say("Pada hari itu ruang ini dipakai %(batches)s. Pindahkan angkatannya dahulu, atau nyatakan "
                           "bahwa ruang tetap ditutup.", batches=told(touched)), where="despite")
    room.closures.append(RoomClosure(first_day=first, last_day=last, reason=reason))
    record(session, actor, "resources.edit:room", "room", room.id, now=now, detail={
        "closed": [first.isoformat(), last.isoformat()], "reason": reason,
        "touched": [booking.batch for booking in touched]})
    session.flush()
    return touched


def check_span(first: date, last: date, today: date) -> None:
    """Refuse days that begin before today or end before they begin; the fields are ``first_day`` and ``last_day``."""
    if first < today:
        raise InvalidInput(say("Mulai paling awal hari ini, %(today)s; hari yang lalu tidak diubah.", today=today),
                           where="first_day")
    if last < first:
        raise InvalidInput(say("Tanggal akhir %(until)s sebelum tanggal awal %(first)s.", until=last, first=first),
                           where="last_day")


def open_room(session: Session, actor: Actor, closure_id: int, *, today: date, now: datetime) -> int:
    """Take a closure back; one that has begun ends yesterday and stays as history. Return the room's number.

    Raises
    ------
    NotFound
        If there is no such closure.
    NotAllowed
        If the room is not kept by the actor's training centre.
    Conflict
        If it has ended.
    """
    closure = session.get(RoomClosure, closure_id)
    if closure is None:
        raise NotFound(say("Tidak ada penutupan nomor %(id)s.", id=closure_id), where="CLOSURE")
    room = _own_room(session, actor, closure.room_id, today)
    if closure.last_day < today:
        raise Conflict(say("Penutupan ini sudah berakhir %(day)s.", day=closure.last_day))
    detail = {"opened": [closure.first_day.isoformat(), closure.last_day.isoformat()], "reason": closure.reason}
    if closure.first_day < today:
        closure.last_day = today - timedelta(days=1)
    else:
        room.closures.remove(closure)
    record(session, actor, "resources.edit:room", "room", room.id, now=now, detail=detail)
    session.flush()
    return room.id


def retire_room(
    session: Session, actor: Actor, room_id: int, on: date | None, *, today: date, now: datetime
) -> None:
    """Let a room no longer be used from a day on; None = it is used again.

    Raises
    ------
    NotFound
        If there is no such room.
    NotAllowed
        If it is not kept by the actor's training centre.
    InvalidInput
        If the day is past.
    Conflict
        If batches are held in it on that day or later; each is named.
    """
    room = _own_room(session, actor, room_id, today)
    if on == room.retired_on:
        return
    if on is not None:
        if on < today:
            raise InvalidInput(say("Mulai paling awal hari ini, %(today)s; hari yang lalu tidak diubah.", today=today),
                               where="retired_on")
        touched = overlapping(room_bookings(session, [room.id], on, _FAR).get(room.id, ()), on, None)
        if touched:
            raise Conflict(say("Mulai hari itu ruang ini masih dipakai %(batches)s. Pindahkan angkatannya dahulu.",
                               batches=told(touched)), where="retired_on")
    record(session, actor, "resources.edit:room", "room", room.id, now=now, detail={
        "before": {"retired_on": room.retired_on.isoformat() if room.retired_on else None},
        "after": {"retired_on": on.isoformat() if on else None}})
    room.retired_on = on
    session.flush()
