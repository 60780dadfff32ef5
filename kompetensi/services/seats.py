"""Seats of batches from below: what counts of people for them, taking and freeing one, and what is kept of each step.

A seat is taken by one conditional UPDATE, which also holds the batch until the transaction ends; quotas are counted after it,
so that nobody else changes them meanwhile. `services/enrolments.py` and `services/waiting_list.py` decide whose it is.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime

from sqlalchemy import and_, func, or_, select, update
from sqlalchemy.orm import Session, selectinload
from sqlalchemy.orm.attributes import set_committed_value

from kompetensi.graph.evidence import profile_on
from kompetensi.messages import Message, say
from kompetensi.models import (
    Batch,
    Certificate,
    Enrolment,
    EnrolmentEvent,
    Grade,
    JobClass,
    Occupancy,
    Person,
    Unit,
)
from kompetensi.rules.access import Actor
from kompetensi.rules.enrolment import (
    HELD,
    LIVE,
    Applicant,
    BatchDays,
    Given,
    MeetingHours,
    Refusal,
    StageDays,
    refusals,
)
from kompetensi.rules.enrolment_conditions import (
    EMPLOYEE_TYPES,
    NO_WORDS,
    Facts,
    Kind,
    Vocabulary,
    demands,
    parse_conditions,
)
from kompetensi.rules.seat_shares import Quota, quota_refusal
from kompetensi.services.access import unit_path
from kompetensi.services.audit import stored_actor
from kompetensi.services.certificates import without_certificate
from kompetensi.services.day_conditions import held_definitively, is_staff
from kompetensi.services.policies import find_policy
from kompetensi.services.readiness import load_qualifications
from kompetensi.services.snapshot import load_evidence, load_graph, load_holdings
from kompetensi.services.stored_messages import message_to_json

__all__ = ["applicant_of", "applicants_of", "batch_days", "batch_terms", "free_seat", "hold_batches",
           "load_vocabulary", "refusals_of", "take_seat", "taken_by_unit", "write_event"]

_CHUNK = 400


# --- batches as the rules see them -------------------------------------------------------------------------------------


def batch_days(batch: Batch) -> BatchDays:
    """Return a batch as the rules see it, without what `batch_terms` adds; its training and stages should be loaded."""
    return BatchDays(
        batch.code, batch.training.code, batch.training.name, batch.status, batch.first_day, batch.last_day,
        batch.registration_until, batch.seats - batch.seats_taken,
        tuple(StageDays(stage.mode, stage.first_day, stage.last_day) for stage in batch.stages))


def batch_terms(session: Session, batch: Batch) -> BatchDays:
    """Return a batch with its meetings, its own condition and its quotas, as a request is judged by."""
    return replace(batch_days(batch), meetings=_hours(batch), condition=parse_conditions(batch.conditions),
                   quotas=_quotas(session, batch))


def _hours(batch: Batch) -> tuple[MeetingHours, ...]:
    return tuple(sorted(MeetingHours(meeting.day, meeting.starts, meeting.ends)
                        for meeting in batch.meetings if not meeting.cancelled))


def taken_by_unit(session: Session, batch_id: int) -> dict[int, int]:
    """Return how many seats of a batch our people hold, by id of their own unit; those from outside belong to none."""
    return dict(session.execute(
        select(Person.unit_id, func.count()).join(Enrolment, Enrolment.person_id == Person.id)
        .where(Enrolment.batch_id == batch_id, Enrolment.status.in_(LIVE), is_staff())
        .group_by(Person.unit_id)).all())


def _quotas(session: Session, batch: Batch) -> tuple[Quota, ...]:
    if not batch.quotas:
        return ()
    taken = {unit_id: (count, unit_path(session, unit_id))
             for unit_id, count in taken_by_unit(session, batch.id).items()}
    codes = dict(session.execute(select(Unit.id, Unit.code)).all())
    until = batch.registration_until or batch.first_day
    return tuple(
        Quota(codes[quota.unit_id], quota.unit.name, _codes(session, codes, quota.unit_id), quota.reserved,
              quota.reserved_until or until, quota.most,
              sum(count for count, path in taken.values() if quota.unit_id in path))
        for quota in batch.quotas)


def _codes(session: Session, codes: Mapping[int, str], unit_id: int) -> frozenset[str]:
    return frozenset(codes[above] for above in unit_path(session, unit_id))


def _units_of(session: Session, codes: Mapping[int, str], person: Person) -> frozenset[str]:
    """Return the codes of a person's unit and of all above it; none for a participant from outside."""
    return frozenset() if person.outside_agency else _codes(session, codes, person.unit_id)


def load_vocabulary(session: Session, today: date) -> Vocabulary:
    """Read what the codes in conditions of batches mean."""
    graph = load_graph(session, today)
    names: dict[tuple[Kind, str], str] = {}
    names |= {(Kind.COMPETENCY, code): item.name for code, item in graph.competencies.items()}
    names |= {(Kind.TRAINING, code): item.name for code, item in graph.trainings.items()}
    names |= {(Kind.JOB_CLASSES, code): name for code, name in session.execute(select(JobClass.code, JobClass.name))}
    names |= {(Kind.UNITS, code): name for code, name in session.execute(select(Unit.code, Unit.name))}
    names |= {(Kind.EMPLOYEE_TYPES, code): code for code in EMPLOYEE_TYPES}
    ranks = dict(session.execute(select(Grade.code, Grade.rank_order)).all())
    names |= {(kind, code): code for kind in (Kind.GOLONGAN_FROM, Kind.GOLONGAN_TO) for code in ranks}
    return Vocabulary(names, ranks)


# --- people as the rules see them ----------------------------------------------------------------------------------------


def applicant_of(session: Session, person: Person, today: date) -> Applicant:
    """Return what counts of a person for a seat today; see `applicants_of`."""
    return applicants_of(session, [person], today)[person.id]


def applicants_of(session: Session, people: Sequence[Person], today: date) -> dict[int, Applicant]:
    """Return what counts of people for a seat today, by id; the number of queries does not grow with people.

    Their other seats are those held, and trainings passed whose certificate is not written yet.
    """
    found: dict[int, Applicant] = {}
    for at in range(0, len(people), _CHUNK):
        found |= _some_applicants(session, people[at:at + _CHUNK], today)
    return found


def _some_applicants(session: Session, people: Sequence[Person], today: date) -> dict[int, Applicant]:
    ids = [person.id for person in people]
    given = _given(session, ids, today)
    evidence, holdings = load_evidence(session, ids), load_holdings(session, ids, today)
    qualifications = load_qualifications(session, ids, today)
    classes = dict(session.execute(
        select(Occupancy.person_id, JobClass.code).join(JobClass, Occupancy.job_class_id == JobClass.id)
        .where(Occupancy.person_id.in_(ids), held_definitively(today))
        .order_by(Occupancy.since, Occupancy.id)).all())
    since = dict(session.execute(
        select(Occupancy.person_id, func.min(Occupancy.since)).where(Occupancy.person_id.in_(ids))
        .group_by(Occupancy.person_id)).all())
    jp = dict(session.execute(
        select(Certificate.person_id, func.sum(Certificate.jp)).where(
            Certificate.person_id.in_(ids), Certificate.state.in_(("ISSUED", "SIGNED")),
            Certificate.finished_on.between(date(today.year, 1, 1), today)).group_by(Certificate.person_id)).all())
    codes = dict(session.execute(select(Unit.id, Unit.code)).all())
    found = {}
    for person in people:
        kind = "" if person.outside_agency else person.employee_type
        duty = find_policy(session, f"jp.min.{'PNS' if kind == 'CPNS' else kind}", today) if kind else None
        facts = Facts(
            job_class=classes.get(person.id), units=_units_of(session, codes, person), employee_type=kind,
            tenure_months=_months(person.tmt_cpns or since.get(person.id), today), jp_year=jp.get(person.id) or 0,
            jp_min=duty.value if duty is not None else None)
        rank = qualifications[person.id]
        found[person.id] = Applicant(
            profile_on(evidence[person.id], today).known("expected"), frozenset(holdings[person.id]), rank.golongan,
            rank.golongan_code, given.get(person.id, ()), facts)
    return found


def _months(since: date | None, today: date) -> int | None:
    if since is None:
        return None
    return max(0, 12 * (today.year - since.year) + today.month - since.month - (today.day < since.day))


def _given(session: Session, person_ids: Sequence[int], today: date) -> dict[int, tuple[Given, ...]]:
    trainings = load_graph(session, today).trainings
    uncertified = and_(Enrolment.outcome == "PASSED", without_certificate())
    pairs = session.execute(
        select(Enrolment.person_id, Enrolment.batch_id)
        .where(Enrolment.person_id.in_(person_ids), or_(Enrolment.status.in_(HELD), uncertified))).all()
    batches = {batch.id: Given(replace(batch_days(batch), meetings=_hours(batch)), trainings.get(batch.training.code))
               for batch in session.scalars(
                   select(Batch).where(Batch.id.in_({batch_id for _, batch_id in pairs}))
                   .options(selectinload(Batch.training), selectinload(Batch.stages), selectinload(Batch.meetings)))}
    found: dict[int, dict[int, Given]] = defaultdict(dict)
    for person_id, batch_id in pairs:
        found[person_id][batch_id] = batches[batch_id]
    return {person_id: tuple(given for _, given in sorted(
        held.items(), key=lambda item: (item[1].batch.first_day, item[0]))) for person_id, held in found.items()}


def refusals_of(
    session: Session, applicant: Applicant, batch: BatchDays, *, today: date, by_centre: bool = False,
    words: Vocabulary | None = None,
) -> tuple[Refusal, ...]:
    """Return what speaks against a seat in a batch today; empty = the person may take it.

    Parameters
    ----------
    words : Vocabulary, optional
        What codes in the batch's condition mean, for who asks for many people; read where it is needed.
    """
    graph = load_graph(session, today)
    names = {code: item.name for code, item in (*graph.competencies.items(), *graph.trainings.items())}
    if words is None:
        words = load_vocabulary(session, today) if any(True for _ in demands(batch.condition)) else NO_WORDS
    return refusals(applicant, batch, graph.trainings[batch.training], on=today, names=names, by_centre=by_centre,
                    words=words)


# --- the seat itself -------------------------------------------------------------------------------------------------------


def hold_batches(session: Session, batches: Iterable[Batch]) -> None:
    """Hold some batches until the transaction ends, in one order for all, so that nobody waits in a ring."""
    for batch in sorted(batches, key=lambda batch: batch.id):
        session.execute(select(Batch.id).where(Batch.id == batch.id).with_for_update())
        session.refresh(batch, ["seats_taken", "seats", "status"])


def take_seat(session: Session, batch: Batch, person: Person, *, on: date) -> Message | None:
    """Take one seat if the batch is open, has one left, and the quotas leave it to the person; else say why not."""
    taken = session.execute(
        update(Batch).where(Batch.id == batch.id, Batch.seats_taken < Batch.seats, Batch.status == "OPEN")
        .values(seats_taken=Batch.seats_taken + 1).returning(Batch.seats_taken)
        .execution_options(synchronize_session=False)).scalar_one_or_none()
    if taken is None:
        return say("Kursi terakhir angkatan %(code)s baru saja diambil orang lain, atau pendaftarannya "
                   "baru saja ditutup. Pilih angkatan lain.", code=batch.code)
    set_committed_value(batch, "seats_taken", taken)
    if batch.quotas:
        codes = dict(session.execute(select(Unit.id, Unit.code)).all())
        found = quota_refusal(_quotas(session, batch), _units_of(session, codes, person), batch.seats - taken + 1, on)
        if found is not None:
            free_seat(session, batch)
            return say("%(fact)s %(remedy)s", fact=found.fact, remedy=found.remedy)
    return None


def free_seat(session: Session, batch: Batch) -> None:
    """Give one seat back to a batch."""
    taken = session.execute(
        update(Batch).where(Batch.id == batch.id, Batch.seats_taken > 0).values(seats_taken=Batch.seats_taken - 1)
        .returning(Batch.seats_taken).execution_options(synchronize_session=False)).scalar_one_or_none()
    if taken is not None:
        set_committed_value(batch, "seats_taken", taken)


def write_event(
    session: Session, enrolment: Enrolment, actor: Actor, *, now: datetime, reason: str = "", note: Message | None = None
) -> None:
    """Keep what an enrolment has just become, by whom and why.

    Parameters
    ----------
    reason : str
        As somebody wrote it, at most 500 letters.
    note : Message, optional
        What we say of the step.
    """
    session.add(EnrolmentEvent(enrolment_id=enrolment.id, at=now, actor=stored_actor(actor), status=enrolment.status,
                               reason=reason, note=message_to_json(note) if note is not None else {}))
