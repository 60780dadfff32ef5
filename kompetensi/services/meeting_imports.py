"""Meetings of a batch from a table: rehearsed row by row, and written once somebody has seen what is wrong."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from kompetensi.errors import Conflict, InvalidInput
from kompetensi.exchange.meeting_rows import COLUMNS, MeetingTableRow, parse_meetings
from kompetensi.messages import Message, say
from kompetensi.models import Batch, Room
from kompetensi.ports import Mailer
from kompetensi.rules.access import Actor
from kompetensi.rules.clashes import Clash, PlannedMeeting
from kompetensi.rules.enrolment import StageDays
from kompetensi.services.access import require
from kompetensi.services.audit import record
from kompetensi.services.meeting_facts import load_meeting_facts, nearest_stage
from kompetensi.services.meetings import (
    MeetingContent,
    check_changeable,
    check_content,
    hold_batch,
    laid_jp,
    lesson_minutes,
    tell_of_meetings,
    write_meeting,
)

__all__ = ["COLUMNS", "ImportedRow", "MeetingImport", "import_meetings"]

_MOST_ROWS = 1000


@dataclass(frozen=True, slots=True)
class ImportedRow:
    """One row of the table.

    Attributes
    ----------
    content : MeetingContent or None
        What it says; None when it cannot be read.
    problems : tuple of Message
        Why it is not written; empty = it can be.
    burdens : tuple of Message
        What would have to be accepted.
    """

    line: int
    content: MeetingContent | None
    problems: tuple[Message, ...] = ()
    burdens: tuple[Message, ...] = ()


@dataclass(frozen=True, slots=True)
class MeetingImport:
    """A table as it was rehearsed or written.

    Attributes
    ----------
    rows : tuple of ImportedRow
        By line.
    written : int
        0 after a rehearsal.
    """

    code: str
    rows: tuple[ImportedRow, ...]
    written: int = 0

    @property
    def good(self) -> tuple[ImportedRow, ...]:
        """The rows that are, or would be, written."""
        return tuple(row for row in self.rows if not row.problems)

    @property
    def bad(self) -> tuple[ImportedRow, ...]:
        """The rows that are left out."""
        return tuple(row for row in self.rows if row.problems)


def import_meetings(
    session: Session, actor: Actor, code: str, content: bytes, *, dry_run: bool, accept: bool = False, today: date,
    now: datetime, mailer: Mailer | None = None,
) -> MeetingImport:
    """Rehearse a table of meetings, or write those of its rows that nothing speaks against.

    Of two rows that clash with each other the later one is left out, unless the earlier one is left out itself.

    Parameters
    ----------
    content : bytes
        CSV or XLSX with the columns `COLUMNS`.
    accept : bool
        Whether burdens are taken on knowingly.

    Raises
    ------
    NotFound
        If there is no batch of that code.
    NotAllowed
        If it is not organised in the actor's training centre.
    InvalidRows
        If the file is no such table.
    Conflict
        If the batch has ended, was cancelled or has no stages; when writing, if no row can be written, or with
        ``where="accept"`` if there are burdens that were not accepted.
    """
    batch = hold_batch(session, code)
    require(session, actor, "courses.edit_batch", on=today, unit_id=batch.organiser_id)
    check_changeable(batch, today)
    table = parse_meetings(content)
    if table.count > _MOST_ROWS:
        raise InvalidInput(say("Paling banyak %(most)s baris sekali muat.", most=_MOST_ROWS), where="file")
    unread: dict[int, list[Message]] = defaultdict(list)
    for error in table.errors:
        unread[error.row].append(say("%(column)s: %(message)s", column=error.column, message=error.message)
                                 if error.column else error.message)
    rows = [ImportedRow(line, None, tuple(problems)) for line, problems in unread.items()]
    rows += _judged(session, batch, table.rows, today)
    found = MeetingImport(batch.code, tuple(sorted(rows, key=lambda row: row.line)))
    if dry_run:
        return found
    if not found.good:
        raise Conflict(say("Tidak ada baris yang dapat ditulis."))
    if any(row.burdens for row in found.good) and not accept:
        raise Conflict(say("Sebagian baris membawa beban; beri tanda bila tetap akan ditulis."), where="accept")
    made = [write_meeting(session, batch, row.content, now=now) for row in found.good if row.content is not None]
    record(session, actor, "courses.edit_batch:meetings", "batch", batch.code, now=now,
           detail={"imported": len(made), "left_out": len(found.bad)})
    tell_of_meetings(session, batch, made, now=now, mailer=mailer)
    session.flush()
    return MeetingImport(found.code, found.rows, len(made))


def _judged(session: Session, batch: Batch, rows: tuple[MeetingTableRow, ...], today: date) -> list[ImportedRow]:
    """Return the rows with what speaks against each: first itself, then what is held and the rows before it."""
    subjects = {subject.name.casefold(): subject.seq for subject in batch.subjects}
    rooms: dict[str, list[int]] = defaultdict(list)
    for room_id, name in session.execute(select(Room.id, Room.name).order_by(Room.id)):
        rooms[name.casefold()].append(room_id)
    minutes = lesson_minutes(session, today)
    laid = laid_jp(batch)
    done: list[ImportedRow] = []
    planned: dict[int, tuple[MeetingContent, PlannedMeeting]] = {}
    for row in rows:
        try:
            content = _content(row, subjects, rooms, batch, minutes)
            if content.day < today:
                raise InvalidInput(say("%(day)s sudah lewat. Pilih hari ini atau sesudahnya.", day=content.day))
            subject, trainers = check_content(session, batch, content, laid=laid)
        except InvalidInput as error:
            done.append(ImportedRow(row.line, None, (error.message,)))
            continue
        if subject is not None:
            laid[subject.id] = laid.get(subject.id, 0) + content.jp
        stage = nearest_stage(batch.stages, content.day)
        planned[-row.line] = content, PlannedMeeting(
            -row.line, batch.code, content.title or (subject.name if subject else ""), content.day, content.starts,
            content.ends, content.room_id, tuple(trainers),
            StageDays(stage.mode, stage.first_day, stage.last_day) if stage else None)
    return done + _against_each_other(session, batch, planned)


def _content(
    row: MeetingTableRow, subjects: Mapping[str, int], rooms: Mapping[str, list[int]], batch: Batch, minutes: int
) -> MeetingContent:
    if row.subject and row.subject.casefold() not in subjects:
        raise InvalidInput(say("Angkatan %(code)s tidak mempunyai mata pelatihan “%(name)s”.", code=batch.code,
                               name=row.subject))
    named = rooms.get(row.room.casefold(), []) if row.room else []
    if row.room and not named:
        raise InvalidInput(say("Tidak ada ruang “%(name)s”.", name=row.room))
    if len(named) > 1 and batch.room_id not in named:
        raise InvalidInput(say("Ada %(count)s ruang bernama “%(name)s”; tambahkan pertemuan ini dengan tangan.",
                               count=len(named), name=row.room))
    room_id = batch.room_id if batch.room_id in named else named[0] if named else None
    jp = row.jp if row.jp is not None else max(0, row.ends - row.starts) // minutes if row.subject else 0
    return MeetingContent(
        subjects[row.subject.casefold()] if row.subject else None, row.title, row.day, row.starts, row.ends, jp, room_id,
        tuple((code, jp) for code in row.trainers))


def _against_each_other(
    session: Session, batch: Batch, planned: Mapping[int, tuple[MeetingContent, PlannedMeeting]]
) -> list[ImportedRow]:
    if not planned:
        return []
    days = [content.day for content, _ in planned.values()]
    facts = load_meeting_facts(session, min(days), max(days), codes=[batch.code])
    clashes = facts.clashes([meeting for _, meeting in planned.values()])
    touching: defaultdict[int, list[Clash]] = defaultdict(list)
    for clash in clashes:
        for side in {clash.meeting.id} | ({clash.other.id} if clash.other else set()):
            touching[side].append(clash)
    judged: list[ImportedRow] = []
    kept: set[int] = set()
    for number, (content, _) in sorted(planned.items(), reverse=True):  # lines count downwards from 0
        against = [clash for clash in touching[number] if _other_side(clash, number) in kept
                   or _other_side(clash, number) not in planned]
        problems = tuple(_sentence(clash) for clash in against if clash.hard)
        judged.append(ImportedRow(-number, content, problems, tuple(_sentence(clash) for clash in against if not clash.hard)))
        if not problems:
            kept.add(number)
    return judged


def _other_side(clash: Clash, number: int) -> int | None:
    """Return the other meeting of a clash; None when it clashes with no meeting."""
    if clash.other is None:
        return None
    return clash.other.id if clash.meeting.id == number else clash.meeting.id


def _sentence(clash: Clash) -> Message:
    return say("%(fact)s %(remedy)s", fact=clash.fact, remedy=clash.remedy)
