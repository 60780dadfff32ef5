"""What has changed between two versions of a catalogue."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from small_catalogues import entries, graphs

from kompetensi.graph.build import build
from kompetensi.graph.conditions import All, HasLevel, HasTraining, IsAny, holds
from kompetensi.graph.difference import Change, Difference, Shift, describe_condition, difference
from kompetensi.graph.elements import (
    Competency,
    CompetencyKind,
    Demand,
    EdgeKind,
    Importance,
    NodeKind,
    Position,
    Raise,
    Relation,
    Requirement,
    Training,
)

STAF = Position("STAF", "Staf", requirements=(Requirement("X", 2), Requirement("Y", 1)), trainings=(Demand("T"),),
                min_golongan=5, education_fields=("Ekonomi", "Hukum"))
HERE = (NodeKind.POSITION, "STAF")


def turned(change):
    return replace(change, before=change.after, after=change.before)


@settings(deadline=None)
@given(graphs(), graphs())
def test_backwards_everything_is_the_other_way_round(old, new):
    there, back = difference(old, new), difference(new, old)
    assert back == Difference(
        there.removed, there.added, tuple(turned(item) for item in there.changed), there.relations_removed,
        there.relations_added, tuple(Shift(item.position, tuple(turned(part) for part in item.easier),
                                           tuple(turned(part) for part in item.harder)) for item in there.shifts))


@settings(deadline=None)
@given(graphs(), graphs())
def test_nothing_differs_exactly_when_nothing_is_told(old, new):
    assert difference(old, old).is_empty
    assert difference(old, new).is_empty == (not difference(new, old).changed and not (
        {*old.competencies} ^ {*new.competencies} or {*old.trainings} ^ {*new.trainings}
        or {*old.positions} ^ {*new.positions} or {*old.relations} ^ {*new.relations}))


@settings(deadline=None)
@given(graphs(), graphs())
def test_every_element_is_added_removed_or_in_both(old, new):
    found = difference(old, new)
    for kind, here, there in ((NodeKind.COMPETENCY, old.competencies, new.competencies),
                              (NodeKind.TRAINING, old.trainings, new.trainings),
                              (NodeKind.POSITION, old.positions, new.positions)):
        assert {code for what, code in found.added if what is kind} == {*there} - {*here}
        assert {code for what, code in found.removed if what is kind} == {*here} - {*there}
        assert {item.node[1] for item in found.changed if item.node[0] is kind} <= {*here} & {*there}


def changed(old, new):
    return difference(build([], [], [old]), build([], [], [new]))


@pytest.mark.parametrize(("new", "harder", "easier"), [
    ({"requirements": (Requirement("X", 3), Requirement("Y", 1))}, [("requirements.level", "X", 2, 3)], []),
    ({"requirements": (Requirement("Y", 1),)}, [], [("requirements.level", "X", 2, None)]),
    ({"requirements": (Requirement("X", 2, Importance.MUTLAK), Requirement("Y", 1))},
     [("requirements.importance", "X", "PENTING", "MUTLAK")], []),
    ({"trainings": ()}, [], [("trainings", "T", "PENTING", None)]),
    ({"min_golongan": 7}, [("min_golongan", "", 5, 7)], []),
    ({"min_golongan": None}, [], [("min_golongan", "", 5, None)]),
    ({"education_fields": ()}, [], [("education_fields", "", ("Ekonomi", "Hukum"), ())]),
    ({"education_fields": ("Hukum",)}, [("education_fields", "", ("Ekonomi", "Hukum"), ("Hukum",))], []),
    ({"min_experience_years": 2}, [("min_experience_years", "", 0, 2)], [])])
def test_a_position_becomes_harder_or_easier(new, harder, easier):
    (shift,) = changed(STAF, replace(STAF, **new)).shifts
    assert [(item.field, item.item, item.before, item.after) for item in shift.harder] == harder
    assert [(item.field, item.item, item.before, item.after) for item in shift.easier] == easier


def test_one_that_asks_for_something_else_is_both():
    (shift,) = changed(STAF, replace(STAF, requirements=(Requirement("X", 1), Requirement("Z", 1)))).shifts
    assert [item.item for item in shift.harder] == ["Z"]
    assert [item.item for item in shift.easier] == ["X", "Y"]


def test_a_name_or_a_weight_makes_nothing_harder():
    found = changed(STAF, replace(STAF, name="Staf Ahli", requirements=(Requirement("X", 2, weight=3), Requirement("Y", 1))))
    assert found.shifts == ()
    assert found.changed == (Change(HERE, "name", "", "Staf", "Staf Ahli"),
                             Change(HERE, "requirements.weight", "X", None, 3))


def test_trainings_competencies_and_relations_are_told_field_by_field():
    x, y = Competency("X", "X", CompetencyKind.TEKNIS), Competency("Y", "Y", CompetencyKind.TEKNIS)
    old = build([x, y], [Training("T", "T", 10, raises=(Raise("X", 1), Raise("Y", 2)))], [])
    new = build([replace(x, urusan="KEUANGAN"), y], [Training("T", "T", 20, entry=HasTraining("S"), raises=(
        Raise("Y", 2), Raise("X", 3)))], [], [Relation("X", "Y", EdgeKind.BROADER)])
    found = difference(old, new)
    assert [(item.node[1], item.field, item.item, item.before, item.after) for item in found.changed] == [
        ("X", "urusan", "", "", "KEUANGAN"), ("T", "entry", "", "", "S"), ("T", "jp", "", 10, 20), ("T", "raises", "X", 1, 3)]
    assert (found.relations_added, found.relations_removed) == ((Relation("X", "Y", EdgeKind.BROADER),), ())


def test_a_condition_is_one_line_and_order_makes_no_difference():
    one = All((HasTraining("B"), IsAny((HasLevel("X", 2), HasTraining("A")))))
    assert describe_condition(one) == "(A | X>=2) & B"
    assert describe_condition(All((IsAny((HasTraining("A"), HasLevel("X", 2))), HasTraining("B")))) == "(A | X>=2) & B"
    assert describe_condition(All()) == ""
    assert describe_condition(IsAny((HasTraining("A"), All()))) == ""
    assert describe_condition(IsAny()) == "never"
    assert describe_condition(All((All((HasTraining("A"),)), HasTraining("A")))) == "A"


@given(entries, entries)
def test_conditions_written_alike_hold_alike(one, other):
    if describe_condition(one) == describe_condition(other):
        for levels in ({}, {"X": 2}, dict.fromkeys("WXYZ", 5)):
            for completed in ([], ["T1"], ["T1", "T2", "T3", "T4", "T5", "T6"]):
                assert holds(one, levels=levels, completed=completed) == holds(other, levels=levels, completed=completed)
