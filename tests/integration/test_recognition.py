"""Recognition of prior learning: handed in by its holder, judged by somebody else, with a reason, and then it counts."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from factories import NOW, TODAY, make_person
from graduates import CountingRandomness
from sqlalchemy import select

from kompetensi.errors import Conflict, InvalidInput, NotAllowed, NotFound, Unavailable
from kompetensi.graph.evidence import profile_on
from kompetensi.models import AuditEntry, Certificate, Notification, RecognitionDocument, Unit
from kompetensi.rules.access import SYSTEM, Actor, Grant, Role
from kompetensi.rules.recognition import ClaimState
from kompetensi.services.outside_certificates import OutsideCertificate
from kompetensi.services.recognition import (
    claims_of,
    claims_to_review,
    decide_claim,
    read_document,
    start_review,
    submit_claim,
    view_claim,
    withdraw_claim,
)
from kompetensi.services.snapshot import load_evidence

ON = {"today": TODAY, "now": NOW}
PDF = b"%PDF-1.7\n1 0 obj\nendobj\nstartxref\n0\n%%EOF"
FACTS = OutsideCertificate("YANLIK-PRIMA", "LAN RI", "123/PEL/2026", date(2026, 5, 8), 20)


@pytest.fixture
def person(session):
    return make_person(session)


@pytest.fixture
def holder(person):
    return Actor("account:5", "Pemegang", person_id=person.id)


@pytest.fixture
def reviewer(session, person):
    return Actor("account:6", "Penelaah", grants=(Grant(Role.HR, person.unit_id),))


def submit(session, actor, facts=FACTS, **changed):
    return submit_claim(session, actor, facts, **(
        ON | {"document_name": "sertifikat.pdf", "document": PDF, "max_bytes": 1000} | changed))


def decide(session, actor, claim_id, **changed):
    return decide_claim(session, actor, claim_id, **(ON | {"recognised": True, "randomness": CountingRandomness()} | changed))


def expected_levels(session, person_id, on=TODAY):
    evidence = load_evidence(session, [person_id]).get(person_id, ())
    return {code: level.expected for code, level in profile_on(evidence, on).levels.items() if level.expected}


def test_what_is_recognised_is_in_the_register_and_its_levels_may_be_expected(session, person, holder, reviewer):
    claim_id = submit(session, holder, remark="Pelatihan di Jakarta")
    assert [item.id for item in claims_to_review(session, reviewer, today=TODAY)] == [claim_id]
    start_review(session, reviewer, claim_id, **ON)
    token = decide(session, reviewer, claim_id)
    assert claims_to_review(session, reviewer, today=TODAY) == ()
    row = session.scalars(select(Certificate)).one()
    assert (row.token, row.external, row.issuer, row.jp) == (token, True, "LAN RI", 20)
    assert expected_levels(session, person.id)
    view = view_claim(session, holder, claim_id, **ON)
    assert view.item.state is ClaimState.RECOGNISED
    assert view.item.token == token
    assert [str(step.words) for step in view.steps] == ["Diajukan", "Sedang ditelaah", "Diakui"]
    assert session.scalars(select(Notification.person_id)).all() == [person.id]


def test_a_refusal_needs_a_reason_that_the_holder_reads(session, person, holder, reviewer):
    claim_id = submit(session, holder)
    start_review(session, reviewer, claim_id, **ON)
    with pytest.raises(InvalidInput) as refusal:
        decide(session, reviewer, claim_id, recognised=False, reason="terlalu")
    assert refusal.value.where == "reason"
    assert decide(session, reviewer, claim_id, recognised=False, reason="Jam pelatihannya tidak tercantum.") is None
    assert view_claim(session, holder, claim_id, **ON).steps[-1].reason == "Jam pelatihannya tidak tercantum."
    assert not expected_levels(session, person.id)
    assert submit(session, holder) != claim_id


@pytest.mark.parametrize("role", [Role.HR, Role.TRAINING_CENTRE])
def test_nobody_reviews_his_own_claim_whatever_his_roles(session, person, role):
    both = Actor("account:5", "Pemegang", person_id=person.id, grants=(Grant(role, person.unit_id),))
    claim_id = submit(session, both)
    assert claims_to_review(session, both, today=TODAY) == ()
    assert not view_claim(session, both, claim_id, **ON).may_review
    for act in (start_review, lambda *args, **_: decide(*args)):
        with pytest.raises(NotAllowed):
            act(session, both, claim_id, **ON)


def test_hr_of_another_unit_and_a_colleague_see_nothing(session, person, holder):
    claim_id = submit(session, holder)
    other = session.scalars(select(Unit.id).where(Unit.parent_id.is_not(None), Unit.id != person.unit_id)).first()
    for actor in (Actor("account:7", "HR", grants=(Grant(Role.HR, other),)),
                  Actor("account:8", "Rekan", person_id=make_person(session).id)):
        for act in (view_claim, read_document, start_review, withdraw_claim):
            with pytest.raises(NotAllowed):
                act(session, actor, claim_id, **ON)


def test_a_claim_is_decided_after_it_was_read_and_only_once(session, holder, reviewer):
    claim_id = submit(session, holder)
    with pytest.raises(Conflict):
        decide(session, reviewer, claim_id)
    start_review(session, reviewer, claim_id, **ON)
    decide(session, reviewer, claim_id)
    for act in (lambda: decide(session, reviewer, claim_id), lambda: withdraw_claim(session, holder, claim_id, **ON)):
        with pytest.raises(Conflict):
            act()


def test_the_holder_withdraws_what_is_not_decided(session, holder, reviewer):
    claim_id = submit(session, holder)
    withdraw_claim(session, holder, claim_id, **ON)
    assert claims_of(session, holder)[0].state is ClaimState.WITHDRAWN
    with pytest.raises(Conflict):
        start_review(session, reviewer, claim_id, **ON)


def test_the_same_certificate_is_not_handed_in_twice(session, holder, reviewer):
    claim_id = submit(session, holder)
    with pytest.raises(Conflict):
        submit(session, holder)
    start_review(session, reviewer, claim_id, **ON)
    decide(session, reviewer, claim_id)
    with pytest.raises(Conflict):
        submit(session, holder)


@pytest.mark.parametrize(("changed", "where"), [
    ({"document": b""}, "document"), ({"document": b"%PDF-" + b"x" * 1000}, "document"),
    ({"document": b"MZ\x90\x00"}, "document"), ({"document": b"%PDF-1.7 /Encrypt 5 0 R"}, "document"),
    ({"facts": replace(FACTS, finished_on=TODAY + timedelta(days=1))}, "finished_on"),
    ({"facts": replace(FACTS, number=" ")}, "number"), ({"facts": replace(FACTS, jp=0)}, "jp"),
    ({"remark": "x" * 1001}, "remark")])
def test_what_cannot_be_is_refused_at_its_field(session, holder, changed, where):
    facts = changed.pop("facts", FACTS)
    with pytest.raises(InvalidInput) as refusal:
        submit(session, holder, facts, **changed)
    assert refusal.value.where == where


def test_an_account_without_a_person_hands_nothing_in(session):
    with pytest.raises(NotAllowed):
        submit(session, SYSTEM)
    with pytest.raises(NotAllowed):
        submit(session, Actor("account:9", "Tanpa data"))


def test_the_document_comes_back_as_it_came_and_who_read_it_is_noted(session, holder, reviewer):
    claim_id = submit(session, holder, document_name="C:\\Berkas\\<sertifikat>.pdf")
    assert read_document(session, reviewer, claim_id, **ON) == ("_sertifikat_.pdf", "application/pdf", PDF)
    assert "recognition.view:document" in session.scalars(select(AuditEntry.action)).all()
    session.scalars(select(RecognitionDocument)).one().content = PDF + b" "
    session.flush()
    with pytest.raises(Unavailable):
        read_document(session, holder, claim_id, **ON)


def test_a_claim_that_is_not_there_is_said_so(session):
    with pytest.raises(NotFound):
        view_claim(session, SYSTEM, 4711, **ON)
