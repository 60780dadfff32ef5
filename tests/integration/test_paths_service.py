"""Paths from the database: the problem that is asked, the answer in words, and what taking one does."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from factories import NOW, TODAY, make_batch, make_person, prove
from sqlalchemy import select

from kompetensi.errors import Conflict, InvalidInput, NotAllowed, NotFound
from kompetensi.exchange.plan import problem_from_json
from kompetensi.graph.paths import plan
from kompetensi.models import Batch, Enrolment, Path
from kompetensi.rules.access import SYSTEM, Actor
from kompetensi.services.paths import find_path, paths_of, problem_of, take_path
from kompetensi.services.training_changes import edit_training, training_content

TARGET = "ADM-KABID-ASET"


def find(session, person, *, ready_by=None, actor=SYSTEM):
    return find_path(session, actor, person.nip, TARGET, ready_by=ready_by, today=TODAY, time_limit_s=10)


@pytest.fixture
def person(session):
    return make_person(session, unit="75-DIKBUD", grade="III/d")


def test_the_weights_make_coverage_the_readiness_score(session, person):
    question = problem_of(session, person, TARGET, ready_by=None, today=TODAY, time_limit_s=10)
    requirements = question.document["target"]["requirements"]
    assert sum(item["weight"] * item["level"] for item in requirements) == 60_000


def test_stages_at_work_do_not_block_but_the_first_and_last_day_do(session, person):
    make_batch(session, "BMD-LANJUT", first_day=TODAY + timedelta(days=10), stages=[
        ("SELF_STUDY", 5), ("CLASSICAL", 4), ("OFF_CAMPUS", 10)])
    question = problem_of(session, person, TARGET, ready_by=None, today=TODAY, time_limit_s=10)
    (training,) = [item for item in question.document["trainings"] if item["code"] == "BMD-LANJUT"]
    first = TODAY + timedelta(days=10)
    days = [[first, first], [first + timedelta(days=5), first + timedelta(days=8)],
            [first + timedelta(days=18), first + timedelta(days=18)]]
    assert training["batches"][0]["stages"] == [[day.isoformat() for day in pair] for pair in days]


def test_it_says_for_which_competencies_level_0_was_assumed(session, person):
    prove(session, person, "MAN-INT", 3)
    found = find(session, person)
    assert "MAN-INT" not in found.assumed_codes
    assert "TEK-BMD" in found.assumed_codes


def test_full_closed_and_past_batches_are_not_offered(session, person):
    make_batch(session, "BMD-DASAR", first_day=TODAY - timedelta(days=1))
    make_batch(session, "BMD-DASAR", first_day=TODAY + timedelta(days=9), registration_until=TODAY - timedelta(days=1))
    make_batch(session, "BMD-DASAR", first_day=TODAY + timedelta(days=9), status="CANCELLED")
    question = problem_of(session, person, TARGET, ready_by=None, today=TODAY, time_limit_s=10)
    (training,) = [item for item in question.document["trainings"] if item["code"] == "BMD-DASAR"]
    assert training["batches"] == []


def test_a_batch_on_days_that_the_person_has_given_already_is_not_offered(session, person):
    held = make_batch(session, "PBJ-L1", first_day=TODAY + timedelta(days=10), stages=[("CLASSICAL", 5)])
    session.add(Enrolment(person_id=person.id, batch_id=held.id, status="APPROVED", requested_at=NOW))
    session.flush()
    make_batch(session, "BMD-DASAR", first_day=TODAY + timedelta(days=12), stages=[("CLASSICAL", 5)])
    question = problem_of(session, person, TARGET, ready_by=None, today=TODAY, time_limit_s=10)
    (training,) = [item for item in question.document["trainings"] if item["code"] == "BMD-DASAR"]
    assert training["batches"] == []


def ask(session, person):
    return problem_of(session, person, TARGET, ready_by=None, today=TODAY, time_limit_s=10)


def offered(session, person, code="BMD-DASAR"):
    """Return the batches of a training and their free seats, as the planner gets them."""
    return {batch.id: batch.seats_free for batch in ask(session, person).catalogue.by_code[code].batches}


def test_the_planner_gets_what_the_document_says(session, person):
    held = make_batch(session, "PBJ-L1", first_day=TODAY + timedelta(days=10), stages=[("CLASSICAL", 5)], seats=1, seats_taken=1)
    make_batch(session, "BMD-DASAR", first_day=TODAY + timedelta(days=12), cost_idr=4_000_000)
    make_batch(session, "BMD-DASAR", first_day=TODAY + timedelta(days=30), stages=[("SELF_STUDY", 2), ("DISTANCE", 3)])
    for enrolled in (False, True):
        if enrolled:
            session.add(Enrolment(person_id=person.id, batch_id=held.id, status="APPROVED", requested_at=NOW))
            session.flush()
        question = ask(session, person)
        assert problem_from_json(question.document) == question.problem
        assert question.catalogue.trainings == question.problem.trainings
        assert plan(question.problem, question.catalogue) == plan(problem_from_json(question.document))


def test_a_seat_that_is_taken_and_a_batch_that_is_added_or_closed_are_seen_by_the_next_question(session, person):
    first = make_batch(session, "BMD-DASAR", first_day=TODAY + timedelta(days=9), seats=2)
    assert offered(session, person) == {first.code: 2}
    first.seats_taken = 2
    assert offered(session, person) == {first.code: 0}
    second = make_batch(session, "BMD-DASAR", first_day=TODAY + timedelta(days=20), seats=3)
    assert offered(session, person) == {first.code: 0, second.code: 3}
    first.status = "CANCELLED"
    assert offered(session, person) == {second.code: 3}


def test_who_holds_a_seat_finds_it_free_for_him_and_nobody_else(session, person):
    batch = make_batch(session, "BMD-DASAR", first_day=TODAY + timedelta(days=9), seats=1, seats_taken=1)
    session.add(Enrolment(person_id=person.id, batch_id=batch.id, status="APPROVED", requested_at=NOW))
    session.flush()
    assert offered(session, person) == {batch.code: 1}
    assert offered(session, make_person(session)) == {batch.code: 0}


def test_a_changed_training_is_planned_as_it_is_now_and_the_rest_is_not_indexed_again(session, person):
    before = ask(session, person).catalogue
    content = training_content(session, SYSTEM, "BMD-DASAR", on=TODAY)
    edit_training(session, SYSTEM, "BMD-DASAR", replace(content, jp=77, subjects=()), today=TODAY, now=NOW)
    after = ask(session, person).catalogue
    assert after.by_code["BMD-DASAR"].jp == 77
    assert [code for code, one in after.by_code.items() if one is not before.by_code[code]] == ["BMD-DASAR"]
    assert ask(session, person).catalogue is after


def test_a_training_that_is_no_longer_offered_is_not_planned(session, person):
    content = training_content(session, SYSTEM, "BMD-DASAR", on=TODAY)
    assert "BMD-DASAR" in ask(session, person).catalogue.by_code
    edit_training(session, SYSTEM, "BMD-DASAR", replace(content, offered="history"), today=TODAY, now=NOW)
    assert "BMD-DASAR" not in ask(session, person).catalogue.by_code


def test_taking_a_path_asks_for_each_seat_in_the_same_transaction(session, person):
    basic = make_batch(session, "BMD-DASAR", first_day=TODAY + timedelta(days=9), seats=3)
    found = find(session, person)
    assert found.choices
    taken = take_path(session, SYSTEM, person.nip, TARGET, found.choices[0].key, ready_by=None, today=TODAY, now=NOW,
                      time_limit_s=10)
    assert taken.seats_asked == 1
    session.refresh(basic)
    assert basic.seats_taken == 1
    assert session.scalars(select(Enrolment.status).where(Enrolment.person_id == person.id)).all() == ["REQUESTED"]
    assert person.target_position.code == TARGET
    (path,) = paths_of(session, SYSTEM, person.nip, today=TODAY).paths
    assert [(step.batch, step.status) for step in path.steps] == [(basic.code, "REQUESTED")]


def test_a_choice_whose_batch_filled_up_meanwhile_is_refused_and_nothing_is_kept(session, person):
    basic = make_batch(session, "BMD-DASAR", first_day=TODAY + timedelta(days=9), seats=1)
    found = find(session, person)
    session.get_one(Batch, basic.id).seats_taken = 1
    session.flush()
    with pytest.raises(Conflict):
        take_path(session, SYSTEM, person.nip, TARGET, found.choices[0].key, ready_by=None, today=TODAY, now=NOW,
                  time_limit_s=10)
    assert session.scalars(select(Path)).all() == []


def test_a_gap_that_is_too_late_names_its_earliest_day(session, person):
    make_batch(session, "BMD-DASAR", first_day=TODAY + timedelta(days=5))
    make_batch(session, "BMD-LANJUT", first_day=date(2027, 2, 1), stages=[("CLASSICAL", 5)])
    found = find(session, person, ready_by=date(2027, 1, 1))
    late = {item.code: item.earliest for item in found.open if item.reason == "TOO_LATE"}
    assert late == {"TEK-BMD": date(2027, 2, 5), "BMD-LANJUT": date(2027, 2, 5)}


def test_others_do_not_see_a_persons_path(session, person):
    with pytest.raises(NotAllowed):
        find(session, person, actor=Actor("account:9", "Orang lain", 999_999))


@pytest.mark.parametrize(("nip", "error"), [("123", InvalidInput), ("199001012010011999", NotFound)])
def test_a_nip_that_is_none_gets_a_sentence(session, nip, error):
    with pytest.raises(error, match="NIP"):
        find_path(session, SYSTEM, nip, TARGET, ready_by=None, today=TODAY, time_limit_s=10)


def test_gaps_of_one_reason_and_the_same_changes_stand_together_and_none_is_lost(session, person):
    found = find(session, person)
    together = found.open_together
    assert len(together) < len(found.open)
    assert sorted(item.code for items in together for item in items) == sorted(item.code for item in found.open)
    assert [items[0] for items in together] == sorted((items[0] for items in together), key=found.open.index)
    for items in together:
        assert len({(item.reason, item.sentence, item.remedies) for item in items}) == 1
