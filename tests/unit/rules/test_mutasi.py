"""The rules of transfer: scope, conditions, each predicate at its boundary, and what all answers come to."""

from __future__ import annotations

import dataclasses
import json
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from transfers import ABROAD, CITY, ON, PROVINCE, REGENCY, good_facts, job_class, package_rules, post

from kompetensi.messages import say
from kompetensi.rules.mutasi import evaluate, freeze, hash_of, in_force, kind_between, overall_of
from kompetensi.rules.mutasi.elements import Answer, Check, Overall, Rule, RuleVerdict, Severity
from kompetensi.rules.mutasi.facts import (
    AssessmentFact,
    DisciplineFact,
    DocumentFact,
    ElectionFact,
    JudgementFact,
    LevelFact,
    QualificationFact,
    TrainingFact,
)
from kompetensi.rules.mutasi.periods import add_months, age_on, months_between, span_months
from kompetensi.rules.mutasi.predicates import PREDICATES

RULES = {rule.rule_id: rule for rule in package_rules()}


def answer(rule_id: str, **changed: object) -> Answer:
    """Answer one rule for a good move with some facts changed."""
    return evaluate([RULES[rule_id]], good_facts(**changed)).answers[0]


def verdict(rule_id: str, **changed: object) -> str:
    return answer(rule_id, **changed).verdict.value


def target(**changed: object):
    return dataclasses.replace(good_facts().target, **changed)


def days(count: int) -> timedelta:
    return timedelta(days=count)


# --- all rules -------------------------------------------------------------------------------------------------------


def test_all_fifty_four_rules_answer_and_a_good_move_is_eligible():
    result = evaluate(package_rules(), good_facts())
    assert len(result.answers) == 54
    assert result.overall is Overall.ELIGIBLE
    assert {one.verdict for one in result.answers} <= {RuleVerdict.MET, RuleVerdict.NOT_MET, RuleVerdict.NOT_APPLICABLE}
    assert [one.rule.rule_id for one in result.answers if one.blocks] == []
    assert all(str(one.fact) for one in result.answers)


def test_every_rule_that_the_record_answers_has_a_predicate_and_no_other():
    asked = {rule.rule_id for rule in package_rules() if Check.AUTO in rule.checks}
    assert asked == set(PREDICATES)


NOTHING_KNOWN = {
    "own_request": None, "tmt_pns": None, "legal_status": None, "service_bond": None, "on_study_assignment": None,
    "talent_box": None, "golongan": None, "education": None, "career": (), "ratings": (), "no_discipline_record": None,
    "assessment": None, "jp": (), "credit_hundredths": None, "elections": None,
    "levels": (LevelFact("M1", "Integritas", "MANAJERIAL", "PENTING", 3, None, None),),
    "documents": (("MT-00", DocumentFact("1", ON, "", True)),), "judgements": (("MT-00", JudgementFact(True, "", "")),)}


def test_where_nothing_is_known_nothing_is_claimed_and_each_gap_is_named():
    result = evaluate(package_rules(), good_facts(**NOTHING_KNOWN))
    assert result.overall is Overall.NEEDS_COMPLETION
    for one in result.answers:
        assert one.verdict is not RuleVerdict.NOT_MET or one.rule.rule_id == "MT-51"  # no training at all is a fact
        if one.verdict is RuleVerdict.UNKNOWN:
            assert "(" in str(one.fact) or "belum" in str(one.fact), one.rule.rule_id
            assert one.remedy is not None


@given(st.dates(date(1990, 1, 1), date(2080, 12, 31)), st.sampled_from(["PNS", "CPNS", "PPPK"]),
       st.sampled_from([job_class(code) for code in ("JPT-PRATAMA", "ADMINISTRATOR", "PENGAWAS", "PELAKSANA", "JF-MADYA")]),
       st.booleans())
def test_on_any_day_every_rule_answers_with_a_reason_and_not_met_has_its_article(on, kind, job, blank):
    facts = good_facts(on=on, employee_type=kind, target=target(job_class=job), **(NOTHING_KNOWN if blank else {}))
    result = evaluate(package_rules(), facts)
    assert [one.rule.rule_id for one in result.answers] == sorted(RULES)
    assert evaluate(package_rules(), facts) == result
    for one in result.answers:
        assert str(one.fact)
        if one.verdict is RuleVerdict.NOT_MET:
            assert one.rule.legal_basis
        assert one.met_from is None or (one.verdict is not RuleVerdict.MET and one.met_from > on)


# --- what answers come to --------------------------------------------------------------------------------------------


def _answers(*verdicts: tuple[RuleVerdict, Severity]) -> list[Answer]:
    return [Answer(dataclasses.replace(RULES["MT-01"], severity=severity), one, say("x")) for one, severity in verdicts]


SOME = st.lists(st.tuples(st.sampled_from(RuleVerdict), st.sampled_from(Severity)), max_size=8)


@given(SOME)
def test_rules_that_only_advise_never_change_what_all_come_to(verdicts):
    deciding = [pair for pair in verdicts if pair[1] is Severity.MUTLAK]
    assert overall_of(_answers(*verdicts)) is overall_of(_answers(*deciding))


@given(SOME)
def test_one_deciding_rule_that_is_not_met_closes_and_one_that_is_open_waits(verdicts):
    deciding = {one for one, severity in verdicts if severity is Severity.MUTLAK}
    overall = overall_of(_answers(*verdicts))
    assert (overall is Overall.NOT_ELIGIBLE) == (RuleVerdict.NOT_MET in deciding)
    assert (overall is Overall.ELIGIBLE) == (deciding <= {RuleVerdict.MET, RuleVerdict.NOT_APPLICABLE})


def test_of_a_rules_versions_the_latest_in_force_counts():
    old = dataclasses.replace(RULES["MT-04"], valid_to=date(2026, 12, 31))
    new = dataclasses.replace(old, version=2, valid_from=date(2027, 1, 1), valid_to=None)
    assert in_force([new, old], date(2026, 12, 31)) == (old,)
    assert in_force([new, old], date(2027, 1, 1)) == (new,)


def test_time_alone_opens_the_door_only_if_every_closed_rule_waits_for_time():
    recent = good_facts(career=(post("PELAKSANA", date(2010, 1, 1), date(2025, 1, 31)),
                                post("PENGAWAS", date(2025, 2, 1))))
    result = evaluate([RULES["MT-04"]], recent)
    assert result.possible_from == date(2027, 2, 1)
    both = evaluate([RULES["MT-04"], RULES["MT-31"]],
                    dataclasses.replace(recent, golongan=QualificationFact("III/c", 11)))
    assert both.possible_from is None


# --- scope and kinds -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("origin", "goal", "kind"), [
    (PROVINCE, PROVINCE, "DALAM-INSTANSI"), (REGENCY, CITY, "ANTAR-KABKOTA"), (REGENCY, PROVINCE, "KABKOTA-KE-PROV"),
    (PROVINCE, CITY, "PROV-KE-KABKOTA"), (CITY, ABROAD, "ANTAR-PROVINSI")])
def test_the_two_agencies_make_the_kind_of_transfer(origin, goal, kind):
    assert kind_between(origin, goal) == kind


def test_rules_between_agencies_do_not_ask_within_one():
    assert verdict("MT-52") == "not_applicable"
    assert verdict("MT-52", kind="ANTAR-KABKOTA") == "met"
    assert verdict("MT-29") == "met"
    assert verdict("MT-29", kind="ANTAR-KABKOTA") == "not_applicable"


def test_a_class_is_asked_of_the_current_post_the_target_or_both():
    assert verdict("MT-33", target=target(job_class=job_class("PENGAWAS"))) == "not_applicable"
    jpt = (post("JPT-PRATAMA", date(2023, 1, 1)),)
    assert verdict("MT-40", career=jpt) == "met"
    assert verdict("MT-40") == "not_applicable"
    assert verdict("MT-39", career=jpt) == "not_applicable"
    assert verdict("MT-39", career=jpt, target=target(job_class=job_class("JPT-PRATAMA"))) == "met"


def test_an_own_request_needs_its_letter_only_when_it_is_one():
    assert verdict("MT-22", own_request=False) == "not_applicable"
    assert verdict("MT-22", own_request=True) == "met"
    assert verdict("MT-22", own_request=None) == "unknown"


def test_the_age_limit_of_a_functional_post_is_for_those_who_come_from_another_group():
    goal = target(job_class=job_class("JF-MUDA"))
    assert verdict("MT-44", target=goal) == "met"
    assert verdict("MT-44", target=goal, career=(post("JF-PERTAMA", date(2018, 1, 1)),)) == "not_applicable"
    assert verdict("MT-44", target=goal, career=()) == "unknown"


def test_credit_points_are_asked_when_somebody_rises_in_the_same_functional_post():
    goal = target(job_class=job_class("JF-MADYA"), name="Auditor Ahli Madya")
    young = (post("JF-MUDA", date(2018, 1, 1), position="Auditor Ahli Muda"),)
    assert verdict("MT-47", target=goal, career=young) == "met"
    assert verdict("MT-47", target=goal, career=young, credit_hundredths=14999) == "not_met"
    assert verdict("MT-47", target=goal, career=young, credit_required_hundredths=None) == "unknown"
    other = (post("JF-MUDA", date(2018, 1, 1), position="Perencana Ahli Muda"),)
    assert verdict("MT-47", target=goal, career=other) == "not_applicable"


# --- predicates at their boundaries ----------------------------------------------------------------------------------


@pytest.mark.parametrize(("changed", "expected"), [
    ({}, "met"), ({"tmt_pns": ON}, "met"), ({"tmt_pns": ON + days(1)}, "not_met"), ({"tmt_pns": None}, "unknown"),
    ({"employee_type": "CPNS"}, "not_met"), ({"employee_type": "PPPK"}, "not_met")])
def test_only_a_full_civil_servant_moves_between_agencies(changed, expected):
    assert verdict("MT-01", kind="ANTAR-KABKOTA", **changed) == expected


@pytest.mark.parametrize(("end", "expected"), [(ON - days(1), "met"), (ON, "not_met"), (None, "unknown")])
def test_a_contract_binds_to_its_last_day(end, expected):
    assert verdict("MT-02", kind="ANTAR-KABKOTA", employee_type="PPPK", contract_end=end) == expected


@pytest.mark.parametrize(("since", "expected"), [
    (date(2024, 11, 23), "met"), (date(2024, 11, 24), "not_met"), (date(2026, 11, 23), "not_met")])
def test_two_years_in_post_are_counted_to_the_day(since, expected):
    found = answer("MT-04", career=(post("PENGAWAS", since),))
    assert found.verdict.value == expected
    if expected == "not_met":
        assert found.met_from == since.replace(year=since.year + 2)


def test_a_shorter_wait_counts_only_where_an_agency_has_adopted_it():
    career = (post("PENGAWAS", date(2026, 5, 23)),)
    assert verdict("MT-05", career=career) == "not_applicable"
    assert verdict("MT-05", career=career, min_tenure_months=6) == "met"
    assert verdict("MT-05", career=career, min_tenure_months=7) == "not_met"
    assert verdict("MT-04", career=career, min_tenure_months=6) == "not_met"


@pytest.mark.parametrize(("since", "expected"), [
    (date(2021, 11, 22), "met"), (date(2021, 11, 23), "not_met"), (date(2026, 1, 1), "not_met")])
def test_more_than_five_years_in_post_speak_for_rotation(since, expected):
    assert verdict("MT-06", career=(post("PENGAWAS", since),)) == expected


@pytest.mark.parametrize(("bond", "until", "expected"), [
    (False, None, "met"), (None, None, "unknown"), (True, None, "unknown"), (True, ON, "not_met"),
    (True, ON - days(1), "met")])
def test_a_service_bond_holds_to_its_last_day(bond, until, expected):
    assert verdict("MT-07", service_bond=bond, service_bond_until=until) == expected


def level(kind="MANAJERIAL", importance="PENTING", required=3, proven=3, counted=None):
    return LevelFact("X", "Integritas", kind, importance, required, proven, proven if counted is None else counted)


@pytest.mark.parametrize(("levels", "expected"), [
    ((level(),), "met"), ((level(proven=2),), "met"), ((level(importance="MUTLAK", proven=2),), "not_met"),
    ((level(proven=None),), "unknown"), ((level("TEKNIS", "MUTLAK", 2, None, None),), "unknown"),
    ((level("TEKNIS", "MUTLAK", 2, 1, 2),), "met"), ((level("TEKNIS", "PERLU", 2, None),), "met")])
def test_a_mandatory_level_decides_and_others_are_told(levels, expected):
    assert verdict("MT-08", levels=levels) == expected


def test_competence_is_judged_by_the_record_and_then_by_a_person():
    assert verdict("MT-08", judgements=(("MT-00", JudgementFact(True, "", "")),)) == "needs_person"
    against = answer("MT-08", judgements=(("MT-08", JudgementFact(False, "Wawancara belum meyakinkan.", "Fitria")),))
    assert against.verdict is RuleVerdict.NOT_MET
    assert "Wawancara" in str(against.fact)


@pytest.mark.parametrize(("on", "expected"), [
    (date(2023, 11, 23), "met"), (date(2023, 11, 22), "not_met"), (date(2026, 11, 23), "met")])
def test_an_assessment_counts_for_three_years(on, expected):
    assert verdict("MT-09", assessment=AssessmentFact(on, None, None, "", None)) == expected


def test_an_assessment_tells_its_class_and_its_provider_or_is_unknown():
    lower = AssessmentFact(date(2025, 3, 1), "PENGAWAS", 2, "Swasta", False)
    assert (verdict("MT-10", assessment=lower), verdict("MT-11", assessment=lower)) == ("not_met", "not_met")
    bare = AssessmentFact(date(2025, 3, 1), None, None, "", None)
    assert (verdict("MT-10", assessment=bare), verdict("MT-11", assessment=bare)) == ("unknown", "unknown")


@pytest.mark.parametrize(("proven", "required", "expected"), [(68, 100, "met"), (67, 100, "not_met"), (17, 25, "met"),
                                                              (135, 200, "not_met"), (None, 3, "unknown")])
def test_the_jpm_is_compared_as_whole_numbers(proven, required, expected):
    assert verdict("MT-12", levels=(level(required=required, proven=proven),)) == expected


@pytest.mark.parametrize(("held", "planned", "mandatory", "important"), [
    (True, None, "met", "met"), (False, None, "not_met", "not_met"),
    (False, date(2027, 11, 23), "not_met", "met"), (False, date(2027, 11, 24), "not_met", "not_met")])
def test_a_planned_training_helps_where_it_is_important_and_not_where_it_is_mandatory(held, planned, mandatory, important):
    def training(importance):
        return (TrainingFact("BMD", "Pengurus Barang", importance, held, None, None, planned),)

    assert verdict("MT-13", trainings=training("MUTLAK")) == mandatory
    assert verdict("MT-14", trainings=training("PENTING")) == important
    assert verdict("MT-13", trainings=()) == "met"


@pytest.mark.parametrize(("proven", "expected"), [(3, "met"), (2, "met"), (1, "not_met"), (None, "unknown")])
def test_a_gap_of_two_levels_is_wide(proven, expected):
    assert verdict("MT-15", levels=(level(proven=proven),)) == expected


@pytest.mark.parametrize(("ratings", "expected"), [
    (((2024, 2), (2025, 2)), "met"), (((2024, 3), (2025, 1)), "not_met"), (((2025, 1),), "unknown"),
    (((2025, 4),), "not_met"), (((2023, 5), (2024, 1), (2025, 2), (2026, 5)), "met")])
def test_the_last_two_finished_years_were_good(ratings, expected):
    assert verdict("MT-16", ratings=ratings) == expected


@pytest.mark.parametrize(("cases", "clean", "expected"), [
    ((), True, "met"), ((), None, "unknown"), ((), False, "unknown"),
    ((DisciplineFact("BERAT", ON, None, None),), None, "not_met"),
    ((DisciplineFact("BERAT", ON + days(1), None, None),), True, "met"),
    ((DisciplineFact("RINGAN", ON - days(90), ON - days(60), ON),), None, "not_met"),
    ((DisciplineFact("RINGAN", ON - days(90), ON - days(60), ON - days(1)),), None, "met"),
    ((DisciplineFact("RINGAN", ON - days(90), ON + days(1), None),), None, "not_met"),
    ((DisciplineFact("RINGAN", ON - days(90), ON - days(60), None),), None, "not_met")])
def test_a_discipline_case_closes_from_its_opening_to_its_last_day(cases, clean, expected):
    assert verdict("MT-17", discipline=cases, no_discipline_record=clean) == expected


def test_a_clean_record_still_needs_the_signed_statement():
    assert verdict("MT-17", documents=(("MT-00", DocumentFact("1", ON, "", True)),)) == "needs_document"


@pytest.mark.parametrize(("document", "expected"), [
    (None, "needs_document"), (DocumentFact("800/1", ON, "BKPSDM", False), "needs_document"),
    (DocumentFact("800/1", ON + days(1), "BKPSDM", True), "needs_document"),
    (DocumentFact("800/1", ON, "BKPSDM", True), "met")])
def test_a_document_counts_once_it_is_dated_and_verified(document, expected):
    documents = (("MT-18", document),) if document else (("MT-00", DocumentFact("1", ON, "", True)),)
    assert verdict("MT-18", documents=documents) == expected


@pytest.mark.parametrize(("away", "until", "expected"), [
    (False, None, "met"), (None, None, "unknown"), (True, None, "not_met"), (True, ON, "not_met"),
    (True, ON - days(1), "met")])
def test_a_study_assignment_holds_to_its_last_day(away, until, expected):
    assert verdict("MT-19", on_study_assignment=away, study_assignment_until=until) == expected


@pytest.mark.parametrize(("posts", "vacant", "expected"), [(2, 1, "met"), (2, 0, "not_met"), (0, 0, "unknown")])
def test_a_post_must_be_vacant(posts, vacant, expected):
    assert verdict("MT-28", target=target(posts=posts, vacant=vacant)) == expected


@pytest.mark.parametrize(("order", "expected"), [(12, "met"), (11, "not_met"), (None, "unknown")])
def test_golongan_and_education_reach_what_the_standard_asks(order, expected):
    has = QualificationFact("?", order) if order else None
    assert verdict("MT-31", golongan=has) == expected
    assert verdict("MT-32", education=QualificationFact("?", order - 5) if order else None) == expected


def test_a_position_without_a_standard_leaves_its_rules_unknown():
    bare = target(has_standard=False)
    assert {verdict(rule, target=bare) for rule in ("MT-08", "MT-12", "MT-13", "MT-14", "MT-15", "MT-31", "MT-32")} \
        == {"unknown"}


@pytest.mark.parametrize(("since", "expected"), [(date(2023, 11, 24), "met"), (date(2023, 11, 25), "not_met")])
def test_three_years_as_pengawas_or_an_equal_functional_open_administrator(since, expected):
    assert verdict("MT-33", career=(post("PENGAWAS", since),)) == expected
    assert verdict("MT-33", career=(post("JF-MUDA", since),)) == expected
    assert verdict("MT-33", career=(post("PELAKSANA", since - days(4000)),)) == "not_met"


def test_years_that_two_posts_share_count_once():
    overlapping = (post("PENGAWAS", date(2024, 1, 1), date(2025, 12, 31)), post("PENGAWAS", date(2024, 1, 1)))
    assert verdict("MT-33", career=overlapping) == "not_met"


def test_experience_in_a_field_waits_for_the_fields_that_are_not_recorded():
    jpt = target(job_class=job_class("JPT-PRATAMA"))
    assert verdict("MT-35", target=jpt) == "met"
    assert verdict("MT-35", target=jpt, career=(post("PENGAWAS", date(2018, 1, 1), urusan="Sosial"),)) == "not_met"
    assert verdict("MT-35", target=jpt, career=(post("PENGAWAS", date(2018, 1, 1), urusan=""),)) == "unknown"
    assert verdict("MT-35", target=dataclasses.replace(jpt, urusan="")) == "unknown"


@pytest.mark.parametrize(("birth", "expected"), [
    (date(1969, 11, 24), "met"), (date(1969, 11, 23), "not_met"), (date(1970, 1, 1), "met")])
def test_an_age_limit_is_met_until_the_next_birthday(birth, expected):
    assert verdict("MT-37", target=target(job_class=job_class("JPT-PRATAMA")), birth_date=birth) == expected


@pytest.mark.parametrize(("since", "expected"), [
    (date(2024, 11, 24), "not_met"), (date(2024, 11, 23), "met"), (date(2021, 11, 23), "met"),
    (date(2021, 11, 22), "not_met")])
def test_a_jpt_moves_between_two_and_five_years(since, expected):
    assert verdict("MT-39", career=(post("JPT-PRATAMA", since),),
                   target=target(job_class=job_class("JPT-PRATAMA"))) == expected


@pytest.mark.parametrize(("box", "expected"), [(7, "met"), (6, "not_met"), (None, "unknown")])
def test_the_talent_box_counts_from_seven(box, expected):
    assert verdict("MT-48", talent_box=box) == expected


@pytest.mark.parametrize(("set_on", "expected"), [
    (date(2027, 5, 23), "not_met"), (date(2027, 5, 24), "met"), (ON, "not_met"), (ON - days(1), "met")])
def test_six_months_before_the_candidates_are_set_nobody_is_moved(set_on, expected):
    found = answer("MT-49", elections=(ElectionFact("Pilkada", set_on),))
    assert found.verdict.value == expected
    if expected == "not_met":
        assert found.met_from == set_on + days(1)


def test_an_empty_calendar_is_not_a_missing_one():
    assert verdict("MT-49", elections=()) == "met"
    assert verdict("MT-49", elections=None) == "unknown"


@pytest.mark.parametrize(("birth", "expected"), [(date(1969, 11, 23), "met"), (date(1969, 11, 22), "not_met")])
def test_a_year_is_left_until_retirement(birth, expected):
    assert verdict("MT-50", birth_date=birth) == expected


@pytest.mark.parametrize(("jp", "expected"), [
    (((2026, 20),), "met"), (((2025, 20),), "met"), (((2025, 19), (2026, 19)), "not_met"), (((2024, 90),), "not_met")])
def test_twenty_lesson_hours_this_year_or_the_last(jp, expected):
    assert verdict("MT-51", jp=jp) == expected


# --- periods ---------------------------------------------------------------------------------------------------------


@given(st.dates(date(1950, 1, 1), date(2050, 1, 1)), st.integers(0, 600))
def test_months_between_undoes_adding_months(day, months):
    later = add_months(day, months)
    assert months_between(day, later) in (months, months - (later.day < day.day))


def test_who_was_born_on_a_leap_day_completes_a_year_on_the_last_of_february():
    assert age_on(date(2000, 2, 29), date(2027, 2, 27)) == 26
    assert age_on(date(2000, 2, 29), date(2027, 2, 28)) == 27


@given(st.lists(st.tuples(st.dates(date(2000, 1, 1), date(2030, 1, 1)), st.integers(0, 3000)), max_size=6))
def test_spans_together_are_no_longer_than_the_days_they_touch(drawn):
    spans = [(first, first + days(length)) for first, length in drawn]
    touched = {first + days(at) for first, last in spans for at in range((last - first).days + 1)}
    assert span_months(spans) <= len(touched) // 28
    assert span_months(spans) >= len(touched) // 31 - len(spans)
    assert span_months(spans + spans) == span_months(spans)


# --- frozen ----------------------------------------------------------------------------------------------------------


def test_a_frozen_decision_holds_rules_facts_and_answers_and_its_hash_changes_with_each():
    facts = good_facts()
    result = evaluate(package_rules(), facts)
    text = freeze(package_rules(), facts, result)
    document = json.loads(text)
    assert document["result"]["verdict"] == "eligible"
    assert len(document["rules"]) == len(document["result"]["answers"]) == 54
    assert document["facts"]["birth_date"] == "1985-04-12"
    assert text == freeze(package_rules(), facts, result)
    older = dataclasses.replace(facts, birth_date=date(1985, 4, 13))
    assert hash_of(freeze(package_rules(), older, evaluate(package_rules(), older))) != hash_of(text)
    assert hash_of(freeze(package_rules()[1:], facts, result)) != hash_of(text)


def test_a_rule_without_predicate_or_document_does_not_pass_silently():
    strange = Rule("MT-99", 1, "status", ("ALL",), "", "", "", "", (), Severity.MUTLAK, (Check.AUTO,), {}, "memory")
    assert evaluate([strange], good_facts()).overall is Overall.NEEDS_COMPLETION
