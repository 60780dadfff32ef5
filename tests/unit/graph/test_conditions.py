"""Entry conditions: AND and OR over trainings and levels."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kompetensi.exchange.deep_json import decode
from kompetensi.graph.conditions import (
    All,
    ConditionError,
    HasLevel,
    HasTraining,
    IsAny,
    condition_text,
    fold,
    holds,
    leaves,
    parse_condition,
    training_codes,
    write_condition,
)
from kompetensi.graph.difference import describe_condition
from kompetensi.graph.paths import Catalogue, Training
from kompetensi.rules.enrolment import missing_parts

leaf_values = st.one_of(
    st.builds(lambda code: {"training": code}, st.sampled_from("ABC")),
    st.builds(lambda code, level: {"competency": code, "level": level}, st.sampled_from("XY"), st.integers(1, 5)))
values = st.recursive(
    leaf_values, lambda parts: st.builds(
        lambda key, inner: {key: inner}, st.sampled_from(["all", "any"]), st.lists(parts, max_size=3)), max_leaves=8)
situations = st.tuples(
    st.dictionaries(st.sampled_from("XY"), st.integers(0, 5)), st.frozensets(st.sampled_from("ABC")))


@pytest.mark.parametrize("value", [None, {}, {"all": []}])
def test_no_condition_is_open_to_everybody(value):
    assert holds(parse_condition(value), levels={}, completed=())


def test_a_choice_among_nothing_is_open_to_nobody():
    assert not holds(parse_condition({"any": []}), levels={"X": 5}, completed={"A"})


def test_all_needs_every_part_and_any_needs_one():
    both = {"all": [{"training": "A"}, {"competency": "X", "level": 2}]}
    either = {"any": both["all"]}
    situation = {"levels": {"X": 1}, "completed": {"A"}}
    assert not holds(parse_condition(both), **situation)
    assert holds(parse_condition(either), **situation)


@pytest.mark.parametrize(("value", "path"), [
    ([], ""), ({"training": 1}, ""), ({"competency": "X"}, ""), ({"competency": "X", "level": True}, ""),
    ({"all": {}}, ""), ({"none": []}, ""), ({"all": [{"any": [{"training": "A"}, 3]}]}, "/all/0/any/1")])
def test_what_is_no_condition_is_refused_with_its_place(value, path):
    with pytest.raises(ConditionError) as refused:
        parse_condition(value)
    assert refused.value.path == path


def test_the_trainings_of_a_condition_are_named_once_in_order():
    condition = IsAny((HasTraining("B"), All((HasTraining("A"), HasTraining("B"), HasLevel("X", 1)))))
    assert training_codes(condition) == ("A", "B")
    assert len(list(leaves(condition))) == 4


@given(values, situations, st.sampled_from("XY"), st.sampled_from("ABC"))
def test_who_knows_more_is_never_shut_out(value, situation, competency, training):
    levels, completed = situation
    condition = parse_condition(value)
    if holds(condition, levels=levels, completed=completed):
        assert holds(condition, levels=levels | {competency: 5}, completed=completed | {training})


@given(values, situations)
def test_order_and_repetition_of_parts_change_nothing(value, situation):
    levels, completed = situation
    condition = parse_condition(value)
    mirrored = parse_condition(mirror(value))
    assert holds(condition, levels=levels, completed=completed) == holds(mirrored, levels=levels, completed=completed)


def mirror(value):
    for key in ("all", "any"):
        if key in value:
            parts = [mirror(part) for part in reversed(value[key])]
            return {key: parts + parts}
    return value


def truth(condition, levels, completed):
    """Whether a condition holds, as the contract puts it."""
    match condition:
        case HasTraining(code):
            return code in completed
        case HasLevel(competency, level):
            return levels.get(competency, 0) >= level
        case All(parts):
            return all(truth(part, levels, completed) for part in parts)
        case IsAny(parts):
            return any(truth(part, levels, completed) for part in parts)


@given(values, situations)
def test_a_condition_says_the_same_walked_folded_and_in_clauses(value, situation):
    levels, completed = situation
    condition = parse_condition(value)
    expected = truth(condition, levels, completed)
    assert holds(condition, levels=levels, completed=completed) == expected
    assert fold(condition, lambda leaf: truth(leaf, levels, completed),
                lambda kind, parts: all(parts) if kind is All else any(parts)) == expected
    clauses = Catalogue([]).clauses(Training("T", entry=condition))
    assert clauses is not None
    assert all(any(levels.get(code, 0) >= level if level else code in completed for code, level in clause)
               for clause in clauses) == expected


def _at(condition, depth):
    for _ in range(depth):
        condition = condition.parts[1]
    return condition


@pytest.mark.parametrize("kinds", [("all",), ("any",), ("all", "any")])
def test_conditions_nest_at_will(kinds):
    value = {"training": "A"}
    for number in range(50_000):
        value = {kinds[number % len(kinds)]: [{"training": f"B{number % 9}"}, value]}
    condition = parse_condition(value)
    codes = training_codes(condition)
    assert codes == ("A", *(f"B{number}" for number in range(9)))
    assert holds(condition, levels={}, completed=codes)
    assert not holds(condition, levels={}, completed={"C"})
    clauses = Catalogue([]).clauses(Training("T", entry=condition))
    assert clauses is None or {code for clause in clauses for code, _ in clause} == set(codes)
    text = condition_text(condition)
    assert condition_text(parse_condition(write_condition(condition))) == text
    assert condition_text(parse_condition(decode(text))) == text
    assert missing_parts(condition, levels={}, completed={"C"})[0] == HasTraining(f"B{49_999 % 9}")
    line = describe_condition(_at(condition, 45_000))  # each level writes all below it once more
    assert line.count("(") == line.count(")") == (0 if len(kinds) == 1 else 4_999)
    assert set(re.findall(r"\w+", line)) == set(codes)
    innermost = value
    for number in reversed(range(50_000)):
        innermost = innermost[kinds[number % len(kinds)]][1]
    innermost["training"] = 1
    with pytest.raises(ConditionError) as error:
        parse_condition(value, "/entry")
    assert error.value.path.startswith(f"/entry/{kinds[49_999 % len(kinds)]}/1/")
    assert error.value.path.count("/1") == 50_000


@given(values)
def test_a_condition_is_written_as_text_as_its_values_are(value):
    condition = parse_condition(value)
    assert parse_condition(write_condition(condition)) == condition
    assert condition_text(condition) == json.dumps(write_condition(condition), separators=(",", ":"), ensure_ascii=False)
