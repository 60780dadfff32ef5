"""Readiness as the handbook's section C says it: bands at their bounds, verdicts in their order, scores, gates."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kompetensi.graph.elements import Competency, CompetencyKind, Demand, Importance, Position, Requirement
from kompetensi.graph.evidence import Evidence, EvidenceKind, Profile, profile_on
from kompetensi.graph.readiness import (
    SCORE_MAX,
    GateState,
    Purpose,
    Qualification,
    Readiness,
    Scale,
    Verdict,
    assess,
    band_of,
    shares_of,
    weights_of,
)

ON = date(2026, 11, 23)
FILLING = Scale(Purpose.FILLING, 80, 68)
MAPPING = Scale(Purpose.MAPPING, 90, 78)
NINE = ("MAN-INT", "MAN-KEP", "MAN-KOM", "MAN-KSM", "MAN-MPR", "MAN-OPH", "MAN-PDO", "MAN-PPB", "SOS-PRB")
COMPETENCIES = {code: Competency(
    code, code.title(), {"MAN": CompetencyKind.MANAJERIAL, "SOS": CompetencyKind.SOSIOKULTURAL}.get(
        code[:3], CompetencyKind.TEKNIS)) for code in (*NINE, "TEK-A", "TEK-B")}


@dataclass(frozen=True)
class Held:
    through: str = "T"
    certificate_id: int = 1
    number: str = "0001/STTP/2026"
    finished_on: date = date(2026, 3, 2)
    valid_until: date | None = None


def proofs(levels, kind=EvidenceKind.ASSESSMENT, start=1):
    return [Evidence(number, code, level, kind, date(2025, 6, 10), date(2028, 6, 10))
            for number, (code, level) in enumerate(sorted(levels.items()), start)]


def trained(levels):
    return proofs(levels, EvidenceKind.TRAINING, start=100)


def position(requirements, *, trainings=(), **fields):
    return Position("P", "Kepala Bidang", requirements=tuple(requirements), trainings=tuple(trainings), **fields)


def nine(level=4, **importance):
    return [Requirement(code, level, importance.get(code.replace("-", "_"), Importance.PENTING)) for code in NINE]


NOTHING_RECORDED = Qualification()


def assess_of(asked: Position, evidence=(), holdings=None, have=NOTHING_RECORDED, proves=True,
              purpose=Purpose.FILLING) -> Readiness:
    return assess(asked, COMPETENCIES, {"T": "Pelatihan T"}, profile_on(evidence, ON), holdings or {}, have,
                  scales=(FILLING, MAPPING), training_proves_technical=proves, purpose=purpose)


# --- bands ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("hundredths", "band"), [
    (7999, "MMS"), (8000, "MS"), (6799, "KMS"), (6800, "MMS"), (0, "KMS"), (13889, "MS")])
def test_the_bounds_for_filling_a_post_belong_to_the_band_above(hundredths, band):
    assert band_of(hundredths, 10_000, FILLING) == band


@pytest.mark.parametrize(("hundredths", "band"), [(7799, "KO"), (7800, "CO"), (8999, "CO"), (9000, "O"), (13889, "O")])
def test_the_bounds_for_mapping_belong_to_the_band_above(hundredths, band):
    assert band_of(hundredths, 10_000, MAPPING) == band


def test_a_band_is_compared_unrounded():
    assert band_of(799_999_999, 1_000_000_000, FILLING) == "MMS"


def test_the_handbooks_example_is_ms_for_filling_and_co_for_mapping():
    levels = dict(zip(("MAN-INT", "MAN-KSM", "MAN-KOM", "MAN-OPH", "MAN-PPB", "MAN-PDO", "MAN-MPR", "MAN-KEP",
                       "SOS-PRB"), (4, 3, 4, 3, 4, 4, 3, 3, 4), strict=True))
    found = assess_of(position(nine()), proofs(levels))
    assert (found.proven_sum, found.required_sum) == (32, 36)
    assert found.jpm == Fraction(3200, 36)
    assert [item.band for item in found.bands] == ["MS", "CO"]
    assert {row.competency for row in found.open_rows} == {"MAN-KSM", "MAN-OPH", "MAN-MPR", "MAN-KEP"}
    assert {row.gap for row in found.open_rows} == {1}


def test_the_purpose_chooses_the_band_and_never_the_verdict():
    levels = dict.fromkeys(NINE, 4) | {"MAN-INT": 3, "MAN-KEP": 3, "MAN-KOM": 3, "MAN-KSM": 3}
    for_filling = assess_of(position(nine()), proofs(levels))
    for_mapping = assess_of(position(nine()), proofs(levels), purpose=Purpose.MAPPING)
    assert (for_filling.band, for_mapping.band) == ("MS", "CO")
    assert for_filling.verdict is for_mapping.verdict is Verdict.SIAP


def test_surplus_lifts_the_raw_jpm_and_the_warning_says_so():
    levels = dict.fromkeys(NINE, 5) | dict.fromkeys(("MAN-INT", "MAN-KEP", "MAN-KOM", "MAN-KSM"), 1)
    found = assess_of(position(nine(3)), proofs(levels))
    assert found.jpm_raw == Fraction(100 * 29, 27)
    assert found.jpm == 100
    assert found.jpm_per_item == Fraction(100 * 19, 27)
    assert [(item.band, item.band_per_item) for item in found.bands] == [("MS", "MMS"), ("O", "KO")]
    assert any("per kompetensi masuk MMS, bukan MS" in str(remark) for remark in found.remarks)


# --- not assessed is not zero ----------------------------------------------------------------------------------------


def test_one_missing_assessment_leaves_no_jpm_and_asks_for_an_assessment():
    found = assess_of(position(nine()), proofs(dict.fromkeys(NINE[1:], 5)))
    assert found.verdict is Verdict.PERLU_ASESMEN
    assert (found.jpm_raw, found.jpm, found.jpm_per_item, found.band) == (None, None, None, None)
    assert (found.assessed, found.assessable) == (8, 9)
    assert found.unassessed == ("MAN-INT",)
    assert [str(reason) for reason in found.reasons] == ["Man-Int belum dinilai."]


def test_a_competency_without_proof_has_no_level_and_no_gap():
    row = assess_of(position(nine())).rows[0]
    assert (row.proven, row.counted, row.gap, row.is_met) == (None, None, None, False)


def test_a_proven_level_of_zero_is_a_level():
    found = assess_of(position(nine(1)), proofs(dict.fromkeys(NINE, 0)))
    assert found.jpm_raw == 0
    assert found.verdict is Verdict.BELUM_SIAP


def test_a_training_never_replaces_the_assessment_of_a_managerial_competency():
    found = assess_of(position(nine(2)), [*proofs(dict.fromkeys(NINE[1:], 3)), *trained({"MAN-INT": 3})])
    assert found.verdict is Verdict.PERLU_ASESMEN
    assert found.rows[0].expected == 3


def test_asking_for_an_assessment_comes_before_a_closed_gate_and_the_gate_is_still_told():
    asked = position(nine(), trainings=[Demand("T", Importance.MUTLAK)])
    found = assess_of(asked)
    assert found.verdict is Verdict.PERLU_ASESMEN
    assert any("Pelatihan T" in str(remark) for remark in found.remarks)


# --- the order of the verdict ----------------------------------------------------------------------------------------


FULL = proofs(dict.fromkeys(NINE, 4))


def test_a_missing_mandatory_training_is_a_closed_gate_whatever_the_jpm():
    found = assess_of(position(nine(), trainings=[Demand("T", Importance.MUTLAK)]), FULL)
    assert found.verdict is Verdict.TIDAK_LAYAK
    assert found.band == "MS"
    assert [(gate.kind, gate.state) for gate in found.gates] == [("training", GateState.NOT_MET)]


def test_a_held_mandatory_training_opens_the_gate():
    found = assess_of(position(nine(), trainings=[Demand("T", Importance.MUTLAK)]), FULL, {"T": Held()})
    assert found.verdict is Verdict.SIAP


def test_a_mandatory_level_that_is_missing_is_a_closed_gate():
    found = assess_of(position(nine(4, MAN_INT=Importance.MUTLAK)),
                      proofs(dict.fromkeys(NINE, 4) | {"MAN-INT": 3}))
    assert found.verdict is Verdict.TIDAK_LAYAK


@pytest.mark.parametrize(("golongan", "state", "verdict"), [
    (13, GateState.MET, Verdict.SIAP), (12, GateState.MET, Verdict.SIAP), (11, GateState.NOT_MET, Verdict.TIDAK_LAYAK),
    (None, GateState.UNKNOWN, Verdict.SIAP_BERSYARAT)])
def test_golongan_is_a_gate_and_an_unknown_one_never_makes_ready(golongan, state, verdict):
    found = assess_of(position(nine(), min_golongan=12, min_golongan_code="III/d"), FULL,
                      have=Qualification(golongan=golongan, golongan_code="X"))
    assert found.gates[0].state is state
    assert found.verdict is verdict


@pytest.mark.parametrize(("education", "verdict"), [
    (7, Verdict.SIAP), (6, Verdict.TIDAK_LAYAK), (None, Verdict.SIAP_BERSYARAT)])
def test_education_is_a_gate(education, verdict):
    found = assess_of(position(nine(), min_education=7, min_education_code="S1"), FULL,
                      have=Qualification(education=education, education_code="D3"))
    assert found.verdict is verdict


def test_a_field_of_education_that_is_not_sought_is_advice():
    found = assess_of(position(nine(), education_fields=("Hukum",)), FULL,
                      have=Qualification(education_fields=("Akuntansi",)))
    assert found.verdict is Verdict.SIAP
    assert [str(remark) for remark in found.remarks] == [
        "Bidang pendidikan Akuntansi tidak termasuk yang dicari: Hukum."]


@pytest.mark.parametrize(("below", "verdict"), [(12, Verdict.BELUM_SIAP), (8, Verdict.SIAP_BERSYARAT), (7, Verdict.SIAP)])
def test_the_band_for_filling_decides_after_the_gates(below, verdict):
    levels, left = dict.fromkeys(NINE, 4), below  # 36 levels are asked; 24, 28 and 29 of them are 66.7, 77.8, 80.6 %
    for code in NINE:
        taken = min(left, 4)
        levels[code], left = levels[code] - taken, left - taken
    assert assess_of(position(nine()), proofs(levels)).verdict is verdict


TECHNICAL = [*nine(), Requirement("TEK-A", 3)]


def test_a_technical_gap_makes_conditionally_ready_and_names_the_levels():
    found = assess_of(position(TECHNICAL), [*FULL, *proofs({"TEK-A": 2}, start=50)])
    assert found.verdict is Verdict.SIAP_BERSYARAT
    assert [str(reason) for reason in found.reasons] == ["Tek-A tingkat 2, perlu 3."]


def test_an_unassessed_technical_competency_counts_as_not_reached_and_says_so():
    found = assess_of(position(TECHNICAL), FULL)
    assert found.verdict is Verdict.SIAP_BERSYARAT
    assert "belum dinilai" in str(found.reasons[0])
    assert found.rows[-1].proven is None


def test_a_training_counts_for_a_technical_requirement_by_policy_and_is_shown_as_such():
    evidence = [*FULL, *trained({"TEK-A": 3})]
    counted = assess_of(position(TECHNICAL), evidence)
    refused = assess_of(position(TECHNICAL), evidence, proves=False)
    assert (counted.verdict, refused.verdict) == (Verdict.SIAP, Verdict.SIAP_BERSYARAT)
    assert counted.rows[-1].by_training
    assert not refused.rows[-1].by_training
    assert any("diperkirakan dari pelatihan" in str(remark) for remark in counted.remarks)


def test_trainings_never_move_the_jpm():
    without = assess_of(position(TECHNICAL), FULL)
    with_training = assess_of(position(TECHNICAL), [*FULL, *trained({"MAN-INT": 5, "TEK-A": 3})])
    assert with_training.jpm_raw == without.jpm_raw
    assert with_training.score == without.score
    assert with_training.score_expected > without.score_expected


def test_a_missing_important_training_is_a_condition_and_a_useful_one_is_advice():
    important = assess_of(position(nine(), trainings=[Demand("T")]), FULL)
    useful = assess_of(position(nine(), trainings=[Demand("T", Importance.PERLU)]), FULL)
    assert (important.verdict, useful.verdict) == (Verdict.SIAP_BERSYARAT, Verdict.SIAP)
    assert [str(remark) for remark in useful.remarks] == ["Pelatihan T disarankan, tidak diwajibkan."]


def test_every_technical_gap_is_to_be_planned_however_important():
    asked = position([*nine(), Requirement("TEK-A", 3, Importance.PERLU)])
    found = assess_of(asked, [*FULL, *proofs({"TEK-A": 2}, start=50)])
    assert (found.verdict, str(found.reasons[0])) == (Verdict.SIAP_BERSYARAT, "Tek-A tingkat 2, perlu 3.")


def test_a_standard_without_managerial_levels_has_no_jpm_and_says_so():
    found = assess_of(position([Requirement("TEK-A", 2)]), proofs({"TEK-A": 2}))
    assert (found.verdict, found.jpm) == (Verdict.SIAP, None)
    assert "JPM tidak ada" in str(found.remarks[0])


def test_an_empty_standard_has_no_score():
    found = assess_of(position([]))
    assert (found.score, found.score_max, found.rows) == (0, 0, ())


# --- shares and score ------------------------------------------------------------------------------------------------


def test_shares_are_equal_and_what_is_left_goes_to_the_first_codes():
    assert weights_of(position(nine())) == {code: 112 if code == "MAN-INT" else 111 for code in NINE}


def test_given_weights_are_shares_and_the_largest_remainder_gets_what_is_left():
    assert shares_of({"A": 2, "B": 1}) == {"A": 667, "B": 333}
    assert shares_of({"A": 1, "B": 2, "C": 3}) == {"A": 167, "B": 333, "C": 500}


def test_a_requirement_without_a_weight_gets_the_mean_of_the_others():
    assert shares_of({"A": 1, "B": 3, "C": None}) == {"A": 167, "B": 500, "C": 333}


def test_full_levels_give_the_full_score_and_half_levels_half():
    assert assess_of(position(nine()), FULL).score == SCORE_MAX
    assert assess_of(position(nine()), proofs(dict.fromkeys(NINE, 2))).score == SCORE_MAX // 2


weights = st.dictionaries(st.sampled_from([f"C{n}" for n in range(12)]), st.none() | st.integers(0, 50), min_size=1)


@given(weights)
def test_shares_always_add_up_and_stay_next_to_their_exact_value(given_weights):
    shares = shares_of(given_weights)
    assert sum(shares.values()) == 1000
    assert list(shares) == sorted(given_weights)
    known = [weight for weight in given_weights.values() if weight is not None]
    if None not in given_weights.values() and sum(known):
        assert all(abs(shares[code] - Fraction(1000 * weight, sum(known))) < 1
                   for code, weight in given_weights.items())


levels = st.none() | st.integers(0, 5)
profiles = st.fixed_dictionaries(dict.fromkeys((*NINE, "TEK-A"), levels))
standards = st.fixed_dictionaries(dict.fromkeys((*NINE, "TEK-A"), st.integers(1, 5)))


def asked_of(standard):
    return position([Requirement(code, level) for code, level in standard.items()])


@given(standards, profiles, profiles)
def test_readiness_agrees_with_a_naive_reckoning(standard, proven, gained):
    evidence = [*proofs({code: level for code, level in proven.items() if level is not None}),
                *trained({code: level for code, level in gained.items() if level is not None})]
    found = assess_of(asked_of(standard), evidence)
    shares = weights_of(asked_of(standard))

    score = sum(shares[code] * 60 // need * min(proven[code] or 0, need) for code, need in standard.items())
    expected = {code: max((level for level in (proven[code], gained[code]) if level is not None), default=0)
                for code in standard}
    assert found.score == score
    assert found.score_expected == sum(
        shares[code] * 60 // need * min(expected[code], need) for code, need in standard.items())

    if any(proven[code] is None for code in NINE):
        assert found.jpm is None
        assert found.verdict is Verdict.PERLU_ASESMEN
        return
    percent = 100 * sum(proven[code] for code in NINE) / sum(standard[code] for code in NINE)
    assert float(found.jpm_raw) == pytest.approx(percent)
    if percent < 67.9999:
        assert found.verdict is Verdict.BELUM_SIAP
    elif percent < 79.9999 or expected["TEK-A"] < standard["TEK-A"]:
        assert found.verdict in (Verdict.SIAP_BERSYARAT, Verdict.BELUM_SIAP)
    else:
        assert found.verdict in (Verdict.SIAP, Verdict.SIAP_BERSYARAT)


@given(standards, profiles)
def test_the_score_stays_inside_its_bounds_and_the_jpm_below_a_hundred(standard, proven):
    found = assess_of(asked_of(standard), proofs({code: lv for code, lv in proven.items() if lv is not None}))
    assert 0 <= found.score <= found.score_expected <= found.score_max == SCORE_MAX
    if found.jpm is not None:
        assert found.jpm_per_item <= found.jpm <= 100
        assert found.jpm <= found.jpm_raw


@given(standards, profiles, st.sampled_from(NINE))
def test_a_higher_proven_level_never_lowers_score_jpm_or_verdict(standard, proven, code):
    order = [Verdict.PERLU_ASESMEN, Verdict.TIDAK_LAYAK, Verdict.BELUM_SIAP, Verdict.SIAP_BERSYARAT, Verdict.SIAP]
    before = {key: level for key, level in proven.items() if level is not None}
    after = before | {code: min(5, before.get(code, -1) + 1)}
    low, high = (assess_of(asked_of(standard), proofs(levels)) for levels in (before, after))
    assert high.score >= low.score
    assert order.index(high.verdict) >= order.index(low.verdict)
    if low.jpm is not None:
        assert high.jpm >= low.jpm


def test_a_day_without_evidence_is_a_day_without_levels():
    assert assess(position(nine()), COMPETENCIES, {}, Profile(ON, {}), {}, Qualification(), scales=(FILLING, MAPPING),
                  training_proves_technical=True).assessed == 0
