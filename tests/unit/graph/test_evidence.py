"""From dated evidence to the levels of a day."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from kompetensi.graph.evidence import Evidence, EvidenceKind, Unused, profile_on, valid_until_after

ON = date(2026, 11, 23)


def proof(number, level, kind=EvidenceKind.ASSESSMENT, observed_on=date(2025, 6, 10), until=date(2028, 6, 10),
          withdrawn_on=None):
    return Evidence(number, "MAN-INT", level, kind, observed_on, until, withdrawn_on)


def level_of(*items, on=ON):
    return profile_on(items, on).of("MAN-INT")


def test_a_competency_without_evidence_is_not_assessed():
    assert level_of().proven is None
    assert level_of().expected is None


def test_the_newer_assessment_decides_even_if_it_is_lower():
    older, newer = proof(1, 4, observed_on=date(2024, 1, 9)), proof(2, 3, observed_on=date(2025, 1, 9))
    found = level_of(older, newer)
    assert (found.proven, found.proven_by) == (3, newer)
    assert found.unused == ((older, Unused.OLDER),)


def test_an_assessment_beats_a_newer_competency_test():
    assessment, test = proof(1, 2), proof(2, 5, EvidenceKind.COMPETENCY_TEST, date(2026, 6, 10))
    found = level_of(assessment, test)
    assert found.proven == 2
    assert found.unused == ((test, Unused.WEAKER_KIND),)


def test_the_order_of_strength_is_assessment_test_recognition_superior():
    items = [proof(number, number, kind) for number, kind in enumerate(
        (EvidenceKind.SUPERVISOR, EvidenceKind.RPL, EvidenceKind.COMPETENCY_TEST, EvidenceKind.ASSESSMENT), 1)]
    assert [level_of(*items[:count]).proven for count in (1, 2, 3, 4)] == [1, 2, 3, 4]


def test_of_one_day_and_kind_the_higher_level_wins_then_the_lower_id():
    low, high, twin = proof(1, 2), proof(3, 3), proof(2, 3)
    found = level_of(low, high, twin)
    assert found.proven_by is twin
    assert dict(found.unused)[low] is Unused.LOWER


def test_an_assessment_counts_on_its_last_day_and_not_on_the_next():
    item = proof(1, 4, until=ON)
    assert level_of(item).proven == 4
    after = level_of(item, on=ON + timedelta(days=1))
    assert after.proven is None
    assert after.unused == ((item, Unused.EXPIRED),)


def test_an_expired_assessment_leaves_the_field_to_a_weaker_proof():
    found = level_of(proof(1, 4, until=date(2026, 1, 1)), proof(2, 2, EvidenceKind.SUPERVISOR))
    assert found.proven == 2


def test_evidence_does_not_count_before_its_day():
    assert level_of(proof(1, 4), on=date(2025, 6, 9)).unused[0][1] is Unused.NOT_YET


def test_withdrawn_evidence_counts_until_the_day_before():
    item = proof(1, 4, withdrawn_on=ON)
    assert level_of(item, on=ON - timedelta(days=1)).proven == 4
    assert level_of(item).unused == ((item, Unused.WITHDRAWN),)


def test_a_training_predicts_and_never_proves():
    training = proof(1, 3, EvidenceKind.TRAINING)
    found = level_of(training)
    assert (found.proven, found.expected, found.expected_by) == (None, 3, training)


def test_a_training_below_the_proven_level_predicts_nothing():
    assessment, training = proof(1, 4), proof(2, 3, EvidenceKind.TRAINING)
    found = level_of(assessment, training)
    assert (found.proven, found.expected, found.expected_by) == (4, 4, assessment)
    assert found.unused == ((training, Unused.PREDICTS_ONLY),)


def test_of_several_trainings_the_highest_level_is_expected_even_if_it_is_older():
    high = proof(1, 4, EvidenceKind.TRAINING, date(2020, 1, 1))
    assert level_of(high, proof(2, 2, EvidenceKind.TRAINING)).expected_by is high


def test_a_validity_of_years_ends_on_the_same_date():
    assert valid_until_after(date(2025, 6, 10), 3) == date(2028, 6, 10)
    assert valid_until_after(date(2024, 2, 29), 3) == date(2027, 2, 28)
    assert valid_until_after(date(2024, 2, 29), 4) == date(2028, 2, 29)


days = st.dates(date(2020, 1, 1), date(2030, 12, 31))
evidence = st.lists(st.builds(
    lambda number, level, kind, first, length, gone: Evidence(
        number, "MAN-INT", level, kind, first, None if length is None else first + timedelta(days=length), gone),
    st.integers(1, 10_000), st.integers(0, 5), st.sampled_from(EvidenceKind), days,
    st.none() | st.integers(0, 2000), st.none() | days), unique_by=lambda item: item.id, max_size=8)


@given(evidence, days)
def test_every_piece_of_evidence_is_used_or_told_why_not(items, on):
    found = level_of(*items, on=on)
    used = {item.id for item in (found.proven_by, found.expected_by) if item is not None}
    told = {item.id for item, _ in found.unused}
    assert used | told == {item.id for item in items}
    assert not used & told


@given(evidence, days, st.randoms())
def test_the_order_in_which_evidence_is_given_does_not_matter(items, on, random):
    shuffled = list(items)
    random.shuffle(shuffled)
    assert level_of(*shuffled, on=on) == level_of(*items, on=on)


@given(evidence, days)
def test_the_expected_level_is_never_below_the_proven_one(items, on):
    found = level_of(*items, on=on)
    if found.proven is not None:
        assert found.expected >= found.proven


def test_what_is_known_leaves_out_what_was_never_assessed():
    training = Evidence(1, "TEK-SPBE", 2, EvidenceKind.TRAINING, date(2026, 1, 5))
    profile = profile_on((proof(2, 3), training), ON)
    assert profile.known("proven") == {"MAN-INT": 3}
    assert profile.known("expected") == {"MAN-INT": 3, "TEK-SPBE": 2}
