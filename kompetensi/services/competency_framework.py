"""The dictionary of competencies as anybody may read it: what badges are aligned to, in the form of 1EdTech CASE 1.1."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from kompetensi.errors import NotFound
from kompetensi.messages import say
from kompetensi.models import Competency, LadderLevel
from kompetensi.rules.access import ANONYMOUS
from kompetensi.services.access import require
from kompetensi.services.certificate_badges import FRAMEWORK, competency_url

__all__ = ["publish_competency", "publish_framework"]

_TYPES = {"MANAJERIAL": "Kompetensi manajerial", "SOSIOKULTURAL": "Kompetensi sosial kultural",
          "TEKNIS": "Kompetensi teknis"}


def publish_framework(session: Session, *, public_url: str, today: date) -> dict[str, Any]:
    """Return the whole dictionary as a CASE package, by code."""
    require(session, ANONYMOUS, "certificates.verify", on=today)
    ladder = _ladder(session)
    return {"CFDocument": {**_document(public_url), "creator": "kompetensi", "language": "id"},
            "CFItems": [_item(row, ladder, public_url) for row in session.scalars(
                select(Competency).options(selectinload(Competency.levels)).order_by(Competency.code))]}


def publish_competency(session: Session, code: str, *, public_url: str, today: date) -> dict[str, Any]:
    """Return one competency as a CASE item.

    Raises
    ------
    NotFound
        If the dictionary has no such code.
    """
    require(session, ANONYMOUS, "certificates.verify", on=today)
    row = session.scalars(select(Competency).where(Competency.code == code)).one_or_none()
    if row is None:
        raise NotFound(say("Tidak ada kompetensi dengan kode %(code)s.", code=code), where="code")
    return _item(row, _ladder(session), public_url)


def _ladder(session: Session) -> tuple[tuple[int, str, str], ...]:
    return tuple((row.level, row.name, row.indicator) for row in session.scalars(
        select(LadderLevel).order_by(LadderLevel.level)))


def _item(row: Competency, ladder: tuple[tuple[int, str, str], ...], public_url: str) -> dict[str, Any]:
    own = tuple((level.level, level.name, level.indicator) for level in row.levels)
    levels = own or (ladder if row.kind == "TEKNIS" else ())
    url = competency_url(public_url, row.code)
    return {
        "identifier": str(uuid5(NAMESPACE_URL, url)), "uri": url, "CFDocumentURI": _document(public_url),
        "CFItemType": _TYPES[row.kind], "humanCodingScheme": row.code, "abbreviatedStatement": row.name,
        "fullStatement": f"{row.name}: {row.definition}" if row.definition else row.name, "language": "id",
        "notes": "\n".join(f"Tingkat {level} ({name}): {indicator}" for level, name, indicator in levels)}


def _document(public_url: str) -> dict[str, str]:
    url = f"{public_url}/kerangka"
    return {"identifier": str(uuid5(NAMESPACE_URL, url)), "uri": url, "title": FRAMEWORK}
