"""Codes of rooms and participants: nobody makes one without the key, and none is taken for another's."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kompetensi.rules.check_in import TokenExpired, TokenUnknown, make_token, normal_code, participant_code, read_token

KEY, AT = b"k" * 32, datetime(2026, 11, 23, 1, 14, tzinfo=UTC)
LIFE = 180


def test_a_token_says_its_meeting_for_two_spans_and_then_no_more():
    token = make_token(KEY, 42, AT, life_s=LIFE)
    assert token.renewed_at - AT <= timedelta(seconds=LIFE)
    last = token.renewed_at + timedelta(seconds=LIFE - 1)
    assert read_token(KEY, token.text, AT, life_s=LIFE) == 42
    assert read_token(KEY, token.text, last, life_s=LIFE) == 42
    with pytest.raises(TokenExpired):
        read_token(KEY, token.text, last + timedelta(seconds=1), life_s=LIFE)


def test_it_is_another_one_with_the_next_span():
    token = make_token(KEY, 42, AT, life_s=LIFE)
    assert make_token(KEY, 42, token.renewed_at - timedelta(seconds=1), life_s=LIFE) == token
    assert make_token(KEY, 42, token.renewed_at, life_s=LIFE).text != token.text


@given(st.text(max_size=60))
def test_what_we_have_not_made_is_unknown(text):
    assert text != make_token(KEY, 1, AT, life_s=LIFE).text
    with pytest.raises(TokenUnknown):
        read_token(KEY, text, AT, life_s=LIFE)


@given(st.integers(0, 39), st.sampled_from("0123456789abcdefXYZ-_."))
def test_a_token_with_one_letter_changed_is_unknown(place, letter):
    token = make_token(KEY, 42, AT, life_s=LIFE).text
    changed = token[:place] + letter + token[place + 1:]
    if changed != token:
        with pytest.raises(TokenUnknown):
            read_token(KEY, changed, AT, life_s=LIFE)


def test_another_installation_knows_it_not():
    with pytest.raises(TokenUnknown):
        read_token(b"other", make_token(KEY, 42, AT, life_s=LIFE).text, AT, life_s=LIFE)


@given(st.integers(1, 2**31 - 1))
def test_a_participants_code_is_read_however_it_is_typed(enrolment_id):
    code = participant_code(KEY, enrolment_id)
    assert len(code) == 11
    for typed in (code, code.lower(), code.replace("-", ""), f" {code} ", f"https://host/hadir/peserta/X/{code}",
                  f"https://host/hadir/peserta/X/{code}/", code.replace("1", "l").replace("0", "O")):
        assert normal_code(typed) == code


def test_codes_of_many_participants_differ():
    assert len({participant_code(KEY, number) for number in range(20_000)}) == 20_000
