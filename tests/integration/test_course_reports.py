"""Reports of the training centre against numbers that one can count by hand."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from factories import NOW, TODAY, make_batch, make_person, prove
from sqlalchemy import event, select

from kompetensi.errors import InvalidInput, NotAllowed, NotFound
from kompetensi.models import (
    Certificate,
    Enrolment,
    EnrolmentEvent,
    NeedsAnalysis,
    NeedsLine,
    Unit,
)
from kompetensi.rules.access import SYSTEM, Actor, Grant, Role
from kompetensi.services.course_reports import ReportName, course_report, report_choices
from kompetensi.services.lookup import position_by_code, training_by_code
from kompetensi.services.snapshot import load_graph
from kompetensi.services.unit_of_work import transaction

MARCH = date(2026, 3, 2)


@pytest.fixture
def session(session):
    with transaction(session):
        yield session


def kept(session, row):
    session.add(row)
    session.flush()
    return row


def unit_id(session, code):
    return session.scalars(select(Unit.id).where(Unit.code == code)).one()


def role(session, name, unit):
    return Actor("account:9", "Balai", None, (Grant(name, unit_id(session, unit)),))


def ask(session, name, actor=SYSTEM, **filters):
    return course_report(session, actor, name, today=TODAY, now=NOW, **filters)


def enrol(session, batch, status="APPROVED", outcome=None, person=None, **fields):
    person = person or make_person(session)
    values = {"requested_at": NOW, "result_on": batch.last_day if outcome else None} | fields
    return kept(session, Enrolment(person_id=person.id, batch_id=batch.id, status=status, outcome=outcome, **values))


def rows_of(report):
    return [tuple(row) for row in report.sheet.rows]


def test_fill_counts_held_seats_against_all_seats_emptiest_first(session):
    full = make_batch(session, "BMD-DASAR", first_day=MARCH, seats=2)
    half = make_batch(session, "YANLIK-PRIMA", first_day=MARCH, seats=4, min_participants=3)
    make_batch(session, "YANLIK-PRIMA", first_day=MARCH, seats=9, status="CANCELLED")
    make_batch(session, "YANLIK-PRIMA", first_day=date(2027, 3, 1))
    for batch, statuses in ((full, ("APPROVED", "REQUESTED")), (half, ("COMPLETED", "OFFERED", "WAITING", "REFUSED"))):
        for status in statuses:
            enrol(session, batch, status)
    found = ask(session, ReportName.FILL)
    assert [(row[0], *row[2:]) for row in rows_of(found)] == [
        ("YANLIK-PRIMA", 1, 4, 2, 0.5, 1), ("BMD-DASAR", 1, 2, 2, 1.0, 0)]
    assert str(found.answer) == "**66 persen kursi** terisi: 4 dari 6."
    assert [bar.value for bar in found.bars] == [2, 2]


def test_pass_rate_counts_who_stayed_away_as_not_passed_and_leaves_out_who_has_no_result(session):
    batch = make_batch(session, "BMD-DASAR", first_day=MARCH)
    for outcome in ("PASSED", "PASSED", "FAILED", "ABSENT", None):
        enrol(session, batch, "COMPLETED" if outcome else "APPROVED", outcome)
    found = ask(session, ReportName.PASS)
    assert [row[2:] for row in rows_of(found)] == [(4, 2, 1, 1, 0.5)]
    assert "50 persen" in str(found.answer)


def target_with_one_level(session):
    """Give a position a standard of one level, and return it with that competency and level."""
    graph = load_graph(session, TODAY)
    position = next(one for one in graph.positions.values() if one.requirements)
    return position_by_code(session, position.code), position


def test_cost_is_shared_by_those_who_reach_their_target_after_the_batch_began_and_by_nobody_else(session):
    target, standard = target_with_one_level(session)
    batch = make_batch(session, "BMD-DASAR", first_day=MARCH, cost_idr=1_000_000, run_cost_idr=500_000)
    became, was_before, never, no_target, failed = (make_person(session) for _ in range(5))
    for person in (became, was_before, never, failed):
        person.target_position_id = target.id
    for person, day in ((became, MARCH + timedelta(days=3)), (was_before, date(2026, 1, 5)), (no_target, MARCH),
                        (failed, MARCH + timedelta(days=3))):
        for need in standard.requirements:
            prove(session, person, need.competency, need.level, observed_on=day)
    for person in (became, was_before, never, no_target):
        enrol(session, batch, "COMPLETED", "PASSED", person)
    enrol(session, batch, "COMPLETED", "FAILED", failed)
    found = ask(session, ReportName.COST)
    assert [row[2:] for row in rows_of(found)] == [(1, 5, 4, 1, 5_500_000, 5_500_000)]
    assert "5.500.000" in str(found.answer)


def test_without_anybody_who_became_ready_there_is_no_cost_of_one(session):
    batch = make_batch(session, "BMD-DASAR", first_day=MARCH, cost_idr=1_000_000)
    enrol(session, batch, "COMPLETED", "PASSED")
    found = ask(session, ReportName.COST)
    assert rows_of(found)[0][-1] is None
    assert "belum ada peserta yang menjadi siap" in str(found.answer)


def certify(session, person, jp, finished_on=MARCH, state="ISSUED"):
    number = f"U-{person.id}-{jp}-{finished_on}-{state}"
    return kept(session, Certificate(
        token=number[:20], person_id=person.id, training_code="BMD-DASAR", kind="STTPP", external=True, issuer="LAN",
        year=finished_on.year, number=number, finished_on=finished_on, jp=jp, issued_on=finished_on, state=state,
        state_on=finished_on if state == "REVOKED" else None, recorded_at=NOW))


def test_lesson_hours_are_those_of_the_year_and_of_certificates_that_stand(session):
    done, short, none = (make_person(session) for _ in range(3))
    make_person(session, outside_agency="PT Luar")
    certify(session, done, 15)
    certify(session, done, 10, date(2026, 6, 1))
    certify(session, short, 5)
    certify(session, short, 40, date(2025, 6, 1))
    certify(session, none, 40, state="REVOKED")
    found = ask(session, ReportName.HOURS)
    assert [row[1:] for row in rows_of(found)] == [(3, 1, 1 / 3, 30, 10.0, 35)]
    assert "33 persen pegawai" in str(found.answer)
    assert "20 JP" in str(found.source)


def test_the_centre_sees_no_agency_so_small_that_its_number_would_tell_of_one_person_and_hr_sees_its_own(session):
    certify(session, make_person(session), 30)
    centre = ask(session, ReportName.HOURS, role(session, Role.TRAINING_CENTRE, "75-BKPSDM"))
    assert str(rows_of(centre)[0][0]).startswith("OPD dengan kurang dari")
    hr = ask(session, ReportName.HOURS, role(session, Role.HR, "75-BKPSDM"))
    assert str(rows_of(hr)[0][0]).startswith("Badan Kepegawaian")


def need(session, *lines, status="DRAFT", version=1):
    bkpsdm = unit_id(session, "75-BKPSDM")
    analysis = kept(session, NeedsAnalysis(unit_id=bkpsdm, year=2026, version=version, status=status, asked={},
                                           created_at=NOW, created_by="uji"))
    for month, people in lines:
        kept(session, NeedsLine(
            analysis_id=analysis.id, training_id=training_by_code(session, "BMD-DASAR").id, month=date(2026, month, 1),
            unit_id=bkpsdm, people=people, become_ready=0, jp=0, cost_idr=0))
    return analysis


def test_supply_that_comes_after_the_demand_is_short_in_between(session):
    need(session, (3, 10), (6, 5))
    make_batch(session, "BMD-DASAR", first_day=date(2026, 2, 2), seats=4)
    make_batch(session, "BMD-DASAR", first_day=date(2026, 7, 6), seats=30)
    found = ask(session, ReportName.SUPPLY)
    assert [(row[2].month, *row[3:]) for row in rows_of(found)] == [
        (2, 0, 4, 0, 4, 0), (3, 10, 0, 10, 4, 6), (6, 5, 0, 15, 4, 11), (7, 0, 30, 15, 34, 0)]
    assert "**11 kursi kurang**" in str(found.answer)


def test_the_approved_analysis_counts_and_not_a_later_draft(session):
    need(session, (3, 10), status="APPROVED")
    need(session, (3, 99), version=2)
    found = ask(session, ReportName.SUPPLY)
    assert rows_of(found)[0][3] == 10
    assert "disetujui" in str(found.source)


def test_without_an_analysis_nothing_is_compared(session):
    assert "Belum ada analisis kebutuhan" in str(ask(session, ReportName.SUPPLY).answer)


def test_waiting_counts_days_until_the_offer_or_until_now(session):
    batch = make_batch(session, "BMD-DASAR", first_day=date(2026, 12, 7))
    enrol(session, batch, "WAITING", requested_at=NOW - timedelta(days=12))
    enrol(session, batch, "WAITING", requested_at=NOW - timedelta(days=3))
    served = enrol(session, batch, "APPROVED", requested_at=NOW - timedelta(days=20))
    for status, days in (("WAITING", 20), ("OFFERED", 14)):
        kept(session, EnrolmentEvent(enrolment_id=served.id, at=NOW - timedelta(days=days), actor="uji", status=status))
    found = ask(session, ReportName.WAITING)
    assert [row[3:] for row in rows_of(found)] == [(2, 12, 1, 6.0)]
    assert str(found.answer) == "**2 orang menunggu kursi**, yang terlama 12 hari."


@pytest.mark.parametrize("name", list(ReportName))
def test_an_empty_year_is_answered_in_words(session, name):
    found = ask(session, name, year=2031)
    assert str(found.answer)
    assert all(len(row) == len(found.sheet.columns) for row in found.sheet.rows)


def test_a_centre_counts_its_own_batches_and_hr_its_own_people(session):
    own = make_batch(session, "BMD-DASAR", first_day=MARCH, organiser="75-BKPSDM")
    other = make_batch(session, "YANLIK-PRIMA", first_day=MARCH, organiser="75-BAPELKES")
    enrol(session, own, "COMPLETED", "PASSED")
    enrol(session, other, "COMPLETED", "PASSED", make_person(session, unit="75-BAPELKES"))
    centre = ask(session, ReportName.PASS, role(session, Role.TRAINING_CENTRE, "75-BKPSDM"))
    assert [row[0] for row in rows_of(centre)] == ["BMD-DASAR"]
    hr = ask(session, ReportName.PASS, role(session, Role.HR, "75-BAPELKES"))
    assert [row[0] for row in rows_of(hr)] == ["YANLIK-PRIMA"]
    assert [row[0] for row in rows_of(ask(session, ReportName.PASS, agency="75-BAPELKES"))] == ["YANLIK-PRIMA"]
    assert [row[0] for row in rows_of(ask(session, ReportName.PASS, training="bmd-dasar"))] == ["BMD-DASAR"]


def test_what_cannot_be_asked_is_refused(session):
    with pytest.raises(NotAllowed):
        ask(session, ReportName.FILL, Actor("account:1", "Pegawai", 1))
    with pytest.raises(NotAllowed):
        report_choices(session, Actor("account:1", "Pegawai", 1), today=TODAY)
    with pytest.raises(NotFound):
        ask(session, ReportName.FILL, training="TIDAK-ADA")
    with pytest.raises(NotFound):
        ask(session, ReportName.HOURS, agency="TIDAK-ADA")
    with pytest.raises(InvalidInput):
        ask(session, ReportName.FILL, year=1)


@pytest.mark.parametrize("name", list(ReportName))
def test_more_batches_do_not_mean_more_questions_to_the_database(session, name):
    def asked():
        count = [0]

        def note(*_):
            count[0] += 1

        event.listen(session.get_bind(), "before_cursor_execute", note)
        try:
            session.expire_all()
            ask(session, name)
        finally:
            event.remove(session.get_bind(), "before_cursor_execute", note)
        return count[0]

    enrol(session, make_batch(session, "BMD-DASAR", first_day=MARCH), "COMPLETED", "PASSED")
    asked()
    few = asked()
    for code in ("YANLIK-PRIMA", "SAKIP", "BMD-LANJUT"):
        enrol(session, make_batch(session, code, first_day=MARCH), "COMPLETED", "PASSED")
    assert asked() == few
