"""Recognition of prior learning: the states of a claim, who may take which step, and what a document must be."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from kompetensi.errors import Conflict, InvalidInput
from kompetensi.messages import Message, say

__all__ = ["CLAIM_WORDS", "ClaimState", "check_claim_step", "document_type"]


class ClaimState(StrEnum):
    """Where a claim stands."""

    SUBMITTED = "SUBMITTED"
    IN_REVIEW = "IN_REVIEW"
    RECOGNISED = "RECOGNISED"
    REFUSED = "REFUSED"
    WITHDRAWN = "WITHDRAWN"


CLAIM_WORDS: Mapping[ClaimState, Message] = {
    ClaimState.SUBMITTED: say("Diajukan"), ClaimState.IN_REVIEW: say("Sedang ditelaah"),
    ClaimState.RECOGNISED: say("Diakui"), ClaimState.REFUSED: say("Ditolak"), ClaimState.WITHDRAWN: say("Ditarik")}

_STEPS: Mapping[ClaimState, frozenset[ClaimState]] = {
    ClaimState.SUBMITTED: frozenset({ClaimState.IN_REVIEW, ClaimState.WITHDRAWN}),
    ClaimState.IN_REVIEW: frozenset({ClaimState.RECOGNISED, ClaimState.REFUSED, ClaimState.WITHDRAWN}),
    ClaimState.RECOGNISED: frozenset(),
    ClaimState.REFUSED: frozenset(),
    ClaimState.WITHDRAWN: frozenset(),
}


def check_claim_step(before: ClaimState, after: ClaimState) -> None:
    """Refuse a step that a claim cannot take: what is decided or withdrawn stays, and nothing is decided unread.

    Raises
    ------
    Conflict
        If `after` may not follow `before`; the message names both.
    """
    if after not in _STEPS[before]:
        raise Conflict(say("Usulan yang berstatus %(before)s tidak dapat menjadi %(after)s.",
                           before=CLAIM_WORDS[before], after=CLAIM_WORDS[after]))


# What the first bytes of a file must be, by the type that browsers call it.
_SIGNATURES = {b"%PDF-": "application/pdf", b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg"}


def document_type(content: bytes, *, max_bytes: int) -> str:
    """Return the media type of a document handed in: PDF, PNG or JPEG, told by its first bytes.

    Raises
    ------
    InvalidInput
        If it is empty, larger than `max_bytes`, of another type, or a PDF locked with a password; it names
        ``document``.
    """
    if not content:
        raise InvalidInput(say("Berkas ini kosong."), where="document")
    if len(content) > max_bytes:
        raise InvalidInput(say("Berkas ini %(size)s bita, paling besar %(limit)s bita.", size=len(content),
                               limit=max_bytes), where="document")
    found = next((kind for start, kind in _SIGNATURES.items() if content.startswith(start)), None)
    if found is None:
        raise InvalidInput(say("Unggah pindaian sertifikatnya sebagai PDF, PNG, atau JPEG."), where="document")
    if found == "application/pdf" and b"/Encrypt" in content:
        raise InvalidInput(say("PDF ini dikunci dengan kata sandi, sehingga penelaah tidak dapat membacanya. Unggah "
                               "berkas tanpa kunci."), where="document")
    return found
