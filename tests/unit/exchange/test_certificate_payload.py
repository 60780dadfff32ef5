"""What the QR says by itself: it comes back whole, or it is told why not."""

from __future__ import annotations

import re
import string
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from seals import FACTS, OpenSeal

from kompetensi.errors import InvalidInput
from kompetensi.exchange.certificate_payload import (
    ALPHABET,
    DICTIONARY,
    PayloadStanding,
    SealKey,
    find_payload,
    key_id,
    read_payload,
    seal_facts,
    write_payload,
)
from kompetensi.rules.certificates import CertificateKind, mask_nip, token_from

SEAL = OpenSeal()
KEYS = [SEAL.published]
TEXT = write_payload(FACTS, SEAL)

_words = st.text(st.characters(exclude_categories=("Cs", "Cc", "Z")), max_size=60)
_days = st.dates(date(2000, 1, 1), date(2179, 6, 4))
_facts = st.builds(
    replace, st.just(FACTS), kind=st.sampled_from(CertificateKind), number=_words, holder_name=_words, training_name=_words,
    batch_label=_words, institution=_words, status_phrase=_words, token=st.binary(min_size=8, max_size=8).map(token_from),
    nip=st.one_of(st.text(string.digits, min_size=18, max_size=18), st.just(""), st.text(string.digits, max_size=17)),
    first_day=_days, last_day=_days, issued_on=_days, valid_until=st.none() | _days, jp=st.integers(0, 65_535),
    demo=st.booleans())


@given(_facts)
def test_what_is_written_is_read(facts):
    reading = read_payload(write_payload(facts, SEAL), KEYS)
    assert reading.standing is PayloadStanding.GENUINE
    payload = reading.payload
    for name in ("kind", "number", "token", "holder_name", "training_name", "batch_label", "first_day", "last_day", "jp",
                 "issued_on", "valid_until", "demo"):
        assert getattr(payload, name) == getattr(facts, name), name
    assert payload.issuer == facts.institution
    assert payload.masked_nip == mask_nip(facts.nip)
    assert payload.key == key_id(SEAL.public_key)


def test_the_nip_leaves_its_last_digits_only():
    assert "19900312" not in repr(read_payload(TEXT, KEYS).payload)


@given(st.integers(3, len(TEXT) - 1), st.sampled_from(ALPHABET))
def test_one_sign_that_differs_is_never_believed(place, sign):
    assume(TEXT[place] != sign)
    try:
        reading = read_payload(TEXT[:place] + sign + TEXT[place + 1:], KEYS)
    except InvalidInput:
        return
    assert reading.payload is None


@given(st.integers(3, len(TEXT) - 1))
def test_a_text_that_was_cut_off_is_not_called_forged(length):
    with pytest.raises(InvalidInput, match="tidak utuh"):
        read_payload(TEXT[:length], KEYS)


def test_a_signature_of_another_key_is_refused_whatever_it_calls_itself():
    other = OpenSeal(2)
    assert read_payload(write_payload(FACTS, other), KEYS).standing is PayloadStanding.UNKNOWN_KEY

    class Impostor(OpenSeal):
        public_key = SEAL.public_key

        def __init__(self) -> None:
            self.sign = other.sign

    reading = read_payload(write_payload(FACTS, Impostor()), KEYS)
    assert (reading.standing, reading.payload) == (PayloadStanding.FORGED, None)


def test_a_key_answers_for_its_own_days_only():
    day = FACTS.issued_on
    for first, last, standing in (
            (day, day, PayloadStanding.GENUINE), (day + timedelta(1), None, PayloadStanding.KEY_OUT_OF_TERM),
            (None, day - timedelta(1), PayloadStanding.KEY_OUT_OF_TERM)):
        assert read_payload(TEXT, [SealKey(SEAL.public_key, first, last)]).standing is standing


def test_it_may_come_as_an_address_broken_small_and_with_percents():
    for text in (f"https://sertifikat.example/cek/7K4M-Q9XD-2RTB#{TEXT}", f"#{TEXT}", TEXT.lower(),
                 f"https://x.example/cek/A#{quote(TEXT, safe='')}", "\n ".join(re.findall(".{1,40}", TEXT))):
        assert find_payload(text) == TEXT
        assert read_payload(text, KEYS).standing is PayloadStanding.GENUINE


@pytest.mark.parametrize(("text", "complaint"), [
    ("", "bukan isi kode QR"), ("https://sertifikat.example/cek/7K4M-Q9XD-2RTB", "bukan isi kode QR"),
    ("halo", "bukan isi kode QR"), ("K2:" + TEXT[3:], "bentuk K2"), ("K1:", "tidak utuh"), ("K1:%%%", "tidak utuh"),
    (TEXT + "AAA", "tidak utuh"), ("K1:" + "0" * 100_000, "tidak utuh")])
def test_what_is_no_payload_is_told_from_one_that_is_not_whole_or_newer(text, complaint):
    with pytest.raises(InvalidInput, match=complaint) as refused:
        read_payload(text, KEYS)
    assert refused.value.where == "qr"


@given(st.text(max_size=300))
def test_no_text_breaks_the_reader(rubbish):
    for text in (rubbish, f"K1:{rubbish}", f"{TEXT[:60]}{rubbish}"):
        try:
            assert read_payload(text, KEYS).payload is None
        except InvalidInput:
            continue


def test_a_day_that_does_not_fit_is_refused_by_name():
    with pytest.raises(InvalidInput, match="0218/STTP"):
        write_payload(replace(FACTS, first_day=date(1999, 12, 31)), SEAL)


def test_facts_that_do_not_fit_a_draft_and_an_office_without_a_seal_carry_no_payload():
    assert seal_facts(FACTS, SEAL).qr_text == f"{FACTS.verify_url}#{TEXT}"
    for facts, seal in ((replace(FACTS, first_day=date(1999, 12, 31)), SEAL), (replace(FACTS, draft=True), SEAL), (FACTS, None)):
        assert seal_facts(facts, seal) == facts
        assert seal_facts(facts, seal).qr_text == FACTS.verify_url


def test_it_stays_small_and_needs_no_other_sign_than_a_qr_and_a_fragment_know():
    assert set(TEXT) <= set(ALPHABET)
    assert len(TEXT) <= 200
    assert set(ALPHABET) <= set(string.digits + string.ascii_uppercase + " $%*+-./:")
    assert not set(ALPHABET) & set(" %#")


def test_the_documented_examples_hold():
    written = Path(__file__).parents[3].joinpath("docs/formats/certificate-payload.md").read_text()
    vectors = re.findall(r"^(K1:\S+)$", written, re.MULTILINE)
    assert vectors[0] == TEXT
    assert [read_payload(text, KEYS).standing.value for text in vectors] == ["genuine", "genuine", "forged", "unknown-key"]
    assert SEAL.public_key.hex() in written
    for part in DICTIONARY.decode().split("\x1f"):
        assert f"    {part}|\n" in written
