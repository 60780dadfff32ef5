"""What the electronic signature of a file that comes back is worth."""

from __future__ import annotations

import io
from datetime import UTC, datetime

import pikepdf
import pytest

from kompetensi.adapters.authority import find_or_make_authority
from kompetensi.adapters.pdf_signatures import read_authorities, signature_of
from kompetensi.errors import Unavailable
from kompetensi.ports import SignatureVerdict

pytestmark = pytest.mark.once

AT = datetime(2026, 10, 12, 1, 14, tzinfo=UTC)


@pytest.fixture(scope="module")
def plain():
    content = io.BytesIO()
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        pdf.save(content)
    return content.getvalue()


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return find_or_make_authority(tmp_path_factory.mktemp("instance"))


@pytest.fixture(scope="module")
def signed(authority, plain):
    return authority.signer().sign(plain, reason="Penerbitan", at=AT)


@pytest.fixture(scope="module")
def trusted(authority):
    return read_authorities(authority.signer().certificates[-1].encode())


def test_a_whole_file_says_who_signed_it_and_when(signed, trusted):
    standing = signature_of(signed, trusted)
    assert (standing.verdict, standing.signed_at) == (SignatureVerdict.INTACT, AT)
    assert standing.signer == "Segel Demo Kompetensi"


def test_an_authority_that_is_not_known_is_told_from_a_file_that_was_changed(signed, trusted, tmp_path_factory):
    other = find_or_make_authority(tmp_path_factory.mktemp("other")).signer().certificates[-1].encode()
    assert signature_of(signed, read_authorities(other)).verdict is SignatureVerdict.UNTRUSTED
    assert signature_of(signed, ()).verdict is SignatureVerdict.UNTRUSTED


def test_a_file_without_a_signature_has_none(plain, trusted):
    assert signature_of(plain, trusted) is None


@pytest.mark.parametrize("place", [0.05, 0.3, 0.5, 0.9])
def test_one_byte_that_differs_is_never_intact(signed, trusted, place):
    start = int(len(signed) * place)
    standing = signature_of(signed[:start] + bytes([signed[start] ^ 1]) + signed[start + 1:], trusted)
    assert standing is None or standing.verdict in (SignatureVerdict.ALTERED, SignatureVerdict.UNREADABLE)


def test_what_was_added_after_the_signature_shows(signed, trusted):
    assert signature_of(signed + b"\n", trusted).verdict is SignatureVerdict.ALTERED
    content = io.BytesIO()
    with pikepdf.open(io.BytesIO(signed)) as pdf:
        pdf.save(content)
    assert signature_of(content.getvalue(), trusted).verdict is not SignatureVerdict.INTACT


@pytest.mark.parametrize("pdf", [b"", b"%PDF-1.7", b"hello", b"%PDF-1.7\n%%EOF\n" + b"<<" * 5000])
def test_what_cannot_be_opened_cannot_be_checked(pdf, trusted):
    assert signature_of(pdf, trusted).verdict is SignatureVerdict.UNREADABLE


def test_a_list_of_authorities_that_is_none_is_refused_by_name():
    with pytest.raises(Unavailable, match="KOMPETENSI_TRUSTED_AUTHORITIES"):
        read_authorities(b"hello")
