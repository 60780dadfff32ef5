"""Likeness of profiles and how much of one the other covers."""

from __future__ import annotations

import math
import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kompetensi.graph.closeness import FULL, Group, closeness, coverage
from kompetensi.graph.elements import Position, Requirement
from kompetensi.graph.matching import compile_standards, scores
from kompetensi.graph.readiness import weights_of

GROUPS = (Group(np.arange(0, 3), 1), Group(np.arange(3, 6), 3))
PROFILES = st.lists(st.lists(st.integers(0, 5000), min_size=6, max_size=6), min_size=1, max_size=5)


def arrays(rows) -> np.ndarray:
    return np.array(rows, dtype=np.float64)


def by_hand(one: list[int], other: list[int]) -> float:
    """The definition, pair by pair, with the angle from two-argument arctangent instead of arccosine."""
    total, weight = 0.0, 0
    for group in GROUPS:
        left, right = ([float(row[column]) for column in group.columns] for row in (one, other))
        size, other_size = math.hypot(*left), math.hypot(*right)
        if not size and not other_size:
            continue
        weight += group.weight
        if size and other_size:
            along = [a / size for a in left], [b / other_size for b in right]
            apart = math.hypot(*(a - b for a, b in zip(*along, strict=True)))
            together = math.hypot(*(a + b for a, b in zip(*along, strict=True)))
            total += group.weight * (1 - 2 / math.pi * 2 * math.atan2(apart, together))
    return FULL * total / weight if weight else 0


@settings(max_examples=200, deadline=None)
@given(PROFILES, PROFILES)
def test_closeness_is_its_definition_and_stays_within_its_bounds(one, other):
    found = closeness(arrays(one), arrays(other), GROUPS)
    assert found.shape == (len(one), len(other))
    for row, left in enumerate(one):
        for column, right in enumerate(other):
            assert 0 <= found[row, column] <= FULL
            assert abs(found[row, column] - by_hand(left, right)) <= 0.51


@settings(max_examples=200, deadline=None)
@given(PROFILES, PROFILES)
def test_closeness_is_the_same_from_either_side(one, other):
    assert (closeness(arrays(one), arrays(other), GROUPS) == closeness(arrays(other), arrays(one), GROUPS).T).all()


@given(st.lists(st.integers(0, 5000), min_size=6, max_size=6), st.integers(1, 9))
def test_the_same_proportions_are_entirely_alike(profile, times):
    found = closeness(arrays([profile]), times * arrays([profile]), GROUPS)[0, 0]
    assert found == (FULL if any(profile) else 0)


@settings(max_examples=100, deadline=None)
@given(PROFILES, st.integers(0, 10**6))
def test_the_order_of_the_elements_does_not_matter(profiles, seed):
    order = list(range(6))
    random.Random(seed).shuffle(order)
    moved = tuple(Group(np.array([order.index(column) for column in group.columns]), group.weight) for group in GROUPS)
    levels = arrays(profiles)
    assert (closeness(levels, levels, GROUPS) == closeness(levels[:, order], levels[:, order], moved)).all()


@settings(max_examples=200, deadline=None)
@given(*[st.lists(st.integers(0, 50), min_size=6, max_size=6).filter(lambda row: any(row[:3]) and any(row[3:]))] * 3)
def test_the_distance_of_two_profiles_is_no_longer_than_a_detour(a, b, c):
    apart = FULL - closeness(arrays([a, b, c]), arrays([a, b, c]), GROUPS)
    assert apart[0, 2] <= apart[0, 1] + apart[1, 2] + 1.5


def test_a_group_that_only_one_of_two_has_counts_as_nothing_in_common():
    found = closeness(arrays([[1, 2, 0, 0, 0, 0]]), arrays([[1, 2, 0, 4, 0, 0], [1, 2, 0, 0, 0, 0]]), GROUPS)
    assert found.tolist() == [[250, FULL]]


def test_coverage_is_one_sided():
    found = coverage(arrays([[2, 4], [5, 5], [0, 0]]), arrays([[4, 4], [0, 0]]), arrays([[1, 3], [1, 1]]))
    assert found.tolist() == [[875, 0], [FULL, 0], [0, 0]]


@pytest.mark.parametrize("seed", range(5))
def test_coverage_of_whole_levels_is_the_score_of_readiness(seed):
    rng = random.Random(seed)
    names = [f"K{number}" for number in range(7)]
    position = Position("A", "", requirements=tuple(Requirement(name, rng.randint(1, 5), weight=rng.randint(1, 9)) for name in names))
    levels = np.array([[rng.randint(0, 5) for _ in names] for _ in range(30)], dtype=np.uint8)
    shares = weights_of(position)
    found = coverage(levels.astype(float), arrays([[item.level for item in position.requirements]]),
                     arrays([[shares[name] for name in names]]))
    assert (found[:, 0] == scores(compile_standards([position]), np.ascontiguousarray(levels.T))[0] // 60).all()
