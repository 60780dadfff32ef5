"""A batch that is held again: the same stages, subjects, trainers and meetings, moved by days of work."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from kompetensi.errors import Conflict, InvalidInput
from kompetensi.graph.elements import Offered
from kompetensi.messages import say
from kompetensi.models import Batch
from kompetensi.rules.access import Actor
from kompetensi.rules.clashes import PlannedMeeting
from kompetensi.rules.enrolment import StageDays
from kompetensi.rules.numerals import roman
from kompetensi.rules.working_time import WorkingTime, count_working_days, next_working_day
from kompetensi.services.access import require
from kompetensi.services.audit import record
from kompetensi.services.batch_changes import BatchContent, StageContent, content_of, create_batch, next_number
from kompetensi.services.lookup import batch_by_code
from kompetensi.services.meeting_facts import load_meeting_facts, nearest_stage
from kompetensi.services.meetings import MeetingContent, fill_what_fits, hold_batch, write_meeting
from kompetensi.services.working_time import load_working_time

__all__ = ["BatchCopy", "CopyDraft", "copy_batch", "draft_copy", "move_days"]

# A batch moved over holidays grows; its days are looked for within so many times its length, and a year.
_STRETCH = 3
_MOST_AHEAD = 1100


@dataclass(frozen=True, slots=True)
class CopyDraft:
    """What copying would make.

    Attributes
    ----------
    first_day : date
        First day of the copy, a day of work.
    number : int
        The next free one in the year of that day.
    stages : tuple of StageContent
        Moved by days of work.
    registration_until : date or None
    meetings : int
        Meetings that would be moved along.
    """

    code: str
    name: str
    first_day: date
    number: int
    stages: tuple[StageContent, ...]
    registration_until: date | None
    meetings: int

    @property
    def roman(self) -> str:
        """The number as certificates write it."""
        return roman(self.number)


@dataclass(frozen=True, slots=True)
class BatchCopy:
    """A batch that was made from another.

    Attributes
    ----------
    code : str
        Of the new batch.
    kept : int
        Meetings that went along with hour, room and trainers.
    laid : int
        Meetings that were laid anew, where the old ones would have clashed or the hours are others.
    missing : tuple of (str, int)
        Subjects with the lesson hours for which there is no time any more.
    """

    code: str
    first_day: date
    last_day: date
    number: int
    kept: int
    laid: int
    missing: tuple[tuple[str, int], ...]


def move_days(source: date, target: date, then: WorkingTime, now: WorkingTime) -> Callable[[date, bool], date]:
    """Return the function that moves a day of one batch to the same day of work of another.

    Parameters
    ----------
    source, target : date
        First days of the two batches.
    then, now : WorkingTime
        Of the days of the first batch, and of those that the second may have.

    Returns
    -------
    callable
        Takes a day and whether it ends something; a day that was not worked goes to the day of work after it, as an end to
        the one before it. Later days go to later days.

    Raises
    ------
    InvalidInput
        When called: if the working time knows too few days.
    """
    worked: list[date] = []

    def day_at(place: int) -> date:
        while len(worked) <= place:
            following = next_working_day(now, worked[-1] + timedelta(days=1) if worked else target)
            if following is None:
                raise InvalidInput(say("Tidak cukup hari kerja sesudah %(day)s untuk menyalin jadwal ini.", day=target),
                                   where="first_day")
            worked.append(following)
        return worked[place]

    def move(day: date, ends: bool) -> date:
        before = count_working_days(then, source, day - timedelta(days=1))
        return day_at(max(0, count_working_days(then, source, day) - 1) if ends else before)

    return move


def draft_copy(session: Session, actor: Actor, code: str, first_day: date, *, today: date) -> CopyDraft:
    """Say what copying a batch to a first day would make; nothing is written.

    Raises
    ------
    NotFound, NotAllowed, InvalidInput, Conflict
        As in `copy_batch`.
    """
    source = batch_by_code(session, code)
    require(session, actor, "courses.edit_batch", on=today, unit_id=source.organiser_id)
    content, move = _moved(session, source, first_day, today)
    return CopyDraft(
        source.code, source.training.name, content.stages[0].first_day,
        next_number(session, source.training_id, content.stages[0].first_day.year), content.stages,
        content.registration_until, len(_moved_meetings(source, move)))


def copy_batch(
    session: Session, actor: Actor, code: str, first_day: date, *, number: int | None = None, today: date, now: datetime
) -> BatchCopy:
    """Hold a batch again from another day on: stages and meetings move by days of work, without participants.

    A meeting that would clash, or lie outside of the hours of its new day, is not taken along; its lesson hours are laid
    anew over the time that is free.

    Parameters
    ----------
    first_day : date
        From which day on; the first day of work on or after it becomes the first day.
    number : int, optional
        Ordinal in the year; None = the next.

    Raises
    ------
    NotFound
        If there is no batch of that code.
    NotAllowed
        If it is not organised in the actor's training centre.
    InvalidInput
        If the day is before today or too far away, or too few days of work follow it.
    Conflict
        If the batch has no stages, its training is no longer held, or the number is taken.
    """
    source = hold_batch(session, code)
    require(session, actor, "courses.edit_batch", on=today, unit_id=source.organiser_id)
    content, move = _moved(session, source, first_day, today)
    new_code = create_batch(session, actor, source.training.code, content, number=number, today=today, now=now)
    copy = hold_batch(session, new_code)
    copy.copied_from_id, copy.conditions = source.id, dict(source.conditions)
    kept = _take_along(session, source, copy, move, now)
    laid, missing = fill_what_fits(session, copy, today=today, now=now) if _moved_meetings(source, move) else (0, ())
    record(session, actor, "courses.edit_batch:copy", "batch", copy.code, now=now, detail={
        "from": source.code, "kept": kept, "laid": laid, "missing": [list(pair) for pair in missing]})
    session.flush()
    return BatchCopy(copy.code, copy.first_day, copy.last_day, copy.number, kept, laid, missing)


def _moved(
    session: Session, source: Batch, first_day: date, today: date
) -> tuple[BatchContent, Callable[[date, bool], date]]:
    if not source.stages:
        raise Conflict(say("Angkatan %(code)s belum mempunyai tahap. Tulis tahap dan tanggalnya dahulu pada “Ubah "
                           "angkatan”.", code=source.code))
    if source.training.offered == Offered.HISTORY:
        raise Conflict(say("%(name)s tidak lagi diselenggarakan; hanya riwayatnya yang dicatat.",
                           name=source.training.name))
    if first_day < today:
        raise InvalidInput(say("%(day)s sudah lewat. Pilih hari ini atau sesudahnya.", day=first_day), where="first_day")
    if (first_day - today).days > _MOST_AHEAD:
        raise InvalidInput(say("Angkatan disalin paling jauh tiga tahun ke depan."), where="first_day")
    span = (source.last_day - source.first_day).days
    then = load_working_time(session, source.organiser_id, source.first_day, source.last_day)
    ahead = load_working_time(session, source.organiser_id, first_day, first_day + timedelta(days=min(_STRETCH * span + 365, _MOST_AHEAD * 5)))
    move = move_days(source.first_day, first_day, then, ahead)
    stages = tuple(StageContent(stage.name, stage.mode, move(stage.first_day, False),
                                max(move(stage.first_day, False), move(stage.last_day, True))) for stage in source.stages)
    shift = stages[0].first_day - source.first_day
    content = content_of(source)
    until = max(today, content.registration_until + shift) if content.registration_until else None
    return BatchContent(
        content.status, content.seats, content.min_participants, content.cost_idr, until, content.place, content.room_id,
        content.organiser_code, stages, content.subjects, content.trainers, content.kind, content.run_cost_idr,
        tuple(type(quota)(quota.unit_code, quota.reserved,
                          max(today, quota.reserved_until + shift) if quota.reserved_until else None, quota.most)
              for quota in content.quotas)), move


def _moved_meetings(source: Batch, move: Callable[[date, bool], date]) -> list[MeetingContent]:
    return [MeetingContent(
        row.subject.seq if row.subject else None, row.title, move(row.day, False), row.starts, row.ends, row.jp,
        row.room_id, tuple((part.trainer.code, part.jp) for part in row.trainers))
        for row in source.meetings if not row.cancelled]


def _take_along(
    session: Session, source: Batch, copy: Batch, move: Callable[[date, bool], date], now: datetime
) -> int:
    """Write the meetings that clash with nothing on their new days; return how many."""
    rows = [row for row in source.meetings if not row.cancelled]
    contents = _moved_meetings(source, move)
    planned = []
    for place, (row, content) in enumerate(zip(rows, contents, strict=True), start=1):
        stage = nearest_stage(copy.stages, content.day)
        planned.append(PlannedMeeting(
            -place, copy.code, content.title, content.day, content.starts, content.ends, content.room_id,
            tuple((part.trainer_id, part.jp) for part in row.trainers),
            StageDays(stage.mode, stage.first_day, stage.last_day) if stage else None))
    if not planned:
        return 0
    days = [meeting.day for meeting in planned]
    facts = load_meeting_facts(session, min(days), max(days), codes=[copy.code])
    hard = [clash for clash in facts.clashes(planned) if clash.hard]
    kept = [content for meeting, content in zip(planned, contents, strict=True)
            if not any(clash.touches(meeting.id) for clash in hard)]
    for content in kept:
        write_meeting(session, copy, content, now=now)
    return len(kept)
