"""Keys as they are published and passed on."""

from __future__ import annotations

import json
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from seals import OpenSeal

from kompetensi.errors import InvalidInput
from kompetensi.exchange.certificate_payload import SealKey, key_id
from kompetensi.exchange.seal_keys import base64url, read_keys, write_keys

FIRST, SECOND = OpenSeal().public_key, OpenSeal(2).public_key
KEYS = (SealKey(FIRST), SealKey(SECOND, date(2025, 1, 1), date(2026, 12, 31)))


def test_a_published_set_comes_back():
    assert read_keys(json.dumps(write_keys(KEYS))) == KEYS
    assert [key["kid"] for key in write_keys(KEYS)["keys"]] == [key_id(FIRST), key_id(SECOND)]


def test_keys_may_be_written_by_hand():
    assert read_keys(f"{base64url(FIRST)}\n {base64url(SECOND)}:2025-01-01:2026-12-31 ") == KEYS
    assert read_keys(f"{base64url(FIRST)}::2026-01-01") == (SealKey(FIRST, None, date(2026, 1, 1)),)
    assert read_keys("") == ()


def test_other_kinds_of_keys_are_passed_over():
    assert read_keys(json.dumps({"keys": [{"kty": "RSA", "n": "x"}, *write_keys(KEYS[:1])["keys"]]})) == KEYS[:1]


@pytest.mark.parametrize("text", [
    "{", "[]", "{}", '{"keys": 3}', '{"keys": [{"crv": "Ed25519"}]}', '{"keys": ["x"]}', "abc", base64url(FIRST)[:-2],
    f"{base64url(FIRST)}:kemarin", "é", "-----BEGIN PUBLIC KEY-----"])
def test_what_is_no_key_is_refused(text):
    with pytest.raises(InvalidInput, match="Daftar kunci") as refused:
        read_keys(text)
    assert refused.value.where == "key"


@given(st.text(max_size=100))
def test_no_text_breaks_the_reader(text):
    try:
        assert all(len(key.public_key) == 32 for key in read_keys(text))
    except InvalidInput:
        return
