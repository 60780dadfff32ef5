"""Calendars that programs subscribe to: secret links of a person, a trainer or a room, and the same as files."""

from __future__ import annotations

import hashlib
from base64 import urlsafe_b64encode
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select, update
from sqlalchemy.orm import Session, joinedload, selectinload

from kompetensi.errors import Conflict, NotFound
from kompetensi.exchange.icalendar_feed import FeedMeeting, FeedStage, entity_tag, write_feed
from kompetensi.messages import Message, say
from kompetensi.models import (
    Batch,
    BatchStage,
    BatchTrainer,
    CalendarLink,
    Enrolment,
    Meeting,
    MeetingTrainer,
    Person,
    Room,
    Trainer,
)
from kompetensi.ports import Randomness
from kompetensi.rules.access import Actor
from kompetensi.rules.enrolment import LIVE
from kompetensi.services.access import require
from kompetensi.services.audit import record
from kompetensi.services.lookup import batch_by_code, person_by_nip

__all__ = ["CalendarFile", "CalendarKind", "CalendarOwner", "LinkRow", "NewLink", "batch_calendar", "conditions_of",
           "find_owner", "list_links", "make_link", "meeting_calendar", "owner_calendar", "read_calendar", "withdraw_link"]

_TOKEN_BYTES = 24
# More open links to one calendar than devices of one person are a mistake.
_MOST_LINKS = 10
# A link's last reading is noted as coarsely as this, so that each visit of a program is not a change of the database.
_NOTED_EVERY = timedelta(hours=1)


# An id that no unit has, so that what belongs to no centre is shared by none.
_NO_UNIT = 0


class CalendarKind(StrEnum):
    """Whose calendar it is."""

    PERSON = "PERSON"
    TRAINER = "TRAINER"
    ROOM = "ROOM"


@dataclass(frozen=True, slots=True)
class CalendarOwner:
    """Whose calendar it is, by kind and id, and what he, she or it is called."""

    kind: CalendarKind
    id: int
    name: str

    @property
    def title(self) -> Message:
        """Return what the calendar is called."""
        return say("Jadwal pelatihan %(name)s", name=self.name)


@dataclass(frozen=True, slots=True)
class NewLink:
    """A link that has just been made. `token` is shown this once; only its hash is kept."""

    token: str
    owner: CalendarOwner


@dataclass(frozen=True, slots=True)
class LinkRow:
    """A link as those see it who may withdraw it; `read_at` None = no program has asked for it."""

    id: int
    created_at: datetime
    created_by: str
    read_at: datetime | None


@dataclass(frozen=True, slots=True)
class CalendarFile:
    """A calendar as a program gets it.

    Attributes
    ----------
    name : str
        For a file that is downloaded.
    tag : str
        The same as long as the content is.
    meetings : int
        How many it holds, cancelled ones among them.
    """

    name: str
    content: bytes
    tag: str
    meetings: int


# --- links -----------------------------------------------------------------------------------------------------------


def find_owner(session: Session, kind: CalendarKind, key: str) -> CalendarOwner:
    """Return whose calendar is meant.

    Parameters
    ----------
    key : str
        NIP of a person; code of a trainer; id of a room, or its name where only one room has it.

    Raises
    ------
    NotFound
        If there is none, or several rooms of that name.
    """
    if kind is CalendarKind.PERSON:
        person = person_by_nip(session, key)
        return CalendarOwner(kind, person.id, person.name)
    if kind is CalendarKind.TRAINER:
        trainer = session.scalars(select(Trainer).where(Trainer.code == key.strip().upper())).one_or_none()
        if trainer is None:
            raise NotFound(say("Tidak ada pengajar dengan kode %(code)s.", code=key.strip()[:80]), where="trainer")
        return CalendarOwner(kind, trainer.id, trainer.name)
    text = key.strip()[:120]
    wanted = Room.name == text
    if text.isascii() and text.isdigit() and len(text) < 10:
        wanted = or_(wanted, Room.id == int(text))
    rooms = session.scalars(select(Room).where(wanted)).all()
    if len(rooms) != 1:
        raise NotFound(say("Ada %(count)s ruang bernama %(name)s; sebutkan nomornya.", count=len(rooms), name=text) if rooms
                       else say("Tidak ada ruang bernama atau bernomor %(name)s.", name=text), where="room")
    return CalendarOwner(kind, rooms[0].id, rooms[0].name)


def _open(session: Session, actor: Actor, kind: CalendarKind, owner_id: int, today: date) -> CalendarOwner:
    """Return whose calendar is meant by an id, to an actor who may share it.

    Raises
    ------
    NotFound
        If there is none.
    NotAllowed
        If it is somebody else's, or a trainer or a room of another training centre.
    """
    row = _row(session, kind, owner_id)
    if row is None:
        raise NotFound(say("Kalender itu tidak ada."), where="owner")
    if isinstance(row, Person):
        require(session, actor, "calendar.share_own", on=today, person=row)
    else:
        person = session.get(Person, row.person_id) if isinstance(row, Trainer) and row.person_id else None
        # The unit of a trainer as a person says nothing about which centre keeps his record.
        require(session, actor, "calendar.share", on=today, person=person, unit_id=row.unit_id or _NO_UNIT)
    return CalendarOwner(kind, row.id, row.name)


def _row(session: Session, kind: CalendarKind, owner_id: int) -> Person | Trainer | Room | None:
    if kind is CalendarKind.PERSON:
        return session.get(Person, owner_id)
    return session.get(Trainer, owner_id) if kind is CalendarKind.TRAINER else session.get(Room, owner_id)


def make_link(
    session: Session, actor: Actor, kind: CalendarKind, owner_id: int, *, today: date, now: datetime,
    randomness: Randomness,
) -> NewLink:
    """Make a secret address of a calendar; whoever knows it reads the calendar until it is withdrawn.

    Raises
    ------
    NotFound
        If there is no such person, trainer or room.
    NotAllowed
        If it is another person's calendar, or a trainer or a room of another training centre.
    Conflict
        If the calendar has ten open links already.
    """
    owner = _open(session, actor, kind, owner_id, today)
    if len(_rows(session, owner)) >= _MOST_LINKS:
        raise Conflict(say("Kalender ini sudah mempunyai %(count)s tautan. Cabut dahulu yang tidak dipakai lagi.",
                           count=_MOST_LINKS))
    token = urlsafe_b64encode(randomness(_TOKEN_BYTES)).decode()
    session.add(CalendarLink(token_sha256=_hash(token), kind=kind.value, subject_id=owner.id, created_at=now,
                             created_by=actor.label))
    _note(session, actor, "calendar.share", owner, now)
    session.flush()
    return NewLink(token, owner)


def list_links(
    session: Session, actor: Actor, kind: CalendarKind, owner_id: int, *, today: date
) -> tuple[CalendarOwner, tuple[LinkRow, ...]]:
    """Return whose calendar it is, and its open links, newest first; refused as `make_link`."""
    owner = _open(session, actor, kind, owner_id, today)
    return owner, tuple(LinkRow(row.id, row.created_at, row.created_by, row.last_read_at)
                        for row in _rows(session, owner))


def withdraw_link(session: Session, actor: Actor, link_id: int, *, today: date, now: datetime) -> CalendarOwner:
    """Close a link from now on; closing one that is closed changes nothing. Refused as `make_link`."""
    row = session.get(CalendarLink, link_id)
    if row is None:
        raise NotFound(say("Tautan itu tidak ada."), where="link")
    owner = _open(session, actor, CalendarKind(row.kind), row.subject_id, today)
    if row.withdrawn_at is None:
        row.withdrawn_at = now
        _note(session, actor, "calendar.share:withdraw", owner, now)
        session.flush()
    return owner


def read_calendar(session: Session, token: str, *, today: date, now: datetime, base_url: str, host: str) -> CalendarFile:
    """Return the calendar of a link, and note that it was read.

    Parameters
    ----------
    base_url : str
        Address of this installation, without a slash at the end; each event leads to its batch below it.
    host : str
        Stands in the UIDs.

    Raises
    ------
    NotFound
        If there is no such link or it has been withdrawn: both are answered alike.
    """
    link = session.scalars(select(CalendarLink).where(
        CalendarLink.token_sha256 == _hash(token), CalendarLink.withdrawn_at.is_(None))).one_or_none()
    kind = CalendarKind(link.kind) if link is not None else CalendarKind.PERSON
    row = _row(session, kind, link.subject_id) if link is not None else None
    if link is None or row is None:
        raise NotFound(say("Kalender ini tidak ada atau tautannya sudah dicabut. Buatlah tautan baru dari halaman kalender."))
    if link.last_read_at is None or now - link.last_read_at >= _NOTED_EVERY:
        session.execute(update(CalendarLink).where(CalendarLink.id == link.id).values(last_read_at=now))
    return _calendar(session, CalendarOwner(kind, row.id, row.name), today, base_url, host)


def _rows(session: Session, owner: CalendarOwner) -> Sequence[CalendarLink]:
    return session.scalars(
        select(CalendarLink).where(CalendarLink.kind == owner.kind.value, CalendarLink.subject_id == owner.id,
                                   CalendarLink.withdrawn_at.is_(None)).order_by(CalendarLink.id.desc())).all()


def _note(session: Session, actor: Actor, action: str, owner: CalendarOwner, now: datetime) -> None:
    record(session, actor, action, "calendar", f"{owner.kind.value}/{owner.id}", now=now,
           person_id=owner.id if owner.kind is CalendarKind.PERSON else None)


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


# --- files -----------------------------------------------------------------------------------------------------------


def owner_calendar(
    session: Session, actor: Actor, kind: CalendarKind, owner_id: int, *, today: date, base_url: str, host: str
) -> CalendarFile:
    """Return the calendar of a person, a trainer or a room, as its link would give it; refused as `make_link`."""
    return _calendar(session, _open(session, actor, kind, owner_id, today), today, base_url, host)


def batch_calendar(
    session: Session, actor: Actor, code: str, *, today: date, base_url: str, host: str
) -> CalendarFile:
    """Return the meetings of a batch, and its stages without meetings.

    Raises
    ------
    NotFound
        If there is no batch of that code.
    """
    require(session, actor, "courses.view", on=today)
    batch = batch_by_code(session, code)
    return _written(session, batch.code, str(say("Angkatan %(code)s", code=batch.code)), Meeting.batch_id == batch.id,
                    BatchStage.batch_id == batch.id, {}, base_url, host)


def meeting_calendar(
    session: Session, actor: Actor, meeting_id: int, *, today: date, base_url: str, host: str
) -> CalendarFile:
    """Return one meeting.

    Raises
    ------
    NotFound
        If there is no such meeting.
    """
    require(session, actor, "courses.view", on=today)
    row = session.get(Meeting, meeting_id)
    if row is None:
        raise NotFound(say("Pertemuan itu tidak ada."), where="meeting")
    return _written(session, f"pertemuan-{row.id}", str(say("Pertemuan pelatihan")), Meeting.id == row.id, None, {},
                    base_url, host)


def _calendar(session: Session, owner: CalendarOwner, today: date, base_url: str, host: str) -> CalendarFile:
    # Programs keep what they have read; the year before this one is enough to read anew.
    since = date(today.year - 1, 1, 1)
    meetings, stages = conditions_of(owner.kind, owner.id)
    statuses: dict[int, str] = {}
    if owner.kind is CalendarKind.PERSON:
        statuses = dict(session.execute(select(Enrolment.batch_id, Enrolment.status).where(
            Enrolment.person_id == owner.id, Enrolment.status.in_(LIVE))).all())
    return _written(session, f"kalender-{owner.kind.value.lower()}-{owner.id}", str(owner.title),
                    meetings & (Meeting.day >= since), stages & (BatchStage.last_day >= since), statuses, base_url, host)


def conditions_of(kind: CalendarKind, owner_id: int) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """Return the conditions that a meeting, and that a stage, is in somebody's calendar.

    A person's holds what he has or asks a seat in, and what he teaches; a stage is a room's only in class.
    """
    if kind is CalendarKind.ROOM:
        return Meeting.room_id == owner_id, BatchStage.batch_id.in_(
            select(Batch.id).where(Batch.room_id == owner_id)) & (BatchStage.mode == "CLASSICAL")
    trainers = (select(Trainer.id).where(Trainer.person_id == owner_id) if kind is CalendarKind.PERSON
                else select(Trainer.id).where(Trainer.id == owner_id))
    taught = Meeting.id.in_(select(MeetingTrainer.meeting_id).where(MeetingTrainer.trainer_id.in_(trainers)))
    led = BatchStage.batch_id.in_(select(BatchTrainer.batch_id).where(BatchTrainer.trainer_id.in_(trainers))) & (
        BatchStage.mode.in_(("CLASSICAL", "DISTANCE")))
    if kind is CalendarKind.TRAINER:
        return taught, led
    seats = select(Enrolment.batch_id).where(Enrolment.person_id == owner_id, Enrolment.status.in_(LIVE))
    return or_(taught, Meeting.batch_id.in_(seats)), or_(led, BatchStage.batch_id.in_(seats))


def _written(
    session: Session, name: str, title: str, meetings: ColumnElement[bool], stages: ColumnElement[bool] | None,
    statuses: dict[int, str], base_url: str, host: str,
) -> CalendarFile:
    rows = session.scalars(
        select(Meeting).where(meetings).options(
            joinedload(Meeting.batch).joinedload(Batch.training), joinedload(Meeting.subject), joinedload(Meeting.room),
            selectinload(Meeting.trainers).joinedload(MeetingTrainer.trainer)).order_by(Meeting.id)).all()
    changes: dict[int, Any] = dict(session.execute(
        select(Meeting.batch_id, func.sum(Meeting.revision + 1) - 1)
        .where(Meeting.batch_id.in_({row.batch_id for row in rows})).group_by(Meeting.batch_id)).all())
    spans: Iterable[BatchStage] = () if stages is None else session.scalars(
        select(BatchStage).where(stages, ~select(Meeting.id).where(Meeting.stage_id == BatchStage.id).exists())
        .options(joinedload(BatchStage.batch).joinedload(Batch.training)).order_by(BatchStage.id))
    content = write_feed(
        title, [_meeting(row, int(changes[row.batch_id]), statuses, base_url) for row in rows],
        [_stage(row, statuses, base_url) for row in spans], host=host)
    return CalendarFile(f"{name}.ics", content, entity_tag(content), len(rows))


def _meeting(row: Meeting, changes: int, statuses: dict[int, str], base_url: str) -> FeedMeeting:
    batch = row.batch
    taught = row.title or (row.subject.name if row.subject else "")
    where = [row.room.name, row.room.place] if row.room else [batch.place]
    lines = [say("Angkatan %(code)s", code=batch.code)]
    if row.trainers:
        lines.append(say("Pengajar: %(names)s", names=sorted(part.trainer.name for part in row.trainers)))
    return FeedMeeting(
        row.id, f"{row.batch_id}/{row.stage_id}/{row.subject_id}", _title(taught, batch), row.day, row.starts, row.ends,
        changes, row.changed_at, ", ".join(filter(None, where)), "\n".join(map(str, lines)),
        f"{base_url}/angkatan/{batch.code}", row.cancelled or batch.status == "CANCELLED", _waits(statuses, batch.id))


def _stage(row: BatchStage, statuses: dict[int, str], base_url: str) -> FeedStage:
    batch = row.batch
    # No change of a stage is recorded. The beginning of the year before its own is before anybody could subscribe to it.
    known = datetime(batch.year - 1, 1, 1, tzinfo=UTC)
    return FeedStage(
        row.id, _title(row.name, batch), row.first_day, row.last_day, known, batch.place,
        str(say("Angkatan %(code)s", code=batch.code)), f"{base_url}/angkatan/{batch.code}",
        batch.status == "CANCELLED", _waits(statuses, batch.id))


def _title(part: str, batch: Batch) -> str:
    return f"{part} · {batch.training.name}" if part else batch.training.name


def _waits(statuses: dict[int, str], batch_id: int) -> bool:
    return statuses.get(batch_id, "APPROVED") not in ("APPROVED", "COMPLETED")

