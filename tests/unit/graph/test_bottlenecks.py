"""Which few competencies open the most positions, against all sets of competencies."""

from __future__ import annotations

import itertools
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_catalogues import COMPETENCIES, graphs

from kompetensi.graph.bottlenecks import Bottlenecks, bottlenecks, missing_between, missing_of
from kompetensi.graph.build import build
from kompetensi.graph.elements import Position, Requirement
from kompetensi.graph.matching import compile_standards, levels_of

NAMES = "ABCDEFGH"
missing_sets = st.dictionaries(st.frozensets(st.sampled_from(NAMES), max_size=6), st.integers(1, 9), max_size=25)
people = st.lists(st.dictionaries(st.sampled_from(COMPETENCIES), st.integers(0, 5)), max_size=6)


def opened(missing, chosen):
    return sum(count for needed, count in missing.items() if needed and needed <= set(chosen))


@settings(max_examples=300, deadline=None)
@given(missing_sets, st.integers(1, 5))
def test_no_set_of_the_size_opens_more(missing, size):
    found = bottlenecks(missing, size)
    for opening in found.openings:
        best = max(opened(missing, chosen) for count in range(opening.size + 1)
                   for chosen in itertools.combinations(NAMES, count))
        chosen = {member.competency for member in opening.members}
        assert (opening.opened, opening.bound, opening.is_proven) == (best, best, True)
        assert opened(missing, chosen) == best
        assert len(chosen) <= opening.size
        for member in opening.members:
            assert member.gain == best - opened(missing, chosen - {member.competency}) > 0


@settings(deadline=None)
@given(missing_sets)
def test_singles_count_where_nothing_else_is_missing(missing):
    found = bottlenecks(missing, 1)
    assert {(item.competency, item.alone, item.missing) for item in found.singles} == {
        (name, missing.get(frozenset({name}), 0), sum(count for codes, count in missing.items() if name in codes))
        for name in NAMES if any(name in codes for codes in missing)}
    assert (found.pairs, found.open_already) == (sum(missing.values()), missing.get(frozenset(), 0))
    assert [(-item.alone, -item.missing, item.competency) for item in found.singles] == sorted(
        (-item.alone, -item.missing, item.competency) for item in found.singles)


@settings(deadline=None)
@given(missing_sets, st.randoms())
def test_the_answer_does_not_depend_on_the_order_of_the_input(missing, rng):
    shuffled = list(missing.items())
    rng.shuffle(shuffled)
    assert bottlenecks(dict(shuffled), 4) == bottlenecks(missing, 4)


def test_taking_the_best_single_one_again_and_again_stops_short():
    missing = {frozenset("A"): 3, frozenset("BC"): 5}
    assert [[member.competency for member in opening.members] for opening in bottlenecks(missing, 2).openings] == [
        ["A"], ["B", "C"]]


def test_nothing_missing_is_nothing_to_open():
    assert bottlenecks({}, 2).openings[-1].members == ()
    assert bottlenecks({frozenset(): 4}, 1) == Bottlenecks(4, 4, (), bottlenecks({}, 1).openings)


def test_when_the_time_is_up_the_bound_still_holds():
    rng = np.random.default_rng(3)
    missing = Counter(frozenset(f"C{number:02d}" for number in rng.choice(40, rng.integers(3, 7), replace=False))
                      for _ in range(3000))
    hurried = bottlenecks(missing, 6, time_limit_s=0.0).openings[-1]
    patient = bottlenecks(missing, 3).openings[-1]
    assert patient.is_proven
    assert patient.opened <= hurried.bound
    assert not hurried.is_proven
    assert hurried.opened == opened(missing, {member.competency for member in hurried.members})


@settings(deadline=None)
@given(graphs(), people, st.booleans())
def test_missing_is_counted_person_by_person(graph, levels, sparse):
    standards = compile_standards(graph.positions.values())
    found = missing_of(graph.positions.values(), standards.competencies,
                       levels_of(standards, levels, sparse=sparse))
    assert found == Counter(
        frozenset(item.competency for item in position.requirements if person.get(item.competency, 0) < item.level)
        for position in graph.positions.values() for person in levels)


@given(graphs())
def test_between_positions_the_holders_are_the_people_and_nobody_moves_to_himself(graph):
    found = missing_between(graph)
    assert found == Counter(
        frozenset(item.competency for item in there.requirements
                  if {other.competency: other.level for other in here.requirements}.get(item.competency, 0) < item.level)
        for here in graph.positions.values() for there in graph.positions.values() if here is not there)


@pytest.mark.parametrize("count", [8, 9, 17])
def test_many_requirements_are_told_apart(count):
    position = Position("P", "P", requirements=tuple(Requirement(f"C{number:02d}", 1) for number in range(count)))
    names = tuple(item.competency for item in position.requirements)
    levels = np.ones((count, 2), dtype=np.uint8)
    levels[count - 1, 1] = 0
    assert missing_of(build([], [], [position]).positions.values(), names, levels) == {
        frozenset(): 1, frozenset({names[-1]}): 1}
