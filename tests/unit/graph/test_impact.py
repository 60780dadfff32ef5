"""What changes when a training goes or comes."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from small_catalogues import graphs

from kompetensi.graph.build import build
from kompetensi.graph.conditions import HasTraining
from kompetensi.graph.elements import Demand, Offered, Position, Raise, Requirement, Training
from kompetensi.graph.impact import TaughtChange, UnknownTraining, adding, removing, with_training, without_training
from kompetensi.graph.reach import offered_trainings, reach
from kompetensi.graph.undated import Learner, UndatedPaths, newcomer

FIRST = Training("A", "A", 40, raises=(Raise("X", 2),))
SECOND = Training("B", "B", 30, entry=HasTraining("A"), raises=(Raise("X", 3),))
LONG = Training("C", "C", 90, raises=(Raise("X", 2),))
STAF = Position("STAF", "Staf", requirements=(Requirement("X", 2),))
KEPALA = Position("KEPALA", "Kepala", requirements=(Requirement("X", 3),), trainings=(Demand("A"),))


def test_what_only_it_teaches_or_opens_goes_with_it():
    found = removing(build([], [FIRST, SECOND, LONG], [STAF, KEPALA]), "A")
    assert found.taught == (TaughtChange("KEPALA", "X", 3, 3, 2), TaughtChange("KEPALA", "A", 0, 1, 0))
    assert found.entries == ("B",)
    assert [(item.position, item.before.jp, item.after.jp, item.after.open_steps) for item in found.paths] == [
        ("KEPALA", 70, 90, 2), ("STAF", 40, 90, 0)]
    assert found.positions == 2


def test_what_no_best_path_holds_changes_nothing():
    found = removing(build([], [FIRST, SECOND, LONG], [STAF, KEPALA]), "C")
    assert (found.taught, found.entries, found.paths) == ((), (), ())


def test_adding_is_removing_backwards():
    whole, rest = build([], [FIRST, SECOND], [STAF, KEPALA]), build([], [SECOND], [STAF, KEPALA])
    gone, come = removing(whole, "A"), adding(rest, FIRST)
    assert [(item.position, item.before, item.after) for item in come.paths] == [
        (item.position, item.after, item.before) for item in gone.paths]
    assert come.taught == tuple(TaughtChange(item.position, item.item, item.level, item.after, item.before)
                                for item in gone.taught)
    assert (come.entries, come.is_removal, gone.is_removal) == (gone.entries, False, True)


def test_a_stated_learner_is_asked_for():
    found = removing(build([], [FIRST, LONG], [STAF]), "A", learner=Learner({"X": 2}))
    assert found.paths == ()


def test_a_training_that_is_not_there_cannot_go_and_one_that_is_there_cannot_come():
    graph = build([], [FIRST], [])
    with pytest.raises(UnknownTraining):
        removing(graph, "TIDAK-ADA")
    with pytest.raises(ValueError, match="A"):
        adding(graph, FIRST)


@settings(max_examples=60, deadline=None)
@given(graphs(positions=3, offered=(Offered.YES,)))
def test_every_part_is_what_comparing_the_two_catalogues_by_hand_gives(graph):
    for code in list(graph.trainings)[:2]:
        found, rest = removing(graph, code), without_training(graph, code)
        here, there = UndatedPaths(graph), UndatedPaths(rest)
        different = {}
        for position in graph.positions.values():
            before, after = here.cheapest(position, newcomer(graph)), there.cheapest(position, newcomer(rest))
            if before != after:
                different[position.code] = (before, after)
        assert {item.position: (item.before, item.after) for item in found.paths} == different
        with_it, without = reach(offered_trainings(graph)), reach(offered_trainings(rest))
        assert set(found.entries) == with_it.trainings - without.trainings - {code}
        assert {(item.position, item.item) for item in found.taught if item.level} == {
            (position.code, item.competency) for position in graph.positions.values() for item in position.requirements
            if without.levels.get(item.competency, 0) < item.level <= with_it.levels.get(item.competency, 0)}
        assert with_training(rest, graph.trainings[code]) == graph
