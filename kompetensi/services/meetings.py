"""Meetings of a batch: looked up, added, changed, cancelled, and laid out over the batch's days by the curriculum.

A meeting that was shown once is never deleted: a change raises its revision, and what falls away stays as cancelled.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from kompetensi.errors import Conflict, InvalidInput, NotFound
from kompetensi.messages import Message, say
from kompetensi.models import (
    Batch,
    BatchStage,
    BatchSubject,
    BatchTrainer,
    Enrolment,
    Meeting,
    MeetingTrainer,
    Room,
    Trainer,
)
from kompetensi.ports import Mailer
from kompetensi.rules.access import Actor
from kompetensi.rules.clashes import Clash, hours_text
from kompetensi.rules.curriculum import TAUGHT, Curriculum, Surroundings, lay_curriculum
from kompetensi.rules.enrolment import HELD, StageDays
from kompetensi.rules.working_time import WorkingTime
from kompetensi.services.access import is_allowed, require
from kompetensi.services.audit import record
from kompetensi.services.enrolment_rows import batch_link
from kompetensi.services.inbox import notify
from kompetensi.services.lookup import batch_by_code
from kompetensi.services.meeting_facts import MeetingFacts, load_meeting_facts, nearest_stage
from kompetensi.services.policies import read_policy
from kompetensi.services.trainers import trainer_loads

__all__ = ["FillPlan", "MeetingChoices", "MeetingContent", "MeetingRow", "MeetingsView", "StageMeetings", "SubjectLine",
           "TrainerLine", "add_meeting", "cancel_meeting", "check_changeable", "check_content", "clash_sentence",
           "drop_meetings", "edit_meeting", "fill_meetings", "fill_what_fits", "hold_batch", "laid_jp", "lesson_minutes",
           "list_clashes", "meeting_choices", "meeting_content", "plan_meetings", "tell_of_meetings", "view_meetings",
           "write_meeting"]

_MOST_DAYS = 731
# Days outside of these are slips of the pen; no calendar knows their holidays.
_EARLIEST, _LATEST = date(1970, 1, 1), date(2199, 12, 31)


@dataclass(frozen=True, slots=True)
class MeetingContent:
    """What can be said about a meeting.

    Attributes
    ----------
    subject : int or None
        Place of the subject among the batch's, from 1; None = no subject, such as an opening.
    title : str
        What people read; empty = the subject's name.
    starts, ends : int
        Minutes after midnight, local time.
    jp : int
        Lesson hours; 0 for a meeting without a subject.
    room_id : int or None
        None = without a room of ours.
    trainers : tuple of (str, int)
        Code and the lesson hours that count for him, each trainer once.
    """

    subject: int | None
    title: str
    day: date
    starts: int
    ends: int
    jp: int
    room_id: int | None = None
    trainers: tuple[tuple[str, int], ...] = ()

    @property
    def hours(self) -> str:
        """Its hours as people write them, ``08.00–09.30``."""
        return hours_text(self.starts, self.ends)


@dataclass(frozen=True, slots=True)
class MeetingRow:
    """One meeting in a list.

    Attributes
    ----------
    subject : int or None
        Place of its subject among the batch's, from 1.
    trainers : tuple of (str, str, int)
        Code, name and lesson hours.
    revision : int
        How often it was changed.
    clashes : tuple of Clash
        Those that touch it; empty for a reader who does not organise it.
    """

    id: int
    title: str
    subject: int | None
    day: date
    starts: int
    ends: int
    jp: int
    room: str
    place: str
    trainers: tuple[tuple[str, str, int], ...]
    revision: int
    clashes: tuple[Clash, ...] = ()

    @property
    def hours(self) -> str:
        """Its hours as people write them."""
        return hours_text(self.starts, self.ends)


@dataclass(frozen=True, slots=True)
class StageMeetings:
    """A stage with its meetings in the order of time; without a stage, those that belong to none."""

    name: str
    mode: str
    first_day: date | None
    last_day: date | None
    meetings: tuple[MeetingRow, ...]


@dataclass(frozen=True, slots=True)
class SubjectLine:
    """A subject: its lesson hours, and how many of them lie in meetings."""

    place: int
    name: str
    jp: int
    laid: int

    @property
    def missing(self) -> int:
        """Lesson hours that lie in no meeting yet; below 0 when there are too many."""
        return self.jp - self.laid


@dataclass(frozen=True, slots=True)
class TrainerLine:
    """A trainer of the batch: lesson hours here, in the whole year of its first day, and at most in a year."""

    code: str
    name: str
    jp: int
    jp_year: int
    yearly_jp: int | None


@dataclass(frozen=True, slots=True)
class MeetingsView:
    """The meetings of a batch.

    Attributes
    ----------
    stages : tuple of StageMeetings
        Every stage, also one without meetings.
    subjects : tuple of SubjectLine
    trainers : tuple of TrainerLine
        Those of the batch and of its meetings, by name.
    cancelled : tuple of MeetingRow
        Those that fell away.
    clashes : tuple of Clash
        Those that touch the batch; empty for a reader who does not organise it.
    may_edit : bool
    can_fill : bool
        Whether lesson hours are missing that the curriculum could lay.
    """

    code: str
    name: str
    number: int
    year: int
    first_day: date
    last_day: date
    stages: tuple[StageMeetings, ...]
    subjects: tuple[SubjectLine, ...]
    trainers: tuple[TrainerLine, ...]
    cancelled: tuple[MeetingRow, ...]
    clashes: tuple[Clash, ...]
    may_edit: bool
    can_fill: bool

    @property
    def jp(self) -> int:
        """Lesson hours of all subjects."""
        return sum(line.jp for line in self.subjects)

    @property
    def laid(self) -> int:
        """Lesson hours of subjects that lie in meetings."""
        return sum(line.laid for line in self.subjects)

    @property
    def meetings(self) -> tuple[MeetingRow, ...]:
        """All meetings that are held, stage by stage."""
        return tuple(row for stage in self.stages for row in stage.meetings)


@dataclass(frozen=True, slots=True)
class FillPlan:
    """What filling in would add, or has added.

    Attributes
    ----------
    meetings : tuple of MeetingContent
        In the order of time.
    missing : tuple of (str, int)
        Subject and lesson hours for which there is no time; then nothing is written.
    hours_found, hours_wanted : int
        Lesson hours for which there is time, and those that are asked for.
    """

    meetings: tuple[MeetingContent, ...]
    missing: tuple[tuple[str, int], ...]
    hours_found: int
    hours_wanted: int


@dataclass(frozen=True, slots=True)
class MeetingChoices:
    """What a form about a meeting offers: pairs of value and text; and the length of a lesson hour in minutes."""

    code: str
    subjects: tuple[tuple[int, Message], ...]
    rooms: tuple[tuple[int, Message], ...]
    trainers: tuple[tuple[str, str], ...]
    minutes: int


# --- looking ---------------------------------------------------------------------------------------------------------


def lesson_minutes(session: Session, on: date) -> int:
    """Return how many minutes a lesson hour has on a day."""
    return int(read_policy(session, "training.jp_minutes", on))


def view_meetings(session: Session, actor: Actor, code: str, *, today: date) -> MeetingsView:
    """Open the meetings of a batch; its organiser also learns what clashes.

    Raises
    ------
    NotFound
        If there is no batch of that code.
    """
    require(session, actor, "courses.view", on=today)
    batch = _loaded(session, batch_by_code(session, code).id)
    organises = is_allowed(session, actor, "courses.view_participants", on=today, unit_id=batch.organiser_id)
    held = [row for row in batch.meetings if not row.cancelled]
    clashes: tuple[Clash, ...] = ()
    if organises and held and batch.status != "CANCELLED":
        own = {row.id for row in held}
        facts = load_meeting_facts(session, held[0].day, held[-1].day)
        clashes = tuple(clash for clash in facts.clashes() if any(map(clash.touches, own)))
    rows = {row.id: _row(row, tuple(clash for clash in clashes if clash.touches(row.id))) for row in batch.meetings}
    stages = [StageMeetings(stage.name, stage.mode, stage.first_day, stage.last_day,
                            tuple(rows[row.id] for row in held if row.stage_id == stage.id)) for stage in batch.stages]
    loose = tuple(rows[row.id] for row in held if row.stage_id is None)
    if loose:
        stages.append(StageMeetings("", "", None, None, loose))
    subjects = _subject_lines(batch)
    may_edit = _may_change(batch, today) and is_allowed(
        session, actor, "courses.edit_batch", on=today, unit_id=batch.organiser_id)
    return MeetingsView(
        batch.code, batch.training.name, batch.number, batch.year, batch.first_day, batch.last_day, tuple(stages),
        subjects, _trainer_lines(session, batch, held), tuple(rows[row.id] for row in batch.meetings if row.cancelled),
        clashes, may_edit, may_edit and any(line.missing > 0 for line in subjects))


def _loaded(session: Session, batch_id: int) -> Batch:
    return session.scalars(
        select(Batch).where(Batch.id == batch_id).execution_options(populate_existing=True).options(
            joinedload(Batch.training), selectinload(Batch.stages), selectinload(Batch.subjects),
            selectinload(Batch.trainers).joinedload(BatchTrainer.trainer),
            selectinload(Batch.meetings).options(
                joinedload(Meeting.room), selectinload(Meeting.trainers).joinedload(MeetingTrainer.trainer)))).one()


def _row(row: Meeting, clashes: tuple[Clash, ...] = ()) -> MeetingRow:
    return MeetingRow(
        row.id, row.title or (row.subject.name if row.subject else ""), row.subject.seq if row.subject else None, row.day,
        row.starts, row.ends, row.jp, row.room.name if row.room else "", row.room.place if row.room else "",
        tuple((part.trainer.code, part.trainer.name, part.jp) for part in row.trainers), row.revision, clashes)


def laid_jp(batch: Batch, without: int | None = None) -> dict[int, int]:
    """Return the lesson hours that lie in meetings, by id of the subject; one meeting may be left out, by its id."""
    laid: defaultdict[int, int] = defaultdict(int)
    for row in batch.meetings:
        if not row.cancelled and row.subject_id is not None and row.id != without:
            laid[row.subject_id] += row.jp
    return laid


def _subject_lines(batch: Batch) -> tuple[SubjectLine, ...]:
    laid = laid_jp(batch)
    return tuple(SubjectLine(subject.seq, subject.name, subject.jp, laid.get(subject.id, 0)) for subject in batch.subjects)


def _trainer_lines(session: Session, batch: Batch, held: Iterable[Meeting]) -> tuple[TrainerLine, ...]:
    trainers = {part.trainer.id: part.trainer for part in batch.trainers}
    jp: defaultdict[int, int] = defaultdict(int)
    for row in held:
        for part in row.trainers:
            trainers[part.trainer_id] = part.trainer
            jp[part.trainer_id] += part.jp
    loads = trainer_loads(session, batch.first_day.year, trainers) if trainers else {}
    return tuple(TrainerLine(
        trainer.code, trainer.name, jp[trainer.id], loads[trainer.id].used if trainer.id in loads else jp[trainer.id],
        trainer.yearly_jp) for trainer in sorted(trainers.values(), key=lambda trainer: (trainer.name, trainer.id)))


def list_clashes(
    session: Session, actor: Actor, *, first: date, last: date, today: date, code: str | None = None
) -> tuple[Clash, ...]:
    """Return what clashes in the meetings of a span of days, both inclusive.

    Parameters
    ----------
    code : str, optional
        Only what touches this batch.

    Returns
    -------
    tuple of Clash
        By day and hour, as `rules.clashes.find_clashes` orders them; those of the actor's training centre.

    Raises
    ------
    NotFound
        If there is no batch of that code.
    NotAllowed
        If the actor belongs to no training centre.
    InvalidInput
        If `last` is before `first`, or more than two years after it.
    """
    if last < first:
        raise InvalidInput(say("Tanggal akhir %(until)s sebelum tanggal awal %(first)s.", until=last, first=first),
                           where="until")
    _check_day(first, "from")
    _check_day(last, "until")
    if (last - first).days >= _MOST_DAYS:
        raise InvalidInput(say("Rentang paling panjang dua tahun."), where="until")
    unit_id = batch_by_code(session, code).organiser_id if code is not None else None
    require(session, actor, "courses.view_participants", on=today, unit_id=unit_id or _own_unit(actor))
    seen = {batch_code for batch_code, organiser_id in session.execute(select(Batch.code, Batch.organiser_id))
            if (code is None or batch_code == code.strip().upper())
            and is_allowed(session, actor, "courses.view_participants", on=today, unit_id=organiser_id)}
    return tuple(clash for clash in load_meeting_facts(session, first, last).clashes()
                 if clash.meeting.batch in seen or (clash.other is not None and clash.other.batch in seen))


def _check_day(day: date, where: str) -> None:
    if not _EARLIEST <= day <= _LATEST:
        raise InvalidInput(say("Pilih hari antara %(first)s dan %(last)s.", first=_EARLIEST, last=_LATEST), where=where)


def _own_unit(actor: Actor) -> int | None:
    return min((grant.unit_id for grant in actor.grants), default=None)


# --- changing by hand ------------------------------------------------------------------------------------------------


def meeting_choices(session: Session, actor: Actor, code: str, *, today: date) -> MeetingChoices:
    """Return what a form about a meeting of a batch offers: the batch's own trainers first.

    Raises
    ------
    NotFound
        If there is no batch of that code.
    NotAllowed
        If it is not organised in the actor's training centre.
    """
    batch = batch_by_code(session, code)
    require(session, actor, "courses.edit_batch", on=today, unit_id=batch.organiser_id)
    laid = laid_jp(batch)
    own = {part.trainer_id for part in batch.trainers}
    trainers = session.scalars(select(Trainer).where(Trainer.retired_on.is_(None) | (Trainer.retired_on > today)))
    rooms = session.scalars(select(Room).where(Room.retired_on.is_(None) | (Room.retired_on > today))
                            .order_by(Room.place, Room.name))
    return MeetingChoices(
        batch.code,
        tuple((subject.seq, say("%(name)s (%(laid)s dari %(jp)s JP)", name=subject.name, laid=laid.get(subject.id, 0),
                                jp=subject.jp)) for subject in batch.subjects),
        tuple((room.id, say("%(name)s, %(place)s (%(seats)s kursi)", name=room.name, place=room.place, seats=room.seats))
              for room in rooms),
        tuple((trainer.code, f"{trainer.name} · {trainer.agency}" if trainer.agency else trainer.name)
              for trainer in sorted(trainers, key=lambda one: (one.id not in own, one.name, one.code))),
        lesson_minutes(session, today))


def meeting_content(
    session: Session, actor: Actor, meeting_id: int, *, today: date
) -> tuple[str, MeetingContent]:
    """Return the batch of a meeting and what it says now, to start a change from.

    Raises
    ------
    NotFound
        If there is no such meeting.
    NotAllowed
        If its batch is not organised in the actor's training centre.
    Conflict
        If it was cancelled, or its batch has ended or was cancelled.
    """
    meeting, batch = _meeting(session, actor, meeting_id, today)
    return batch.code, _content(meeting)


def _content(meeting: Meeting) -> MeetingContent:
    return MeetingContent(
        meeting.subject.seq if meeting.subject else None, meeting.title, meeting.day, meeting.starts, meeting.ends,
        meeting.jp, meeting.room_id, tuple((part.trainer.code, part.jp) for part in meeting.trainers))


def hold_batch(session: Session, code: str) -> Batch:
    """Return a batch whose row stays ours until the transaction ends, so that its meetings are changed by one."""
    found = batch_by_code(session, code)
    session.execute(select(Batch.id).where(Batch.id == found.id).with_for_update())
    return _loaded(session, found.id)


def _meeting(session: Session, actor: Actor, meeting_id: int, today: date) -> tuple[Meeting, Batch]:
    meeting = session.get(Meeting, meeting_id)
    if meeting is None:
        raise NotFound(say("Tidak ada pertemuan nomor %(id)s.", id=meeting_id), where="MEETING")
    batch = hold_batch(session, meeting.batch.code)
    require(session, actor, "courses.edit_batch", on=today, unit_id=batch.organiser_id)
    check_changeable(batch, today)
    if meeting.cancelled:
        raise Conflict(say("Pertemuan ini sudah dibatalkan. Tambahkan pertemuan baru bila tetap diadakan."))
    return meeting, batch


def _may_change(batch: Batch, today: date) -> bool:
    return batch.status != "CANCELLED" and today <= batch.last_day


def check_changeable(batch: Batch, today: date) -> None:
    """Raise Conflict for a batch that has ended, was cancelled or has no stages."""
    if not _may_change(batch, today):
        raise Conflict(say("Angkatan %(code)s sudah selesai atau dibatalkan; pertemuannya tidak diubah lagi.",
                           code=batch.code))
    if not batch.stages:
        raise Conflict(say("Angkatan %(code)s belum mempunyai tahap. Tulis tahap dan tanggalnya dahulu pada “Ubah "
                           "angkatan”.", code=batch.code))


def add_meeting(
    session: Session, actor: Actor, code: str, content: MeetingContent, *, accept: bool = False, today: date,
    now: datetime, mailer: Mailer | None = None,
) -> int:
    """Add a meeting to a batch and return its id.

    Parameters
    ----------
    accept : bool
        Whether burdens (a way that is too short, a load that is too high) are taken on knowingly.

    Raises
    ------
    NotFound
        If there is no batch of that code.
    NotAllowed
        If it is not organised in the actor's training centre.
    InvalidInput
        If the content contradicts itself, lies in the past, or gives a subject more lesson hours than it has.
    Conflict
        If the batch has ended, was cancelled or has no stages; if the meeting clashes, both sides named; with
        ``where="accept"`` if there are only burdens and they are not accepted.
    """
    batch = hold_batch(session, code)
    require(session, actor, "courses.edit_batch", on=today, unit_id=batch.organiser_id)
    check_changeable(batch, today)
    if content.day < today:
        raise InvalidInput(say("%(day)s sudah lewat. Pertemuan baru diadakan paling awal hari ini, %(today)s.",
                               day=content.day, today=today), where="day")
    meeting = write_meeting(session, batch, content, now=now)
    _refuse_clashes(session, batch, [meeting], accept=accept)
    record(session, actor, "courses.edit_batch:meetings", "meeting", meeting.id, now=now,
           detail={"batch": batch.code, "after": _plain(content)})
    _tell(session, batch, say("Pertemuan baru angkatan %(code)s: %(meeting)s.", code=batch.code,
                              meeting=_sentence(meeting)), [meeting], now, mailer)
    session.flush()
    return meeting.id


def edit_meeting(
    session: Session, actor: Actor, meeting_id: int, content: MeetingContent, *, accept: bool = False, today: date,
    now: datetime, mailer: Mailer | None = None,
) -> str:
    """Change a meeting and return the code of its batch; participants are told when its day, hours or room change.

    Parameters
    ----------
    accept : bool
        As in `add_meeting`.

    Raises
    ------
    NotFound, NotAllowed, InvalidInput, Conflict
        As in `add_meeting` and `meeting_content`.
    """
    meeting, batch = _meeting(session, actor, meeting_id, today)
    before = _content(meeting)
    if before == content:
        return batch.code
    if content.day < today and content.day != before.day:
        raise InvalidInput(say("%(day)s sudah lewat. Pilih hari ini atau sesudahnya.", day=content.day), where="day")
    moved = (before.day, before.starts, before.ends, before.room_id) != (
        content.day, content.starts, content.ends, content.room_id)
    write_meeting(session, batch, content, meeting=meeting, now=now)
    _refuse_clashes(session, batch, [meeting], accept=accept)
    old, new = _plain(before), _plain(content)
    changed = [name for name in new if old[name] != new[name]]
    record(session, actor, "courses.edit_batch:meetings", "meeting", meeting.id, now=now, detail={
        "batch": batch.code, "before": {name: old[name] for name in changed},
        "after": {name: new[name] for name in changed}})
    if moved:
        _tell(session, batch, say("Pertemuan angkatan %(code)s berubah: %(meeting)s.", code=batch.code,
                                  meeting=_sentence(meeting)), [meeting], now, mailer)
    session.flush()
    return batch.code


def cancel_meeting(
    session: Session, actor: Actor, meeting_id: int, *, today: date, now: datetime, mailer: Mailer | None = None
) -> str:
    """Cancel a meeting that is still to come and return the code of its batch; participants and trainers are told.

    Raises
    ------
    NotFound, NotAllowed
        As in `meeting_content`.
    Conflict
        If it was cancelled already or is over, or its batch has ended or was cancelled.
    """
    meeting, batch = _meeting(session, actor, meeting_id, today)
    if meeting.day < today:
        raise Conflict(say("Pertemuan %(day)s sudah lewat; kehadirannya tetap tercatat.", day=meeting.day))
    drop_meetings([meeting], now=now)
    record(session, actor, "courses.edit_batch:meetings", "meeting", meeting.id, now=now,
           detail={"batch": batch.code, "before": _plain(_content(meeting)), "after": {"cancelled": True}})
    _tell(session, batch, say("Pertemuan angkatan %(code)s dibatalkan: %(meeting)s.", code=batch.code,
                              meeting=_sentence(meeting)), [meeting], now, mailer)
    session.flush()
    return batch.code


def drop_meetings(meetings: Iterable[Meeting], *, now: datetime) -> None:
    """Let meetings fall away; they stay as cancelled, so that calendars learn of it."""
    for meeting in meetings:
        if not meeting.cancelled:
            meeting.cancelled, meeting.revision, meeting.changed_at = True, meeting.revision + 1, now


def write_meeting(
    session: Session, batch: Batch, content: MeetingContent, *, meeting: Meeting | None = None, now: datetime
) -> Meeting:
    """Write a meeting that contradicts neither itself nor its batch's subjects; clashes are not asked about.

    Raises
    ------
    InvalidInput
        With the field that is wrong.
    """
    subject, trainers = check_content(session, batch, content, laid=laid_jp(batch, meeting.id if meeting else None))
    if meeting is None:
        meeting = Meeting(batch_id=batch.id, revision=0, cancelled=False)
        batch.meetings.append(meeting)
    else:
        meeting.revision += 1
    meeting.changed_at = now
    stage = nearest_stage(batch.stages, content.day)
    meeting.stage, meeting.subject = stage, subject
    meeting.title = "" if subject is not None and content.title.strip() == subject.name else content.title.strip()
    meeting.day, meeting.starts, meeting.ends, meeting.jp = content.day, content.starts, content.ends, content.jp
    meeting.room_id = content.room_id
    if [(part.trainer_id, part.jp) for part in meeting.trainers] != trainers:
        with session.no_autoflush:
            meeting.trainers.clear()
        session.flush()  # the old rows must be gone before the new ones claim their places
        meeting.trainers = [MeetingTrainer(trainer_id=trainer_id, jp=jp) for trainer_id, jp in trainers]
    session.flush()
    session.expire(meeting, ["room"])
    return meeting


def check_content(
    session: Session, batch: Batch, content: MeetingContent, *, laid: Mapping[int, int]
) -> tuple[BatchSubject | None, list[tuple[int, int]]]:
    """Return subject and trainers (id and lesson hours) of a meeting that contradicts neither itself nor its batch.

    Parameters
    ----------
    laid : mapping of int to int
        Lesson hours that lie in other meetings, by id of the subject.

    Raises
    ------
    InvalidInput
        With the field that is wrong.
    """
    _check_day(content.day, "day")
    if not 0 <= content.starts < content.ends <= 24 * 60:
        raise InvalidInput(say("Pertemuan harus selesai sesudah mulai, pada hari yang sama."), where="ends")
    if len(content.title) > 200:
        raise InvalidInput(say("Judul paling panjang %(most)s huruf.", most=200), where="title")
    subject = next((one for one in batch.subjects if one.seq == content.subject), None)
    if content.subject is not None and subject is None:
        raise InvalidInput(say("Mata pelatihan ini tidak ada pada angkatan %(code)s.", code=batch.code), where="subject")
    if subject is None and not content.title.strip():
        raise InvalidInput(say("Pilih mata pelatihan, atau tulis judul pertemuan."), where="subject")
    _check_jp(session, content, subject, laid.get(subject.id, 0) if subject else 0)
    if content.room_id is not None and session.get(Room, content.room_id) is None:
        raise InvalidInput(say("Ruang ini tidak ada dalam daftar."), where="room_id")
    codes = [code for code, _ in content.trainers]
    if len(set(codes)) < len(codes):
        raise InvalidInput(say("Setiap pengajar ditulis sekali."), where="trainers")
    known = dict(session.execute(select(Trainer.code, Trainer.id).where(Trainer.code.in_(codes))).all())
    for code, jp in content.trainers:
        if code not in known:
            raise InvalidInput(say("Tidak ada pengajar dengan kode “%(code)s”.", code=code), where="trainers")
        if not 0 <= jp <= content.jp:
            raise InvalidInput(say("JP seorang pengajar paling banyak JP pertemuannya, %(jp)s.", jp=content.jp),
                               where="trainers")
    return subject, [(known[code], jp) for code, jp in content.trainers]


def _check_jp(session: Session, content: MeetingContent, subject: BatchSubject | None, laid: int) -> None:
    minutes, length = lesson_minutes(session, content.day), content.ends - content.starts
    if subject is None and content.jp:
        raise InvalidInput(say("Pertemuan tanpa mata pelatihan tidak mempunyai JP; isi 0."), where="jp")
    if content.jp < 0 or (subject is not None and content.jp < 1):
        raise InvalidInput(say("Pertemuan mata pelatihan mempunyai paling sedikit 1 JP."), where="jp")
    if content.jp * minutes > length:
        raise InvalidInput(say(
            "%(jp)s JP perlu %(need)s menit; %(hours)s hanya %(have)s menit. Kurangi JP atau perpanjang jamnya.",
            jp=content.jp, need=content.jp * minutes, hours=hours_text(content.starts, content.ends), have=length),
            where="jp")
    if subject is not None and laid + content.jp > subject.jp:
        raise InvalidInput(say(
            "%(name)s mempunyai %(jp)s JP dan %(laid)s di antaranya sudah berada pada pertemuan lain; tersisa %(left)s JP.",
            name=subject.name, jp=subject.jp, laid=laid, left=max(0, subject.jp - laid)), where="jp")


def clash_sentence(clashes: Iterable[Clash]) -> Message:
    """Say clashes one after another, each with what would change it; at least one."""
    sentences = [say("%(fact)s %(remedy)s", fact=clash.fact, remedy=clash.remedy) for clash in clashes]
    message = sentences[0]
    for sentence in sentences[1:]:
        message = say("%(first)s %(second)s", first=message, second=sentence)
    return message


def _hold_shared(session: Session, meetings: Iterable[Meeting]) -> None:
    """Hold rooms and trainers until the transaction ends, so that of two who want one at once the second sees the first."""
    rooms = {meeting.room_id for meeting in meetings if meeting.room_id is not None}
    trainers = {part.trainer_id for meeting in meetings for part in meeting.trainers}
    session.execute(select(Room.id).where(Room.id.in_(rooms)).order_by(Room.id).with_for_update())
    session.execute(select(Trainer.id).where(Trainer.id.in_(trainers)).order_by(Trainer.id).with_for_update())


def _refuse_clashes(session: Session, batch: Batch, meetings: Sequence[Meeting], *, accept: bool) -> None:
    """Refuse meetings, already written in this transaction, that clash; burdens only unless they are accepted."""
    session.flush()
    _hold_shared(session, meetings)
    days = [meeting.day for meeting in meetings]
    own = {meeting.id for meeting in meetings}
    facts = load_meeting_facts(session, min(days), max(days), codes=[batch.code])
    found = [clash for clash in facts.clashes() if any(map(clash.touches, own))]
    hard = [clash for clash in found if clash.hard]
    if hard:
        raise Conflict(clash_sentence(hard))
    if found and not accept:
        raise Conflict(clash_sentence(found), where="accept")


def _plain(content: MeetingContent) -> dict[str, Any]:
    return {
        "subject": content.subject, "title": content.title, "day": content.day.isoformat(),
        "hours": hours_text(content.starts, content.ends), "jp": content.jp, "room_id": content.room_id,
        "trainers": [list(pair) for pair in content.trainers]}


def _sentence(meeting: Meeting) -> Message:
    title = meeting.title or (meeting.subject.name if meeting.subject else "")
    if meeting.room is None:
        return say("%(title)s, %(day)s pukul %(hours)s", title=title, day=meeting.day,
                   hours=hours_text(meeting.starts, meeting.ends))
    return say("%(title)s, %(day)s pukul %(hours)s di %(room)s", title=title, day=meeting.day,
               hours=hours_text(meeting.starts, meeting.ends), room=meeting.room.name)


def _tell(
    session: Session, batch: Batch, message: Message, meetings: Iterable[Meeting], now: datetime, mailer: Mailer | None
) -> None:
    """Write to those who hold a seat, and to the trainers who are people of ours."""
    people = list(session.scalars(select(Enrolment.person_id).where(
        Enrolment.batch_id == batch.id, Enrolment.status.in_(HELD)).order_by(Enrolment.id)))
    ids = {part.trainer_id for meeting in meetings for part in meeting.trainers}
    people += session.scalars(select(Trainer.person_id).where(Trainer.id.in_(ids), Trainer.person_id.is_not(None))
                              .order_by(Trainer.id))
    for person_id in dict.fromkeys(people):
        notify(session, person_id, message, link=f"{batch_link(batch.code)}/pertemuan", now=now, mailer=mailer)


# --- filling in ------------------------------------------------------------------------------------------------------


def plan_meetings(session: Session, actor: Actor, code: str, *, today: date) -> FillPlan:
    """Say which meetings filling in would add to those that are there; nothing is written.

    Raises
    ------
    NotFound, NotAllowed, Conflict
        As in `fill_meetings`, apart from what does not fit: that is told in the plan.
    """
    batch = _loaded(session, batch_by_code(session, code).id)
    require(session, actor, "courses.edit_batch", on=today, unit_id=batch.organiser_id)
    return _plan(session, batch, today)


def fill_meetings(
    session: Session, actor: Actor, code: str, *, partly: bool = False, today: date, now: datetime,
    mailer: Mailer | None = None,
) -> FillPlan:
    """Lay the lesson hours that lie in no meeting yet over the worked hours of the taught stages.

    Meetings that are there stay as they are. Rooms, trainers and participants that are taken are left alone; the room is
    that of the batch, the trainers are those who teach in it.

    Parameters
    ----------
    partly : bool
        Whether what there is time for is written although the rest is not, as where lesson hours are learnt alone or at
        work.

    Raises
    ------
    NotFound
        If there is no batch of that code.
    NotAllowed
        If it is not organised in the actor's training centre.
    Conflict
        If nothing is to be laid, the batch has no taught stage, a subject has too many lesson hours already, the time does
        not suffice, or the room is too small; nothing is written.
    """
    batch = hold_batch(session, code)
    require(session, actor, "courses.edit_batch", on=today, unit_id=batch.organiser_id)
    plan = _plan(session, batch, today)
    if plan.missing and not (partly and plan.meetings):
        raise Conflict(say(
            "%(wanted)s JP tidak muat dalam %(found)s JP jam kerja yang bebas pada tahap tatap muka dan jarak jauh. "
            "Perpanjang tahapnya, pilih ruang lain atau tambah pengajar. Belum mendapat waktu: %(missing)s.",
            wanted=plan.hours_wanted, found=plan.hours_found,
            missing=[say("%(name)s %(jp)s JP", name=name, jp=jp) for name, jp in plan.missing]))
    added = [write_meeting(session, batch, content, now=now) for content in plan.meetings]
    _refuse_clashes(session, batch, added, accept=True)
    record(session, actor, "courses.edit_batch:meetings", "batch", batch.code, now=now,
           detail={"after": [_plain(content) for content in plan.meetings]})
    tell_of_meetings(session, batch, added, now=now, mailer=mailer)
    session.flush()
    return plan


def tell_of_meetings(
    session: Session, batch: Batch, added: Sequence[Meeting], *, now: datetime, mailer: Mailer | None = None
) -> None:
    """Write to participants and trainers that some meetings of a batch, at least one, were laid out."""
    _tell(session, batch, say("Jadwal pertemuan angkatan %(code)s sudah disusun: %(count)s pertemuan sejak %(day)s.",
                              code=batch.code, count=len(added), day=min(meeting.day for meeting in added)), added, now,
          mailer)


def fill_what_fits(
    session: Session, batch: Batch, *, today: date, now: datetime
) -> tuple[int, tuple[tuple[str, int], ...]]:
    """Lay of a batch's lesson hours what there is time for; return how many meetings, and what is missing still.

    A batch without taught stages, or whose lesson hours all lie in meetings, gets none.
    """
    if not any(stage.mode in TAUGHT for stage in batch.stages) or not any(line.missing > 0 for line in _subject_lines(batch)):
        return 0, ()
    plan = _plan(session, batch, today)
    for content in plan.meetings:
        write_meeting(session, batch, content, now=now)
    return len(plan.meetings), plan.missing


def _plan(session: Session, batch: Batch, today: date) -> FillPlan:
    check_changeable(batch, today)
    if not any(stage.mode in TAUGHT for stage in batch.stages):
        raise Conflict(say("Angkatan %(code)s tidak mempunyai tahap tatap muka atau jarak jauh; tidak ada pertemuan yang "
                           "dapat disusun.", code=batch.code))
    lines = _subject_lines(batch)
    for line in lines:
        if line.missing < 0:
            raise Conflict(say("%(name)s mempunyai %(laid)s JP pada pertemuan, lebih dari %(jp)s JP-nya. Batalkan atau "
                               "perpendek pertemuannya dahulu.", name=line.name, laid=line.laid, jp=line.jp))
    if not any(line.missing for line in lines):
        raise Conflict(say("Semua JP angkatan %(code)s sudah berada pada pertemuan.", code=batch.code))
    first = max(batch.first_day, today + timedelta(days=1)) if batch.first_day <= today else batch.first_day
    facts = load_meeting_facts(session, batch.first_day, batch.last_day, codes=[batch.code])
    teachers = [part for part in sorted(batch.trainers, key=lambda part: part.id) if part.role == "PENGAJAR"]
    found = lay_curriculum(
        [line.missing for line in lines], [_days(stage) for stage in batch.stages],
        _working_time(facts, batch), minutes=lesson_minutes(session, batch.first_day), room=batch.room_id,
        trainers=[part.trainer_id for part in teachers],
        around=Surroundings(facts.meetings, facts.sharing_with(batch.code), facts.rooms, facts.trainers), not_before=first)
    codes = {part.trainer_id: part.trainer.code for part in teachers}
    return FillPlan(
        _contents(found, batch, codes), tuple((lines[place].name, jp) for place, jp in found.missing), found.hours_found,
        sum(line.missing for line in lines))


def _contents(found: Curriculum, batch: Batch, codes: dict[int, str]) -> tuple[MeetingContent, ...]:
    return tuple(MeetingContent(
        batch.subjects[lesson.subject].seq, "", lesson.day, lesson.starts, lesson.ends, lesson.jp, lesson.room,
        ((codes[lesson.trainer], lesson.jp),) if lesson.trainer is not None else ()) for lesson in found.lessons)


def _days(stage: BatchStage) -> StageDays:
    return StageDays(stage.mode, stage.first_day, stage.last_day)


def _working_time(facts: MeetingFacts, batch: Batch) -> WorkingTime:
    working_time = facts.batches[batch.code].working_time
    assert working_time is not None  # the facts know the working time of every batch that was asked for
    return working_time
