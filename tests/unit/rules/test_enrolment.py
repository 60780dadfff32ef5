"""Who may take a seat in a batch, told by small invented batches."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kompetensi.graph.conditions import All, HasLevel, HasTraining, IsAny
from kompetensi.graph.elements import Offered, Raise, Training
from kompetensi.rules.enrolment import (
    Applicant,
    BatchDays,
    BatchStatus,
    Given,
    Reason,
    StageDays,
    accepts_requests,
    batch_status,
    blocked_days,
    check_stages,
    clash_of,
    missing_parts,
    refusals,
)

TODAY = date(2026, 11, 23)
MONDAY = date(2027, 1, 11)
NAMES = {"BMD-DASAR": "Penatausahaan BMD Dasar", "TEK-BMD": "Pengelolaan BMD"}


def batch(code="BMD-2027-01", training="BMD", *, stored="OPEN", first=MONDAY, days=5, until=date(2026, 12, 31),
          free=3, stages=()):
    return BatchDays(code, training, f"Pelatihan {training}", stored, first, first + timedelta(days=days - 1), until,
                     free, stages)


def applicant(*, levels=None, completed=(), golongan=12, given=()):
    return Applicant(levels or {}, frozenset(completed), golongan, "III/d" if golongan else "", tuple(given))


def reasons(who, what, training=None, *, on=TODAY, by_centre=False):
    return [refusal.reason for refusal in refusals(
        who, what, training or Training(what.training, "Pelatihan"), on=on, names=NAMES, by_centre=by_centre)]


def test_nothing_speaks_against_a_free_seat():
    assert reasons(applicant(), batch()) == []
    assert accepts_requests(batch(), TODAY)


@pytest.mark.parametrize(("what", "reason"), [
    (batch(stored="CANCELLED"), Reason.CANCELLED),
    (batch(stored="PLANNED"), Reason.PLANNED),
    (batch(free=0), Reason.FULL),
    (batch(until=date(2026, 11, 22)), Reason.CLOSED),
    (batch(first=date(2026, 11, 22)), Reason.STARTED),
])
def test_a_batch_that_takes_nobody_refuses_everybody(what, reason):
    assert reasons(applicant(), what) == [reason]
    assert not accepts_requests(what, TODAY)


def test_registration_includes_its_last_day():
    assert reasons(applicant(), batch(until=TODAY)) == []


def test_without_a_deadline_registration_lasts_through_the_first_day():
    assert reasons(applicant(), batch(first=TODAY, until=None)) == []
    assert reasons(applicant(), batch(first=TODAY, until=None), on=TODAY + timedelta(days=1)) == [Reason.STARTED]


def test_nobody_has_two_seats_in_one_batch():
    held = Given(batch(), None)
    assert reasons(applicant(given=[held]), batch()) == [Reason.ENROLLED]


def test_nobody_has_seats_in_two_batches_of_one_training():
    later = batch("BMD-2027-02", first=date(2027, 5, 3))
    assert reasons(applicant(given=[Given(batch(), None)]), later) == [Reason.SAME_TRAINING]


def test_golongan_below_the_floor_is_refused_and_the_floor_itself_is_not():
    training = Training("BMD", "BMD", min_golongan=12)
    assert reasons(applicant(golongan=11), batch(), training) == [Reason.GOLONGAN]
    assert reasons(applicant(golongan=12), batch(), training) == []


def test_an_unknown_golongan_does_not_pass_a_floor_and_says_so():
    (refusal,) = refusals(applicant(golongan=None), batch(), Training("BMD", "BMD", min_golongan=1), on=TODAY,
                          names=NAMES)
    assert "belum tercatat" in str(refusal.fact)


def test_the_entry_condition_names_what_is_missing():
    training = Training("BMD", "BMD Lanjutan", entry=All((HasTraining("BMD-DASAR"), HasLevel("TEK-BMD", 2))))
    (refusal,) = refusals(applicant(completed=["BMD-DASAR"]), batch(), training, on=TODAY, names=NAMES)
    assert refusal.reason is Reason.ENTRY
    assert "level 2 pada Pengelolaan BMD" in str(refusal.fact)
    assert "Penatausahaan BMD Dasar" not in str(refusal.fact)
    assert "11 Januari 2027" in str(refusal.remedy)


def test_what_will_be_passed_before_the_first_day_counts_for_the_entry():
    first = Training("BMD-DASAR", "Dasar", raises=(Raise("TEK-BMD", 2),))
    before = Given(batch("BMD-DASAR-2026-01", "BMD-DASAR", first=date(2026, 12, 7)), first)
    training = Training("BMD", "Lanjutan", entry=All((HasTraining("BMD-DASAR"), HasLevel("TEK-BMD", 2))))
    assert reasons(applicant(given=[before]), batch(), training) == []
    too_late = Given(batch("BMD-DASAR-2027-01", "BMD-DASAR", first=date(2027, 2, 1)), first)
    assert reasons(applicant(given=[too_late]), batch(), training) == [Reason.ENTRY]


def test_an_entry_that_nothing_can_meet_is_refused():
    assert reasons(applicant(), batch(), Training("BMD", "BMD", entry=IsAny())) == [Reason.ENTRY]


def test_of_a_choice_all_ways_are_named():
    condition = IsAny((HasTraining("A"), HasTraining("B")))
    assert missing_parts(condition, levels={}, completed=[]) == (HasTraining("A"), HasTraining("B"))
    assert missing_parts(condition, levels={}, completed=["B"]) == ()


def test_a_training_that_comes_with_an_appointment_is_entered_by_the_centre_alone():
    training = Training("LATSAR", "Latsar", offered=Offered.APPOINTMENT)
    assert reasons(applicant(), batch(training="LATSAR"), training) == [Reason.APPOINTMENT]
    assert reasons(applicant(), batch(training="LATSAR"), training, by_centre=True) == []


def test_a_training_of_the_past_is_entered_by_nobody():
    training = Training("PIM-III", "PIM III", offered=Offered.HISTORY)
    assert reasons(applicant(), batch(training="PIM-III"), training, by_centre=True) == [Reason.HISTORY]


def test_days_given_to_another_batch_clash_and_the_first_of_them_is_named():
    other = Given(batch("SD-2027-01", "SD", first=date(2027, 1, 14), days=10), None)
    (refusal,) = refusals(applicant(given=[other]), batch(), Training("BMD", "BMD"), on=TODAY, names=NAMES)
    assert refusal.reason is Reason.CLASH
    assert "14 Januari 2027 sampai 15 Januari 2027" in str(refusal.fact)


def test_self_study_and_off_campus_leave_a_person_free_but_for_the_first_and_the_last_day():
    stages = (StageDays("SELF_STUDY", MONDAY, MONDAY + timedelta(days=9)),
              StageDays("CLASSICAL", MONDAY + timedelta(days=14), MONDAY + timedelta(days=18)),
              StageDays("OFF_CAMPUS", MONDAY + timedelta(days=19), MONDAY + timedelta(days=40)))
    long = batch("PKP-2027-01", "PKP", days=41, stages=stages)
    last = MONDAY + timedelta(days=40)
    assert blocked_days(long) == ((MONDAY, MONDAY), (stages[1].first_day, stages[1].last_day), (last, last))
    assert clash_of(long, batch(first=MONDAY + timedelta(days=2), days=4)) is None
    assert clash_of(long, batch(first=last, days=3)) == (last, last)


def test_a_batch_without_stages_takes_all_its_days():
    assert blocked_days(batch()) == ((MONDAY, MONDAY + timedelta(days=4)),)


def test_refusals_are_told_in_a_fixed_order():
    other = Given(batch("SD-2027-01", "SD"), None)
    training = Training("BMD", "BMD", min_golongan=17, entry=HasTraining("BMD-DASAR"))
    assert reasons(applicant(given=[other]), batch(free=0), training) == [
        Reason.FULL, Reason.GOLONGAN, Reason.ENTRY, Reason.CLASH]


@pytest.mark.parametrize(("stored", "on", "status"), [
    ("OPEN", date(2026, 12, 31), BatchStatus.OPEN), ("OPEN", date(2027, 1, 1), BatchStatus.CLOSED),
    ("PLANNED", date(2026, 12, 1), BatchStatus.PLANNED), ("OPEN", MONDAY, BatchStatus.RUNNING),
    ("PLANNED", MONDAY, BatchStatus.RUNNING), ("OPEN", date(2027, 1, 15), BatchStatus.RUNNING),
    ("OPEN", date(2027, 1, 16), BatchStatus.FINISHED), ("FINISHED", date(2026, 12, 1), BatchStatus.OPEN),
    ("CANCELLED", MONDAY, BatchStatus.CANCELLED),
])
def test_what_a_batch_is_follows_from_its_days(stored, on, status):
    one = batch()
    assert batch_status(stored, one.first_day, one.last_day, one.registration_until, on) is status


def test_the_first_stage_out_of_order_is_named():
    good = StageDays("DISTANCE", MONDAY, MONDAY + timedelta(days=2))
    touching = StageDays("CLASSICAL", good.last_day, good.last_day)
    backwards = StageDays("CLASSICAL", MONDAY + timedelta(days=9), MONDAY + timedelta(days=8))
    assert check_stages([good]) is None
    assert check_stages([good, touching]) == 2
    assert check_stages([good, backwards]) == 2
    assert check_stages([backwards]) == 1


_days = st.integers(0, 40)
_modes = st.sampled_from(["SELF_STUDY", "DISTANCE", "CLASSICAL", "OFF_CAMPUS"])


@st.composite
def staged(draw):
    lengths = draw(st.lists(st.tuples(_modes, st.integers(1, 6), st.integers(1, 5)), min_size=1, max_size=4))
    day, stages = MONDAY + timedelta(days=draw(_days)), []
    for mode, length, pause in lengths:
        last = day + timedelta(days=length - 1)
        stages.append(StageDays(mode, day, last))
        day = last + timedelta(days=pause)
    first, last = stages[0].first_day, stages[-1].last_day
    return batch(first=first, days=(last - first).days + 1, stages=tuple(stages))


def days_of(one: BatchDays) -> set[date]:
    """Spell out the contract day by day."""
    days = {one.first_day, one.last_day}
    for stage in one.stages:
        if stage.mode in ("CLASSICAL", "DISTANCE"):
            days |= {stage.first_day + timedelta(days=more)
                     for more in range((stage.last_day - stage.first_day).days + 1)}
    return days


@given(staged())
def test_blocked_days_are_disjoint_and_exactly_those_of_the_contract(one):
    spans = blocked_days(one)
    spelt = [first + timedelta(days=more) for first, last in spans for more in range((last - first).days + 1)]
    assert len(spelt) == len(set(spelt))
    assert set(spelt) == days_of(one)


@given(staged(), staged())
def test_two_batches_clash_exactly_when_they_share_a_day(one, other):
    shared = days_of(one) & days_of(other)
    clash = clash_of(one, other)
    assert (clash is not None) == bool(shared)
    assert clash == clash_of(other, one)
    if clash is not None:
        assert clash[0] == min(shared)
