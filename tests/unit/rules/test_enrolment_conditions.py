"""Conditions of batches: read, said, and held against people."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kompetensi.messages import say
from kompetensi.rules.enrolment_conditions import (
    AllOf,
    AnyOf,
    ConditionFault,
    Demand,
    Facts,
    Kind,
    Not,
    Vocabulary,
    condition_words,
    demands,
    is_flat,
    judge,
    parse_conditions,
    speaks_of,
    write_conditions,
)

WORDS = Vocabulary({(Kind.TRAINING, "PKP"): "Pelatihan Kepemimpinan Pengawas", (Kind.UNITS, "75-DIKBUD"): "Dinas Dikbud",
                    (Kind.JOB_CLASSES, "PENGAWAS"): "Pengawas", (Kind.JOB_CLASSES, "JF-MUDA"): "Ahli Muda",
                    (Kind.COMPETENCY, "TEK-BMD"): "Pengelolaan BMD"},
                   {"III/a": 9, "III/c": 11, "IV/a": 13})
NINGSIH = Facts(levels={"TEK-BMD": 2}, completed=frozenset({"PKP"}), golongan=12, golongan_code="III/d",
                job_class="PENGAWAS", units=frozenset({"75-DIKBUD", "75"}), employee_type="PNS", tenure_months=164,
                jp_year=12, jp_min=20)

LEAVES = {
    "competency": ({"competency": "TEK-BMD", "level": 2}, True), "competency above": ({"competency": "TEK-BMD", "level": 3}, False),
    "training": ({"training": "PKP"}, True), "another training": ({"training": "PKA"}, False),
    "golongan from": ({"golongan_from": "III/c"}, True), "golongan from above": ({"golongan_from": "IV/a"}, False),
    "golongan to": ({"golongan_to": "IV/a"}, True), "golongan to below": ({"golongan_to": "III/a"}, False),
    "class": ({"job_classes": ["PENGAWAS", "JF-MUDA"]}, True), "another class": ({"job_classes": ["JF-MUDA"]}, False),
    "unit above": ({"units": ["75"]}, True), "another unit": ({"units": ["75-PU"]}, False),
    "type": ({"employee_types": ["PNS", "CPNS"]}, True), "another type": ({"employee_types": ["PPPK"]}, False),
    "tenure": ({"tenure_months": 164}, True), "longer tenure": ({"tenure_months": 165}, False),
    "free time": ({"no_clash": True}, True), "JP open": ({"jp_open": True}, True)}


@pytest.mark.parametrize("name", LEAVES)
def test_each_kind_of_demand_holds_or_not_and_says_fact_and_change(name):
    stored, holds = LEAVES[name]
    found = judge(parse_conditions(stored), NINGSIH, WORDS)
    assert found.holds is holds
    assert str(found.fact)
    assert (found.change is None) is holds
    reverse = judge(parse_conditions({"not": stored}), NINGSIH, WORDS)
    assert reverse.holds is not holds
    assert (reverse.change is None) is not holds


def test_enough_jp_and_a_clash_close_the_batch():
    busy = Facts(jp_year=20, jp_min=20, clash=say("Berbenturan dengan PKA-01 pada 11 Januari 2027 pukul 08.00."))
    assert judge(parse_conditions({"jp_open": True}), busy).holds is False
    found = judge(parse_conditions({"no_clash": True}), busy)
    assert (found.holds, str(found.fact)) == (False, "Berbenturan dengan PKA-01 pada 11 Januari 2027 pukul 08.00.")
    assert judge(parse_conditions({"jp_open": True}), Facts(jp_year=90)).holds is True  # a PPPK owes none


@pytest.mark.parametrize("stored", [
    {"golongan_from": "III/a"}, {"job_classes": ["PENGAWAS"]}, {"employee_types": ["PNS"]}, {"tenure_months": 1}])
def test_what_nobody_has_recorded_neither_holds_nor_fails_and_names_who_records_it(stored):
    for condition in (stored, {"not": stored}):
        found = judge(parse_conditions(condition), Facts(), WORDS)
        assert found.holds is None
        assert "Minta pengelola kepegawaian" in str(found.change)


def test_a_condition_is_one_sentence_with_brackets_where_they_are_needed():
    condition = parse_conditions({"all": [
        {"golongan_from": "III/c"}, {"any": [{"job_classes": ["PENGAWAS", "JF-MUDA"]}, {"training": "PKP"}]},
        {"not": {"units": ["75-DIKBUD"]}}]})
    assert str(condition_words(condition, WORDS)) == (
        "golongan paling rendah III/c, dan (jenjang Pengawas atau Ahli Muda, atau lulus Pelatihan Kepemimpinan Pengawas), "
        "dan bukan: bekerja pada Dinas Dikbud")
    assert str(condition_words(parse_conditions({}))) == "tidak ada syarat tambahan"


@pytest.mark.parametrize(("stored", "path"), [
    ([], ""), ("PKP", ""), ({"all": {}}, "/all"), ({"any": []}, "/any"), ({"not": {}}, "/not"), ({"not": []}, "/not"),
    ({"all": [{"training": "PKP"}, {"training": ""}]}, "/all/1/training"),
    ({"any": [{"competency": "TEK-BMD", "level": 6}]}, "/any/0/level"), ({"competency": "TEK-BMD"}, "/level"),
    ({"competency": "TEK-BMD", "level": True}, "/level"), ({"units": []}, "/units"), ({"units": ["75", 1]}, "/units"),
    ({"tenure_months": 0}, "/tenure_months"), ({"no_clash": False}, "/no_clash"), ({"level": 2}, ""),
    ({"training": "PKP", "units": ["75"]}, "/units"), ({"training": "PKP", "why": 5}, "/why"),
    ({"employee_types": ["PNS", "TNI"]}, "/employee_types/1"), ({"all": [{"any": [{"training": "X-1"}]}]}, "/all/0/any/0/training")])
def test_what_is_no_condition_is_refused_with_its_path(stored, path):
    with pytest.raises(ConditionFault) as refused:
        parse_conditions(stored, known={Kind.TRAINING: {"PKP"}, Kind.UNITS: {"75"}})
    assert refused.value.path == path
    assert str(refused.value.message)


def test_conditions_end_somewhere():
    deep = {"training": "PKP"}
    for _ in range(8):
        deep = {"not": deep}
    with pytest.raises(ConditionFault, match="tingkat"):
        parse_conditions(deep)
    with pytest.raises(ConditionFault, match="40"):
        parse_conditions({"all": [{"training": "PKP"}] * 41})


codes = st.sampled_from(("PKP", "PKA", "X"))
leaves = st.one_of(
    st.builds(lambda code, why: Demand(Kind.TRAINING, (code,), None, why), codes, st.sampled_from(("", "dasar aturan"))),
    st.builds(lambda level: Demand(Kind.COMPETENCY, ("TEK-BMD",), level), st.integers(1, 5)),
    st.builds(lambda code: Demand(Kind.GOLONGAN_FROM, (code,)), st.sampled_from(("III/a", "IV/a"))),
    st.builds(lambda names: Demand(Kind.UNITS, tuple(names)), st.lists(codes, min_size=1, max_size=3, unique=True)),
    st.just(Demand(Kind.NO_CLASH)), st.just(Demand(Kind.JP_OPEN)), st.builds(
        lambda months: Demand(Kind.TENURE, (), months), st.integers(1, 300)))
trees = st.recursive(leaves, lambda inner: st.one_of(
    st.builds(lambda parts: AllOf(tuple(parts)), st.lists(inner, min_size=1, max_size=3)),
    st.builds(lambda parts: AnyOf(tuple(parts)), st.lists(inner, min_size=1, max_size=3)),
    st.builds(Not, inner)), max_leaves=5)


def deepness(condition):
    match condition:
        case AllOf(parts) | AnyOf(parts):
            return 1 + max(map(deepness, parts))
        case Not(part):
            return 1 + deepness(part)
    return 0


@given(trees.filter(lambda condition: deepness(condition) <= 6))
def test_what_is_written_is_read_again(condition):
    assert parse_conditions(write_conditions(condition)) == condition
    assert {demand.kind for demand in demands(condition)} == {kind for kind in Kind if speaks_of(condition, kind)}


def truth(condition, worlds):
    """The oracle: a condition holds, fails or is open as it is the same in all worlds that the unknown facts allow."""
    def plain(part, facts):
        match part:
            case AllOf(parts):
                return all(plain(one, facts) for one in parts)
            case AnyOf(parts):
                return any(plain(one, facts) for one in parts)
            case Not(one):
                return not plain(one, facts)
        return judge(part, facts, WORDS).holds
    return {plain(condition, facts) for facts in worlds}


@given(trees)
def test_with_all_facts_known_a_condition_is_plain_logic(condition):
    known = Facts(levels={"TEK-BMD": 3}, completed=frozenset({"PKP"}), golongan=11, golongan_code="III/c",
                  units=frozenset({"X"}), tenure_months=40, jp_year=20, jp_min=20)
    assert {judge(condition, known, WORDS).holds} == truth(condition, [known])


@given(trees)
def test_an_answer_under_unknown_facts_is_never_wrong_whatever_they_turn_out_to_be(condition):
    unknown = Facts(levels={"TEK-BMD": 3}, completed=frozenset({"PKP"}), units=frozenset({"X"}))
    worlds = [Facts(levels={"TEK-BMD": 3}, completed=frozenset({"PKP"}), units=frozenset({"X"}), golongan=golongan,
                    golongan_code="?", tenure_months=months) for golongan, months in product((1, 9, 13), (0, 150, 400))]
    answer = judge(condition, unknown, WORDS).holds
    if answer is not None:
        assert truth(condition, worlds) == {answer}


def test_the_simple_form_shows_flat_conditions_alone():
    assert is_flat(parse_conditions({"any": [{"training": "PKP"}, {"not": {"jp_open": True}}]}))
    assert not is_flat(parse_conditions({"all": [{"any": [{"training": "PKP"}]}]}))
