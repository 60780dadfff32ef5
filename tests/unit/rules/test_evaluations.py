"""What can be asked, answered, and told of many answers."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kompetensi.errors import InvalidInput
from kompetensi.rules.evaluations import (
    LONGEST_TEXT,
    SUGGESTED,
    About,
    Kind,
    Question,
    Tally,
    check_answers,
    check_questions,
    tally,
    texts_of,
)

ABOUT_BATCH = {"P1": "5", "P2": "4", "P3": "3"}


def test_the_suggested_form_can_be_asked():
    check_questions(SUGGESTED)


@pytest.mark.parametrize("questions", [
    [], [Question("P1", " ", Kind.SCALE, About.BATCH)], [Question("P1", "x" * 301, Kind.SCALE, About.BATCH)],
    [Question("P1", "A", Kind.SCALE, About.BATCH), Question("P1", "B", Kind.TEXT, About.BATCH)],
    [Question(f"P{number}", "A", Kind.SCALE, About.BATCH) for number in range(41)]])
def test_a_form_that_cannot_be_asked_is_refused(questions):
    with pytest.raises(InvalidInput):
        check_questions(questions)


def test_answers_are_kept_by_question_and_trainer():
    kept = check_answers(SUGGESTED, ["WI-1", "WI-2"], ABOUT_BATCH | {"P4@WI-1": "5", "P4@WI-2": "", "P6": " Baik. ", "P7@WI-2": ""})
    assert kept == {"P1": 5, "P2": 4, "P3": 3, "P4@WI-1": 5, "P6": "Baik."}


@pytest.mark.parametrize(("answers", "where"), [
    ({"P1": "5", "P2": "4"}, "P3"), (ABOUT_BATCH | {"P1": "6"}, "P1"), (ABOUT_BATCH | {"P1": "0"}, "P1"),
    (ABOUT_BATCH | {"P4@WI-1": "x"}, "P4@WI-1"), (ABOUT_BATCH | {"P6": "x" * (LONGEST_TEXT + 1)}, "P6"),
    (ABOUT_BATCH | {"P4@WI-9": "5"}, "answers"), (ABOUT_BATCH | {"P4": "5"}, "answers")])
def test_an_answer_that_is_none_is_named(answers, where):
    with pytest.raises(InvalidInput) as refused:
        check_answers(SUGGESTED, ["WI-1"], answers)
    assert refused.value.where == where


@given(st.lists(st.integers(1, 5), max_size=60))
def test_the_mean_is_the_exact_one_rounded_to_hundredths(given_answers):
    counted = tally([{"P1": one} for one in given_answers], "P1")
    assert counted.total == len(given_answers)
    if given_answers:
        exact = Fraction(100 * sum(given_answers), len(given_answers))
        assert abs(counted.mean_hundredths - exact) <= Fraction(1, 2)


def test_without_answers_there_is_no_mean():
    assert Tally((0, 0, 0, 0, 0)).mean_hundredths == 0


@given(st.lists(st.text(min_size=1, max_size=20), max_size=12), st.randoms())
def test_the_order_of_texts_tells_nothing_of_the_order_in_which_they_came(texts, random):
    other = list(texts)
    random.shuffle(other)
    assert texts_of([{"P6": one} for one in texts], "P6") == texts_of([{"P6": one} for one in other], "P6")
    assert sorted(texts_of([{"P6": one} for one in texts], "P6")) == sorted(texts)
