"""Everyone against every position: exact, the same in any blocks, the same with and without a compiler."""

from __future__ import annotations

import itertools
import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kompetensi.graph.elements import Importance, Position, Requirement
from kompetensi.graph.levels import SparseLevels, assessed_at, levels_at, levels_in
from kompetensi.graph.matching import (
    Succession,
    compile_standards,
    levels_of,
    nearest,
    ready_counts,
    scores,
    unmet,
)
from kompetensi.graph.readiness import weights_of


def a_population(seed: int, positions: int = 12, people: int = 40, skills: int = 9):
    rng = random.Random(seed)
    names = [f"K{number}" for number in range(skills)]
    made = [Position(f"J{number:03d}", "", requirements=tuple(
        Requirement(name, rng.randint(1, 5), rng.choice(list(Importance)), rng.choice([None, 1, 2, 7]))
        for name in rng.sample(names, rng.randint(0, skills)))) for number in range(positions)]
    return made, [{name: rng.randint(0, 5) for name in names if rng.random() < 0.7} for _ in range(people)]


def naive_score(position: Position, person: dict[str, int]) -> int:
    weights = weights_of(position)
    return sum(weights[item.competency] * 60 // item.level * min(person.get(item.competency, 0), item.level)
               for item in position.requirements)


def naive_unmet(position: Position, person: dict[str, int]) -> int:
    return sum(person.get(item.competency, 0) < item.level for item in position.requirements
               if item.importance is Importance.MUTLAK)


@pytest.mark.parametrize("sparse", [True, False])
@pytest.mark.parametrize("compiled", [True, False])
@pytest.mark.parametrize("seed", range(5))
def test_scores_equal_the_naive_loop_bit_for_bit(seed, compiled, sparse):
    positions, people = a_population(seed, skills=(9, 60)[seed % 2])
    standards = compile_standards(positions)
    levels = levels_of(standards, people, sparse=sparse)
    found, lacking = scores(standards, levels, compiled=compiled), unmet(standards, levels)
    for place, position in enumerate(positions):
        for at, person in enumerate(people):
            assert found[place, at] == naive_score(position, person)
            assert lacking[place, at] == naive_unmet(position, person)


def test_a_full_score_is_60000_and_no_requirements_give_0():
    standards = compile_standards([Position("A", "", requirements=tuple(
        Requirement(f"K{number}", 5) for number in range(7))), Position("B", "")])
    levels = np.full((7, 2), 5, dtype=np.uint8)
    assert scores(standards, levels).tolist() == [[60_000, 60_000], [0, 0]]


def test_a_threshold_counts_whoever_stands_exactly_on_it():
    standards = compile_standards([Position("A", "", requirements=(Requirement("K", 5),))])
    levels = np.array([[3, 4, 5]], dtype=np.uint8)
    assert ready_counts(standards, levels, 48_000).tolist() == [2]
    assert ready_counts(standards, levels, 48_001).tolist() == [1]


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 50), st.lists(st.integers(0, 40), max_size=4), st.booleans(), st.booleans())
def test_succession_lists_are_the_same_for_any_blocks_in_any_order(seed, count, cuts, sparse, compiled):
    positions, people = a_population(seed)
    standards = compile_standards(positions)
    edges = sorted({0, len(people), *cuts})
    parts = [Succession.of(standards, levels_of(standards, people[start:end], sparse=sparse), count, first=start,
                           compiled=compiled)
             for start, end in itertools.pairwise(edges)]
    random.Random(seed).shuffle(parts)
    merged = parts[0]
    for part in parts[1:]:
        merged = merged.merge(part)
    for place, position in enumerate(positions):
        ranked = sorted(range(len(people)), key=lambda at: (
            -naive_score(position, people[at]), naive_unmet(position, people[at]), at))[:count]
        assert [match.index for match in merged.of_position(place)] == ranked


def test_the_nearest_positions_of_a_person_are_in_order_of_score_gates_and_code():
    positions, people = a_population(3)
    standards = compile_standards(positions)
    for person, found in zip(people, nearest(standards, levels_of(standards, people), 4), strict=True):
        ranked = sorted(range(len(positions)), key=lambda at: (
            -naive_score(positions[at], person), naive_unmet(positions[at], person), at))[:4]
        assert [match.index for match in found] == ranked
        assert [match.score for match in found] == [naive_score(positions[at], person) for at in ranked]


@pytest.mark.parametrize("compiled", [True, False])
def test_a_short_list_out_of_very_many_is_the_same_as_by_sorting_everybody(compiled):
    positions, _ = a_population(11, positions=3)
    standards = compile_standards(positions)
    levels = np.random.default_rng(5).integers(0, 6, (len(standards.competencies), 60_000), dtype=np.uint8)
    found = Succession.of(standards, levels, 7, compiled=compiled)
    score, lacking = scores(standards, levels).astype(int), unmet(standards, levels)
    for place in range(3):
        ranked = np.lexsort((np.arange(60_000), lacking[place], -score[place]))[:7]
        assert [match.index for match in found.of_position(place)] == ranked.tolist()


def test_few_known_levels_of_many_are_kept_alone_and_many_as_a_table():
    names = [f"K{number:03d}" for number in range(200)]
    standards = compile_standards([Position("A", "", requirements=tuple(Requirement(name, 3) for name in names))])
    few = levels_of(standards, [{"K007": 2, "K100": 0}, {}, {"K100": 5}])
    assert isinstance(few, SparseLevels)
    assert few.nbytes < 200 * 3 * 4
    assert levels_at(few, np.array([7, 100, 100, 3]), np.array([0, 0, 2, 1])).tolist() == [2, 0, 5, 0]
    assert levels_in(few, 100).tolist() == [0, 0, 5]
    assert assessed_at(few, None, np.array([7, 100, 100, 3]), np.array([0, 0, 1, 1])).tolist() == [True, True, False, False]
    many = levels_of(standards, [dict.fromkeys(names[:40], 3)])
    assert isinstance(many, np.ndarray)
    for compiled in (True, False):
        assert scores(standards, few, compiled=compiled).tolist() == [[200, 0, 300]]
