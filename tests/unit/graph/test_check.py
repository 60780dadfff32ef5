"""What a check of the catalogue finds."""

from __future__ import annotations

from dataclasses import replace

from kompetensi.graph.build import build
from kompetensi.graph.check import BrokenReference, Cycle, OutOfRank, Undemanded, Unreachable, check
from kompetensi.graph.conditions import parse_condition
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
