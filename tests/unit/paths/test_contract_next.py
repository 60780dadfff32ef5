"""Choices labelled `next`: plans from which no training can be dropped, all of them, in order of the objective."""

from __future__ import annotations

from contract import Case, answer, batch, codes, plans_of, problem, problems, raises, some, wants
from day_oracle import DayOracle
from hypothesis import given
from judge import expected
from shapes import SHAPES


@some
@given(problems("accelerators", "self-paced chains", "wide entries", "no dates", alternatives=(20,)))
def test_from_a_next_choice_no_training_can_be_dropped(document):
    case, found = Case(document), answer(document)
    for choice in found["alternatives"]:
        assert choice["label"] != "next" or not case.can_spare(choice, found["status"])


@some
@given(problems(*SHAPES, alternatives=(3, 6)))
def test_the_alternatives_are_those_of_the_contract_and_none_is_missing(document):
    assert answer(document)["alternatives"] == expected(DayOracle(document))["alternatives"]


def test_what_only_lets_another_training_start_sooner_can_be_dropped():
    either = {"any": [{"training": "T"}, {"training": "Y"}]}
    found = answer(problem(target=wants(("A", 1), "Y"), alternatives=5, trainings=[
        {"code": "Z", "raises": raises(("A", 1)), "batches": [batch("z", "10")]}, {"code": "T", "batches": [batch("t", "12")]},
        {"code": "Y", "batches": [batch("y", "15")]}, {"code": "X", "self_paced_days": 5, "entry": either, "raises": raises(("A", 1))}]))
    assert [(codes(choice), choice["finish"][-2:]) for choice in plans_of(found)] == [(["Z", "Y"], "15"), (["Y", "X"], "20")]


def test_the_best_plan_may_hold_a_training_that_only_lets_another_start_sooner():
    either = {"any": [{"training": "T"}, {"training": "Y"}]}
    trainings = [{"code": "T", "batches": [batch("t", "12")]}, {"code": "Y", "batches": [batch("y", "15")]},
                 {"code": "X", "self_paced_days": 5, "entry": either}]
    found = answer(problem(target=wants("X", "Y"), trainings=trainings, alternatives=5))
    assert [(choice.get("label"), codes(choice)) for choice in plans_of(found)] == [
        (None, ["T", "X", "Y"]), ("next", ["Y", "X"])]
