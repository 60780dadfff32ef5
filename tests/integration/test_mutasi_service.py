"""Cases of transfer: who may ask, the dossier, the decision that freezes everything, HR's list."""

from __future__ import annotations

import json
from datetime import date, timedelta

import pytest
from candidates import TARGET, make_candidate, record_elections, target_unit
from factories import NOW, TODAY, make_batch, make_person
from sqlalchemy import event, select

from kompetensi import signals
from kompetensi.errors import Conflict, InvalidInput, NotAllowed, NotFound
from kompetensi.models import (
    AuditEntry,
    Certificate,
    Decision,
    DossierDocument,
    Enrolment,
    Notification,
    PerformanceRating,
    Unit,
)
from kompetensi.rules.access import SYSTEM, Actor, Grant, Role
from kompetensi.rules.mutasi.elements import Check, Overall
from kompetensi.services import mutasi
from kompetensi.services.unit_of_work import transaction

ON = {"today": TODAY, "now": NOW}


@pytest.fixture
def person(session):
    record_elections(session, "75")
    return make_candidate(session)


@pytest.fixture
def hr(session):
    province = session.scalars(select(Unit.id).where(Unit.code == "75")).one()
    return Actor("account:5", "Fitria Monoarfa", person_id=make_person(session).id, grants=(Grant(Role.HR, province),))


def ask(session, actor, person, **asked):
    return mutasi.eligibility_of(session, actor, person.nip, TARGET, **({"on": TODAY, "today": TODAY} | asked))


def verdicts(found):
    return {one.rule.rule_id: one.verdict.value for one in found.result.answers}


def complete(session, hr, person):
    """Open the case and bring every document and judgement that it waits for."""
    mutasi.open_dossier(session, hr, person.nip, TARGET, own_request=False, planned_on=date(2027, 3, 1), **ON)
    for one in ask(session, hr, person).result.answers:
        if one.verdict.value == "not_applicable":
            continue
        if Check.DOCUMENT in one.rule.checks:
            mutasi.add_document(session, hr, person.nip, TARGET, one.rule.rule_id, number="800/17/2026",
                                dated=date(2026, 11, 2), issued_by="BKPSDM", **ON)
            mutasi.verify_document(session, hr, person.nip, TARGET, one.rule.rule_id, **ON)
        if Check.PERSON in one.rule.checks:
            mutasi.judge(session, hr, person.nip, TARGET, one.rule.rule_id, met=True, reason="Sesuai profilnya.", **ON)


def test_the_record_answers_what_it_can_and_the_rest_waits_for_documents_and_people(session, hr, person):
    found = ask(session, hr, person)
    assert len(found.result.answers) == 54
    assert found.kind.code == "DALAM-INSTANSI"
    assert found.result.overall is Overall.NEEDS_COMPLETION
    waiting = {one.rule.rule_id: one.verdict.value for one in found.result.answers if one.blocks}
    assert set(waiting.values()) <= {"needs_document", "needs_person", "unknown"}
    assert [rule for rule, verdict in waiting.items() if verdict == "unknown"] == ["MT-22"]  # whose wish it is


def test_a_completed_case_is_eligible_and_the_proposal_is_frozen(session, hr, person):
    complete(session, hr, person)
    found = ask(session, hr, person)
    assert found.result.overall is Overall.ELIGIBLE, verdicts(found)
    number = mutasi.decide(session, hr, person.nip, TARGET, outcome="PROPOSE", reason="Cocok dan siap.", **ON)
    decision = mutasi.view_decision(session, hr, number, today=TODAY)
    frozen = json.loads(decision.frozen)
    assert decision.intact
    assert len(frozen["rules"]) == 54
    assert frozen["result"]["verdict"] == "eligible"
    assert frozen["facts"]["nip"] == person.nip
    session.add(PerformanceRating(person_id=person.id, year=2023, rating=5))
    assert mutasi.view_decision(session, hr, number, today=TODAY).frozen == decision.frozen
    session.get_one(Decision, number).frozen = decision.frozen.replace("eligible", "not_eligible")
    assert not mutasi.view_decision(session, hr, number, today=TODAY).intact
    told = session.scalars(select(Notification.template).where(Notification.person_id == person.id)).all()
    assert len(told) == 2


def test_a_listener_hears_of_a_decision_after_the_commit(session, hr, person):
    heard = []

    def listen(_sender, **words):
        heard.append(words)

    mutasi.open_dossier(session, hr, person.nip, TARGET, own_request=True, planned_on=None, **ON)
    with signals.mutasi_decided.connected_to(listen), transaction(session):
        number = mutasi.decide(session, hr, person.nip, TARGET, outcome="HOLD", reason="Menunggu.", **ON)
        assert heard == []
    assert heard == [{"decision_id": number, "outcome": "HOLD", "nip": person.nip}]


def test_a_case_that_is_not_complete_can_be_held_but_not_proposed(session, hr, person):
    mutasi.open_dossier(session, hr, person.nip, TARGET, own_request=True, planned_on=None, **ON)
    with pytest.raises(Conflict, match="MT-22") as refused:
        mutasi.decide(session, hr, person.nip, TARGET, outcome="PROPOSE", reason="Mendesak.", **ON)
    assert refused.value.where == "outcome"
    number = mutasi.decide(session, hr, person.nip, TARGET, outcome="HOLD", reason="Menunggu berkas.", **ON)
    assert mutasi.view_decision(session, hr, number, today=TODAY).verdict == "needs_completion"


def test_a_mandatory_training_that_is_missing_closes_the_case_and_a_seat_is_pointed_out(session, hr, person):
    mandatory = next(one.fact for one in ask(session, hr, person).result.answers if one.rule.rule_id == "MT-13")
    assert "BMD" in str(mandatory) or "Aset" in str(mandatory)
    for row in session.scalars(select(Certificate).where(Certificate.person_id == person.id)):
        row.valid_until = TODAY - timedelta(days=1)
    session.flush()
    found = ask(session, hr, person)
    assert verdicts(found)["MT-13"] == "not_met"
    assert found.result.overall is Overall.NOT_ELIGIBLE
    batch = make_batch(session, "BMD-LANJUT", first_day=TODAY + timedelta(days=20))
    session.add(Enrolment(person_id=person.id, batch_id=batch.id, status="APPROVED", requested_at=NOW))
    session.flush()
    rule = next(one for one in ask(session, hr, person).result.answers if one.rule.rule_id == "MT-13")
    assert rule.verdict.value == "not_met"
    assert rule.remedy is not None


def test_a_kind_that_does_not_fit_the_two_agencies_is_refused_and_the_fitting_one_is_named(session, hr, person):
    with pytest.raises(InvalidInput, match="DALAM-INSTANSI") as refused:
        ask(session, hr, person, kind="ANTAR-KABKOTA")
    assert refused.value.where == "KIND"
    with pytest.raises(NotFound, match="pilih salah satu"):
        ask(session, hr, person, kind="PINDAH")
    with pytest.raises(NotFound):
        mutasi.eligibility_of(session, hr, person.nip, "TIDAK-ADA", on=TODAY, today=TODAY)


def test_the_rules_are_asked_for_another_day(session, hr, person):
    found = ask(session, hr, person, on=date(2030, 1, 1))
    assert verdicts(found)["MT-09"] == "not_met"
    assert verdicts(found)["MT-16"] == "unknown"


def test_the_person_looks_on_and_hr_of_another_agency_sees_nothing(session, person, hr):
    own = Actor("account:7", "Rahma", person_id=person.id)
    found = ask(session, own, person)
    assert (found.is_own, found.may_prepare, found.may_decide) == (True, False, False)
    with pytest.raises(NotAllowed):
        mutasi.open_dossier(session, own, person.nip, TARGET, own_request=True, planned_on=None, **ON)
    elsewhere = session.scalars(select(Unit.id).where(Unit.code == "75.71")).first() or session.scalars(
        select(Unit.id).where(~Unit.code.startswith("75-"), Unit.code != "75").order_by(Unit.code)).first()
    stranger = Actor("account:8", "HR lain", grants=(Grant(Role.HR, elsewhere),))
    for actor in (stranger, Actor("account:9", "Siapa", person_id=make_person(session).id)):
        with pytest.raises(NotAllowed):
            ask(session, actor, person)


def test_hr_of_the_receiving_agency_prepares_too(session, person):
    receiving = Actor("account:8", "HR penerima", grants=(Grant(Role.HR, target_unit(session)),))
    assert ask(session, receiving, person).may_decide


def test_nobody_judges_or_decides_about_himself(session, hr, person):
    own = Actor("account:5", "Fitria", person_id=person.id, grants=hr.grants)
    mutasi.open_dossier(session, hr, person.nip, TARGET, own_request=False, planned_on=None, **ON)
    with pytest.raises(NotAllowed, match="sendiri"):
        mutasi.decide(session, own, person.nip, TARGET, outcome="HOLD", reason="Ya.", **ON)
    with pytest.raises(NotAllowed, match="sendiri"):
        mutasi.judge(session, own, person.nip, TARGET, "MT-08", met=True, reason="Ya.", **ON)


def test_a_document_that_is_replaced_must_be_verified_again(session, hr, person):
    mutasi.open_dossier(session, hr, person.nip, TARGET, own_request=False, planned_on=None, **ON)

    def bring(number):
        mutasi.add_document(session, hr, person.nip, TARGET, "MT-18", number=number, dated=TODAY, issued_by="", **ON)

    bring("800/1")
    mutasi.verify_document(session, hr, person.nip, TARGET, "MT-18", **ON)
    assert verdicts(ask(session, hr, person))["MT-18"] == "met"
    bring("800/2")
    assert verdicts(ask(session, hr, person))["MT-18"] == "needs_document"
    assert len(session.scalars(select(DossierDocument)).all()) == 1


@pytest.mark.parametrize(("changed", "where"), [
    ({"rule_id": "MT-04"}, "rule_id"), ({"rule_id": "MT-99"}, "rule_id"), ({"number": "  "}, "number"),
    ({"dated": TODAY + timedelta(days=1)}, "dated")])
def test_a_document_that_answers_nothing_is_refused(session, hr, person, changed, where):
    mutasi.open_dossier(session, hr, person.nip, TARGET, own_request=False, planned_on=None, **ON)
    given = {"rule_id": "MT-18", "number": "800/1", "dated": TODAY, "issued_by": ""} | changed
    with pytest.raises(InvalidInput) as refused:
        mutasi.add_document(session, hr, person.nip, TARGET, given.pop("rule_id"), **given, **ON)
    assert refused.value.where == where


def test_without_a_case_nothing_can_be_brought_or_decided(session, hr, person):
    with pytest.raises(Conflict, match="belum dibuka"):
        mutasi.decide(session, hr, person.nip, TARGET, outcome="HOLD", reason="Ya.", **ON)
    with pytest.raises(Conflict, match="belum dibuka"):
        mutasi.judge(session, hr, person.nip, TARGET, "MT-08", met=True, reason="Ya.", **ON)


def test_a_decision_of_another_agency_does_not_exist(session, hr, person):
    mutasi.open_dossier(session, hr, person.nip, TARGET, own_request=False, planned_on=None, **ON)
    number = mutasi.decide(session, hr, person.nip, TARGET, outcome="REFUSE", reason="Tidak sesuai.", **ON)
    stranger = Actor("account:9", "Siapa", person_id=make_person(session).id)
    for asked in (number, 999_999):
        with pytest.raises(NotFound, match="Tidak ada keputusan"):
            mutasi.view_decision(session, stranger, asked, today=TODAY)


def test_a_look_at_somebodys_case_is_noted_and_ones_own_is_not(session, hr, person):
    own = Actor("account:7", "Rahma", person_id=person.id)
    mutasi.view_eligibility(session, own, person.nip, TARGET, on=TODAY, **ON)
    query = select(AuditEntry).where(AuditEntry.action == "mutasi.view")
    assert session.scalars(query).all() == []
    mutasi.view_eligibility(session, hr, person.nip, TARGET, on=TODAY, **ON)
    assert [one.person_id for one in session.scalars(query)] == [person.id]


def test_the_list_shows_undecided_cases_first_and_costs_no_more_for_many(session, hr):
    record_elections(session, "75")
    people = [make_candidate(session, name=f"Calon {letter}") for letter in "ABC"]
    for number, one in enumerate(people):
        mutasi.open_dossier(session, hr, one.nip, TARGET, own_request=False,
                            planned_on=date(2027, 3 - number, 1), **ON)
    mutasi.decide(session, hr, people[2].nip, TARGET, outcome="HOLD", reason="Menunggu berkas.", **ON)
    table = mutasi.list_cases(session, hr, today=TODAY)
    assert [row.name for row in table.rows] == ["Calon B", "Calon A", "Calon C"]
    assert (table.total, table.undecided) == (3, 2)
    assert table.rows[0].verdict == "needs_completion"
    assert table.rows[2].outcome == "HOLD"

    def queries():
        seen = []
        session.expire_all()
        listener = event.listens_for(session.get_bind(), "before_cursor_execute")(lambda *words: seen.append(words[2]))
        mutasi.list_cases(session, hr, today=TODAY)
        event.remove(session.get_bind(), "before_cursor_execute", listener)
        return len(seen)

    few = queries()
    for letter in "DEF":
        mutasi.open_dossier(session, hr, make_candidate(session, name=f"Calon {letter}").nip, TARGET,
                            own_request=None, planned_on=None, **ON)
    assert queries() <= few + 3
    with pytest.raises(NotAllowed):
        mutasi.list_cases(session, Actor("account:9", "Siapa"), today=TODAY)


def test_the_calendar_of_elections_closes_the_months_before_the_candidates(session, hr, person):
    mutasi.add_election(session, hr, government="75", name="Pilgub 2027", candidates_set_on=date(2027, 2, 1),
                        source="KPU", now=NOW)
    assert verdicts(ask(session, hr, person))["MT-49"] == "not_met"
    with pytest.raises(Conflict, match="sudah tercatat"):
        mutasi.add_election(session, hr, government="75", name="Lagi", candidates_set_on=date(2027, 2, 1), source="",
                            now=NOW)
    with pytest.raises(NotFound):
        mutasi.add_election(session, hr, government="99", name="x", candidates_set_on=TODAY, source="", now=NOW)
    rows, governments = mutasi.list_elections(session, hr)
    assert [row.name for row in rows] == ["Pilgub 2027", "Pilkada 2024"]
    assert ("75", "Provinsi Gorontalo") in governments
    mutasi.remove_election(session, hr, rows[0].id, now=NOW)
    assert verdicts(ask(session, hr, person))["MT-49"] == "met"
    with pytest.raises(NotAllowed):
        mutasi.list_elections(session, Actor("account:9", "Siapa"))


def test_the_system_asks_for_anybody(session, person):
    assert ask(session, SYSTEM, person).name
