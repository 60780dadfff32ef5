"""What is cheapest to learn for a position, against all subsets of all trainings."""

from __future__ import annotations

import itertools

from hypothesis import given, settings
from hypothesis import strategies as st
from small_catalogues import COMPETENCIES, TRAININGS, graphs, levels, ranks

from kompetensi.graph.build import build
from kompetensi.graph.conditions import HasLevel, holds
from kompetensi.graph.elements import Demand, Offered, Position, Raise, Requirement, Training
from kompetensi.graph.reach import offered_trainings
from kompetensi.graph.undated import HIGHEST_RANK, Learner, UndatedPaths, holder_of, newcomer


def taken(chosen, levels, completed):
    """Return what somebody has after some trainings in whatever order works; None when none does."""
    levels, completed, waiting = dict(levels), set(completed), list(chosen)
    while waiting:
        now = next((item for item in waiting if holds(item.entry, levels=levels, completed=completed)), None)
        if now is None:
            return None
        waiting.remove(now)
        completed.add(now.code)
        for gain in now.raises:
            levels[gain.competency] = max(gain.level, levels.get(gain.competency, 0))
    return levels, completed


def best_of_all(graph, position, learner):
    """Return steps that stay open, hours, rupiah and number of the best of all sets of trainings."""
    rank = learner.golongan or position.min_golongan or HIGHEST_RANK
    known = [training for training in offered_trainings(graph)
             if training.code not in learner.completed and (training.min_golongan or 0) <= rank]
    found = []
    for size in range(len(known) + 1):
        for chosen in itertools.combinations(known, size):
            after = taken(chosen, learner.levels, learner.completed)
            if after is not None:
                reached, passed = after
                still = sum(max(0, item.level - reached.get(item.competency, 0)) for item in position.requirements)
                still += sum(item.training not in passed for item in position.trainings)
                found.append((still, sum(item.jp for item in chosen), sum(item.cost_idr for item in chosen), size))
    return min(found)


@settings(max_examples=150, deadline=None)
@given(graphs(positions=2), st.dictionaries(st.sampled_from(COMPETENCIES), levels), st.sets(st.sampled_from(TRAININGS)), ranks)
def test_it_is_the_best_of_all_sets_of_trainings(graph, start, completed, golongan):
    paths, learner = UndatedPaths(graph), Learner(start, frozenset(completed), golongan)
    for position in graph.positions.values():
        found = paths.cheapest(position, learner)
        assert (found.open_steps, found.jp, found.cost_idr, len(found.trainings)) == best_of_all(graph, position, learner)
        assert found.is_proven
        after = taken([graph.trainings[code] for code in found.trainings], start, completed)
        assert {code: (reached, required) for code, reached, required in found.open_levels} == {
            item.competency: (after[0].get(item.competency, 0), item.level) for item in position.requirements
            if after[0].get(item.competency, 0) < item.level}
        assert set(found.open_trainings) == {item.training for item in position.trainings} - after[1]


def test_the_lowest_rank_of_the_position_counts_unless_the_learner_has_one():
    training = Training("T", "T", 10, min_golongan=9, raises=(Raise("X", 2),))
    low = Position("P", "P", requirements=(Requirement("X", 2),), min_golongan=5)
    paths = UndatedPaths(build([], [training], [low]))
    assert paths.cheapest(low, Learner()).open_levels == (("X", 0, 2),)
    assert paths.cheapest(low, Learner(golongan=9)).trainings == ("T",)
    free = Position("Q", "Q", requirements=low.requirements)
    assert UndatedPaths(build([], [training], [free])).cheapest(free, Learner()).jp == 10


def test_a_holder_has_the_levels_the_trainings_and_what_these_give():
    training = Training("T", "T", raises=(Raise("X", 3), Raise("Y", 1)))
    latsar = Training("LATSAR", "Latsar", offered=Offered.APPOINTMENT)
    position = Position("P", "P", requirements=(Requirement("X", 2), Requirement("Z", 1)),
                        trainings=(Demand("T"), Demand("HILANG")), min_golongan=7)
    graph = build([], [training, latsar], [position])
    assert holder_of(graph, position) == Learner({"X": 3, "Y": 1, "Z": 1}, frozenset({"T", "HILANG", "LATSAR"}), 7)
    assert newcomer(graph) == Learner(completed=frozenset({"LATSAR"}))


def test_somebody_who_has_everything_learns_nothing():
    position = Position("P", "P", requirements=(Requirement("X", 2),))
    graph = build([], [Training("T", "T", 10, entry=HasLevel("X", 1), raises=(Raise("X", 2),))], [position])
    found = UndatedPaths(graph).cheapest(position, holder_of(graph, position))
    assert (found.trainings, found.jp, found.open_steps) == ((), 0, 0)
