"""Finding people, seeing a record, and what HR writes into it."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import date, timedelta

import pytest
from factories import NOW, TODAY, make_nip, make_person, make_post, occupy, prove
from sqlalchemy import select

from kompetensi.errors import Conflict, InvalidInput, NotAllowed, NotFound
from kompetensi.models import AuditEntry, Certificate, CreditPoint, Evidence, Notification, Occupancy, Person
from kompetensi.rules.access import SYSTEM, Actor, Grant, Role
from kompetensi.services.assessments import AssessmentFacts, record_assessment, withdraw_evidence
from kompetensi.services.lookup import unit_by_code
from kompetensi.services.occupancies import end_occupancy, start_occupancy
from kompetensi.services.outside_certificates import OutsideCertificate, record_outside_certificate
from kompetensi.services.people import PersonFacts, count_people, facts_of, find_people, view_person
from kompetensi.services.people_edits import (
    DisciplineFacts,
    add_discipline_case,
    add_education,
    add_person,
    add_rank,
    choose_own_target,
    choose_target,
    edit_discipline_case,
    edit_person,
    rate_performance,
    record_credit_points,
)
from kompetensi.services.verify import check_code

ON = {"today": TODAY, "now": NOW}


def officer(session, role=Role.HR, unit="75"):
    return Actor(f"account:{role}", "Fitria", grants=(Grant(role, unit_by_code(session, unit).id),))


def as_person(person):
    return Actor(f"account:{person.id}", person.name, person_id=person.id)


def last_entry(session):
    return session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc()).limit(1)).one()


@pytest.fixture
def hr(session):
    return officer(session)


@pytest.fixture
def person(session):
    return make_person(session)


# --- finding ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def three(session):
    names = ("Abdul Gani", "Sitti Aminah", "Zainudin Gani")
    return [make_person(session, name=name) for name in names]


def names_of(found):
    return [row.name for row in found.people]


@pytest.mark.parametrize(("text", "names"), [
    ("gani", ["Abdul Gani", "Zainudin Gani"]), ("  GANI abdul ", ["Abdul Gani"]), ("aminah", ["Sitti Aminah"]),
    ("", ["Abdul Gani", "Sitti Aminah", "Zainudin Gani"]), ("100%", []), ("Budi", [])])
def test_people_are_found_by_parts_of_the_name_whatever_its_case(session, hr, three, text, names):
    assert names_of(find_people(session, hr, text, today=TODAY)) == names


def test_people_are_found_by_the_beginning_of_the_nip_with_or_without_blanks(session, hr, three):
    nip = three[1].nip
    for text in (nip, f"{nip[:8]} {nip[8:14]} {nip[14]} {nip[15:]}"):
        assert names_of(find_people(session, hr, text, today=TODAY)) == ["Sitti Aminah"]


def test_pages_follow_each_other_without_gap_or_repetition(session, hr, three):
    first = find_people(session, hr, "", today=TODAY, limit=2)
    second = find_people(session, hr, "", today=TODAY, limit=2, after=first.next_after)
    assert (names_of(first), names_of(second)) == (["Abdul Gani", "Sitti Aminah"], ["Zainudin Gani"])
    assert (first.total, second.next_after) == (3, None)


def test_a_line_tells_the_present_post_and_the_unit(session, hr, three):
    occupy(session, three[0], make_post(session, "JPTP-KABAN-BKPSDM"), since=date(2020, 1, 1), until=date(2021, 1, 1))
    occupy(session, three[0], make_post(session, "JPTP-INSPEKTUR"), since=date(2021, 1, 2))
    line = find_people(session, hr, "abdul", today=TODAY).people[0]
    assert line.position == "Inspektur Daerah"
    assert line.unit


def test_hr_of_another_government_finds_nobody_of_ours(session, three):
    assert find_people(session, officer(session, unit="75.01"), "", today=TODAY).total == 0


def test_the_centre_finds_participants_in_all_of_its_government(session, three):
    make_person(session, name="Gani Dinas Lain", unit="75-DIKBUD")
    centre = officer(session, Role.TRAINING_CENTRE, "75-BKPSDM")
    assert "Gani Dinas Lain" in names_of(find_people(session, centre, "gani", today=TODAY))


def test_somebody_without_a_role_may_not_search(session, person):
    with pytest.raises(NotAllowed):
        find_people(session, as_person(person), "", today=TODAY)


def test_the_register_is_counted(session, three):
    assert count_people(session) == 3


# --- seeing ----------------------------------------------------------------------------------------------------------


def test_looking_at_a_record_is_noted_unless_it_is_ones_own(session, hr, person):
    before = last_entry(session).id
    view_person(session, as_person(person), person.nip, **ON)
    assert last_entry(session).id == before
    view_person(session, hr, person.nip, **ON)
    assert (last_entry(session).action, last_entry(session).person_id) == ("people.view", person.id)


def test_discipline_is_shown_to_the_person_and_hr_and_not_to_the_superior(session, hr, person):
    add_discipline_case(session, hr, person.nip, DisciplineFacts("R", "Teguran", date(2026, 1, 5)), **ON)
    chief, top = make_person(session), make_post(session, "JPTP-INSPEKTUR")
    occupy(session, chief, top)
    occupy(session, person, make_post(session, "JPTP-INSPEKTUR", superior=top))
    assert view_person(session, as_person(chief), person.nip, **ON).discipline is None
    assert len(view_person(session, as_person(person), person.nip, **ON).discipline) == 1
    assert len(view_person(session, hr, person.nip, **ON).discipline) == 1


def test_a_stranger_may_not_see_the_record(session, person):
    with pytest.raises(NotAllowed):
        view_person(session, as_person(make_person(session)), person.nip, **ON)


def test_lesson_hours_are_counted_by_the_year_in_which_the_training_ended(session, hr, person):
    for number, (finished_on, state) in enumerate(
            [(date(2025, 12, 31), "ISSUED"), (date(2026, 1, 1), "ISSUED"), (date(2026, 5, 1), "REVOKED")]):
        session.add(Certificate(
            token=make_nip(), person_id=person.id, training_code="PKP", kind="STTPP", external=True, issuer="Luar",
            year=2026, number=str(number), finished_on=finished_on, jp=10 + number, issued_on=finished_on,
            state=state, state_on=None if state == "ISSUED" else TODAY, recorded_at=NOW))
    session.flush()
    record = view_person(session, hr, person.nip, **ON)
    assert record.jp_by_year == ((2026, 11), (2025, 10))
    assert len(record.certificates) == 3


# --- editing ---------------------------------------------------------------------------------------------------------


def test_a_changed_fact_is_audited_with_its_value_before_and_after(session, hr, person):
    facts = replace(facts_of(person), talent_box=7, service_bond=False)
    assert edit_person(session, hr, person.nip, facts, **ON)
    entry = last_entry(session)
    assert entry.detail == {"before": {"service_bond": None, "talent_box": None},
                            "after": {"service_bond": False, "talent_box": 7}}
    assert (entry.action, entry.person_id) == ("people.edit.facts", person.id)


def test_facts_that_stay_the_same_are_not_written(session, hr, person):
    before = last_entry(session).id
    assert not edit_person(session, hr, person.nip, facts_of(person), **ON)
    assert last_entry(session).id == before


@pytest.mark.parametrize(("change", "where"), [
    ({"name": " "}, "name"), ({"employee_type": "HONOR"}, "employee_type"), ({"sex": "X"}, "sex"),
    ({"birth_date": date(2026, 11, 23)}, "birth_date"), ({"talent_box": 10}, "talent_box"),
    ({"tmt_pns": date(2001, 1, 1)}, "tmt_pns"), ({"legal_status": "aktif"}, "legal_status"),
    ({"service_bond_until": TODAY}, "service_bond_until"),
    ({"study_assignment_until": TODAY}, "study_assignment_until")])
def test_a_fact_that_contradicts_another_is_refused_at_its_field(session, hr, person, change, where):
    before = facts_of(person)
    with pytest.raises(InvalidInput) as refusal:
        edit_person(session, hr, person.nip, replace(before, **change), **ON)
    assert refusal.value.where == where
    assert facts_of(person) == before


def test_facts_that_do_not_fit_the_nip_are_kept_and_hr_is_warned(session, hr, person):
    edit_person(session, hr, person.nip, replace(facts_of(person), birth_date=date(1985, 4, 13), sex="L"), **ON)
    assert len(view_person(session, hr, person.nip, **ON).warnings) == 2
    assert view_person(session, as_person(person), person.nip, **ON).warnings == ()


def test_hr_of_another_government_may_change_nothing(session, person):
    stranger = officer(session, unit="75.01")
    for change in (
            lambda: edit_person(session, stranger, person.nip, facts_of(person), **ON),
            lambda: add_rank(session, stranger, person.nip, "IV/a", TODAY, **ON),
            lambda: add_education(session, stranger, person.nip, "S2", "Hukum", TODAY, **ON),
            lambda: rate_performance(session, stranger, person.nip, 2025, 1, **ON),
            lambda: add_discipline_case(session, stranger, person.nip, DisciplineFacts("R", "", TODAY), **ON),
            lambda: start_occupancy(session, stranger, person.nip, "X", since=TODAY, **ON),
            lambda: end_occupancy(session, stranger, person.nip, 1, TODAY, **ON),
            lambda: record_assessment(session, stranger, person.nip, assessed({"MAN-INT": 3}), **ON),
            lambda: choose_target(session, stranger, person.nip, "JPTP-INSPEKTUR", **ON)):
        with pytest.raises(NotAllowed):
            change()


NEW = PersonFacts("Rahmat Daud", "", "S.E.", "L", date(1990, 3, 2), "Limboto", "CPNS")


def test_a_new_person_is_added_to_a_unit_of_the_officers(session, hr):
    nip = add_person(session, hr, "19900302 202601 1 007", "75-BKPSDM", NEW, **ON)
    assert nip == "199003022026011007"
    assert session.scalars(select(Person).where(Person.nip == nip)).one().name == "Rahmat Daud"
    with pytest.raises(Conflict):
        add_person(session, hr, nip, "75-BKPSDM", NEW, **ON)


@pytest.mark.parametrize("nip", ["19900302202601100", "19900302202613 1 007", "199003022027011007",
                                 "199003022026013007", "199003022026011000", "199013022026011007"])
def test_a_nip_that_cannot_be_one_is_refused(session, hr, nip):
    with pytest.raises(InvalidInput):
        add_person(session, hr, nip, "75-BKPSDM", NEW, **ON)


def test_a_contract_officials_number_is_taken(session, hr):
    assert add_person(session, hr, "199003022024211007", "75-BKPSDM", replace(NEW, employee_type="PPPK"), **ON)


def test_ranks_education_and_ratings_are_recorded(session, hr, person):
    add_rank(session, hr, person.nip, "IV/a", date(2026, 4, 1), **ON)
    add_education(session, hr, person.nip, "S2", "Hukum", date(2020, 8, 8), **ON)
    rate_performance(session, hr, person.nip, 2025, 2, **ON)
    rate_performance(session, hr, person.nip, 2025, 1, **ON)
    assert last_entry(session).detail["before"] == {"rating": 2}
    record = view_person(session, hr, person.nip, **ON)
    assert [line.grade_code for line in record.ranks] == ["IV/a", "III/d"]
    assert record.ratings == ((2025, 1),)
    assert record.education[0].field == "Hukum"


@pytest.mark.parametrize("change", [
    lambda *about: add_rank(*about, "V/x", TODAY, **ON),
    lambda *about: add_education(*about, "S9", "Hukum", TODAY, **ON),
    lambda *about: add_education(*about, "S1", "Hukum", date(2026, 11, 24), **ON),
    lambda *about: rate_performance(*about, 2027, 1, **ON), lambda *about: rate_performance(*about, 2025, 6, **ON),
    lambda *about: add_discipline_case(*about, DisciplineFacts("X", "", TODAY), **ON),
    lambda *about: add_discipline_case(*about, DisciplineFacts("R", "", TODAY, date(2026, 1, 1)), **ON)])
def test_impossible_values_are_refused(session, hr, person, change):
    with pytest.raises(InvalidInput):
        change(session, hr, person.nip)


def test_two_ranks_from_one_day_are_refused(session, hr, person):
    with pytest.raises(Conflict):
        add_rank(session, hr, person.nip, "IV/a", date(2022, 4, 1), **ON)


def test_a_case_ends_the_statement_that_there_is_none_and_can_be_decided_later(session, hr, person):
    person.no_discipline_record = True
    number = add_discipline_case(session, hr, person.nip, DisciplineFacts("S", "", date(2026, 1, 5)), **ON)
    assert person.no_discipline_record is False
    decided = DisciplineFacts("S", "Penundaan KGB", date(2026, 1, 5), date(2026, 2, 5), date(2026, 3, 1))
    edit_discipline_case(session, hr, person.nip, number, decided, **ON)
    assert last_entry(session).detail["before"]["decided_on"] is None
    with pytest.raises(NotFound):
        edit_discipline_case(session, hr, make_person(session).nip, number, decided, **ON)


# --- assessments -----------------------------------------------------------------------------------------------------


def assessed(levels, **fields):
    return AssessmentFacts(**{"kind": "ASSESSMENT", "observed_on": date(2026, 11, 2), "provider": "UPT BKN Gorontalo",
                              "levels": levels} | fields)


def test_an_assessment_becomes_evidence_that_holds_for_the_years_of_the_policy(session, hr, person):
    assert record_assessment(session, hr, person.nip, assessed({"MAN-INT": 3, "SOS-PRB": 0}), **ON) == 2
    rows = session.scalars(select(Evidence).where(Evidence.person_id == person.id).order_by(Evidence.id)).all()
    assert [(row.level, row.kind, row.valid_until) for row in rows] == [
        (3, "ASSESSMENT", date(2029, 11, 2)), (0, "ASSESSMENT", date(2029, 11, 2))]
    assert len({row.assessment_id for row in rows}) == 1
    assert session.scalars(select(Notification).where(Notification.person_id == person.id)).one().link == "/kesiapan"


def test_a_superiors_rating_holds_for_a_year_and_is_no_assessment(session, hr, person):
    record_assessment(session, hr, person.nip, assessed({"MAN-INT": 3}, kind="SUPERVISOR"), **ON)
    row = session.scalars(select(Evidence).where(Evidence.person_id == person.id)).one()
    assert (row.valid_until, row.assessment_id) == (date(2027, 11, 2), None)


@pytest.mark.parametrize("facts", [
    assessed({}), assessed({"MAN-INT": 6}), assessed({"MAN-XXX": 3}), assessed({"MAN-INT": 3}, kind="TRAINING"),
    assessed({"MAN-INT": 3}, observed_on=date(2026, 11, 24)), assessed({"MAN-INT": 3}, provider=" "),
    assessed({"MAN-INT": 3}, observed_on=date(1980, 1, 1))])
def test_an_impossible_assessment_is_refused_and_leaves_nothing(session, hr, person, facts):
    with pytest.raises(InvalidInput):
        record_assessment(session, hr, person.nip, facts, **ON)
    assert session.scalars(select(Evidence).where(Evidence.person_id == person.id)).all() == []


def test_withdrawn_evidence_stays_and_counts_no_longer_from_today_on(session, hr, person):
    row = prove(session, person, "MAN-INT", 4)
    assert withdraw_evidence(session, hr, row.id, "Tertukar orang.", **ON) == person.nip
    level = view_person(session, hr, person.nip, **ON).competencies[0].level
    assert (row.withdrawn_on, level.proven) == (TODAY, None)
    with pytest.raises(Conflict):
        withdraw_evidence(session, hr, row.id, "Lagi.", **ON)


def test_evidence_is_not_withdrawn_without_a_reason_nor_against_its_certificate(session, hr, person):
    with pytest.raises(InvalidInput):
        withdraw_evidence(session, hr, prove(session, person, "MAN-INT", 4).id, " ", **ON)
    with pytest.raises(Conflict):
        withdraw_evidence(session, hr, prove(session, person, "MAN-INT", 4, kind="TRAINING").id, "Salah.", **ON)
    with pytest.raises(NotFound):
        withdraw_evidence(session, hr, 999_999, "Salah.", **ON)


# --- posts -----------------------------------------------------------------------------------------------------------


def test_a_new_definitive_post_ends_the_old_one_the_day_before_and_moves_the_home_unit(session, hr, person):
    old = occupy(session, person, make_post(session, "JPTP-KABAN-BKPSDM"))
    post = make_post(session, "JPTP-INSPEKTUR")
    start_occupancy(session, hr, person.nip, post.code, since=date(2026, 12, 1), decree_no="SK 1", **ON)
    assert old.until == date(2026, 11, 30)
    assert person.unit_id == post.unit_id


def test_acting_in_a_post_leaves_the_definitive_one_alone(session, hr, person):
    old = occupy(session, person, make_post(session, "JPTP-KABAN-BKPSDM"))
    home = person.unit_id
    start_occupancy(session, hr, person.nip, make_post(session, "JPTP-INSPEKTUR").code, since=TODAY, kind="ACTING",
                    **ON)
    assert (old.until, person.unit_id) == (None, home)


def test_a_post_that_somebody_holds_is_refused(session, hr, person):
    post = make_post(session, "JPTP-INSPEKTUR")
    occupy(session, make_person(session), post)
    with pytest.raises(Conflict):
        start_occupancy(session, hr, person.nip, post.code, since=TODAY, **ON)


def test_a_post_must_begin_after_the_present_one(session, hr, person):
    occupy(session, person, make_post(session, "JPTP-KABAN-BKPSDM"), since=date(2026, 1, 5))
    with pytest.raises(Conflict):
        start_occupancy(session, hr, person.nip, make_post(session, "JPTP-INSPEKTUR").code, since=date(2026, 1, 5),
                        **ON)


def test_an_officer_may_not_fill_a_post_outside_his_reach(session, person):
    post = make_post(session, "JPTP-INSPEKTUR")
    of_one_office = officer(session, unit="75-BKPSDM")
    with pytest.raises(NotAllowed):
        start_occupancy(session, of_one_office, person.nip, post.code, since=TODAY, **ON)


def test_an_occupancy_ends_on_a_day_that_is_not_before_its_beginning(session, hr, person):
    row = occupy(session, person, make_post(session, "JPTP-INSPEKTUR"))
    with pytest.raises(InvalidInput):
        end_occupancy(session, hr, person.nip, row.id, date(2021, 1, 1), **ON)
    end_occupancy(session, hr, person.nip, row.id, TODAY, **ON)
    assert session.get_one(Occupancy, row.id).until == TODAY
    with pytest.raises(NotFound):
        end_occupancy(session, hr, make_person(session).nip, row.id, TODAY, **ON)


# --- the target ------------------------------------------------------------------------------------------------------


def test_a_person_chooses_and_gives_up_a_target(session, person):
    choose_own_target(session, as_person(person), "jptp-inspektur", **ON)
    assert person.target_position.code == "JPTP-INSPEKTUR"
    choose_own_target(session, as_person(person), None, **ON)
    assert person.target_position is None
    assert last_entry(session).detail == {"before": {"target": "JPTP-INSPEKTUR"}, "after": {"target": None}}


def test_an_account_without_a_person_has_no_target(session):
    with pytest.raises(Conflict):
        choose_own_target(session, SYSTEM, "JPTP-INSPEKTUR", **ON)


def test_an_occupancy_does_not_reach_into_the_next_holders(session, hr, person):
    post = make_post(session, "ADM-KABID-ASET")
    row = occupy(session, person, post, since=date(2022, 1, 3), until=date(2024, 12, 31))
    occupy(session, make_person(session), post, since=date(2025, 1, 1))
    with pytest.raises(Conflict, match="1 Januari 2025") as refused:
        end_occupancy(session, hr, person.nip, row.id, date(2025, 1, 1), **ON)
    assert refused.value.where == "until"
    end_occupancy(session, hr, person.nip, row.id, date(2024, 6, 30), **ON)
    assert row.until == date(2024, 6, 30)


def test_credit_points_are_recorded_and_corrected_by_day(session, hr, person):
    for hundredths in (21250, 21300):
        record_credit_points(session, hr, person.nip, date(2026, 6, 30), hundredths, **ON)
    (row,) = session.scalars(select(CreditPoint).where(CreditPoint.person_id == person.id))
    assert row.hundredths == 21300
    for day, points in ((TODAY + timedelta(days=1), 1), (date(1980, 1, 1), 1), (TODAY, -1)):
        with pytest.raises(InvalidInput):
            record_credit_points(session, hr, person.nip, day, points, **ON)


OUTSIDE = OutsideCertificate("BMD-LANJUT", "BPSDM Sulawesi Utara", "12/BMD/2026", date(2026, 5, 8),
                             valid_until=date(2029, 5, 8))


def bring(session, actor, person, **changed):
    return record_outside_certificate(session, actor, person.nip, replace(OUTSIDE, **changed), randomness=os.urandom,
                                      **ON)


def test_an_outside_certificate_opens_the_gate_and_raises_the_expected_level(session, hr, person):
    token = bring(session, hr, person)
    row = session.scalars(select(Certificate).where(Certificate.token == token)).one()
    assert (row.external, row.jp, row.state, row.seq) == (True, 40, "ISSUED", None)
    levels = session.scalars(select(Evidence).where(Evidence.certificate_id == row.id)).all()
    assert {(one.kind, one.observed_on, one.valid_until) for one in levels} \
        == {("TRAINING", date(2026, 5, 8), date(2029, 5, 8))}
    with pytest.raises(Conflict, match="sudah tercatat"):
        bring(session, hr, person)
    assert check_code(session, token, today=TODAY).verdict.value == "unknown"


@pytest.mark.parametrize(("changed", "where"), [
    ({"issuer": " "}, "issuer"), ({"number": ""}, "number"), ({"finished_on": TODAY + timedelta(days=1)}, "finished_on"),
    ({"finished_on": date(1970, 1, 1)}, "finished_on"), ({"valid_until": date(2026, 5, 7)}, "valid_until"),
    ({"jp": 0}, "jp"), ({"training": "TIDAK-ADA"}, "TRAINING")])
def test_an_outside_certificate_that_cannot_be_is_refused(session, hr, person, changed, where):
    with pytest.raises(InvalidInput) as refused:
        bring(session, hr, person, **changed)
    assert refused.value.where == where


def test_only_hr_records_credit_points_and_outside_certificates(session, person):
    own = as_person(person)
    with pytest.raises(NotAllowed):
        bring(session, own, person)
    with pytest.raises(NotAllowed):
        record_credit_points(session, own, person.nip, TODAY, 100, **ON)
