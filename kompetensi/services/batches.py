"""Batches as they are looked up: the list, one batch with its participants, one's own seats."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, and_, case, func, or_, select
from sqlalchemy.orm import Session, aliased, contains_eager, joinedload, selectinload

from kompetensi.errors import InvalidInput
from kompetensi.messages import Message, say
from kompetensi.models import Attendance, Batch, BatchTrainer, Certificate, Enrolment, Meeting, Person, Training, Unit
from kompetensi.rules.access import Actor, Role
from kompetensi.rules.attendance import Share
from kompetensi.rules.enrolment import (
    HELD,
    LIVE,
    BatchStatus,
    Reason,
    Refusal,
    accepts_requests,
    batch_status,
    blocked_days,
)
from kompetensi.rules.enrolment_conditions import condition_words, parse_conditions
from kompetensi.rules.numerals import roman
from kompetensi.services.access import is_allowed, require, scope_unit_ids
from kompetensi.services.audit import record
from kompetensi.services.catalogue import Page
from kompetensi.services.certificate_preparation import count_unprepared
from kompetensi.services.enrolment_rows import grade_of
from kompetensi.services.lookup import batch_by_code, training_by_code
from kompetensi.services.meeting_attendance import attendance_shares
from kompetensi.services.no_shows import NoShows, no_shows_of
from kompetensi.services.policies import grade_scale
from kompetensi.services.readiness import full_name
from kompetensi.services.seats import applicant_of, batch_days, batch_terms, load_vocabulary, refusals_of

__all__ = ["PAGE_SIZE", "BatchItem", "BatchView", "OwnSeat", "Participant", "QuotaView", "StageView", "list_batches",
           "my_enrolments", "status_is", "view_batch"]

PAGE_SIZE = 50
_MOST_SPAN_TEXT = 120


@dataclass(frozen=True, slots=True)
class StageView:
    """One stage of a batch, both days inclusive; `mode` is SELF_STUDY, DISTANCE, CLASSICAL or OFF_CAMPUS."""

    name: str
    mode: str
    first_day: date
    last_day: date


@dataclass(frozen=True, slots=True)
class BatchItem:
    """A batch in a list.

    Attributes
    ----------
    status : BatchStatus
        On the day asked.
    accepts : bool
        Whether a seat can be asked for on that day.
    waiting : int or None
        Requests that wait for a decision; None for a reader who may not see participants.
    """

    code: str
    training: str
    name: str
    number: int
    year: int
    status: BatchStatus
    first_day: date
    last_day: date
    registration_until: date | None
    seats: int
    seats_free: int
    min_participants: int
    place: str
    stages: tuple[StageView, ...]
    accepts: bool
    waiting: int | None = None

    @property
    def roman(self) -> str:
        """Ordinal of the batch in its year, as certificates write it."""
        return roman(self.number)


@dataclass(frozen=True, slots=True)
class OwnSeat:
    """The actor's own enrolment in a batch; `may_cancel` until the batch begins, `superior` is whose word it awaits or had."""

    id: int
    batch: str
    training: str
    training_name: str
    first_day: date
    last_day: date
    place: str
    status: str
    reason: str
    outcome: str | None
    score_hundredths: int | None
    grade: str
    may_cancel: bool
    superior: str


@dataclass(frozen=True, slots=True)
class Participant:
    """Somebody who holds a seat, asked for one or lost it.

    Attributes
    ----------
    present_on : tuple of date
        Days on which he was there.
    certificate_number, certificate_token : str or None
        The certificate that stands for the result, revoked or not; None when there is none, or it waits for its file.
    superior : str
        Whose word the request awaits or had; empty = there is no superior.
    share : Share or None
        How much he attended: lesson hours of meetings, else days; None = nothing was written down.
    no_shows : NoShows or None
        Absences without a word, where a request waits and the policy marks them.
    """

    enrolment_id: int
    nip: str
    name: str
    unit: str
    status: str
    reason: str
    requested_at: datetime
    outcome: str | None
    score_hundredths: int | None
    grade: str
    result_on: date | None
    present_on: tuple[date, ...]
    certificate_number: str | None
    certificate_token: str | None
    superior: str = ""
    no_shows: NoShows | None = None
    share: Share | None = None

    @property
    def awaits_superior(self) -> bool:
        """Whether a request awaits the superior's word before the centre's."""
        return self.status == "REQUESTED" and self.superior != ""


@dataclass(frozen=True, slots=True)
class QuotaView:
    """Seats for an agency: how many are kept until which day (inclusive), at most how many, and how many it holds."""

    name: str
    reserved: int
    reserved_until: date
    most: int | None
    taken: int


@dataclass(frozen=True, slots=True)
class BatchView:
    """Everything that a batch's page tells.

    Attributes
    ----------
    item : BatchItem
    jp : int
        Lesson hours of the training.
    cost_idr : int
        Rupiah a participant.
    trainers : tuple of (str, str)
        Name and role.
    own : OwnSeat or None
        The actor's newest enrolment.
    refusals : tuple of Refusal or None
        What speaks against a seat for the actor; None for an actor without a person record or with a seat.
    participants : tuple of Participant or None
        By status, then name; None for a reader who may not see them.
    recorded_days : tuple of date
        Days whose attendance was recorded.
    meeting_days : tuple of date
        Week days of the batch on which participants are together, at a place or at a distance.
    to_issue : int
        Participants who passed and have no certificate yet.
    to_prepare : int or None
        Participants whose certificates still need photo or registration code; None where the training needs neither,
        or for a reader who does not issue them.
    conditions : Message or None
        What the batch demands beside its training, in a clause; None = nothing.
    queue : int
        How many wait for a seat or have been offered one.
    may_edit, may_enrol, may_decide, may_record, may_issue : bool
    may_wait : bool
        Whether nothing but a missing seat keeps the actor from one.
    kind : str
        REGULAR, COOPERATION or CONTRIBUTION.
    run_cost_idr : int
        Rupiah for holding it at all.
    quotas : tuple of QuotaView
        By name of the agency.
    meetings, meeting_jp : int
        Meetings that are held, and the lesson hours in them.
    copied_from : str
        Code of the batch that it was copied from; empty when it was not.
    teaches : bool
        Whether the actor is one of its trainers.
    """

    item: BatchItem
    jp: int
    cost_idr: int
    room: str
    room_seats: int | None
    organiser: str
    organiser_code: str
    subjects: tuple[tuple[str, int], ...]
    trainers: tuple[tuple[str, str], ...]
    cancelled_reason: str
    invented: bool
    own: OwnSeat | None
    refusals: tuple[Refusal, ...] | None
    participants: tuple[Participant, ...] | None
    recorded_days: tuple[date, ...]
    meeting_days: tuple[date, ...]
    to_issue: int
    to_prepare: int | None
    conditions: Message | None
    queue: int
    may_edit: bool
    may_enrol: bool
    may_decide: bool
    may_record: bool
    may_issue: bool
    may_wait: bool
    kind: str = "REGULAR"
    run_cost_idr: int = 0
    quotas: tuple[QuotaView, ...] = ()
    meetings: int = 0
    meeting_jp: int = 0
    copied_from: str = ""
    teaches: bool = False

    @property
    def below_minimum(self) -> int:
        """How many participants a batch that has not begun still needs; 0 when it has enough, or is not to come."""
        if self.item.status not in (BatchStatus.OPEN, BatchStatus.CLOSED, BatchStatus.PLANNED):
            return 0
        return max(0, self.item.min_participants - (self.item.seats - self.item.seats_free))

    def cost_each(self, participants: int) -> int | None:
        """Return rupiah for each of some participants, the cost of holding the batch shared; None without participants."""
        return self.cost_idr + -(-self.run_cost_idr // participants) if participants else None

    def with_status(self, *statuses: str) -> tuple[Participant, ...]:
        """Return the participants in some statuses; empty for a reader who may not see them."""
        return tuple(one for one in self.participants or () if one.status in statuses)


def status_is(status: BatchStatus, on: date) -> ColumnElement[bool]:
    """Return the condition of the database that `rules.enrolment.batch_status` gives a status on a day."""
    ahead = and_(Batch.status != "CANCELLED", Batch.first_day > on)
    over = and_(Batch.registration_until.is_not(None), Batch.registration_until < on)
    return {
        BatchStatus.CANCELLED: Batch.status == "CANCELLED",
        BatchStatus.FINISHED: and_(Batch.status != "CANCELLED", Batch.last_day < on),
        BatchStatus.RUNNING: and_(Batch.status != "CANCELLED", Batch.first_day <= on, Batch.last_day >= on),
        BatchStatus.PLANNED: and_(ahead, Batch.status == "PLANNED"),
        BatchStatus.CLOSED: and_(ahead, Batch.status != "PLANNED", over),
        BatchStatus.OPEN: and_(ahead, Batch.status != "PLANNED", ~over),
    }[status]


def list_batches(
    session: Session, actor: Actor, *, today: date, training: str | None = None, first: date | None = None,
    until: date | None = None, open_only: bool = False, statuses: Sequence[BatchStatus] = (), text: str = "",
    number: int = 1, size: int | None = None,
) -> Page[BatchItem]:
    """Return batches by first day, then code.

    Parameters
    ----------
    training : str, optional
        Only of this training.
    first, until : date, optional
        Only those that run on some day of this span, both inclusive.
    open_only : bool
        Only those that somebody can ask a seat of today.
    statuses : sequence of BatchStatus
        Only those in one of these today; empty = all.
    text : str
        Only those whose training, code or place holds every word.
    number, size : int
        Page from 1 and its length; None = all on one page.

    Raises
    ------
    NotFound
        If there is no such training.
    InvalidInput
        If `until` is before `first`, or the page does not exist.
    """
    require(session, actor, "courses.view", on=today)
    if first is not None and until is not None and until < first:
        raise InvalidInput(say("Tanggal akhir %(until)s sebelum tanggal awal %(first)s.", until=until, first=first),
                           where="until")
    wanted = []
    if training is not None:
        wanted.append(Batch.training_id == training_by_code(session, training).id)
    if first is not None:
        wanted.append(Batch.last_day >= first)
    if until is not None:
        wanted.append(Batch.first_day <= until)
    if open_only:
        wanted += [Batch.status == "OPEN", Batch.first_day >= today, Batch.seats_taken < Batch.seats,
                   or_(Batch.registration_until.is_(None), Batch.registration_until >= today)]
    if statuses:
        wanted.append(or_(*(status_is(status, today) for status in statuses)))
    for word in text[:_MOST_SPAN_TEXT].casefold().split():
        # One letter case for all; the text may hold the signs that LIKE gives a meaning, so it is escaped.
        wanted.append(or_(*(func.lower(column).contains(word, autoescape=True)
                            for column in (Training.name, Batch.code, Batch.place))))
    query = select(Batch).join(Batch.training).where(*wanted)
    total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
    pages = max(1, -(-total // size)) if size else 1
    if not 1 <= number <= pages:
        raise InvalidInput(say("Halaman %(number)s tidak ada; daftar ini punya %(pages)s halaman.", number=number,
                               pages=pages), where="page")
    query = query.options(contains_eager(Batch.training), selectinload(Batch.stages)).order_by(
        Batch.first_day, Batch.code)
    if size:
        query = query.limit(size).offset((number - 1) * size)
    rows = list(session.scalars(query))
    waiting = _waiting(session, actor, rows)
    return Page(tuple(_item(batch, today, waiting.get(batch.id)) for batch in rows), total, number, pages)


def _waiting(session: Session, actor: Actor, batches: Sequence[Batch]) -> dict[int, int]:
    """Return how many requests wait, by id of those batches whose participants the actor may see."""
    scope = scope_unit_ids(session, actor, Role.TRAINING_CENTRE)
    seen = [batch.id for batch in batches if scope is None or batch.organiser_id in scope]
    if not seen:
        return {}
    counts = dict(session.execute(
        select(Enrolment.batch_id, func.count()).where(
            Enrolment.batch_id.in_(seen), Enrolment.status.in_(("REQUESTED", "ENDORSED"))).group_by(Enrolment.batch_id)).all())
    return {batch_id: counts.get(batch_id, 0) for batch_id in seen}


def _item(batch: Batch, today: date, waiting: int | None) -> BatchItem:
    return BatchItem(
        batch.code, batch.training.code, batch.training.name, batch.number, batch.year,
        batch_status(batch.status, batch.first_day, batch.last_day, batch.registration_until, today),
        batch.first_day, batch.last_day, batch.registration_until, batch.seats, batch.seats - batch.seats_taken,
        batch.min_participants, batch.place,
        tuple(StageView(stage.name, stage.mode, stage.first_day, stage.last_day) for stage in batch.stages),
        accepts_requests(batch_days(batch), today), waiting)


def view_batch(
    session: Session, actor: Actor, code: str, *, today: date, now: datetime, recording: bool = False
) -> BatchView:
    """Open a batch; who looks at its participants is noted in the audit log.

    Parameters
    ----------
    recording : bool
        True when the actor is about to record attendance or results.

    Raises
    ------
    NotFound
        If there is no batch of that code.
    NotAllowed
        With `recording`, if the batch is not organised in the actor's training centre.
    """
    require(session, actor, "courses.view", on=today)
    found = batch_by_code(session, code)
    if recording:
        require(session, actor, "courses.record_result", on=today, unit_id=found.organiser_id)
    batch = session.scalars(
        select(Batch).where(Batch.id == found.id).execution_options(populate_existing=True)
        .options(joinedload(Batch.training), joinedload(Batch.room), joinedload(Batch.organiser),
                 selectinload(Batch.stages), selectinload(Batch.subjects),
                 selectinload(Batch.trainers).joinedload(BatchTrainer.trainer))).one()
    may = {verb: is_allowed(session, actor, action, on=today, unit_id=batch.organiser_id) for verb, action in (
        ("see", "courses.view_participants"), ("edit", "courses.edit_batch"), ("enrol", "courses.enrol"),
        ("decide", "courses.decide_enrolment"), ("record", "courses.record_result"),
        ("issue", "certificates.issue"))}
    participants, recorded = None, ()
    if may["see"]:
        record(session, actor, "courses.view_participants", "batch", batch.code, now=now)
        session.flush()
        participants, recorded = _participants(session, batch.id, today)
    own, against = _own(session, actor, batch, today)
    waiting = sum(one.status in ("REQUESTED", "ENDORSED") for one in participants) if participants is not None else None
    ended = today > batch.last_day
    queue = session.scalar(select(func.count()).select_from(Enrolment).where(
        Enrolment.batch_id == batch.id, Enrolment.status.in_(("WAITING", "OFFERED")))) or 0
    may_wait = bool(against) and all(refusal.reason in (Reason.FULL, Reason.QUOTA) for refusal in against) \
        and today < batch.first_day
    return BatchView(
        _item(batch, today, waiting), batch.training.jp, batch.cost_idr, batch.room.name if batch.room else "",
        batch.room.seats if batch.room else None, batch.organiser.name, batch.organiser.code,
        tuple((subject.name, subject.jp) for subject in batch.subjects),
        tuple((part.trainer.name, part.role) for part in sorted(
            batch.trainers, key=lambda part: (part.trainer.name, part.id))),
        batch.cancelled_reason, batch.invented, own, against, participants, recorded, _meeting_days(batch),
        sum(one.outcome == "PASSED" and one.certificate_number is None for one in participants or ()),
        count_unprepared(session, batch.id) if may["issue"] and batch.training.lan_programme else None,
        condition_words(parse_conditions(batch.conditions), load_vocabulary(session, today)) if batch.conditions else None, queue,
        may["edit"] and batch.status != "CANCELLED" and not ended, may["enrol"], may["decide"],
        may["record"] and batch.status != "CANCELLED", may["issue"], may_wait, batch.kind, batch.run_cost_idr, _quotas(session, batch),
        *_meetings(session, batch), _code_of(session, batch.copied_from_id),
        any(part.trainer.person_id == actor.person_id for part in batch.trainers) if actor.person_id is not None else False)


def _quotas(session: Session, batch: Batch) -> tuple[QuotaView, ...]:
    return tuple(sorted(
        (QuotaView(quota.name, quota.reserved, quota.reserved_until, quota.most, quota.taken)
         for quota in batch_terms(session, batch).quotas), key=lambda quota: quota.name)) if batch.quotas else ()


def _meetings(session: Session, batch: Batch) -> tuple[int, int]:
    count, jp = session.execute(select(func.count(), func.coalesce(func.sum(Meeting.jp), 0)).where(
        Meeting.batch_id == batch.id, Meeting.cancelled.is_(False))).one()
    return count, int(jp)


def _code_of(session: Session, batch_id: int | None) -> str:
    return session.scalars(select(Batch.code).where(Batch.id == batch_id)).one_or_none() or "" if batch_id else ""


def _meeting_days(batch: Batch) -> tuple[date, ...]:
    spans = blocked_days(batch_days(batch))
    days = (date.fromordinal(ordinal) for first, last in spans
            for ordinal in range(first.toordinal(), last.toordinal() + 1))
    # Monday to Friday; a batch that meets at the week-end alone keeps all its days.
    all_days = tuple(dict.fromkeys(days))
    return tuple(day for day in all_days if day.weekday() < 5) or all_days


def _own(
    session: Session, actor: Actor, batch: Batch, today: date
) -> tuple[OwnSeat | None, tuple[Refusal, ...] | None]:
    if actor.person_id is None:
        return None, None
    enrolment = session.scalars(
        select(Enrolment).where(Enrolment.person_id == actor.person_id, Enrolment.batch_id == batch.id)
        .order_by(Enrolment.status.in_(("WAITING", *LIVE)).desc(), Enrolment.id.desc()).limit(1)).first()
    own = _own_seat(session, enrolment, batch, today) if enrolment is not None else None
    if own is not None and own.status in ("WAITING", *LIVE):
        return own, None
    person = session.get_one(Person, actor.person_id)
    return own, refusals_of(session, applicant_of(session, person, today), batch_terms(session, batch), today=today)


def _own_seat(session: Session, enrolment: Enrolment, batch: Batch, today: date) -> OwnSeat:
    scale = grade_scale(session, enrolment.result_on) if enrolment.result_on else ()
    return OwnSeat(
        enrolment.id, batch.code, batch.training.code, batch.training.name, batch.first_day, batch.last_day,
        batch.place, enrolment.status, enrolment.reason, enrolment.outcome, enrolment.score_hundredths,
        grade_of(enrolment.score_hundredths, scale),
        enrolment.status in ("WAITING", *HELD) and today < batch.first_day,
        enrolment.superior.name if enrolment.superior is not None else "")


_ORDER = case({"ENDORSED": 0, "REQUESTED": 1, "APPROVED": 2, "COMPLETED": 2}, value=Enrolment.status, else_=3)


def _participants(
    session: Session, batch_id: int, today: date
) -> tuple[tuple[Participant, ...], tuple[date, ...]]:
    superior = aliased(Person)
    rows = session.execute(
        select(Enrolment, Person, func.coalesce(func.nullif(Person.outside_agency, ""), Unit.name).label("unit"),
               Certificate.number, Certificate.token, superior.name.label("superior"))
        .join(Person, Enrolment.person_id == Person.id).join(Unit, Person.unit_id == Unit.id)
        .outerjoin(Certificate, and_(Certificate.enrolment_id == Enrolment.id, Certificate.state != "READY_TO_SIGN"))
        .outerjoin(superior, Enrolment.superior_id == superior.id)
        .where(Enrolment.batch_id == batch_id).order_by(_ORDER, Person.name, Enrolment.id)).all()
    marked = no_shows_of(session, [row.Person.id for row in rows if row.Enrolment.status in ("REQUESTED", "ENDORSED")], today)
    present: dict[int, list[date]] = defaultdict(list)
    recorded: set[date] = set()
    for enrolment_id, day, there in session.execute(
        select(Attendance.enrolment_id, Attendance.day, Attendance.present)
        .join(Enrolment, Attendance.enrolment_id == Enrolment.id).where(Enrolment.batch_id == batch_id)
        .order_by(Attendance.day)
    ):
        recorded.add(day)
        if there:
            present[enrolment_id].append(day)
    shares = attendance_shares(session, batch_id)
    return tuple(
        Participant(
            row.Enrolment.id, row.Person.nip, full_name(row.Person), row.unit,
            row.Enrolment.status, row.Enrolment.reason, row.Enrolment.requested_at, row.Enrolment.outcome,
            row.Enrolment.score_hundredths,
            grade_of(row.Enrolment.score_hundredths, grade_scale(session, row.Enrolment.result_on or today)),
            row.Enrolment.result_on, tuple(present[row.Enrolment.id]), row.number, row.token,
            row.superior or "", marked.get(row.Person.id), shares.get(row.Enrolment.id))
        for row in rows), tuple(sorted(recorded))


def my_enrolments(session: Session, actor: Actor, *, today: date) -> tuple[OwnSeat, ...]:
    """Return the actor's own enrolments, those of the latest batch first; empty without a person record."""
    require(session, actor, "courses.view", on=today)
    if actor.person_id is None:
        return ()
    rows = session.execute(
        select(Enrolment, Batch).join(Batch, Enrolment.batch_id == Batch.id)
        .where(Enrolment.person_id == actor.person_id).options(joinedload(Batch.training), joinedload(Enrolment.superior))
        .order_by(Batch.first_day.desc(), Enrolment.id.desc()))
    return tuple(_own_seat(session, enrolment, batch, today) for enrolment, batch in rows)
