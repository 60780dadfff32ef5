"""What would close a gap, and what would be otherwise, asked of the database and told in words."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from candidates import make_certificate
from factories import TODAY, make_batch, make_person

from kompetensi.errors import NotAllowed
from kompetensi.models import Batch
from kompetensi.rules.access import SYSTEM, Actor
from kompetensi.services.paths import find_path
from kompetensi.services.what_if import Assumptions, ask_what_if

TARGET = "ADM-KABID-ASET"
DEADLINE = date(2027, 1, 31)


@pytest.fixture
def person(session):
    return make_person(session, unit="75-DIKBUD", grade="III/d")


@pytest.fixture
def dasar(session):
    return make_batch(session, "BMD-DASAR", first_day=TODAY + timedelta(days=5))


def open_items(session, person, *, ready_by=DEADLINE):
    found = find_path(session, SYSTEM, person.nip, TARGET, ready_by=ready_by, today=TODAY, time_limit_s=10)
    return {item.code: item for item in found.open}


def changes(item):
    return {remedy.kind: str(remedy.change) for group in item.remedies for remedy in group.remedies}


def ask(session, person, *, ready_by=None, actor=SYSTEM, **words):
    return ask_what_if(session, actor, person.nip, TARGET, Assumptions(**words), ready_by=ready_by, today=TODAY,
                       time_limit_s=10)


# -- remedies ---------------------------------------------------------------------------------------------------------


def test_a_batch_that_ends_too_late_could_begin_earlier_or_the_deadline_be_later(session, person, dasar):
    make_batch(session, "BMD-LANJUT", first_day=date(2027, 2, 1), stages=[("CLASSICAL", 5)], number=3)
    item = open_items(session, person)["TEK-BMD"]
    assert [group.scope for group in item.remedies] == ["with_all"]
    told = changes(item)
    assert told["move"] == (
        "Pelatihan Penatausahaan dan Pemanfaatan Aset Daerah angkatan 3 (1 Februari 2027 sampai 5 Februari 2027) "
        "dimajukan 5 hari, menjadi 27 Januari 2027 sampai 31 Januari 2027")
    assert told["deadline"] == "batas tanggal menjadi 5 Februari 2027"
    assert told["new_batch"].endswith("Aset Daerah antara 1 Desember 2026 dan 31 Januari 2027")


def test_a_full_batch_could_have_one_more_seat(session, person, dasar):
    full = make_batch(session, "BMD-LANJUT", first_day=date(2027, 1, 11), number=1, seats=2, seats_taken=2)
    item = open_items(session, person)["BMD-LANJUT"]
    assert item.reason == "NO_SEAT"
    assert changes(item)["seat"] == (
        "Pelatihan Penatausahaan dan Pemanfaatan Aset Daerah angkatan 1 (11 Januari 2027 sampai 13 Januari 2027) "
        "mendapat satu kursi lagi")
    (seat,) = [remedy for group in item.remedies for remedy in group.remedies if remedy.kind == "seat"]
    assert seat.batch == full.code


def test_the_lowest_golongan_that_is_enough_is_named_on_the_persons_scale(session, dasar):
    person = make_person(session, unit="75-DIKBUD", grade="II/d")
    make_batch(session, "BMD-LANJUT", first_day=date(2027, 1, 11))
    item = open_items(session, person)["TEK-BMD"]
    assert (item.reason, changes(item)) == ("GOLONGAN", {"golongan": "golongan sudah III/a"})


def test_taking_a_path_does_not_look_for_remedies(session, person, dasar):
    found = find_path(session, SYSTEM, person.nip, TARGET, ready_by=DEADLINE, today=TODAY, time_limit_s=10,
                      with_remedies=False)
    assert found.open
    assert not any(item.remedies for item in found.open)
    assert found.remedies_document == []


# -- what-if ----------------------------------------------------------------------------------------------------------


def test_a_later_deadline_closes_gaps_and_both_paths_are_told(session, person, dasar):
    make_batch(session, "BMD-LANJUT", first_day=date(2027, 2, 1), stages=[("CLASSICAL", 5)])
    found = ask(session, person, ready_by=DEADLINE, until=date(2027, 2, 28))
    assert str(found.answer).startswith("**2 kesenjangan tertutup**")
    assert [step.training for step in found.before.steps] == ["BMD-DASAR"]
    assert [(step.training, step.state) for step in found.after.steps] == [("BMD-DASAR", "kept"), ("BMD-LANJUT", "added")]
    assert (found.before.ready_by, found.after.ready_by) == (DEADLINE, date(2027, 2, 28))
    assert {item["competency"] for item in found.document["difference"]["closed"] if "competency" in item} == {"TEK-BMD"}
    assert found.after.coverage - found.before.coverage == found.document["difference"]["coverage"] > 0


def test_who_had_passed_a_training_need_not_take_it(session, person, dasar):
    found = ask(session, person, passed=("BMD-DASAR",))
    assert [(step.training, step.state) for step in found.before.steps] == [("BMD-DASAR", "dropped")]
    assert found.after.steps == ()
    assert [str(item) for item in found.assumed] == ["lulus Pelatihan Pengurus Barang Milik Daerah"]


def test_an_old_training_counts_for_the_one_that_replaced_it(session, person, dasar):
    found = ask(session, person, passed=("PIM3",))
    assert {"change": "hold", "training": "PKA"} in found.document["changes"]


def test_a_training_that_is_taken_as_well_makes_the_path_longer(session, person, dasar):
    make_batch(session, "PBJ-L1", first_day=date(2027, 3, 1))
    found = ask(session, person, taken=("PBJ-L1",))
    assert [(step.training, step.state) for step in found.after.steps] == [("BMD-DASAR", "kept"), ("PBJ-L1", "added")]
    assert found.before.coverage == found.after.coverage
    assert "lebih lambat" in str(found.answer)


def test_a_deadline_that_loses_a_level_is_no_gain_of_time(session, person, dasar):
    found = ask(session, person, until=TODAY)
    assert str(found.answer).startswith("Skor kesiapan sesudah jalur **turun")
    assert "ok" not in {line.tone for line in found.lines}


def test_a_deadline_that_loses_a_gap_says_so(session, person, dasar):
    make_batch(session, "BMD-LANJUT", first_day=date(2027, 1, 11))
    found = ask(session, person, until=date(2026, 12, 31))
    assert str(found.answer) == "**2 kesenjangan tidak lagi tertutup.**"
    assert [line.tone for line in found.lines[:2]] == ["part", "part"]
    assert [step.state for step in found.before.steps] == ["kept", "dropped"]


@pytest.mark.parametrize(("words", "field"), [
    ({"passed": ("TIDAK-ADA",)}, "passed"), ({"taken": ("TIDAK-ADA",)}, "taken"), ({"taken": ("PIM3",)}, "taken"),
    ({"passed": ("HELD",)}, "passed"), ({"passed": ("PBJ-L1",), "taken": ("PBJ-L1",)}, "taken"),
    ({"golongan": "V/z"}, "golongan"), ({"until": TODAY - timedelta(days=1)}, "until"),
    ({"until": TODAY, "unlimited": True}, "until")])
def test_a_supposition_that_makes_no_sense_is_named_at_its_field(session, person, words, field):
    make_certificate(session, person, "SPIP-DASAR")
    words = {name: ("SPIP-DASAR",) if value == ("HELD",) else value for name, value in words.items()}
    found = ask(session, person, **words)
    assert [name for name, _ in found.refused] == [field]
    assert (found.before, found.after, found.document) == (None, None, None)


def test_without_a_supposition_there_is_only_the_path_as_it_is(session, person, dasar):
    found = ask(session, person)
    assert found.after is None
    assert [step.training for step in found.before.steps] == ["BMD-DASAR"]
    assert "BMD-DASAR" in [code for code, _ in found.useful]
    assert "PIM3" in [code for code, _ in (*found.useful, *found.others)]
    assert "PIM3" not in found.takeable


def test_nothing_is_changed_by_asking(session, person, dasar):
    ask(session, person, passed=("BMD-DASAR",), golongan="IV/a", unlimited=True)
    assert not session.dirty
    assert not session.new
    assert session.get_one(Batch, dasar.id).seats_taken == 0


def test_others_do_not_ask_about_a_person(session, person):
    with pytest.raises(NotAllowed):
        ask(session, person, actor=Actor("account:9", "Orang lain", person_id=999_999), golongan="IV/a")
