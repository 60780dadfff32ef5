"""What attendance and score speak for, and when one may try again."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from kompetensi.rules.attendance import Share
from kompetensi.rules.results import Attempt, Minimums, RemedialRules, capped_score, propose, remedial_refusal

MINIMUMS = Minimums(80, 7001)
DAY = date(2026, 11, 20)
RULES = RemedialRules(days=30, attempts=1, most_hundredths=8000)


@pytest.mark.parametrize(("share", "score", "outcome"), [
    (Share(16, 20), 7001, "PASSED"), (Share(15, 20), 9000, "FAILED"), (Share(20, 20), 7000, "FAILED"),
    (Share(15, 20), None, "FAILED"), (None, 6000, "FAILED"), (Share(20, 20), None, None), (None, 9000, None),
    (None, None, None), (Share(0, 20), 9000, "ABSENT"), (Share(0, 20), None, "ABSENT")])
def test_each_minimum_must_be_reached_and_what_is_not_known_is_not_guessed(share, score, outcome):
    assert propose(share, score, MINIMUMS).outcome == outcome


def test_every_reason_says_fact_and_bound():
    first, second = map(str, propose(Share(153, 200), 8512, MINIMUMS).reasons)
    assert first == "Hadir hanya 76,5 %, padahal paling sedikit 80 %."
    assert second == "Nilai 85,12, paling sedikit 70,01."


def test_what_is_not_asked_for_is_not_judged():
    assert propose(None, None, Minimums(None, None)).outcome == "PASSED"
    assert propose(Share(20, 20), None, Minimums(80, None)).outcome == "PASSED"


def test_only_a_pass_can_stand_against_a_proposal():
    failed = propose(Share(1, 20), None, MINIMUMS)
    assert failed.speaks_against("PASSED")
    assert not failed.speaks_against("FAILED")
    assert not propose(None, None, MINIMUMS).speaks_against("PASSED")


def final(outcome="FAILED", on=DAY):
    return Attempt("FINAL", outcome, 5000, on)


def test_who_failed_may_try_again_within_the_days():
    assert remedial_refusal([final()], RULES, DAY + timedelta(days=30)) is None
    assert "paling lambat 20 Desember 2026" in str(remedial_refusal([final()], RULES, DAY + timedelta(days=31)))
    assert "paling awal" in str(remedial_refusal([final()], RULES, DAY - timedelta(days=1)))


@pytest.mark.parametrize("attempts", [[], [final("PASSED")], [final("ABSENT")],
                                      [final(), Attempt("REMEDIAL", "PASSED", 8000, DAY)]])
def test_nobody_else_may(attempts):
    assert "belum lulus" in str(remedial_refusal(attempts, RULES, DAY))


def test_as_often_as_the_policy_says():
    once = [final(), Attempt("REMEDIAL", "FAILED", 6000, DAY)]
    assert "paling banyak 1 kali" in str(remedial_refusal(once, RULES, DAY))
    assert remedial_refusal(once, RemedialRules(30, 2, None), DAY) is None


def test_a_correction_to_failed_begins_the_days_anew():
    corrected = [final("PASSED", DAY - timedelta(days=60)), Attempt("CORRECTION", "FAILED", 5000, DAY)]
    assert remedial_refusal(corrected, RULES, DAY + timedelta(days=30)) is None


def test_a_remedial_score_is_capped_where_the_data_says_so():
    assert capped_score(9500, RULES) == 8000
    assert capped_score(7500, RULES) == 7500
    assert capped_score(9500, RemedialRules(30, 1, None)) == 9500
    assert capped_score(None, RULES) is None
