"""A path for everybody: the same answers as one by one, only for those whom the actor may plan, and resumable."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from factories import NOW, TODAY, make_batch, make_person, prove

from kompetensi.cli.paths import _finished
from kompetensi.errors import InvalidInput, NotAllowed
from kompetensi.rules.access import SYSTEM, Actor, Grant, Role
from kompetensi.services.enrolments import request_seats
from kompetensi.services.lookup import position_by_code, unit_by_code
from kompetensi.services.path_plans import plan_everybody
from kompetensi.services.paths import find_path

TARGET = "ADM-KABID-ASET"


@pytest.fixture
def people(session):
    """Six people: three alike, one with proofs, one without a known rank's floor, one who has given days away."""
    for days in (10, 40, 70):
        make_batch(session, "BMD-DASAR", first_day=TODAY + timedelta(days=days))
        make_batch(session, "BMD-LANJUT", first_day=TODAY + timedelta(days=days + 20))
    made = [make_person(session, unit="75-DIKBUD") for _ in range(6)]
    for code in ("MAN-INT", "TEK-BMD"):
        prove(session, made[3], code, 2)
    taken = make_batch(session, "BMD-DASAR", first_day=TODAY + timedelta(days=10))
    request_seats(session, SYSTEM, made[5].nip, [taken.code], today=TODAY, now=NOW)
    session.flush()
    return made


def ask(session, actor=SYSTEM, **options):
    return plan_everybody(session, actor, ready_by=None, today=TODAY, time_limit_s=10, **options)


def test_everybody_gets_the_answer_of_his_own_page(session, people):
    found = {path.nip: path.document for path in ask(session, position_code=TARGET).paths}
    for person in people:
        page = find_path(session, SYSTEM, person.nip, TARGET, ready_by=None, today=TODAY, time_limit_s=10)
        assert {**page.document, "alternatives": []} == found[person.nip]


def test_without_a_position_each_has_his_own_target_and_others_are_left_out(session, people):
    people[0].target_position_id = position_by_code(session, TARGET).id
    session.flush()
    work = ask(session)
    assert [(path.nip, path.position) for path in work.paths] == [(people[0].nip, TARGET)]
    assert work.people == 1


def test_those_who_are_done_are_left_out(session, people):
    done = {person.nip for person in people[:4]}
    work = ask(session, position_code=TARGET, done=done)
    assert {path.nip for path in work.paths} & {person.nip for person in people} == {
        person.nip for person in people[4:]}


def test_hr_plans_its_own_people_and_nobody_else_plans(session, people):
    here = Actor("account:hr", "Fitria", grants=(Grant(Role.HR, unit_by_code(session, "75-DPMPTSP").id),))
    assert not {path.nip for path in ask(session, here, position_code=TARGET).paths} & {person.nip for person in people}
    with pytest.raises(NotAllowed):
        ask(session, Actor("account:1", "A", person_id=people[0].id), position_code=TARGET)
    with pytest.raises(InvalidInput):
        ask(session, position_code="TIDAK-ADA")


def test_a_file_that_was_cut_off_is_resumed_after_its_last_whole_line(tmp_path):
    file = tmp_path / "jalur.jsonl"
    line = json.dumps({"nip": "1", "position": TARGET, "by": None, "status": "ready"})
    file.write_text(f"{line}\n{line.replace('1', '2')}\n{line[:9]}")
    assert _finished(file, TARGET.lower(), None) == {"1": "ready", "2": "ready"}
    assert file.read_text().endswith("}\n")
    assert _finished(tmp_path / "belum-ada", None, None) == {}
    file.write_text("bukan JSON\n")
    with pytest.raises(InvalidInput):
        _finished(file, None, None)


@pytest.mark.parametrize(("target", "by"), [("PWS-KASUBAG-KEU", None), (TARGET, TODAY)])
def test_a_file_that_answers_another_question_is_not_resumed(tmp_path, target, by):
    file = tmp_path / "jalur.jsonl"
    file.write_text(json.dumps({"nip": "1", "position": TARGET, "by": None, "status": "ready"}) + "\n")
    with pytest.raises(InvalidInput, match="menjawab pertanyaan lain"):
        _finished(file, target, by)


def test_people_without_a_target_are_counted_unless_one_is_given(session, people):
    people[0].target_position_id = position_by_code(session, TARGET).id
    session.flush()
    work = ask(session)
    assert work.without == ask(session, position_code=TARGET).people - 1
    assert ask(session, position_code=TARGET).without == 0


def test_a_deadline_that_is_past_is_refused_before_anything_is_planned(session, people):
    with pytest.raises(InvalidInput, match="sudah lewat"):
        plan_everybody(session, SYSTEM, ready_by=TODAY - timedelta(days=1), today=TODAY, time_limit_s=10)
