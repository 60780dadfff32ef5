"""Seats, decisions, attendance and results, on the database."""

from __future__ import annotations

import threading
from datetime import date, timedelta

import pytest
from applications import make_engine
from factories import NOW, TODAY, make_batch, make_person, prove
from graduates import press
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from kompetensi.errors import Conflict, InvalidInput, NotAllowed, NotFound
from kompetensi.models import Attendance, AuditEntry, Batch, Enrolment, Notification, Unit
from kompetensi.rules.access import SYSTEM, Actor, Grant, Role
from kompetensi.rules.enrolment import BatchStatus, Reason, batch_status
from kompetensi.services import batch_cancellations, batch_changes, batches, enrolments, results
from kompetensi.services.batch_changes import BatchContent, StageContent
from kompetensi.services.catalogue_version import bump_catalogue_version
from kompetensi.services.certificates import issue_certificate
from kompetensi.services.unit_of_work import transaction
from kompetensi.signals import enrolment_decided

SOON = TODAY + timedelta(days=30)
ON = {"today": TODAY, "now": NOW}


@pytest.fixture
def session(session):
    """The session of a test, inside one transaction as at the edge."""
    with transaction(session):
        yield session


@pytest.fixture
def person(session):
    return make_person(session)


@pytest.fixture
def batch(session):
    return make_batch(session, "BMD-DASAR", first_day=SOON, seats=3)


def self_of(person):
    return Actor(f"person:{person.id}", person.name, person_id=person.id)


def officer(session, role, unit="75"):
    unit_id = session.scalars(select(Unit.id).where(Unit.code == unit)).one()
    return Actor(f"account:{unit}:{role}", "Petugas", grants=(Grant(role, unit_id),))


def centre(session):
    return officer(session, Role.TRAINING_CENTRE)


def free(session, batch):
    seats, taken = session.execute(select(Batch.seats, Batch.seats_taken).where(Batch.id == batch.id)).one()
    return seats - taken


def letters(session, person):
    return [row.template % row.params if "%(" in row.template and all(
        isinstance(value, str) for value in row.params.values()) else row.template for row in session.scalars(
            select(Notification).where(Notification.person_id == person.id).order_by(Notification.id))]


def requested(session, person, batch):
    (row,) = enrolments.request_seats(session, self_of(person), person.nip, [batch.code], **ON)
    return row


def finished(session, *people, training="BMD-DASAR", **fields):
    """A batch that ended yesterday, with approved participants."""
    done = make_batch(session, training, first_day=TODAY - timedelta(days=3), seats_taken=len(people), **fields)
    session.add_all([Enrolment(person_id=one.id, batch_id=done.id, status="APPROVED", requested_at=NOW)
                     for one in people])
    session.flush()
    return done


# --- asking for seats ----------------------------------------------------------------------------------------------


def test_a_request_takes_the_seat_at_once(session, person, batch):
    row = requested(session, person, batch)
    assert (row.status, row.seats_free) == ("REQUESTED", 2)
    assert free(session, batch) == 2


def test_one_may_ask_for_oneself_and_hr_for_its_people_and_nobody_else(session, person, batch):
    other = make_person(session)
    with pytest.raises(NotAllowed):
        enrolments.request_seats(session, self_of(other), person.nip, [batch.code], **ON)
    with pytest.raises(NotAllowed):
        enrolments.request_seats(session, officer(session, Role.HR, "75.01"), person.nip, [batch.code], **ON)
    enrolments.request_seats(session, officer(session, Role.HR), person.nip, [batch.code], **ON)
    assert letters(session, person) == [f"Kursi pada angkatan {batch.code} diminta untuk Anda."]


def test_of_several_batches_all_seats_are_taken_or_none(session, person, batch):
    full = make_batch(session, "PBJ-L1", first_day=SOON + timedelta(days=9), seats=1, seats_taken=1)
    with pytest.raises(Conflict, match="sudah terisi"):
        enrolments.request_seats(session, self_of(person), person.nip, [batch.code, full.code], **ON)
    assert free(session, batch) == 3
    assert session.scalars(select(Enrolment)).all() == []


def test_a_seat_that_goes_between_the_look_and_the_grasp_gives_back_the_others(session, person, batch):
    last = make_batch(session, "PBJ-L1", first_day=SOON + timedelta(days=9), seats=1)
    reading = enrolments.refusals_of

    def and_then_somebody_takes_it(*args, **kwargs):
        session.connection().exec_driver_sql(f"UPDATE kompetensi_batches SET seats_taken = 1 WHERE id = {last.id}")
        return reading(*args, **kwargs)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(enrolments, "refusals_of", and_then_somebody_takes_it)
        with pytest.raises(Conflict, match="baru saja diambil"):
            enrolments.request_seats(session, self_of(person), person.nip, [batch.code, last.code], **ON)
    assert free(session, batch) == 3


def test_a_path_may_ask_for_a_training_and_the_one_that_builds_on_it(session, person, batch):
    after = make_batch(session, "BMD-LANJUT", first_day=SOON + timedelta(days=9))
    rows = enrolments.request_seats(session, self_of(person), person.nip, [after.code, batch.code], **ON)
    assert [row.batch for row in rows] == [batch.code, after.code]


def test_the_one_that_builds_on_another_alone_is_refused_with_what_is_missing(session, person):
    after = make_batch(session, "BMD-LANJUT", first_day=SOON)
    with pytest.raises(Conflict, match="lulus Pelatihan Pengurus Barang Milik Daerah"):
        enrolments.request_seats(session, self_of(person), person.nip, [after.code], **ON)


def test_a_golongan_below_the_floor_is_refused(session):
    junior = make_person(session, grade="II/a")
    with pytest.raises(Conflict, match="II/a belum mencukupi"):
        requested(session, junior, make_batch(session, "BMD-LANJUT", first_day=SOON))


def test_proven_levels_count_for_an_entry_that_asks_for_levels(session, person):
    batch = make_batch(session, "BMD-LANJUT", first_day=SOON)
    batch.training.entry = {"competency": "TEK-BMD", "level": 2}
    bump_catalogue_version(session)
    with pytest.raises(Conflict, match="level 2"):
        requested(session, person, batch)
    prove(session, person, "TEK-BMD", 2)
    assert requested(session, person, batch).status == "REQUESTED"


def test_nobody_asks_twice(session, person, batch):
    requested(session, person, batch)
    with pytest.raises(Conflict, match="Sudah terdaftar"):
        requested(session, person, batch)
    assert free(session, batch) == 2


def test_unknown_codes_and_numbers_are_named(session, person, batch):
    with pytest.raises(NotFound, match="TIDAK-ADA"):
        enrolments.request_seats(session, self_of(person), person.nip, ["TIDAK-ADA"], **ON)
    with pytest.raises(InvalidInput, match="bukan NIP"):
        enrolments.enrol(session, SYSTEM, "123", batch.code, **ON)


def test_forty_people_at_once_fill_exactly_five_seats(databases, reference_url):
    """Real threads, each with its own connection, all starting together."""
    engine = make_engine(databases.new(template=reference_url))
    with Session(engine) as first:
        batch = make_batch(first, "BMD-DASAR", first_day=SOON, seats=5)
        nips, code = [make_person(first).nip for _ in range(40)], batch.code
        first.commit()
    start, outcomes = threading.Barrier(len(nips)), []

    def ask(nip):
        start.wait()
        with Session(engine) as own:
            try:
                with transaction(own):
                    enrolments.request_seats(own, SYSTEM, nip, [code], **ON)
                outcomes.append("taken")
            except Conflict:
                outcomes.append("refused")

    threads = [threading.Thread(target=ask, args=(nip,)) for nip in nips]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with Session(engine) as after:
        kept = after.scalars(select(Enrolment)).all()
        assert after.scalars(select(Batch.seats_taken).where(Batch.code == code)).one() == 5
    engine.dispose()
    assert (outcomes.count("taken"), outcomes.count("refused")) == (5, 35)
    assert len(kept) == len({row.person_id for row in kept}) == 5


# --- decisions -----------------------------------------------------------------------------------------------------


def test_the_centre_enrols_at_once_and_tells_the_person(session, person, batch):
    row = enrolments.enrol(session, centre(session), person.nip, batch.code, **ON)
    assert (row.status, row.seats_free) == ("APPROVED", 2)
    assert "didaftarkan" in letters(session, person)[0]


def test_enrolling_somebody_who_waits_approves_the_request(session, person, batch):
    waiting = requested(session, person, batch)
    row = enrolments.enrol(session, centre(session), person.nip, batch.code, **ON)
    assert (row.id, row.status, row.seats_free) == (waiting.id, "APPROVED", 2)


def test_a_centre_of_another_government_decides_nothing_here(session, person, batch):
    row, stranger = requested(session, person, batch), officer(session, Role.TRAINING_CENTRE, "75.01")
    for act in (
            lambda: enrolments.enrol(session, stranger, person.nip, batch.code, **ON),
            lambda: enrolments.decide_enrolment(session, stranger, row.id, approve=True, **ON),
            lambda: results.record_attendance(session, stranger, batch.code, {}, **ON),
            lambda: batch_cancellations.cancel_batch(session, stranger, batch.code, "x", **ON),
            lambda: results.record_result(session, stranger, batch.code, person.nip, "PASSED", on=TODAY, **ON)):
        with pytest.raises(NotAllowed):
            act()


def test_a_refusal_needs_a_reason_frees_the_seat_and_reaches_the_person(session, person, batch):
    row = requested(session, person, batch)
    with pytest.raises(InvalidInput, match="alasan"):
        enrolments.decide_enrolment(session, centre(session), row.id, approve=False, reason="  ", **ON)
    enrolments.decide_enrolment(session, centre(session), row.id, approve=False, reason="Kuota OPD sudah penuh.", **ON)
    assert free(session, batch) == 3
    assert "Kuota OPD sudah penuh." in str(letters(session, person)) + str(session.scalars(
        select(Notification.params)).all())
    assert requested(session, person, batch).status == "REQUESTED"


def test_what_was_decided_is_not_decided_again(session, person, batch):
    row = requested(session, person, batch)
    enrolments.decide_enrolment(session, centre(session), row.id, approve=False, reason="Penuh.", **ON)
    with pytest.raises(Conflict, match="sudah diputuskan: tidak disetujui"):
        enrolments.decide_enrolment(session, centre(session), row.id, approve=False, reason="Penuh.", **ON)
    assert free(session, batch) == 3


def test_an_approved_seat_can_be_taken_back_until_the_batch_begins(session, person, batch):
    row = enrolments.enrol(session, centre(session), person.nip, batch.code, **ON)
    with pytest.raises(Conflict):
        enrolments.decide_enrolment(session, centre(session), row.id, approve=False, reason="x", today=SOON, now=NOW)
    enrolments.decide_enrolment(session, centre(session), row.id, approve=False, reason="Mengundurkan diri.", **ON)
    assert free(session, batch) == 3


def test_all_requests_are_approved_together(session, batch):
    people = [make_person(session) for _ in range(2)]
    for one in people:
        requested(session, one, batch)
    assert enrolments.approve_requests(session, centre(session), batch.code, **ON) == 2
    assert enrolments.approve_requests(session, centre(session), batch.code, **ON) == 0
    assert {row.status for row in session.scalars(select(Enrolment))} == {"APPROVED"}


def test_the_person_gives_the_seat_back_before_the_batch_begins_and_not_after(session, person, batch):
    row = requested(session, person, batch)
    with pytest.raises(NotAllowed):
        enrolments.cancel_enrolment(session, self_of(make_person(session)), row.id, **ON)
    with pytest.raises(Conflict, match="sudah mulai"):
        enrolments.cancel_enrolment(session, self_of(person), row.id, today=SOON, now=NOW)
    assert enrolments.cancel_enrolment(session, self_of(person), row.id, **ON).seats_free == 3
    with pytest.raises(Conflict):
        enrolments.cancel_enrolment(session, self_of(person), row.id, **ON)
    assert free(session, batch) == 3


def test_listeners_hear_of_a_decision_once_it_is_safe_and_never_of_one_undone(databases, reference_url):
    engine, heard = make_engine(databases.new(template=reference_url)), []

    def listen(_sender, **told):
        heard.append((told["status"], told["nip"]))

    def enrol_twice():
        with transaction(own):
            for _ in range(2):
                enrolments.enrol(own, SYSTEM, nip, batch.code, **ON)

    with Session(engine) as own, enrolment_decided.connected_to(listen):
        batch, person = make_batch(own, "BMD-DASAR", first_day=SOON), make_person(own)
        own.commit()
        nip = person.nip
        with pytest.raises(Conflict):
            enrol_twice()
        assert heard == []
        with transaction(own):
            enrolments.enrol(own, SYSTEM, nip, batch.code, **ON)
            assert heard == []
        assert heard == [("APPROVED", nip)]
    engine.dispose()


def test_every_step_is_in_the_audit_log(session, person, batch):
    row = requested(session, person, batch)
    enrolments.decide_enrolment(session, centre(session), row.id, approve=True, **ON)
    enrolments.cancel_enrolment(session, self_of(person), row.id, **ON)
    done = finished(session, person)
    results.record_attendance(session, SYSTEM, done.code, {done.first_day: [person.nip]}, **ON)
    results.record_result(session, SYSTEM, done.code, person.nip, "PASSED", on=TODAY, **ON)
    assert list(session.scalars(select(AuditEntry.action).where(
        AuditEntry.action.startswith("courses.")).order_by(AuditEntry.id))) == [
        "courses.request_seat", "courses.decide_enrolment", "courses.request_seat:cancel",
        "courses.record_result:attendance", "courses.record_result"]


# --- attendance and results ------------------------------------------------------------------------------------------


def test_attendance_of_a_day_is_replaced_and_other_days_stay(session):
    here, away = make_person(session), make_person(session)
    done = finished(session, here, away)
    first, second = done.first_day, done.first_day + timedelta(days=1)
    results.record_attendance(session, SYSTEM, done.code, {first: [here.nip, away.nip], second: [here.nip]}, **ON)
    results.record_attendance(session, SYSTEM, done.code, {first: [here.nip]}, **ON)
    kept = session.execute(select(Attendance.day, Attendance.present).order_by(Attendance.day, Attendance.id)).all()
    assert [tuple(row) for row in kept] == [(first, True), (first, False), (second, True), (second, False)]


def test_attendance_of_other_days_and_other_people_is_refused(session, person):
    done = finished(session, person)
    with pytest.raises(InvalidInput, match="bukan hari angkatan"):
        results.record_attendance(session, SYSTEM, done.code, {TODAY + timedelta(days=1): []}, **ON)
    with pytest.raises(InvalidInput, match="bukan peserta"):
        results.record_attendance(session, SYSTEM, done.code, {done.first_day: [make_person(session).nip]}, **ON)


def test_a_result_has_its_grade_from_the_scale_in_force(session, person):
    done = finished(session, person)
    row = results.record_result(session, SYSTEM, done.code, person.nip, "PASSED", score_hundredths=9001, on=TODAY, **ON)
    assert (row.status, row.outcome, row.grade, row.result_on) == ("COMPLETED", "PASSED", "sangat memuaskan", TODAY)
    row = results.record_result(session, SYSTEM, done.code, person.nip, "PASSED", score_hundredths=9000, on=TODAY, **ON)
    assert row.grade == "memuaskan"


def test_whoever_ended_early_may_have_his_result_when_that_is_said(session, person, batch):
    enrolments.enrol(session, SYSTEM, person.nip, batch.code, **ON)
    row = results.record_result(session, SYSTEM, batch.code, person.nip, "PASSED", on=TODAY, early=True, **ON)
    assert (row.outcome, row.result_on) == ("PASSED", TODAY)
    entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "courses.record_result")).one()
    assert entry.detail["early"]
    with pytest.raises(InvalidInput, match="paling akhir hari ini"):
        results.record_result(session, SYSTEM, batch.code, person.nip, "FAILED", on=TODAY + timedelta(days=1),
                              early=True, **ON)


def test_whoever_has_finished_early_is_not_enrolled_again(session, person, batch):
    enrolment = enrolments.enrol(session, SYSTEM, person.nip, batch.code, **ON)
    results.record_result(session, SYSTEM, batch.code, person.nip, "PASSED", on=TODAY, early=True, **ON)
    issue_certificate(session, SYSTEM, enrolment.id, **ON, **press())
    with pytest.raises(Conflict, match="Sudah terdaftar"):
        enrolments.enrol(session, SYSTEM, person.nip, batch.code, **ON)


def test_a_result_waits_for_the_last_day(session, person, batch):
    enrolments.enrol(session, SYSTEM, person.nip, batch.code, **ON)
    with pytest.raises(Conflict, match="baru berakhir"):
        results.record_result(session, SYSTEM, batch.code, person.nip, "PASSED", on=batch.last_day, **ON)
    late = {"today": batch.last_day, "now": NOW}
    assert results.record_result(session, SYSTEM, batch.code, person.nip, "FAILED", on=batch.last_day, **late).outcome \
        == "FAILED"


@pytest.mark.parametrize("on", [TODAY - timedelta(days=2), TODAY + timedelta(days=1)])
def test_a_result_is_dated_between_the_last_day_and_today(session, person, on):
    done = finished(session, person)
    with pytest.raises(InvalidInput, match="Tanggal hasil"):
        results.record_result(session, SYSTEM, done.code, person.nip, "PASSED", on=on, **ON)


def test_only_an_approved_participant_has_a_result(session, person):
    done = finished(session)
    with pytest.raises(Conflict, match="bukan peserta"):
        results.record_result(session, SYSTEM, done.code, person.nip, "PASSED", on=TODAY, **ON)
    session.add(Enrolment(person_id=person.id, batch_id=done.id, status="REQUESTED", requested_at=NOW))
    session.flush()
    with pytest.raises(Conflict, match="belum disetujui"):
        results.record_result(session, SYSTEM, done.code, person.nip, "PASSED", on=TODAY, **ON)


@pytest.mark.parametrize(("outcome", "score"), [("BAGUS", None), ("PASSED", 10_001), ("PASSED", -1), ("ABSENT", 50)])
def test_a_result_that_cannot_be_is_refused(session, person, outcome, score):
    done = finished(session, person)
    with pytest.raises(InvalidInput):
        results.record_result(session, SYSTEM, done.code, person.nip, outcome, score_hundredths=score, on=TODAY, **ON)


def test_a_result_can_be_put_right_until_a_certificate_rests_on_it(session, person):
    done = finished(session, person)
    results.record_result(session, SYSTEM, done.code, person.nip, "FAILED", on=TODAY, **ON)
    row = results.record_result(session, SYSTEM, done.code, person.nip, "PASSED", on=TODAY, **ON)
    issue_certificate(session, SYSTEM, row.id, **ON, **press())
    with pytest.raises(Conflict, match="sudah terbit"):
        results.record_result(session, SYSTEM, done.code, person.nip, "FAILED", on=TODAY, **ON)


def test_a_training_that_was_passed_opens_the_next_before_its_certificate_is_written(session, person):
    done = finished(session, person)
    results.record_result(session, SYSTEM, done.code, person.nip, "PASSED", on=TODAY, **ON)
    assert requested(session, person, make_batch(session, "BMD-LANJUT", first_day=SOON)).status == "REQUESTED"


# --- batches -------------------------------------------------------------------------------------------------------


def content(**changes) -> BatchContent:
    values = {
        "status": "OPEN", "seats": 20, "min_participants": 5, "cost_idr": 1_500_000, "registration_until": TODAY,
        "place": "Aula", "room_id": None, "organiser_code": "75-BKPSDM",
        "stages": (StageContent("Tatap muka", "CLASSICAL", SOON, SOON + timedelta(days=4)),),
        "subjects": (("Kebijakan", 10), ("Praktik", 30)), "trainers": ()}
    return BatchContent(**values | changes)


def test_a_new_batch_gets_the_next_number_of_its_training_and_year(session):
    codes = [batch_changes.create_batch(session, centre(session), "BMD-DASAR", content(), **ON) for _ in range(2)]
    assert codes == ["BMD-DASAR-2026-01", "BMD-DASAR-2026-02"]
    made = batches.list_batches(session, SYSTEM, today=TODAY, training="BMD-DASAR").items
    assert [(item.code, item.seats_free, item.status) for item in made] == [
        (code, 20, BatchStatus.OPEN) for code in codes]


_first, _second = (StageContent("", "DISTANCE", SOON, SOON + timedelta(days=4)),
                   StageContent("", "CLASSICAL", SOON + timedelta(days=4), SOON + timedelta(days=9)))


@pytest.mark.parametrize(("changes", "where"), [
    ({"stages": ()}, "stages"), ({"stages": (_first, _second)}, "stages"), ({"stages": (_second, _first)}, "stages"),
    ({"stages": (StageContent("", "ZOOM", SOON, SOON),)}, "stages"), ({"seats": 0}, "seats"),
    ({"min_participants": 21}, "min_participants"), ({"cost_idr": -1}, "cost_idr"),
    ({"registration_until": SOON + timedelta(days=1)}, "registration_until"), ({"room_id": 999_999}, "room_id"),
    ({"subjects": (("Kebijakan", 39),)}, "subjects"), ({"subjects": ()}, "subjects"),
    ({"trainers": (("TIDAK-ADA", "PENGAJAR"),)}, "trainers"), ({"status": "FINISHED"}, "status"),
    ({"stages": (StageContent("", "CLASSICAL", TODAY - timedelta(days=2), SOON),), "registration_until": None},
     "stages"),
])
def test_a_batch_that_contradicts_itself_is_refused_and_says_where(session, changes, where):
    with pytest.raises(InvalidInput) as refused:
        batch_changes.create_batch(session, centre(session), "BMD-DASAR", content(**changes), **ON)
    assert refused.value.where == where


def test_a_training_of_the_past_gets_no_batch(session):
    with pytest.raises(Conflict, match="tidak lagi diselenggarakan"):
        batch_changes.create_batch(session, centre(session), "PIM4", content(), **ON)


def test_seats_never_fall_below_those_taken(session, person):
    code = batch_changes.create_batch(session, centre(session), "BMD-DASAR", content(), **ON)
    for one in (person, make_person(session)):
        enrolments.enrol(session, SYSTEM, one.nip, code, **ON)
    with pytest.raises(Conflict, match="2 kursi sudah terisi"):
        batch_changes.edit_batch(session, centre(session), code, content(seats=1, min_participants=0), **ON)
    batch_changes.edit_batch(session, centre(session), code, content(seats=2, min_participants=0), **ON)
    assert batches.view_batch(session, SYSTEM, code, **ON).item.seats_free == 0


def test_participants_are_told_when_the_days_change_and_not_when_the_price_does(session, person):
    code = batch_changes.create_batch(session, centre(session), "BMD-DASAR", content(), **ON)
    requested(session, person, session.scalars(select(Batch).where(Batch.code == code)).one())
    batch_changes.edit_batch(session, centre(session), code, content(cost_idr=1), **ON)
    assert letters(session, person) == []
    later = (StageContent("Tatap muka", "CLASSICAL", SOON + timedelta(days=7), SOON + timedelta(days=11)),)
    batch_changes.edit_batch(session, centre(session), code, content(stages=later), **ON)
    assert len(letters(session, person)) == 1
    now = batch_changes.batch_content(session, centre(session), code, on=TODAY)
    assert now == content(stages=later)


def test_a_change_keeps_before_and_after_in_the_audit_log(session):
    code = batch_changes.create_batch(session, centre(session), "BMD-DASAR", content(), **ON)
    batch_changes.edit_batch(session, centre(session), code, content(seats=25), **ON)
    batch_changes.edit_batch(session, centre(session), code, content(seats=25), **ON)
    details = list(session.scalars(select(AuditEntry.detail).where(AuditEntry.action == "courses.edit_batch")))
    assert details == [{"before": {"seats": 20}, "after": {"seats": 25}}]


def test_cancelling_frees_every_seat_and_tells_everybody_why(session, batch):
    people = [make_person(session) for _ in range(2)]
    requested(session, people[0], batch)
    enrolments.enrol(session, SYSTEM, people[1].nip, batch.code, **ON)
    assert batch_cancellations.cancel_batch(session, centre(session), batch.code, "Peserta kurang", **ON) == 2
    session.expire_all()
    assert {(row.status, row.reason) for row in session.scalars(select(Enrolment))} == {
        ("CANCELLED", "Peserta kurang")}
    assert free(session, batch) == 3
    assert all(any("dibatalkan" in letter for letter in letters(session, one)) for one in people)
    with pytest.raises(Conflict, match="dibatalkan"):
        requested(session, people[0], batch)
    with pytest.raises(Conflict):
        batch_changes.edit_batch(session, centre(session), batch.code, content(), **ON)


def test_a_batch_with_results_is_not_cancelled(session, person):
    done = finished(session, person)
    results.record_result(session, SYSTEM, done.code, person.nip, "PASSED", on=TODAY, **ON)
    with pytest.raises(Conflict):
        batch_cancellations.cancel_batch(session, centre(session), done.code, "x", **ON)


# --- looking things up -----------------------------------------------------------------------------------------------


def test_the_database_and_the_rule_agree_on_what_a_batch_is(session):
    for stored in ("PLANNED", "OPEN", "RUNNING", "FINISHED", "CANCELLED"):
        for offset in (-5, -2, -1, 0, 1, 2):
            for until in (None, TODAY - timedelta(days=1), TODAY):
                make_batch(session, "BMD-DASAR", first_day=TODAY + timedelta(days=offset), status=stored,
                           registration_until=until, stages=[("CLASSICAL", 2)])
    rows = {row.code: batch_status(row.status, row.first_day, row.last_day, row.registration_until, TODAY)
            for row in session.scalars(select(Batch))}
    assert set(rows.values()) == set(BatchStatus)
    for status in BatchStatus:
        found = batches.list_batches(session, SYSTEM, today=TODAY, statuses=[status]).items
        assert {item.code for item in found} == {code for code, one in rows.items() if one is status}
        assert {item.status for item in found} == {status}


def test_open_batches_are_those_that_take_a_request_today(session):
    takes = make_batch(session, "BMD-DASAR", first_day=SOON)
    make_batch(session, "BMD-DASAR", first_day=SOON, seats=1, seats_taken=1)
    make_batch(session, "BMD-DASAR", first_day=SOON, registration_until=TODAY - timedelta(days=1))
    make_batch(session, "BMD-DASAR", first_day=SOON, status="PLANNED")
    make_batch(session, "BMD-DASAR", first_day=TODAY - timedelta(days=1))
    listed = batches.list_batches(session, SYSTEM, today=TODAY).items
    found = batches.list_batches(session, SYSTEM, today=TODAY, open_only=True).items
    assert [item.code for item in found] == [takes.code]
    assert [item.code for item in listed if item.accepts] == [takes.code]


def test_batches_are_found_by_training_days_and_words(session):
    one = make_batch(session, "BMD-DASAR", first_day=date(2027, 1, 4), place="Aula 100%")
    two = make_batch(session, "PBJ-L1", first_day=date(2027, 3, 1))

    def codes(**filters):
        return [item.code for item in batches.list_batches(session, SYSTEM, today=TODAY, **filters).items]

    assert codes() == [one.code, two.code]
    assert codes(training="pbj-l1") == [two.code]
    assert codes(first=date(2027, 1, 6)) == [one.code, two.code]
    assert codes(first=date(2027, 1, 7)) == [two.code]
    assert codes(until=date(2027, 1, 4)) == [one.code]
    assert codes(text="barang AULA") == codes(text="100%") == [one.code]
    assert codes(text="100_") == []
    with pytest.raises(InvalidInput):
        codes(first=TODAY, until=TODAY - timedelta(days=1))
    with pytest.raises(NotFound):
        codes(training="TIDAK-ADA")


def test_a_reader_sees_the_batch_and_his_own_standing_but_no_participants(session, person, batch):
    requested(session, person, batch)
    reader = make_person(session, grade="I/a")
    seen = batches.view_batch(session, self_of(reader), batch.code, **ON)
    assert seen.participants is None
    assert not seen.may_decide
    assert [refusal.reason for refusal in seen.refusals] == [Reason.GOLONGAN]
    own = batches.view_batch(session, self_of(person), batch.code, **ON)
    assert (own.own.status, own.own.may_cancel, own.refusals) == ("REQUESTED", True, None)


def test_who_looks_at_participants_is_noted(session, batch):
    batches.view_batch(session, centre(session), batch.code, **ON)
    batches.view_batch(session, self_of(make_person(session)), batch.code, **ON)
    noted = session.execute(select(AuditEntry.action, AuditEntry.subject_id).where(
        AuditEntry.action.startswith("courses."))).all()
    assert [tuple(row) for row in noted] == [("courses.view_participants", batch.code)]


def test_the_page_of_a_batch_asks_the_same_number_of_questions_for_5_and_for_30_people(session):
    asked = []

    def count(_connection, _cursor, statement, *_rest):
        asked.append(statement)

    def questions(people):
        done = finished(session, *(make_person(session) for _ in range(people)))
        nips = [row for (row,) in session.execute(select(Enrolment.id).where(Enrolment.batch_id == done.id))]
        session.expunge_all()
        asked.clear()
        seen = batches.view_batch(session, centre_actor, done.code, **ON)
        assert len(seen.participants) == people == len(nips)
        return len(asked)

    centre_actor = centre(session)
    connection = session.connection()
    event.listen(connection, "before_cursor_execute", count)
    questions(1)  # policies and units are read once a session
    few, many = questions(5), questions(30)
    event.remove(connection, "before_cursor_execute", count)
    assert few == many <= 15


def test_my_enrolments_are_mine_the_latest_first(session, person, batch):
    requested(session, person, batch)
    requested(session, make_person(session), batch)
    later = make_batch(session, "PBJ-L1", first_day=SOON + timedelta(days=60))
    requested(session, person, later)
    mine = batches.my_enrolments(session, self_of(person), today=TODAY)
    assert [seat.batch for seat in mine] == [later.code, batch.code]
    assert batches.my_enrolments(session, SYSTEM, today=TODAY) == ()
