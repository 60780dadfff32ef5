"""QR codes are those of segno, mask and all."""

from __future__ import annotations

import segno
from hypothesis import given
from hypothesis import strategies as st

from kompetensi.adapters.qr_mask import make_qr


@given(st.text(alphabet="ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", min_size=1, max_size=200), st.booleans())
def test_a_code_is_the_one_that_segno_makes(text, in_parts):
    content = [("https://sertifikat.example/cek/#", None, None), (text, None, None)] if in_parts else f"https://x.example/{text}"
    mine, theirs = make_qr(content, error="m"), segno.make(content, error="m", micro=False)
    assert (mine.mask, mine.matrix, mine.designator) == (theirs.mask, theirs.matrix, theirs.designator)
