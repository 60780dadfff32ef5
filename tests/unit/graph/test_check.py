"""What a check of the catalogue finds."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from small_catalogues import graphs

from kompetensi.graph.build import build
from kompetensi.graph.check import (
    Blocked,
    BlockedBy,
    BrokenReference,
    Contradiction,
    ContradictionKind,
    Cycle,
    OutOfRank,
    Undemanded,
    Unneeded,
    Unreachable,
    check,
    unneeded,
)
from kompetensi.graph.conditions import All, HasTraining, parse_condition
from kompetensi.graph.elements import (
    Competency,
    CompetencyKind,
    Demand,
    EdgeKind,
    NodeKind,
    Offered,
    Position,
    Raise,
    Relation,
    Requirement,
    Training,
)
from kompetensi.graph.reach import offered_trainings, reach

X = Competency("X", "Aset", CompetencyKind.TEKNIS)
Y = Competency("Y", "Data", CompetencyKind.TEKNIS)
DASAR = Training("DASAR", "Dasar", raises=(Raise("X", 2),))
STAF = Position("STAF", "Staf", requirements=(Requirement("X", 2),), min_golongan=5)


def test_a_sound_catalogue_has_no_findings():
    found = check(build([X], [DASAR], [STAF]))
    assert not any((found.broken, found.cycles, found.unreachable, found.out_of_rank, found.undemanded))


def test_every_kind_of_broken_reference_is_told_with_its_field():
    training = Training("T", "T", raises=(Raise("N1", 1),), equivalent="N3",
                        entry=parse_condition({"any": [{"training": "N2"}, {"competency": "N4", "level": 1}]}))
    position = Position("P", "P", requirements=(Requirement("N5", 1),), trainings=(Demand("N6"),))
    found = check(build([X], [training], [position], [Relation("X", "N7", EdgeKind.BROADER)]))
    assert [(item.code, item.field, item.missing) for item in found.broken] == [
        ("X", "broader", "N7"), ("P", "requirements", "N5"), ("P", "trainings", "N6"), ("T", "entry", "N2"),
        ("T", "entry", "N4"), ("T", "equivalent", "N3"), ("T", "raises", "N1")]
    assert found.broken[0] == BrokenReference(NodeKind.COMPETENCY, "X", "broader", "N7")


def test_trainings_that_wait_for_each_other_are_a_cycle_told_once():
    def asks(code, other):
        return Training(code, code, entry=parse_condition({"training": other}))

    found = check(build([], [asks("C", "A"), asks("A", "B"), asks("B", "C"), asks("S", "S")], []))
    assert found.cycles == (Cycle(EdgeKind.REQUIRES, ("A", "B", "C"), 3), Cycle(EdgeKind.REQUIRES, ("S",), 1))


def test_competencies_that_hold_each_other_are_a_cycle():
    found = check(build([X, Y], [], [], [Relation("X", "Y", EdgeKind.BROADER), Relation("Y", "X", EdgeKind.BROADER)]))
    assert found.cycles == (Cycle(EdgeKind.BROADER, ("X", "Y"), 2),)


def test_a_level_above_every_training_is_unreachable():
    position = replace(STAF, requirements=(Requirement("X", 3), Requirement("Y", 1)))
    assert check(build([X, Y], [DASAR], [position])).unreachable == (
        Unreachable("STAF", "X", 3, 2), Unreachable("STAF", "Y", 1, 0))


def test_a_training_of_the_past_reaches_nothing():
    past = replace(DASAR, offered=Offered.HISTORY)
    assert check(build([X], [past], [STAF])).unreachable == (Unreachable("STAF", "X", 2, 0),)


def test_a_requirement_is_out_of_rank_when_every_training_for_it_asks_for_a_higher_one():
    high = replace(DASAR, min_golongan=9)
    assert check(build([X], [high], [STAF])).out_of_rank == (OutOfRank("STAF", "X", 2, 9, 5),)
    assert check(build([X], [high, replace(DASAR, code="LAIN", min_golongan=5)], [STAF])).out_of_rank == ()


def test_the_rank_of_what_a_training_asks_for_beforehand_counts():
    first = Training("PRA", "Pra", min_golongan=9)
    second = replace(DASAR, entry=parse_condition({"training": "PRA"}))
    demanding = replace(STAF, trainings=(Demand("DASAR"),))
    assert check(build([X], [first, second], [demanding])).out_of_rank == (
        OutOfRank("STAF", "X", 2, 9, 5), OutOfRank("STAF", "DASAR", 0, 9, 5))


def test_a_position_without_a_rank_is_never_out_of_rank():
    assert check(build([X], [replace(DASAR, min_golongan=9)], [replace(STAF, min_golongan=None)])).out_of_rank == ()


def test_an_unreachable_requirement_is_not_told_twice():
    position = replace(STAF, requirements=(Requirement("X", 5),))
    assert check(build([X], [replace(DASAR, min_golongan=9)], [position])).out_of_rank == ()


def test_a_training_nobody_needs_even_on_the_way_is_undemanded():
    way = Training("PRA", "Pra")
    wanted = replace(DASAR, entry=parse_condition({"training": "PRA"}))
    idle = Training("IDLE", "Idle", raises=(Raise("Y", 1),))
    old = replace(idle, code="OLD", offered=Offered.HISTORY)
    assert check(build([X, Y], [way, wanted, idle, old], [STAF])).undemanded == (Undemanded("IDLE"),)


def test_a_training_that_opens_a_needed_one_by_its_level_is_not_undemanded():
    way = Training("PRA", "Pra", raises=(Raise("Y", 2),))
    wanted = replace(DASAR, entry=parse_condition({"competency": "Y", "level": 2}))
    assert check(build([X, Y], [way, wanted], [STAF])).undemanded == ()
    assert check(build([X, Y], [replace(way, raises=(Raise("Y", 1),)), wanted], [STAF])).undemanded == (Undemanded("PRA"),)


def test_a_training_that_counts_as_a_demanded_one_is_not_undemanded():
    position = replace(STAF, requirements=(), trainings=(Demand("DASAR"),))
    assert check(build([X], [DASAR, Training("SETARA", "Setara", equivalent="DASAR")], [position])).undemanded == ()


def test_a_circle_with_another_way_in_is_no_fault():
    first = Training("A", "A", entry=parse_condition({"training": "B"}))
    second = Training("B", "B", entry=parse_condition({"any": [{"training": "A"}, {"competency": "X", "level": 1}]}))
    found = check(build([X], [first, second, DASAR], []))
    assert found.cycles == (Cycle(EdgeKind.REQUIRES, ("A", "B"), 2, is_fatal=False),)
    assert found.blocked == ()
    closed = check(build([X], [first, replace(second, entry=parse_condition({"training": "A"}))], []))
    assert closed.cycles == (Cycle(EdgeKind.REQUIRES, ("A", "B"), 2, is_fatal=True),)
    assert closed.blocked == (Blocked("A", BlockedBy.NOBODY), Blocked("B", BlockedBy.NOBODY))


def test_a_shortest_circle_stands_for_all_that_lead_to_each_other():
    def asks(code, *others):
        return Training(code, code, entry=All(tuple(HasTraining(other) for other in others)))

    (found,) = check(build([], [asks("A", "B", "C"), asks("B", "C", "D"), asks("C", "D"), asks("D", "A")], [])).cycles
    assert (found.codes, found.size) == (("A", "B", "D"), 4)


def test_two_trainings_may_count_as_each_other_but_none_as_itself():
    one, other, self_same = (Training("A", "A", equivalent="B"), Training("B", "B", equivalent="A"),
                             Training("C", "C", equivalent="C"))
    assert check(build([], [one, other, self_same], [])).cycles == (
        Cycle(EdgeKind.EQUIVALENT, ("A", "B"), 2, is_fatal=False), Cycle(EdgeKind.EQUIVALENT, ("C",), 1, is_fatal=True))


def test_equivalent_competencies_may_say_so_of_each_other():
    both = [Relation("X", "Y", EdgeKind.EQUIVALENT), Relation("Y", "X", EdgeKind.EQUIVALENT)]
    assert check(build([X, Y], [], [], both)).cycles == ()


@pytest.mark.parametrize(("entry", "by"), [
    ({"competency": "Y", "level": 3}, BlockedBy.EXPERIENCE), ({"training": "LAMA"}, BlockedBy.HISTORY),
    ({"all": [{"training": "LAMA"}, {"competency": "Y", "level": 1}]}, BlockedBy.BOTH),
    ({"any": []}, BlockedBy.NOBODY), ({"training": "TIDAK-ADA"}, BlockedBy.NOBODY),
    ({"competency": "X", "level": 6}, BlockedBy.NOBODY)])
def test_a_blocked_training_says_what_would_open_it(entry, by):
    closed = Training("T", "T", entry=parse_condition(entry))
    old = Training("LAMA", "Lama", offered=Offered.HISTORY)
    assert check(build([X, Y], [closed, old, DASAR], [])).blocked == (Blocked("T", by),)


def test_whoever_is_appointed_has_what_comes_with_the_appointment():
    latsar = Training("LATSAR", "Latsar", offered=Offered.APPOINTMENT)
    assert check(build([X], [latsar, replace(DASAR, entry=parse_condition({"training": "LATSAR"}))], [STAF])).blocked == ()


def test_a_level_behind_a_blocked_entry_is_unreachable():
    closed = replace(DASAR, entry=parse_condition({"any": []}))
    assert check(build([X], [closed], [STAF])).unreachable == (Unreachable("STAF", "X", 2, 0),)


def test_the_lowest_rank_of_several_ways_in_counts():
    low, high = Training("RENDAH", "Rendah", min_golongan=5), Training("TINGGI", "Tinggi", min_golongan=9)
    wanted = replace(DASAR, entry=parse_condition({"any": [{"training": "TINGGI"}, {"training": "RENDAH"}]}))
    assert check(build([X], [low, high, wanted], [STAF])).out_of_rank == ()
    assert check(build([X], [high, wanted], [STAF])).out_of_rank == (OutOfRank("STAF", "X", 2, 9, 5),)


def test_a_training_that_asks_for_what_it_gives_contradicts_itself():
    idle = replace(DASAR, entry=parse_condition({"competency": "X", "level": 2}))
    assert check(build([X], [idle], [STAF])).contradictions == (
        Contradiction(ContradictionKind.ASKS_WHAT_IT_GIVES, NodeKind.TRAINING, "DASAR", "X", 2),)
    for entry in ({"competency": "X", "level": 1}, {"any": [{"competency": "X", "level": 2}, {"training": "PRA"}]}):
        sound = replace(DASAR, entry=parse_condition(entry))
        assert check(build([X], [sound, Training("PRA", "Pra")], [STAF])).contradictions == ()


def test_a_level_that_the_dictionary_does_not_describe_is_told_wherever_it_stands():
    entry = parse_condition({"competency": "Y", "level": 4})
    found = check(build([X, Y], [replace(DASAR, entry=entry)], [replace(STAF, requirements=(Requirement("X", 3),))]),
                  {"X": 1, "Y": 4}).contradictions
    assert [(item.code, item.other, item.level) for item in found] == [("STAF", "X", 3), ("DASAR", "X", 2)]
    assert {item.kind for item in found} == {ContradictionKind.LEVEL_NOT_DESCRIBED}


def test_a_position_cannot_demand_what_nobody_can_take_any_more():
    old = Training("LAMA", "Lama", offered=Offered.HISTORY)
    position = replace(STAF, requirements=(Requirement("X", 2), Requirement("X", 1)), trainings=(Demand("LAMA"),))
    found = check(build([X], [DASAR, old], [position])).contradictions
    assert [(item.kind.value, item.other, item.level) for item in found] == [
        ("demands_history", "LAMA", 0), ("required_twice", "X", 1)]
    equal = Training("BARU", "Baru", equivalent="LAMA")
    assert [item.kind.value for item in check(build([X], [DASAR, old, equal], [position])).contradictions] == ["required_twice"]


def test_needs_are_counted_by_person_and_what_only_opens_is_told_apart():
    way = Training("PRA", "Pra")
    wanted = replace(DASAR, entry=parse_condition({"training": "PRA"}))
    idle = Training("IDLE", "Idle", raises=(Raise("Y", 1),))
    graph = build([X, Y], [way, wanted, idle], [STAF, replace(STAF, code="LAIN", requirements=(), trainings=(Demand("PRA"),))])
    asked = [({"X": 1}, [], "STAF"), ({}, [], "STAF"), ({"X": 2}, [], "STAF"), ({}, [], "LAIN"), ({}, ["PRA"], "LAIN"),
             ({}, [], "TIDAK-ADA")]
    assert unneeded(graph, asked) == (Unneeded("IDLE", 0, 0), Unneeded("PRA", 1, 2), Unneeded("DASAR", 2, 0))


@given(graphs())
def test_what_is_out_of_reach_and_out_of_rank_is_what_trying_every_rank_says(graph):
    found = check(graph)
    appointed = [code for code, training in graph.trainings.items() if training.offered is Offered.APPOINTMENT]
    by_rank = {rank: reach(offered_trainings(graph), completed=appointed, golongan=rank) for rank in range(1, 6)}
    wanted, barred = [], []
    for position in graph.positions.values():
        for item in sorted(position.requirements, key=lambda item: item.competency):
            highest = by_rank[5].levels.get(item.competency, 0)
            lowest = next((rank for rank, reached in by_rank.items()
                           if reached.levels.get(item.competency, 0) >= item.level), None)
            if highest < item.level:
                wanted.append(Unreachable(position.code, item.competency, item.level, highest))
            elif position.min_golongan is not None and lowest > position.min_golongan:
                barred.append((position.code, item.competency, lowest))
    assert found.unreachable == tuple(wanted)
    assert [(item.position, item.item, item.rank_needed) for item in found.out_of_rank if item.level] == barred
