"""Certificates as rules: states, numbers, printed codes, frozen facts."""

from __future__ import annotations

import dataclasses
import json
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kompetensi.errors import Conflict, InvalidInput
from kompetensi.rules.certificates import (
    TRANSITIONS,
    CertificateFacts,
    CertificateKind,
    CertificateState,
    CertificateStatus,
    Signatory,
    Subject,
    canonical_json,
    check_number_pattern,
    check_reason,
    check_subjects,
    check_transition,
    facts_from_json,
    facts_hash,
    facts_to_json,
    format_number,
    kind_for_development,
    mask_nip,
    normalise_token,
    status_on,
    token_from,
)

ISSUED = date(2026, 10, 12)
FACTS = CertificateFacts(
    kind=CertificateKind.STTPP, number="0218/STTP/IV/BKPSDM-GTLO/X/2026", token="7K4M-Q9XD-2RTB",
    verify_url="https://sertifikat.example/cek/7K4M-Q9XD-2RTB", issued_on=ISSUED, issued_place="Gorontalo",
    government="Pemerintah Provinsi Gorontalo", institution="BKPSDM", holder_name="Siti Botutihe, S.Kep.",
    nip="199003122014032004", status_phrase="LULUS", training_code="YANLIK-PRIMA", training_name="Pelayanan Prima",
    batch_label="Angkatan IV Tahun 2026", first_day=date(2026, 10, 5), last_day=date(2026, 10, 7), jp=20,
    subjects=(Subject("Kebijakan", 8), Subject("Praktik", 12)), signer=Signatory("Kepala BKPSDM", "Ir. Yusuf"),
    competences=(("Pelayanan Publik", 3),), trainers=("Rahma",))


@pytest.mark.parametrize(("state", "day", "status"), [
    ("ISSUED", ISSUED - timedelta(days=1), "not_issued"), ("ISSUED", ISSUED, "valid"),
    ("ISSUED", date(2029, 10, 7), "valid"), ("ISSUED", date(2029, 10, 8), "expired"),
    ("REVOKED", date(2026, 11, 2), "valid"), ("REVOKED", date(2026, 11, 3), "revoked"),
    ("REVOKED", date(2030, 1, 1), "revoked"), ("REPLACED", date(2026, 11, 3), "replaced"),
    ("DRAFT", date(2026, 11, 3), "not_issued"), ("VOID", date(2026, 11, 3), "not_issued"),
    ("EXPIRED", ISSUED, "expired")])
def test_a_certificate_is_worth_what_its_state_says_on_the_day(state, day, status):
    assert status_on(CertificateState(state), day, issued_on=ISSUED, valid_until=date(2029, 10, 7),
                     state_on=date(2026, 11, 3)) is CertificateStatus(status)


@pytest.mark.parametrize("before", CertificateState)
@pytest.mark.parametrize("after", CertificateState)
def test_a_step_that_is_not_in_the_table_is_refused(before, after):
    if after in TRANSITIONS[before]:
        check_transition(before, after)
    else:
        with pytest.raises(Conflict, match="tidak dapat menjadi"):
            check_transition(before, after)


def test_a_certificate_that_has_ended_stays_ended():
    assert not TRANSITIONS[CertificateState.REVOKED] | TRANSITIONS[CertificateState.REPLACED]


def test_the_number_follows_the_pattern():
    assert format_number("{seq:04d}/{type}/{batch_roman}/BKPSDM-GTLO/{month_roman}/{year}", seq=218,
                         kind=CertificateKind.STTPP, batch=4, issued_on=ISSUED) == "0218/STTP/IV/BKPSDM-GTLO/X/2026"
    assert format_number("B.{seq}/{type}.{month}.{batch}", seq=7, kind=CertificateKind.ATTENDANCE, batch=12,
                         issued_on=ISSUED) == "B.7/SERT.10.12"


@pytest.mark.parametrize(("pattern", "complaint"), [
    ("{seq", "tidak berpasangan"), ("{year}", "tidak memuat {seq}"), ("{seq}/{nip}", "{nip} yang tidak dikenal"),
    ("{seq:x}", "Bentuk isian {seq}"), ("{seq!r}", "Bentuk isian {seq}"), ("{type:04d}{seq}", "Bentuk isian {type}"),
    ("{seq.__class__}", "tidak dikenal"), ("{}{seq}", "tidak dikenal"), ("{seq:99999999d}", "Bentuk isian {seq}")])
def test_a_pattern_that_cannot_be_filled_in_is_refused(pattern, complaint):
    with pytest.raises(InvalidInput) as refused:
        check_number_pattern(pattern)
    assert complaint in str(refused.value.message)


def test_a_number_too_long_for_its_column_is_refused():
    with pytest.raises(InvalidInput, match="lebih panjang"):
        format_number("x" * 120 + "{seq}", seq=1, kind=CertificateKind.AWARD, batch=1, issued_on=ISSUED)


@given(st.binary(min_size=8, max_size=16))
def test_a_printed_code_is_read_back_however_it_is_typed(drawn):
    token = token_from(drawn)
    assert normalise_token(token) == token
    typed = token.lower().replace("-", " ").replace("0", "o").replace("1", "l")
    assert normalise_token(typed) == token


@given(st.binary(min_size=8, max_size=8), st.binary(min_size=8, max_size=8))
def test_codes_differ_when_the_first_sixty_bits_do(one, other):
    same = int.from_bytes(one, "big") >> 4 == int.from_bytes(other, "big") >> 4
    assert (token_from(one) == token_from(other)) is same


@pytest.mark.parametrize("text", ["", "7K4M", "7K4M-Q9XD-2RTB-1", "7K4M-Q9XD-2RTU", "7K4M Q9XD 2RT!", "١٢٣٤١٢٣٤١٢٣٤"])
def test_what_is_no_code_is_refused_with_an_example(text):
    with pytest.raises(InvalidInput, match="7K4M-Q9XD-2RTB"):
        normalise_token(text)


def test_too_few_random_bytes_are_refused():
    with pytest.raises(ValueError, match="8 random bytes"):
        token_from(b"1234567")


def test_the_public_sees_three_digits_of_a_nip():
    assert mask_nip("199003122014032004") == "•••••••• •••••• • 004"
    assert mask_nip("1990") == "••••"


def test_subjects_must_add_up_to_the_training():
    check_subjects(FACTS.subjects, 20)
    with pytest.raises(InvalidInput, match="20, sedangkan pelatihannya 40"):
        check_subjects(FACTS.subjects, 40)
    with pytest.raises(InvalidInput, match="0, sedangkan"):
        check_subjects((), 40)


@pytest.mark.parametrize("reason", ["", "   singkat ", "x" * 501])
def test_a_reason_is_neither_a_word_nor_a_report(reason):
    with pytest.raises(InvalidInput, match="10 sampai 500"):
        check_reason(reason)


@pytest.mark.parametrize(("form", "kind"), [(None, "STTPP"), (1, "STTPP"), (4, "ATTENDANCE"), (9, "ATTENDANCE")])
def test_a_workshop_is_attended_and_a_programme_passed(form, kind):
    assert kind_for_development(form) is CertificateKind(kind)


def test_frozen_facts_come_back_as_they_were():
    assert facts_from_json(json.loads(canonical_json(FACTS))) == FACTS
    assert len(facts_hash(FACTS)) == 64


_CHANGES = {
    "kind": CertificateKind.AWARD, "issued_on": date(2026, 10, 13), "birth_date": date(1990, 3, 12),
    "first_day": date(2026, 10, 4), "last_day": date(2026, 10, 8), "valid_until": date(2030, 1, 1), "jp": 21,
    "subjects": (Subject("Kebijakan", 20),), "competences": (), "trainers": (), "signer": Signatory("Plt. Kepala", ""),
    "organiser_signer": Signatory("Kabid", ""), "signed": True, "demo": True}


@pytest.mark.parametrize("field", [field.name for field in dataclasses.fields(FACTS)
                                   if field.name not in ("draft", "qr_payload", "photo")])
def test_every_fact_is_under_the_hash(field):
    changed = dataclasses.replace(FACTS, **{field: _CHANGES.get(field, "lain")})
    assert facts_hash(changed) != facts_hash(FACTS)


def test_the_word_draft_is_about_the_print_alone():
    assert facts_hash(dataclasses.replace(FACTS, draft=True)) == facts_hash(FACTS)


@pytest.mark.parametrize("damage", [
    {"schema": 2}, {"issued_on": "12 Oktober"}, {"kind": "IJAZAH"}, {"subjects": [{"title": "x"}]}, {"more": 1},
    {"competences": [["x"]]}])
def test_damaged_facts_are_refused(damage):
    with pytest.raises(InvalidInput):
        facts_from_json(facts_to_json(FACTS) | damage)


def test_a_field_that_came_later_leaves_the_hash_of_older_snapshots_alone():
    older = facts_to_json(FACTS)
    assert "authority" not in older
    assert facts_hash(facts_from_json(older)) == facts_hash(FACTS)
    assert facts_hash(dataclasses.replace(FACTS, authority="BSrE")) != facts_hash(FACTS)
