"""Attendance of meetings: the list of one meeting, the matrix of a batch, checking in by code.

Batches without meetings keep the attendance of days (`services.results.record_attendance`). What the centre has
written down only the centre changes; a code adds what nobody has written down yet.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from kompetensi.errors import Conflict, InvalidInput, NotFound
from kompetensi.messages import WITA, say
from kompetensi.models import Attendance, Batch, Enrolment, Meeting, MeetingAttendance, Person, Unit
from kompetensi.rules.access import Actor
from kompetensi.rules.attendance import STATE_WORDS, AttendanceState, Share, Window, clock_words, share_of, window_at
from kompetensi.rules.check_in import TokenExpired, TokenUnknown, make_token, normal_code, participant_code, read_token
from kompetensi.services.access import require
from kompetensi.services.audit import record
from kompetensi.services.course_policies import CheckInRules, attendance_minimum, check_in_rules
from kompetensi.services.lookup import batch_by_code
from kompetensi.services.policies import PolicyInForce
from kompetensi.services.readiness import full_name

__all__ = ["AttendanceMatrix", "CheckIn", "CheckInDisplay", "MatrixRow", "MeetingLine", "MeetingSheet", "ParticipantCard",
           "SheetRow", "attendance_shares", "attended_anything", "batch_cards", "check_in", "check_in_by_code", "display_check_in", "has_meetings",
           "meetings_of_code", "own_card", "record_meeting", "view_check_in", "view_matrix", "view_meeting"]

_SEATED = ("APPROVED", "COMPLETED")


@dataclass(frozen=True, slots=True)
class MeetingLine:
    """A meeting as attendance needs it.

    Attributes
    ----------
    starts, ends : int
        Minutes from midnight, local time.
    recorded : int
        Participants about whom something is written down.
    """

    id: int
    title: str
    day: date
    starts: int
    ends: int
    jp: int
    place: str
    recorded: int = 0

    @property
    def hours(self) -> str:
        """Its hours, ``08.00–09.30``."""
        return "–".join(f"{minute // 60:02d}.{minute % 60:02d}" for minute in (self.starts, self.ends))


@dataclass(frozen=True, slots=True)
class SheetRow:
    """A participant in the list of a meeting; without a state nothing is written down yet."""

    nip: str
    name: str
    unit: str
    state: AttendanceState | None
    by_code: bool
    recorded_at: datetime | None


@dataclass(frozen=True, slots=True)
class MeetingSheet:
    """The list of one meeting.

    Attributes
    ----------
    may_record : bool
        Whether its day has come.
    previous_id, next_id : int or None
        Meetings of the batch before and after it.
    rows : tuple of SheetRow
        By name, then NIP.
    """

    batch: str
    training_name: str
    meeting: MeetingLine
    rows: tuple[SheetRow, ...]
    may_record: bool
    previous_id: int | None
    next_id: int | None
    trainers: tuple[str, ...] = ()

    def count(self, state: AttendanceState | None) -> int:
        """Return how many are in a state."""
        return sum(row.state == state for row in self.rows)


@dataclass(frozen=True, slots=True)
class MatrixRow:
    """A participant with his state in each meeting, in the order of the meetings."""

    nip: str
    name: str
    unit: str
    states: tuple[AttendanceState | None, ...]
    share: Share | None
    reached: bool | None


@dataclass(frozen=True, slots=True)
class AttendanceMatrix:
    """Attendance of a whole batch.

    Attributes
    ----------
    meetings : tuple of MeetingLine
        Those that are not cancelled, in order of time.
    rows : tuple of MatrixRow
        By name, then NIP.
    minimum : PolicyInForce or None
        Per cent that a pass takes.
    today : date
    """

    batch: str
    training_name: str
    meetings: tuple[MeetingLine, ...]
    rows: tuple[MatrixRow, ...]
    minimum: PolicyInForce | None
    today: date

    @property
    def unrecorded(self) -> tuple[MeetingLine, ...]:
        """Meetings that are over and about which nothing is written down."""
        return tuple(one for one in self.meetings if one.day < self.today and not one.recorded)

    @property
    def below(self) -> int:
        """How many are below the minimum so far."""
        return sum(row.reached is False for row in self.rows)


@dataclass(frozen=True, slots=True)
class CheckInDisplay:
    """What a room shows.

    Attributes
    ----------
    token : str
        Empty while one may not check in.
    renewed_at : datetime or None
    opens, closes : int
        Minutes from midnight between which one may check in.
    """

    batch: str
    training_name: str
    meeting: MeetingLine
    window: Window
    token: str
    renewed_at: datetime | None
    opens: int
    closes: int
    attended: int
    participants: int


@dataclass(frozen=True, slots=True)
class CheckIn:
    """Somebody at a meeting.

    Attributes
    ----------
    state : AttendanceState
        What is, or would be, written down.
    again : bool
        Whether that was written down before.
    """

    batch: str
    training_name: str
    meeting: MeetingLine
    name: str
    state: AttendanceState
    again: bool


@dataclass(frozen=True, slots=True)
class ParticipantCard:
    """The code that a participant carries through a batch."""

    batch: str
    training_name: str
    first_day: date
    last_day: date
    name: str
    nip: str
    unit: str
    code: str


def has_meetings(session: Session, batch_code: str) -> bool:
    """Whether a batch has meetings; one without them keeps the attendance of days.

    Raises
    ------
    NotFound
        If there is no batch of that code.
    """
    return bool(_meetings(session, batch_by_code(session, batch_code)))


def _meetings(session: Session, batch: Batch) -> list[Meeting]:
    return list(session.scalars(
        select(Meeting).where(Meeting.batch_id == batch.id, Meeting.cancelled.is_(False))
        .options(joinedload(Meeting.subject), joinedload(Meeting.room))
        .order_by(Meeting.day, Meeting.starts, Meeting.id)))


def _line(meeting: Meeting, batch: Batch, recorded: int = 0) -> MeetingLine:
    title = meeting.title or (meeting.subject.name if meeting.subject else "") or batch.training.name
    place = meeting.room.name if meeting.room else batch.place
    return MeetingLine(meeting.id, title, meeting.day, meeting.starts, meeting.ends, meeting.jp, place, recorded)


def _meeting(session: Session, batch: Batch, meeting_id: int) -> Meeting:
    meeting = session.get(Meeting, meeting_id)
    if meeting is None or meeting.batch_id != batch.id:
        raise NotFound(say("Tidak ada pertemuan nomor %(id)s pada angkatan %(code)s.", id=meeting_id, code=batch.code),
                       where="MEETING")
    if meeting.cancelled:
        raise Conflict(say("Pertemuan %(day)s ini dibatalkan; kehadirannya tidak dicatat.", day=meeting.day))
    return meeting


def _participants(session: Session, batch: Batch) -> list[tuple[int, Person, str]]:
    return [tuple(row) for row in session.execute(
        select(Enrolment.id, Person, Unit.name).join(Person, Enrolment.person_id == Person.id)
        .join(Unit, Person.unit_id == Unit.id)
        .where(Enrolment.batch_id == batch.id, Enrolment.status.in_(_SEATED)).order_by(Person.name, Person.nip))]


def _states(session: Session, meeting_ids: Collection[int]) -> dict[tuple[int, int], MeetingAttendance]:
    """Return what is written down, by enrolment and meeting."""
    rows = session.scalars(select(MeetingAttendance).where(MeetingAttendance.meeting_id.in_(meeting_ids)))
    return {(row.enrolment_id, row.meeting_id): row for row in rows}


# --- the list of a meeting ---------------------------------------------------------------------------------------------


def view_meeting(
    session: Session, actor: Actor, batch_code: str, meeting_id: int, *, today: date, now: datetime
) -> MeetingSheet:
    """Open the list of a meeting; that somebody looked at the participants is noted.

    Raises
    ------
    NotFound
        If batch or meeting names nothing.
    NotAllowed
        If the batch is not organised in the actor's training centre.
    Conflict
        If the meeting is cancelled.
    """
    batch = batch_by_code(session, batch_code)
    require(session, actor, "courses.record_result", on=today, unit_id=batch.organiser_id)
    meeting = _meeting(session, batch, meeting_id)
    record(session, actor, "courses.view_participants", "batch", batch.code, now=now)
    session.flush()
    order = [one.id for one in _meetings(session, batch)]
    place = order.index(meeting.id)
    states = _states(session, [meeting.id])
    rows = []
    for enrolment_id, person, unit in _participants(session, batch):
        found = states.get((enrolment_id, meeting.id))
        rows.append(SheetRow(person.nip, full_name(person), unit, AttendanceState(found.state) if found else None,
                             found is not None and found.method == "QR", found.recorded_at if found else None))
    return MeetingSheet(
        batch.code, batch.training.name, _line(meeting, batch, sum(row.state is not None for row in rows)), tuple(rows),
        meeting.day <= today, order[place - 1] if place else None, order[place + 1] if place + 1 < len(order) else None,
        tuple(sorted(part.trainer.name for part in meeting.trainers)))


def record_meeting(
    session: Session, actor: Actor, batch_code: str, meeting_id: int, states: Mapping[str, str], *, today: date,
    now: datetime,
) -> int:
    """Write down how participants attended a meeting; who is not named stays as he is.

    Parameters
    ----------
    states : mapping of str to str
        PRESENT, LATE, EXCUSED or ABSENT by NIP.

    Returns
    -------
    int
        How many were written or changed.

    Raises
    ------
    NotFound, NotAllowed, Conflict
        As `view_meeting`.
    InvalidInput
        If a state is none, or a NIP is no participant's.
    Conflict
        Also if the day of the meeting is still to come.
    """
    batch = batch_by_code(session, batch_code)
    require(session, actor, "courses.record_result", on=today, unit_id=batch.organiser_id)
    meeting = _meeting(session, batch, meeting_id)
    if meeting.day > today:
        raise Conflict(say("Pertemuan ini baru %(day)s; kehadirannya dicatat mulai hari itu.", day=meeting.day))
    people = {person.nip: enrolment_id for enrolment_id, person, _ in _participants(session, batch)}
    for nip, state in states.items():
        if nip not in people:
            raise InvalidInput(say("NIP %(nip)s bukan peserta angkatan %(code)s.", nip=nip, code=batch.code), where="NIP")
        if state not in set(AttendanceState):
            raise InvalidInput(say("“%(word)s” bukan keadaan hadir; pakai %(words)s.", word=state,
                                   words=tuple(AttendanceState)), where="state")
    kept = _states(session, [meeting.id])
    changed = {}
    for nip, state in states.items():
        row = kept.get((people[nip], meeting.id))
        if row is not None and row.state == state:
            continue
        changed[nip] = [row.state if row is not None else None, state]
        _write(session, actor, people[nip], meeting, AttendanceState(state), "LIST", now, row)
    if changed:
        record(session, actor, "courses.record_result:meeting", "batch", batch.code, now=now, detail={
            "meeting": meeting.id, "day": meeting.day.isoformat(), "changed": changed})
    session.flush()
    return len(changed)


def _write(
    session: Session, actor: Actor, enrolment_id: int, meeting: Meeting, state: AttendanceState, method: str,
    now: datetime, row: MeetingAttendance | None,
) -> None:
    if row is None:
        row = MeetingAttendance(enrolment_id=enrolment_id, meeting_id=meeting.id)
        session.add(row)
    row.state, row.method, row.recorded_at, row.recorded_by = state.value, method, now, actor.label[:120]


# --- the whole batch ---------------------------------------------------------------------------------------------------


def view_matrix(session: Session, actor: Actor, batch_code: str, *, today: date, now: datetime) -> AttendanceMatrix:
    """Show the attendance of all participants in all meetings, and how much of the lesson hours that is.

    Meetings about which something is written down count; who has no state in one of them was not there.

    Raises
    ------
    NotFound
        If there is no batch of that code.
    NotAllowed
        If the batch is not organised in the actor's training centre.
    """
    batch = batch_by_code(session, batch_code)
    require(session, actor, "courses.record_result", on=today, unit_id=batch.organiser_id)
    record(session, actor, "courses.view_participants", "batch", batch.code, now=now)
    session.flush()
    meetings = _meetings(session, batch)
    states = _states(session, [meeting.id for meeting in meetings])
    people = _participants(session, batch)
    seated = {enrolment_id for enrolment_id, _, _ in people}
    recorded: dict[int, int] = defaultdict(int)
    for enrolment_id, meeting_id in states:
        recorded[meeting_id] += enrolment_id in seated
    minimum = attendance_minimum(session, today)
    rows = []
    for enrolment_id, person, unit in people:
        own = tuple(AttendanceState(found.state) if (found := states.get((enrolment_id, meeting.id))) else None
                    for meeting in meetings)
        share = share_of((meeting.jp, state) for meeting, state in zip(meetings, own, strict=True) if recorded[meeting.id])
        reached = None if share is None or minimum is None or minimum.value is None else share.reaches(minimum.value)
        rows.append(MatrixRow(person.nip, full_name(person), unit, own, share, reached))
    return AttendanceMatrix(batch.code, batch.training.name,
                            tuple(_line(meeting, batch, recorded[meeting.id]) for meeting in meetings), tuple(rows),
                            minimum, today)


def attendance_shares(session: Session, batch_id: int) -> dict[int, Share]:
    """Return how much participants attended, by enrolment; who is left out has nothing written down.

    Lesson hours of meetings where any are recorded, else days.
    """
    enrolments = list(session.scalars(select(Enrolment.id).where(
        Enrolment.batch_id == batch_id, Enrolment.status.in_(_SEATED))))
    by_meeting = session.execute(
        select(Meeting.id, Meeting.jp, MeetingAttendance.enrolment_id, MeetingAttendance.state)
        .join(MeetingAttendance, MeetingAttendance.meeting_id == Meeting.id)
        .where(Meeting.batch_id == batch_id, Meeting.cancelled.is_(False),
               MeetingAttendance.enrolment_id.in_(enrolments))).all()
    weights: dict[int, int] = {meeting_id: jp for meeting_id, jp, _, _ in by_meeting}
    states: dict[tuple[int, int], AttendanceState] = {
        (enrolment_id, meeting_id): AttendanceState(state) for meeting_id, _, enrolment_id, state in by_meeting}
    if not weights:
        by_day = session.execute(select(Attendance.day, Attendance.enrolment_id, Attendance.present).where(
            Attendance.enrolment_id.in_(enrolments))).all()
        weights = {day.toordinal(): 1 for day, _, _ in by_day}
        states = {(enrolment_id, day.toordinal()): AttendanceState.PRESENT if there else AttendanceState.ABSENT
                  for day, enrolment_id, there in by_day}
    shares = {enrolment_id: share_of((weight, states.get((enrolment_id, key))) for key, weight in weights.items())
              for enrolment_id in enrolments}
    return {enrolment_id: share for enrolment_id, share in shares.items() if share is not None}


# --- checking in -------------------------------------------------------------------------------------------------------


def _minute_of(meeting: Meeting, now: datetime) -> int:
    """Return the moment as minutes from midnight of the meeting's day, local time."""
    local = now.astimezone(WITA)
    return (local.date() - meeting.day).days * 24 * 60 + local.hour * 60 + local.minute


def _window(meeting: Meeting, rules: CheckInRules, now: datetime) -> Window:
    return window_at(_minute_of(meeting, now), meeting.starts, meeting.ends, before=rules.before, grace=rules.grace,
                     after=rules.after)


def _refuse_closed(meeting: Meeting, rules: CheckInRules, now: datetime) -> Window:
    """Return the window if one may check in now, else say when."""
    if meeting.day != now.astimezone(WITA).date():
        raise Conflict(say("Pertemuan ini %(day)s, bukan hari ini. Kehadiran dengan kode hanya dicatat pada harinya.",
                           day=meeting.day))
    window = _window(meeting, rules, now)
    if window is Window.EARLY:
        raise Conflict(say("Kehadiran dapat dicatat mulai pukul %(opens)s.",
                           opens=clock_words(meeting.starts - rules.before)))
    if window is Window.OVER:
        raise Conflict(say("Pencatatan dengan kode ditutup pukul %(closes)s. Minta petugas mencatat Anda pada daftar hadir.",
                           closes=clock_words(meeting.ends + rules.after)))
    return window


def display_check_in(
    session: Session, actor: Actor, batch_code: str, meeting_id: int, key: bytes, *, today: date, now: datetime
) -> CheckInDisplay:
    """Return what a room shows, so that participants check in themselves; no token while they may not.

    Raises
    ------
    NotFound, NotAllowed, Conflict
        As `view_meeting`.
    """
    batch = batch_by_code(session, batch_code)
    require(session, actor, "courses.record_result", on=today, unit_id=batch.organiser_id)
    meeting = _meeting(session, batch, meeting_id)
    rules = check_in_rules(session, meeting.day)
    window = _window(meeting, rules, now)
    token = make_token(key, meeting.id, now, life_s=rules.token_minutes * 60) if window.is_open else None
    seated = select(Enrolment.id).where(Enrolment.batch_id == batch.id, Enrolment.status.in_(_SEATED))
    attended = session.scalar(select(func.count()).select_from(MeetingAttendance).where(
        MeetingAttendance.meeting_id == meeting.id, MeetingAttendance.enrolment_id.in_(seated),
        MeetingAttendance.state.in_(("PRESENT", "LATE")))) or 0
    return CheckInDisplay(
        batch.code, batch.training.name, _line(meeting, batch), window, token.text if token else "",
        token.renewed_at if token else None, meeting.starts - rules.before, meeting.ends + rules.after, attended,
        session.scalar(select(func.count()).select_from(seated.subquery())) or 0)


def _read(session: Session, token: str, key: bytes, now: datetime) -> tuple[Meeting, CheckInRules, Window]:
    # Only the token says which meeting, and only the meeting's day which rules; the present ones serve for both.
    rules = check_in_rules(session, now.astimezone(WITA).date())
    try:
        meeting = session.get(Meeting, read_token(key, token, now, life_s=rules.token_minutes * 60))
    except TokenUnknown:
        raise InvalidInput(say("Kode kehadiran ini tidak dikenal. Pindai kode yang sedang tampil di ruang pertemuan."),
                           where="token") from None
    except TokenExpired:
        raise Conflict(say("Kode ini sudah berganti; kode di ruang pertemuan berganti setiap %(minutes)s menit. Pindai "
                           "kode yang sedang tampil.", minutes=rules.token_minutes), where="token") from None
    if meeting is None or meeting.cancelled:
        raise Conflict(say("Pertemuan dari kode ini dibatalkan."), where="token")
    return meeting, rules, _refuse_closed(meeting, rules, now)


def _own_enrolment(session: Session, actor: Actor, meeting: Meeting, today: date) -> tuple[Enrolment, Person]:
    if actor.person_id is None:
        raise Conflict(say("Akun ini tidak terhubung dengan data pegawai, jadi tidak dapat mencatat kehadiran."))
    person = session.get_one(Person, actor.person_id)
    require(session, actor, "courses.check_in", on=today, person=person)
    enrolment = session.scalars(select(Enrolment).where(
        Enrolment.person_id == person.id, Enrolment.batch_id == meeting.batch_id, Enrolment.status.in_(_SEATED))
        .with_for_update()).first()
    if enrolment is None:
        raise Conflict(say("Anda masuk sebagai %(name)s, yang bukan peserta angkatan %(code)s. Masuk dengan akun Anda "
                           "sendiri, atau hubungi penyelenggara.", name=person.name, code=meeting.batch.code))
    return enrolment, person


def view_check_in(
    session: Session, actor: Actor, token: str, key: bytes, *, today: date, now: datetime
) -> CheckIn:
    """Show the actor what checking in by a token would write down.

    Raises
    ------
    InvalidInput
        If the token is none of ours.
    Conflict
        If its time is over, the meeting is not now or was cancelled, or the actor is no participant.
    """
    meeting, _, window = _read(session, token, key, now)
    enrolment, person = _own_enrolment(session, actor, meeting, today)
    kept = _states(session, [meeting.id]).get((enrolment.id, meeting.id))
    return _seen(meeting, person, AttendanceState(kept.state) if kept else window.state, kept is not None)


def check_in(session: Session, actor: Actor, token: str, key: bytes, *, today: date, now: datetime) -> CheckIn:
    """Write down that the actor is at the meeting whose room shows this token; a second time changes nothing.

    Raises
    ------
    InvalidInput, Conflict
        As `view_check_in`; also if the centre has written down that he is not there.
    """
    meeting, _, window = _read(session, token, key, now)
    enrolment, person = _own_enrolment(session, actor, meeting, today)
    return _enter(session, actor, meeting, enrolment.id, person, window, now)


def _enter(
    session: Session, actor: Actor, meeting: Meeting, enrolment_id: int, person: Person, window: Window, now: datetime
) -> CheckIn:
    kept = _states(session, [meeting.id]).get((enrolment_id, meeting.id))
    if kept is not None:
        state = AttendanceState(kept.state)
        if not state.attended:
            raise Conflict(say("Petugas mencatat %(name)s: %(state)s. Hanya petugas yang dapat memperbaikinya, pada daftar "
                               "hadir.", name=person.name, state=STATE_WORDS[state]))
        return _seen(meeting, person, state, again=True)
    _write(session, actor, enrolment_id, meeting, window.state, "QR", now, None)
    record(session, actor, "courses.check_in", "meeting", meeting.id, now=now, person_id=person.id, detail={
        "batch": meeting.batch.code, "state": window.state.value})
    session.flush()
    return _seen(meeting, person, window.state, again=False)


def _seen(meeting: Meeting, person: Person, state: AttendanceState, again: bool) -> CheckIn:
    batch = meeting.batch
    return CheckIn(batch.code, batch.training.name, _line(meeting, batch), full_name(person), state, again)


def own_card(session: Session, actor: Actor, batch_code: str, key: bytes, *, today: date) -> ParticipantCard:
    """Return the code that the actor carries through a batch.

    Raises
    ------
    NotFound
        If there is no batch of that code.
    Conflict
        If he is no participant of it.
    """
    batch = batch_by_code(session, batch_code)
    if actor.person_id is not None:
        person = session.get_one(Person, actor.person_id)
        require(session, actor, "courses.check_in", on=today, person=person)
        mine = [card for card in _cards(session, batch, key) if card.nip == person.nip]
        if mine:
            return mine[0]
    raise Conflict(say("Kartu hadir hanya ada bagi peserta yang kursinya disetujui; Anda bukan peserta angkatan %(code)s.",
                       code=batch.code))


def batch_cards(
    session: Session, actor: Actor, batch_code: str, key: bytes, *, today: date, now: datetime
) -> tuple[ParticipantCard, ...]:
    """Return the codes of all participants of a batch, by name, to be printed and handed out.

    Raises
    ------
    NotFound, NotAllowed
        As `view_matrix`.
    """
    batch = batch_by_code(session, batch_code)
    require(session, actor, "courses.record_result", on=today, unit_id=batch.organiser_id)
    record(session, actor, "courses.view_participants", "batch", batch.code, now=now)
    session.flush()
    return tuple(_cards(session, batch, key))


def _cards(session: Session, batch: Batch, key: bytes) -> Iterable[ParticipantCard]:
    return [ParticipantCard(batch.code, batch.training.name, batch.first_day, batch.last_day, full_name(person), person.nip,
                            unit, participant_code(key, enrolment_id))
            for enrolment_id, person, unit in _participants(session, batch)]


def meetings_of_code(
    session: Session, actor: Actor, batch_code: str, code: str, key: bytes, *, today: date
) -> tuple[ParticipantCard, tuple[MeetingLine, ...]]:
    """Return whose code the centre has scanned, and the batch's meetings of today, at which he can be entered.

    Raises
    ------
    NotFound, NotAllowed
        As `view_matrix`; NotFound also if the code is no participant's.
    """
    batch = batch_by_code(session, batch_code)
    require(session, actor, "courses.record_result", on=today, unit_id=batch.organiser_id)
    _, person = _bearer(session, batch, code, key)
    card = next(card for card in _cards(session, batch, key) if card.nip == person.nip)
    return card, tuple(_line(meeting, batch) for meeting in _meetings(session, batch) if meeting.day == today)


def _bearer(session: Session, batch: Batch, code: str, key: bytes) -> tuple[int, Person]:
    asked = normal_code(code[:300])
    for enrolment_id, person, _ in _participants(session, batch):
        if participant_code(key, enrolment_id) == asked:
            return enrolment_id, person
    raise NotFound(say("Kode “%(code)s” bukan milik peserta angkatan %(batch)s. Periksa angkatannya, lalu pindai atau ketik "
                       "lagi.", code=code.strip()[:40], batch=batch.code), where="code")


def check_in_by_code(
    session: Session, actor: Actor, batch_code: str, meeting_id: int, code: str, key: bytes, *, today: date,
    now: datetime,
) -> CheckIn:
    """Let the centre write down that the bearer of a code is at a meeting; a second time changes nothing.

    Parameters
    ----------
    code : str
        As typed or scanned; an address that ends in it does as well.

    Raises
    ------
    NotFound
        If batch, meeting or code names nothing.
    NotAllowed
        If the batch is not organised in the actor's training centre.
    Conflict
        If the meeting is not now or was cancelled, or the centre has written down that he is not there.
    """
    batch = batch_by_code(session, batch_code)
    require(session, actor, "courses.record_result", on=today, unit_id=batch.organiser_id)
    meeting = _meeting(session, batch, meeting_id)
    enrolment_id, person = _bearer(session, batch, code, key)
    window = _refuse_closed(meeting, check_in_rules(session, meeting.day), now)
    session.execute(select(Enrolment.id).where(Enrolment.id == enrolment_id).with_for_update())
    return _enter(session, actor, meeting, enrolment_id, person, window, now)


def attended_anything(session: Session, enrolment_id: int) -> bool:
    """Whether it is written down that a participant was at a meeting, or there on a day."""
    at_meeting = session.scalar(select(MeetingAttendance.id).where(
        MeetingAttendance.enrolment_id == enrolment_id, MeetingAttendance.state.in_(("PRESENT", "LATE"))).limit(1))
    if at_meeting is not None:
        return True
    return session.scalar(select(Attendance.id).where(
        Attendance.enrolment_id == enrolment_id, Attendance.present.is_(True)).limit(1)) is not None
