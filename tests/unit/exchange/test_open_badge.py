"""The form of a badge: what is written is read back, and nothing that is not written is."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kompetensi.errors import InvalidInput
from kompetensi.exchange.open_badge import Alignment, Badge, badge_from_document, badge_to_document
from kompetensi.rules.certificates import CertificateKind

words = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)
moments = st.integers(946_684_800, 7_258_118_400).map(
    lambda seconds: datetime.fromtimestamp(seconds, UTC))
days = st.dates(date(2000, 1, 1), date(2200, 1, 1))
badges = st.builds(
    Badge, url=words, issuer=words, issuer_name=words, issuer_url=words, holder_name=words,
    nip_hash=st.just("ab" * 32), salt=st.just("cd" * 16), number=words, kind=st.sampled_from(CertificateKind),
    achievement=words, training_code=words, training_name=words, description=words, criteria=words, image=words,
    alignments=st.lists(st.builds(Alignment, words, words, words, st.integers(1, 5), words), max_size=3).map(tuple),
    first_day=days, last_day=days, jp=st.integers(0, 2000), valid_from=moments,
    valid_until=st.none() | moments, status_list=words, status_index=st.integers(0, 262_143))


@given(badges)
def test_what_is_written_is_read_back(badge):
    assert badge_from_document(badge_to_document(badge)) == badge


@given(badges)
def test_a_holder_without_nip_has_a_name_alone(badge):
    badge = replace(badge, nip_hash="", salt="")
    document = badge_to_document(badge)
    assert len(document["credentialSubject"]["identifier"]) == 1
    assert badge_from_document(document) == badge


def places(value, above=()):
    """Yield the way to every object of a document."""
    if isinstance(value, dict):
        yield above
    for name, inner in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield from places(inner, (*above, name))


@given(badges, st.data())
def test_a_member_more_or_less_anywhere_is_refused(badge, data):
    document = badge_to_document(badge)
    found = document
    for step in data.draw(st.sampled_from(list(places(document)))):
        found = found[step]
    name = data.draw(st.sampled_from(["unknown", *found]))
    if name in found and not (name == "alignment" or name == "validUntil"):
        del found[name]
    else:
        found["unknown"] = "x"
    with pytest.raises(InvalidInput):
        badge_from_document(document)


@pytest.mark.parametrize("wrong", [{}, {"credentialSubject": 3}, {"credentialSubject": {"achievement": []}}])
def test_other_documents_are_refused(wrong):
    with pytest.raises(InvalidInput):
        badge_from_document(wrong)
