"""Waiting lists: who may wait, whose turn it is, offers with their deadline, and what happens when many act at once."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from factories import NOW, TODAY, make_batch, make_person, make_post, occupy
from sqlalchemy import create_engine, func, select
from sqlalchemy.orm import Session

from kompetensi.adapters.engine import prepare_engine
from kompetensi.errors import Conflict, NotAllowed
from kompetensi.jobs.waiting_lists import order_settling
from kompetensi.models import Batch, BatchQuota, Enrolment, EnrolmentEvent, Job, Notification, Person, Policy, Unit
from kompetensi.rules.access import SYSTEM, Actor, Grant, Role
from kompetensi.rules.enrolment import LIVE
from kompetensi.services import batch_conditions, batches, enrolments, waiting_list
from kompetensi.services.lookup import position_by_code
from kompetensi.services.policies import forget_policies
from kompetensi.services.unit_of_work import transaction

SOON = TODAY + timedelta(days=30)
ON = {"today": TODAY, "now": NOW}


@pytest.fixture
def session(session):
    """The session of a test, inside one transaction as at the edge."""
    with transaction(session):
        yield session


def self_of(person):
    return Actor(f"person:{person.id}", person.name, person_id=person.id)


def officer(session, role, unit="75"):
    unit_id = session.scalars(select(Unit.id).where(Unit.code == unit)).one()
    return Actor(f"account:{unit}:{role}", "Petugas", grants=(Grant(role, unit_id),))


def centre(session):
    return officer(session, Role.TRAINING_CENTRE)


@pytest.fixture
def batch(session):
    return make_batch(session, "BMD-DASAR", first_day=SOON, seats=2)


@pytest.fixture
def full(session, batch):
    """A full batch of two, and the seats of both."""
    rows = [enrolments.request_seats(session, self_of(one), one.nip, [batch.code], **ON)[0]
            for one in (make_person(session), make_person(session))]
    return batch, rows


def wait(session, batch, person=None, *, hours=0):
    person = person or make_person(session)
    row = waiting_list.join_waiting_list(session, self_of(person), person.nip, batch.code, today=TODAY,
                                         now=NOW + timedelta(hours=hours))
    return person, row


def release(session, row, **on):
    owner = session.get_one(Enrolment, row.id).person_id
    return enrolments.cancel_enrolment(session, Actor(f"person:{owner}", "Pemilik", person_id=owner), row.id, **(on or ON))


def enrolment(session, row):
    return session.get_one(Enrolment, row.id, populate_existing=True)


def last_letter(session, person):
    return session.scalars(select(Notification.template).where(Notification.person_id == person.id)
                           .order_by(Notification.id.desc()).limit(1)).one()


def last_note(session, row):
    return session.scalars(select(EnrolmentEvent.note).where(EnrolmentEvent.enrolment_id == row.id)
                           .order_by(EnrolmentEvent.id.desc()).limit(1)).one()


# --- waiting ---------------------------------------------------------------------------------------------------------------


def test_who_waits_holds_no_seat_and_sees_his_place_and_why(session, full):
    batch, _ = full
    person, row = wait(session, batch)
    wait(session, batch, hours=1)
    assert (row.status, row.seats_free) == ("WAITING", 0)
    shown = waiting_list.view_waiting_list(session, self_of(person), batch.code, **ON)
    assert (shown.own.place, len(shown.people)) == (1, 2)
    assert "memegang 2 kursi" in str(shown.own.because)
    assert [one.name for one in shown.people if not one.is_own] == [""]


def test_one_waits_only_where_there_is_no_seat_and_no_other_rule_against_it(session, batch, full):
    free = make_batch(session, "PBJ-L1", first_day=SOON + timedelta(days=9))
    person = make_person(session)
    with pytest.raises(Conflict, match="masih mempunyai kursi"):
        wait(session, free, person)
    wait(session, batch, person)
    with pytest.raises(Conflict, match="Sudah menunggu"):
        wait(session, batch, person)
    with pytest.raises(Conflict, match="Sudah menunggu"):
        enrolments.request_seats(session, self_of(person), person.nip, [batch.code], **ON)
    with pytest.raises(Conflict, match="Syarat masuk"):
        wait(session, make_batch(session, "BMD-LANJUT", first_day=SOON, seats=1, seats_taken=1), person)
    with pytest.raises(Conflict, match="Sudah terdaftar"):
        wait(session, batch, session.get_one(Enrolment, full[1][0].id).person)
    with pytest.raises(NotAllowed):
        waiting_list.join_waiting_list(session, self_of(person), make_person(session).nip, batch.code, **ON)


def test_one_may_wait_for_a_seat_of_the_own_agencys_quota(session):
    batch = make_batch(session, "BMD-DASAR", first_day=SOON, seats=5)
    unit_id = session.scalars(select(Unit.id).where(Unit.code == "75-BKPSDM")).one()
    session.add(BatchQuota(batch_id=batch.id, unit_id=unit_id, most=1))
    session.flush()
    first = make_person(session)
    (row,) = enrolments.request_seats(session, self_of(first), first.nip, [batch.code], **ON)
    _, waiting = wait(session, batch)
    assert waiting_list.settle_batch(session, centre(session), batch.code, **ON).skipped == 1
    release(session, row)
    assert enrolment(session, waiting).status == "OFFERED"


# --- offers ----------------------------------------------------------------------------------------------------------------


def test_a_seat_that_is_given_back_is_offered_to_the_next_at_once_with_a_deadline(session, full):
    batch, rows = full
    person, waiting = wait(session, batch)
    _, behind = wait(session, batch, hours=1)
    release(session, rows[0])
    offered = enrolment(session, waiting)
    assert (offered.status, offered.offered_until) == ("OFFERED", NOW + timedelta(hours=48))
    assert enrolment(session, behind).status == "WAITING"
    assert batch.seats_taken == 2  # the offered seat is held
    assert last_letter(session, person).startswith("Ada kursi untuk Anda")


@pytest.mark.parametrize("freed", ["refused", "objected", "taken back", "moved"])
def test_a_seat_becomes_free_in_every_way(session, full, freed):
    batch, rows = full
    _, waiting = wait(session, batch)
    if freed == "refused":
        enrolments.decide_enrolment(session, centre(session), rows[0].id, approve=False, reason="Tidak tepat.", **ON)
    elif freed == "objected":
        enrolments.endorse_enrolment(session, SYSTEM, rows[0].id, endorse=False, reason="Tidak tepat.", **ON)
    elif freed == "taken back":
        enrolments.decide_enrolment(session, centre(session), rows[0].id, approve=True, **ON)
        enrolments.decide_enrolment(session, centre(session), rows[0].id, approve=False, reason="Tidak tepat.", **ON)
    else:
        later = make_batch(session, "BMD-DASAR", first_day=SOON + timedelta(days=60))
        enrolments.move_enrolment(session, centre(session), rows[0].id, later.code, **ON)
    assert enrolment(session, waiting).status == "OFFERED"


def test_an_accepted_offer_goes_the_way_of_every_request(session, full):
    batch, rows = full
    code = position_by_code(session, "ADM-KABID-ASET")
    above = make_post(session, code)
    head, person = make_person(session), make_person(session)
    occupy(session, head, above)
    occupy(session, person, make_post(session, code, superior=above))
    _, waiting = wait(session, batch, person)
    release(session, rows[0])
    accepted = waiting_list.accept_offer(session, self_of(person), waiting.id, **ON)
    assert (accepted.status, enrolment(session, waiting).superior_id) == ("REQUESTED", head.id)
    enrolments.endorse_enrolment(session, self_of(head), waiting.id, endorse=True, **ON)
    assert enrolments.decide_enrolment(session, centre(session), waiting.id, approve=True, **ON).status == "APPROVED"


def test_nobody_who_comes_later_jumps_the_queue(session, full):
    batch, _ = full
    _, waiting = wait(session, batch)
    batch.seats += 1
    session.flush()
    late = make_person(session)
    with pytest.raises(Conflict, match="sudah terisi"):
        enrolments.request_seats(session, self_of(late), late.nip, [batch.code], **ON)
    assert enrolment(session, waiting).status == "OFFERED"


def test_a_declined_offer_goes_to_the_next(session, full):
    batch, rows = full
    person, waiting = wait(session, batch)
    _, behind = wait(session, batch, hours=1)
    release(session, rows[0])
    waiting_list.decline_offer(session, self_of(person), waiting.id, **ON)
    assert (enrolment(session, waiting).status, enrolment(session, behind).status) == ("CANCELLED", "OFFERED")
    with pytest.raises(Conflict, match="Tidak ada kursi yang sedang ditawarkan"):
        waiting_list.accept_offer(session, self_of(person), waiting.id, **ON)


def test_an_offer_that_ran_out_goes_to_the_next_when_the_day_is_done_or_the_page_is_touched(session, full):
    batch, rows = full
    person, waiting = wait(session, batch)
    _, behind = wait(session, batch, hours=1)
    release(session, rows[0])
    late = {"today": TODAY + timedelta(days=2), "now": NOW + timedelta(hours=48, seconds=1)}
    with pytest.raises(Conflict, match="Tawaran ini berakhir"):
        waiting_list.accept_offer(session, self_of(person), waiting.id, **late)
    settled = waiting_list.settle_all(session, SYSTEM, **late)
    assert (settled.expired, settled.offered) == (1, 1)
    assert (enrolment(session, waiting).status, enrolment(session, behind).status) == ("CANCELLED", "OFFERED")
    later = {"today": TODAY + timedelta(days=5), "now": NOW + timedelta(days=5)}
    waiting_list.view_waiting_list(session, self_of(person), batch.code, **later)
    assert enrolment(session, behind).status == "CANCELLED"


def test_an_offer_ends_with_the_eve_of_the_first_day(session):
    batch = make_batch(session, "BMD-DASAR", first_day=TODAY + timedelta(days=1), seats=1)
    first = make_person(session)
    (row,) = enrolments.request_seats(session, self_of(first), first.nip, [batch.code], **ON)
    _, waiting = wait(session, batch)
    release(session, row)
    assert enrolment(session, waiting).offered_until.isoformat() == "2026-11-23T16:00:00+00:00"  # midnight in Gorontalo


def test_every_rule_is_checked_again_and_who_is_passed_by_reads_why_and_keeps_waiting(session, full):
    batch, rows = full
    junior, waiting = wait(session, batch, make_person(session, grade="III/a"))
    _, behind = wait(session, batch, hours=1)
    batch_conditions.change_conditions(session, centre(session), batch.code, {"golongan_from": "III/c"}, **ON)
    release(session, rows[0])
    assert (enrolment(session, waiting).status, enrolment(session, behind).status) == ("WAITING", "OFFERED")
    assert "Dilewati" in last_note(session, waiting)["message"]
    assert "Anda dilewati" in last_letter(session, junior)
    release(session, rows[1])
    count = session.scalar(select(func.count()).select_from(EnrolmentEvent).where(EnrolmentEvent.enrolment_id == waiting.id))
    assert count == 2  # asked, passed by: not told twice for the same reason
    shown = waiting_list.view_waiting_list(session, self_of(junior), batch.code, **ON)
    assert "golongan paling rendah III/c" in str(shown.own.skipped)


def test_closed_registration_does_not_harm_who_has_waited_since_before(session, full):
    batch, rows = full
    _, waiting = wait(session, batch)
    batch.registration_until = TODAY - timedelta(days=1)
    session.flush()
    release(session, rows[0])
    assert enrolment(session, waiting).status == "OFFERED"


def test_after_the_start_nobody_gets_a_seat_any_more_and_the_list_closes(session, full):
    batch, rows = full
    person, waiting = wait(session, batch)
    on_first_day = {"today": SOON, "now": NOW + timedelta(days=30)}
    enrolments.decide_enrolment(session, centre(session), rows[0].id, approve=False, reason="Tidak hadir.", **on_first_day)
    assert (enrolment(session, waiting).status, batch.seats_taken) == ("CANCELLED", 1)
    assert "sudah mulai; daftar tunggunya ditutup" in last_letter(session, person)


def test_while_no_hours_are_set_nothing_is_offered(session, full):
    batch, rows = full
    _, waiting = wait(session, batch)
    for row in session.scalars(select(Policy).where(Policy.key == waiting_list.OFFER_HOURS)):
        session.delete(row)
    session.flush()
    forget_policies(session)
    release(session, rows[0])
    assert enrolment(session, waiting).status == "WAITING"
    forget_policies(session)


def test_the_organiser_takes_somebody_from_the_list(session, full):
    batch, rows = full
    person, waiting = wait(session, batch)
    with pytest.raises(Conflict, match="sudah terisi"):
        enrolments.enrol(session, centre(session), person.nip, batch.code, **ON)
    release(session, rows[0])
    row = enrolments.enrol(session, centre(session), person.nip, batch.code, **ON)
    assert (row.id, row.status, batch.seats_taken) == (waiting.id, "APPROVED", 2)


def test_a_reader_of_a_full_batch_is_shown_that_he_may_wait(session, full):
    batch, _ = full
    view = batches.view_batch(session, self_of(make_person(session)), batch.code, **ON)
    assert view.may_wait
    person, _ = wait(session, batch)
    assert batches.view_batch(session, self_of(person), batch.code, **ON).own.status == "WAITING"


def test_only_the_system_settles_all_lists_and_only_the_organiser_its_own(session, full):
    with pytest.raises(NotAllowed):
        waiting_list.settle_all(session, centre(session), **ON)
    with pytest.raises(NotAllowed):
        waiting_list.settle_batch(session, officer(session, Role.TRAINING_CENTRE, "75.01"), full[0].code, **ON)


def test_a_server_asks_for_the_waiting_lists_once_an_hour_and_only_while_somebody_waits(session, full):
    assert order_settling(session, **ON) is None
    wait(session, full[0])
    assert order_settling(session, **ON) is not None
    session.flush()
    assert order_settling(session, **ON) is None
    assert order_settling(session, today=TODAY, now=NOW + timedelta(hours=1)) is not None
    assert session.scalar(select(func.count()).select_from(Job)) == 2


# --- many at once ----------------------------------------------------------------------------------------------------------


def together(engine, acts):
    """Run every act in a thread of its own, with a session of its own, all starting at once; return what each answered."""
    start, answers = threading.Barrier(len(acts)), []

    def run(act):
        start.wait()
        with Session(engine) as own:
            try:
                with transaction(own):
                    act(own)
                answers.append("done")
            except Conflict:
                answers.append("refused")

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


@pytest.fixture
def engine(databases, reference_url):
    # As a server's: a server lends its connections; PostgreSQL has a hundred of them as it is installed.
    engine = create_engine(databases.new(template=reference_url), pool_size=60, max_overflow=0, pool_timeout=120)
    prepare_engine(engine)
    yield engine
    engine.dispose()


def request(nip, code):
    return lambda own: enrolments.request_seats(own, SYSTEM, nip, [code], **ON)


def test_two_hundred_at_once_get_exactly_the_thirty_seats(engine):
    with Session(engine) as first:
        batch = make_batch(first, "BMD-DASAR", first_day=SOON, seats=30)
        nips, code = [make_person(first).nip for _ in range(200)], batch.code
        first.commit()
    answers = together(engine, [request(nip, code) for nip in nips])
    with Session(engine) as after:
        holders = after.scalars(select(Enrolment.person_id).where(Enrolment.status.in_(LIVE))).all()
        assert after.scalars(select(Batch.seats_taken).where(Batch.code == code)).one() == 30
    assert (answers.count("done"), answers.count("refused")) == (30, 170)
    assert len(holders) == len(set(holders)) == 30


def test_quotas_hold_while_many_ask_at_once(engine):
    """Ten seats: six kept for one agency, at most two for another, the rest for anybody."""
    with Session(engine) as first:
        batch = make_batch(first, "BMD-DASAR", first_day=SOON, seats=10)
        units = dict(first.execute(select(Unit.code, Unit.id)).all())
        first.add_all([BatchQuota(batch_id=batch.id, unit_id=units["75-DIKBUD"], reserved=6),
                       BatchQuota(batch_id=batch.id, unit_id=units["75-SETDA"], most=2)])
        nips = [make_person(first, unit=unit).nip for unit in ("75-DIKBUD", "75-SETDA", "75-BKPSDM") for _ in range(12)]
        code = batch.code
        first.commit()
    together(engine, [request(nip, code) for nip in nips])
    with Session(engine) as after:
        held = dict(after.execute(
            select(Unit.code, func.count()).join(Enrolment.person).join(Unit, Unit.id == Person.unit_id)
            .group_by(Unit.code)).all())
        assert after.scalars(select(Batch.seats_taken)).one() == sum(held.values()) == 10
    assert held.get("75-SETDA", 0) <= 2
    assert held["75-DIKBUD"] >= 6


def test_seats_given_back_at_once_are_offered_once_each(engine):
    with Session(engine) as first, transaction(first):
        batch = make_batch(first, "BMD-DASAR", first_day=SOON, seats=8)
        code = batch.code
        seated = [enrolments.request_seats(first, SYSTEM, make_person(first).nip, [code], **ON)[0].id for _ in range(8)]
        for _ in range(12):
            waiting_list.join_waiting_list(first, SYSTEM, make_person(first).nip, code, **ON)
    answers = together(engine, [lambda own, number=number: enrolments.cancel_enrolment(own, SYSTEM, number, **ON)
                                for number in seated[:5]])
    assert answers == ["done"] * 5
    with Session(engine) as after:
        counts = dict(after.execute(select(Enrolment.status, func.count()).group_by(Enrolment.status)).all())
        assert after.scalars(select(Batch.seats_taken)).one() == 8
    assert counts == {"REQUESTED": 3, "CANCELLED": 5, "OFFERED": 5, "WAITING": 7}


def test_moves_in_both_directions_at_once_lose_and_double_no_seat(engine):
    with Session(engine) as first, transaction(first):
        one, other = (make_batch(first, "BMD-DASAR", first_day=SOON + timedelta(days=60 * place), seats=12) for place in (0, 1))
        codes = (one.code, other.code)
        rows = [(enrolments.request_seats(first, SYSTEM, make_person(first).nip, [codes[place % 2]], **ON)[0].id,
                 codes[1 - place % 2]) for place in range(12)]
    answers = together(engine, [lambda own, number=number, code=code: enrolments.move_enrolment(own, SYSTEM, number, code, **ON)
                                for number, code in rows])
    assert answers == ["done"] * 12
    with Session(engine) as after:
        taken = dict(after.execute(select(Batch.code, Batch.seats_taken)).all())
        held = dict(after.execute(select(Batch.code, func.count()).join(Enrolment, Enrolment.batch_id == Batch.id)
                                  .where(Enrolment.status.in_(LIVE)).group_by(Batch.code)).all())
    assert taken == held == {codes[0]: 6, codes[1]: 6}
