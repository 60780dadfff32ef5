"""The planner against the oracle that walks through the days: the whole answer, word for word.

First the two oracles against each other: what one of them had wrong, the other would have to have wrong in the same way.
"""

from __future__ import annotations

import sys

import pytest
from contract import answer
from day_oracle import DayOracle
from judge import expected
from oracle import Oracle
from shapes import LARGE, LARGER, SHAPES, made

# The package has a function of the same name.
optimum = sys.modules["kompetensi.graph.paths.optimum"]


@pytest.mark.parametrize("shape", SHAPES)
def test_trying_every_combination_and_walking_through_the_days_come_to_the_same(shape):
    for seed in range(40):
        document = made(shape, seed)
        assert (seed, expected(DayOracle(document))) == (seed, expected(Oracle(document)))


@pytest.mark.parametrize("shape", SHAPES)
def test_small_problems_are_answered_word_for_word_as_the_contract_says(shape):
    for seed in range(100, 160):
        document = made(shape, seed)
        assert (seed, answer(document)) == (seed, expected(DayOracle(document)))


@pytest.mark.parametrize("shape", LARGER)
def test_problems_with_dozens_of_batches_are_answered_word_for_word_as_the_contract_says(shape):
    for seed in range(8):
        document = made(shape, seed)
        assert (seed, answer(document)) == (seed, expected(DayOracle(document)))


def by_the_integer_program_alone(monkeypatch) -> None:
    """Let branch and bound give up at once."""
    for name in ("_LOOK", "_SEARCH"):
        monkeypatch.setattr(optimum, name, 0)


def by_the_solver_without_a_tree(monkeypatch) -> None:
    """Let branch and bound give up at once, and the tree of relaxations too."""
    by_the_integer_program_alone(monkeypatch)
    monkeypatch.setattr(sys.modules["kompetensi.graph.paths.mixed"], "_STEPS", 0)


def by_constraint_programming_alone(monkeypatch) -> None:
    """Let every question be too large for the other ways."""
    def refuse(self):
        raise optimum.TooLarge

    monkeypatch.setattr(optimum._Windows, "run", refuse)


@pytest.mark.parametrize("way", [by_the_integer_program_alone, by_the_solver_without_a_tree, by_constraint_programming_alone])
@pytest.mark.parametrize("shape", [*SHAPES, *LARGER])
def test_each_way_of_solving_gives_the_same_words(way, shape, monkeypatch):
    way(monkeypatch)
    for seed in range(200, 202):
        document = made(shape, seed) | {"alternatives": 2}
        assert (seed, answer(document)) == (seed, expected(DayOracle(document)))


@pytest.mark.long
@pytest.mark.parametrize("shape", SHAPES)
def test_thousands_of_small_problems_more(shape):
    for seed in range(10_000, 11_000):
        document = made(shape, seed)
        assert (seed, answer(document)) == (seed, expected(DayOracle(document)))


@pytest.mark.long
@pytest.mark.parametrize("shape", LARGER)
def test_thousands_of_problems_with_dozens_of_batches_more(shape):
    for seed in range(10_000, 10_200):
        document = made(shape, seed)
        assert (seed, answer(document)) == (seed, expected(DayOracle(document)))


@pytest.mark.long
@pytest.mark.parametrize("shape", LARGE)
def test_problems_with_scores_of_batches(shape):
    for seed in range(60):
        document = made(shape, seed)
        assert (seed, answer(document)) == (seed, expected(DayOracle(document)))
