"""Participants from outside: entered, enrolled, certified, and counted in no page about a population."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
from factories import NOW, TODAY, make_batch, make_nip, make_person, make_post, occupy, prove
from graduates import make_finished_batch, make_graduate, press
from sqlalchemy import select

from kompetensi.errors import Conflict, InvalidInput, NotAllowed, NotFound
from kompetensi.graph.levels import levels_at
from kompetensi.models import (
    AuditEntry,
    Certificate,
    Enrolment,
    Evidence,
    Person,
    RecognitionClaim,
    RecognitionEvent,
    Training,
)
from kompetensi.rules.access import SYSTEM, Actor, Grant, Role
from kompetensi.services.batches import view_batch
from kompetensi.services.catalogue_analysis import find_bottlenecks, training_needs
from kompetensi.services.certificates import issue_certificate
from kompetensi.services.enrolments import enrol
from kompetensi.services.lookup import position_by_code, unit_by_code
from kompetensi.services.matching import succession_list, threshold_counts, vacant_positions
from kompetensi.services.moves import who_could_move
from kompetensi.services.outside_participants import (
    OutsideFacts,
    add_outside_participant,
    edit_outside_participant,
    list_outside_participants,
    view_outside_participant,
)
from kompetensi.services.path_plans import plan_everybody
from kompetensi.services.people import PersonFacts, find_people, view_person
from kompetensi.services.people_edits import add_person
from kompetensi.services.population import blocks_from, load_population, standards_of
from kompetensi.services.readiness import readiness_of
from kompetensi.services.readiness_map import readiness_map
from kompetensi.services.recognition import claims_to_review

TARGET = "JPTP-INSPEKTUR"
ON = {"today": TODAY, "now": NOW}
BORN = date(1985, 4, 12)
FACTS = OutsideFacts("Adisti Lamohamad", "Bawaslu Kabupaten Bolaang Mongondow Utara", BORN, "Boroko", "", "S.H.", "PNS", "III/c")


def as_role(session, role, unit="75-BKPSDM"):
    return Actor(f"account:{role}", "Yusuf", grants=(Grant(role, unit_by_code(session, unit).id),))


@pytest.fixture
def centre(session):
    return as_role(session, Role.TRAINING_CENTRE)


@pytest.fixture
def hr(session):
    return as_role(session, Role.HR)


@pytest.fixture
def guest(session, centre):
    """A participant from outside, entered at BKPSDM, whose proven levels would lead every list."""
    nip = add_outside_participant(session, centre, make_nip(BORN), "75-BKPSDM", FACTS, **ON)
    person = session.scalars(select(Person).where(Person.nip == nip)).one()
    for code in ("MAN-INT", "MAN-KSM", "MAN-KOM", "TEK-BMD"):
        prove(session, person, code, 5)
    return person


@pytest.fixture
def ours(session):
    return make_person(session)


# --- entering --------------------------------------------------------------------------------------------------------


def test_a_guest_is_kept_with_his_agency_at_the_unit_of_the_centre(session, guest):
    assert (guest.outside_agency, guest.unit.code, guest.sex, guest.birth_date) == (
        "Bawaslu Kabupaten Bolaang Mongondow Utara", "75-BKPSDM", "P", BORN)
    entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "resources.edit:outside")).one()
    assert (entry.person_id, entry.detail["after"]["agency"]) == (guest.id, guest.outside_agency)


def test_without_a_birth_date_the_one_of_the_nip_is_taken(session, centre):
    nip = add_outside_participant(session, centre, make_nip(BORN), "75-BKPSDM", replace(FACTS, birth_date=None), **ON)
    assert view_outside_participant(session, centre, nip, **ON).facts.birth_date == BORN


@pytest.mark.parametrize(("nip", "changed", "where", "words"), [
    ("19850412201001200", {}, "nip", "18 angka"),
    ("198513122010012001", {}, "nip", "19851312 bukan tanggal"),
    ("198504122010152001", {}, "nip", "bulan"),
    ("198504122010013001", {}, "nip", "laki-laki"),
    ("198504122010012001", {"name": "  "}, "name", "nama peserta"),
    ("198504122010012001", {"agency": ""}, "agency", "instansi asal"),
    ("198504122010012001", {"employee_type": "TNI"}, "employee_type", "PNS, CPNS atau PPPK"),
    ("198504122010012001", {"grade_code": "V/z"}, "grade_code", "V/z"),
    ("198504122010012001", {"birth_date": date(1985, 4, 13)}, "birth_date", "12 April 1985, bukan 13 April 1985"),
    ("202004122010012001", {"birth_date": None}, "birth_date", "tidak mungkin"),
])
def test_a_wrong_fact_is_refused_with_its_field(session, centre, nip, changed, where, words):
    with pytest.raises(InvalidInput, match=words) as refused:
        add_outside_participant(session, centre, nip, "75-BKPSDM", replace(FACTS, **changed), **ON)
    assert refused.value.where == where


def test_a_birth_date_that_is_known_to_differ_from_the_nip_is_kept(session, centre):
    other = replace(FACTS, birth_date=date(1985, 4, 13))
    nip = add_outside_participant(session, centre, make_nip(BORN), "75-BKPSDM", other, birth_differs=True, **ON)
    assert view_outside_participant(session, centre, nip, **ON).facts == other
    assert not edit_outside_participant(session, centre, nip, other, **ON)


def test_who_is_known_already_is_not_entered_again(session, centre, guest, ours):
    for nip, words in ((guest.nip, "sudah tercatat sebagai peserta luar"), (ours.nip, "milik pegawai yang sudah ada")):
        with pytest.raises(Conflict, match=words):
            add_outside_participant(session, centre, nip, "75-BKPSDM", FACTS, **ON)


def test_only_the_centre_of_that_unit_enters_and_sees_him(session, guest, hr):
    elsewhere = as_role(session, Role.TRAINING_CENTRE, "75-BAPELKES")
    for actor in (elsewhere, hr):
        with pytest.raises(NotAllowed):
            add_outside_participant(session, actor, make_nip(BORN), "75-BKPSDM", FACTS, **ON)
    with pytest.raises(NotAllowed):
        list_outside_participants(session, hr, today=TODAY)
    assert list_outside_participants(session, elsewhere, today=TODAY).items == ()
    with pytest.raises(NotFound, match="pada balai Anda"):
        view_outside_participant(session, elsewhere, guest.nip, **ON)


def test_the_list_is_searched_by_name_and_agency_and_names_nobody_of_ours(session, centre, guest, ours):
    (item,) = list_outside_participants(session, centre, today=TODAY, text="bolaang adisti").items
    assert (item.nip, item.agency, item.seats, item.certificates) == (guest.nip, guest.outside_agency, 0, 0)
    assert list_outside_participants(session, centre, today=TODAY, text=ours.name).items == ()
    with pytest.raises(NotFound):
        view_outside_participant(session, centre, ours.nip, **ON)


def test_changed_facts_are_audited_and_who_looks_is_noted(session, centre, guest):
    assert edit_outside_participant(session, centre, guest.nip, replace(FACTS, agency="KPU Provinsi Gorontalo"), **ON)
    assert guest.outside_agency == "KPU Provinsi Gorontalo"
    view_outside_participant(session, centre, guest.nip, **ON)
    steps = session.scalars(select(AuditEntry.action).where(AuditEntry.person_id == guest.id).order_by(AuditEntry.id)).all()
    assert steps == ["resources.edit:outside", "resources.edit:outside", "resources.edit:outside_seen"]


# --- taking part -----------------------------------------------------------------------------------------------------


def test_a_guest_is_enrolled_by_his_nip_and_stands_in_the_list_with_his_agency(session, centre, guest):
    batch = make_batch(session, "BMD-DASAR", first_day=TODAY + timedelta(days=30))
    assert enrol(session, centre, guest.nip, batch.code, **ON).status == "APPROVED"
    (row,) = view_batch(session, centre, batch.code, **ON).participants
    assert (row.nip, row.unit) == (guest.nip, guest.outside_agency)
    (seat,) = view_outside_participant(session, centre, guest.nip, **ON).seats
    assert (seat.batch, seat.status) == (batch.code, "APPROVED")


def test_his_certificate_names_his_agency_and_no_unit_of_ours(session, guest):
    enrolment = make_graduate(session, make_finished_batch(session), person=guest)
    issue_certificate(session, SYSTEM, enrolment.id, **ON, **press())
    facts = session.scalars(select(Certificate).where(Certificate.person_id == guest.id)).one().facts
    assert (facts["unit"], facts["agency"], facts["position"]) == (guest.outside_agency, guest.outside_agency, "")
    assert facts["golongan"] == "III/c"


# --- no population counts him ----------------------------------------------------------------------------------------


def test_hr_does_not_find_him_by_name_or_nip(session, hr, guest, ours):
    assert find_people(session, hr, guest.nip, today=TODAY).people == ()
    assert find_people(session, SYSTEM, "Adisti", today=TODAY).people == ()
    assert [person.nip for person in find_people(session, hr, ours.nip, today=TODAY).people] == [ours.nip]


def test_hr_of_the_unit_opens_neither_his_profile_nor_his_readiness(session, hr, guest):
    with pytest.raises(NotAllowed):
        view_person(session, hr, guest.nip, **ON)
    with pytest.raises(NotAllowed):
        readiness_of(session, hr, guest.nip, TARGET, on=TODAY)


def test_a_succession_list_and_the_vacancies_do_not_name_him(session, guest, ours):
    make_post(session, TARGET)
    found = succession_list(session, SYSTEM, TARGET, top=500, on=TODAY, today=TODAY)
    assert guest.nip not in {item.nip for item in found.candidates}
    assert ours.nip in {item.nip for item in found.candidates}


def test_thresholds_and_the_readiness_map_count_one_fewer_than_with_him(session, guest, ours):
    def asked():
        counts = threshold_counts(session, SYSTEM, position_codes=[TARGET], on=TODAY, today=TODAY)
        return counts.people, readiness_map(session, SYSTEM, target=TARGET, on=TODAY, today=TODAY).people

    without = asked()
    guest.outside_agency = ""
    session.flush()
    assert asked() == tuple(count + 1 for count in without)


def test_the_levels_of_a_guest_between_two_of_ours_are_given_to_nobody(session, guest):
    before, after = (make_person(session, nip=str(int(guest.nip) + step)) for step in (-1, 1))
    prove(session, after, "MAN-INT", 2)
    _, standards = standards_of(session, TODAY)
    population = load_population(session, None, standards, TODAY)
    (block,) = blocks_from(session, population, standards, reach=None, on=TODAY, basis="proven")
    columns = np.full(2, standards.competencies.index("MAN-INT"))
    places = np.array([population.nips.index(person.nip) for person in (before, after)])
    assert levels_at(block.levels, columns, places).tolist() == [0, 2]
    assert guest.nip not in population.nips


def test_who_could_move_to_a_position_is_one_of_ours(session, guest, ours):
    found = who_could_move(session, SYSTEM, TARGET, top=500, on=TODAY, today=TODAY)
    assert ours.nip in {item.nip for item in found.candidates}
    assert guest.nip not in {item.nip for item in found.candidates}


def test_bottlenecks_and_needs_do_not_ask_about_him(session, guest, ours):
    occupy(session, ours, make_post(session, TARGET))
    guest.target_position_id = position_by_code(session, TARGET).id
    session.flush()

    def asked():
        needs = training_needs(session, SYSTEM, on=TODAY, today=TODAY)
        return needs.asked + needs.without, find_bottlenecks(session, SYSTEM, size=1, basis="proven", on=TODAY, today=TODAY).people

    without = asked()
    guest.outside_agency = ""
    session.flush()
    assert asked() == tuple(count + 1 for count in without)


def test_a_plan_for_everybody_is_none_for_him(session, guest, ours):
    work = plan_everybody(session, SYSTEM, position_code="ADM-KABID-ASET", ready_by=None, today=TODAY, time_limit_s=10)
    nips = {path.nip for path in work.paths}
    assert ours.nip in nips
    assert guest.nip not in nips


def test_his_claim_of_recognition_is_the_centres_to_review_and_not_hrs(session, centre, hr, guest):
    training = session.scalars(select(Training).where(Training.code == "YANLIK-PRIMA")).one()
    claim = RecognitionClaim(
        person_id=guest.id, training_id=training.id, issuer="LAN RI", number="1/2026", finished_on=date(2026, 5, 8), jp=20,
        state="SUBMITTED")
    session.add(claim)
    session.flush()
    session.add(RecognitionEvent(claim_id=claim.id, at=NOW, actor="account:9:Adisti", state="SUBMITTED"))
    session.flush()
    assert [item.id for item in claims_to_review(session, centre, today=TODAY)] == [claim.id]
    assert claims_to_review(session, hr, today=TODAY) == ()


# --- becoming one of ours --------------------------------------------------------------------------------------------


def test_a_guest_who_becomes_ours_keeps_his_record_and_is_counted(session, hr, guest):
    enrolment = make_graduate(session, make_finished_batch(session), person=guest)
    issue_certificate(session, SYSTEM, enrolment.id, **ON, **press())
    facts = PersonFacts("Adisti Lamohamad", "", "S.H.", "P", BORN, "Boroko", "PNS")
    as_hr = as_role(session, Role.HR, "75-DIKBUD")
    assert add_person(session, as_hr, guest.nip, "75-DIKBUD", facts, **ON) == guest.nip
    assert (guest.outside_agency, guest.unit.code) == ("", "75-DIKBUD")
    assert session.scalars(select(Enrolment.person_id)).one() == guest.id
    assert session.scalars(select(Certificate.person_id)).one() == guest.id
    assert session.scalars(select(Evidence).where(Evidence.person_id == guest.id, Evidence.kind == "TRAINING")).all()
    assert [person.nip for person in find_people(session, as_hr, guest.nip, today=TODAY).people] == [guest.nip]
    entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "people.edit.add")).one()
    assert entry.detail["before"]["outside_agency"] == "Bawaslu Kabupaten Bolaang Mongondow Utara"
    assert readiness_of(session, as_hr, guest.nip, TARGET, on=TODAY).readiness.score > 0
    assert vacant_positions(session, as_hr, today=TODAY) is not None
