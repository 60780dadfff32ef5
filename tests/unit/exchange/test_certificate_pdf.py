"""Files that come back: what they say about themselves."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kompetensi.errors import InvalidInput
from kompetensi.exchange.certificate_pdf import read_certificate_pdf

WHOLE = b"%PDF-1.7\n1 0 obj\nendobj\ntrailer << /ID [(7K4M-Q9XD-2RTB) (x)] >>\nstartxref\n9\n%%EOF\n"


def read(pdf: bytes, max_bytes: int = 10_000):
    return read_certificate_pdf(pdf, max_bytes=max_bytes)


def test_a_certificate_names_its_code():
    assert read(WHOLE).token == "7K4M-Q9XD-2RTB"
    assert read(WHOLE).sha256 == hashlib.sha256(WHOLE).hexdigest()


def test_the_code_may_be_written_in_hexadecimal():
    assert read(WHOLE.replace(b"(7K4M-Q9XD-2RTB)", b"<" + b"7K4M-Q9XD-2RTB".hex().encode() + b">")).token \
        == "7K4M-Q9XD-2RTB"


def test_another_pdf_names_none():
    assert read(WHOLE.replace(b"7K4M-Q9XD-2RTB", b"abcdef")).token is None


@pytest.mark.parametrize(("pdf", "complaint"), [
    (b"", "kosong"), (b"PK\x03\x04", "bukan PDF"), (b"x" * 10_001, "paling besar"),
    (WHOLE.replace(b"/ID", b"/Encrypt 5 0 R /ID"), "dikunci"), (b"%PDF-1.7\n1 0 obj\n", "terpotong")])
def test_what_cannot_be_read_is_refused_and_said_why(pdf, complaint):
    with pytest.raises(InvalidInput, match=complaint) as refused:
        read(pdf)
    assert refused.value.where == "file"


def test_a_certificate_that_was_cut_off_is_still_a_claim_to_check():
    assert read(WHOLE[:-12]).token == "7K4M-Q9XD-2RTB"


@given(st.binary(max_size=300))
def test_no_bytes_break_the_reader(rubbish):
    for pdf in (rubbish, b"%PDF-1.4 /ID [" + rubbish, WHOLE + rubbish):
        try:
            found = read(pdf)
        except InvalidInput:
            continue
        assert len(found.sha256) == 64
