"""The key of badges as others name it, and what only its holder can work out."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st
from openbadgeslib.ob3.did import did_key_from_pem, multikey_from_pem
from seals import OpenSeal

from kompetensi.adapters.open_badges import STATUS_LIST_PLACES, Secret, did_document, issuer_of, key_named_by

keys = st.integers(1, 2**256 - 1).map(OpenSeal)


@given(keys)
def test_a_key_is_named_as_the_library_names_it_and_found_again(seal):
    public_key = Ed25519PublicKey.from_public_bytes(seal.public_key).public_bytes(
        Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    issuer = issuer_of(seal.public_key, "http://127.0.0.1:8075")
    assert issuer.did == did_key_from_pem(public_key)
    assert issuer.method == f"{issuer.did}#{multikey_from_pem(public_key)}"
    assert key_named_by(issuer.method) == seal.public_key


@given(st.none() | st.integers() | st.text(max_size=80) | st.text("z1aA", max_size=80).map("did:web:x#".__add__))
def test_what_names_no_key_is_told_so(method):
    assert key_named_by(method) is None


@pytest.mark.parametrize(("address", "did"), [
    ("https://sertifikat.example", "did:web:sertifikat.example"),
    ("https://sertifikat.example:8443", "did:web:sertifikat.example%3A8443"),
    ("https://layanan.example/kompetensi/asn", "did:web:layanan.example:kompetensi:asn"),
])
def test_a_public_address_has_its_did(address, did):
    assert issuer_of(OpenSeal().public_key, address).did == did


def test_the_document_of_the_did_names_a_key_once_however_often_it_is_listed():
    issuer = issuer_of(OpenSeal().public_key, "https://sertifikat.example")
    document = did_document(issuer, [OpenSeal().public_key, OpenSeal(2).public_key, OpenSeal().public_key])
    assert document["assertionMethod"][0] == issuer.method
    assert len(document["assertionMethod"]) == 2


def test_no_two_badges_share_a_place():
    secret = Secret(OpenSeal())
    assert len({secret.place(sequence) for sequence in range(5000)}) == 5000
    assert all(0 <= secret.place(sequence) < STATUS_LIST_PLACES for sequence in (0, STATUS_LIST_PLACES - 1))


def test_another_key_gives_other_places_and_salts():
    one, other = Secret(OpenSeal(1)), Secret(OpenSeal(2))
    assert [one.place(number) for number in range(4)] != [other.place(number) for number in range(4)]
    assert one.salt("A") != other.salt("A")
    assert one.salt("A") == Secret(OpenSeal(1)).salt("A") != one.salt("B")
