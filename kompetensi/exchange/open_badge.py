"""Open Badges 3.0: what a certificate says as an `OpenBadgeCredential`, without its proof, and the pictures that carry it.

A credential is read back by the same form in which it is written: what is read is one of ours only if writing it anew
gives the same document. So nothing can stand in it that this form does not know, and that a proof over the RDF
statements would not cover. The form is described in docs/formats/open-badges.md.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from json import JSONDecodeError
from typing import Any
from xml.parsers.expat import ExpatError

from defusedxml.common import DefusedXmlException
from openbadgeslib import baking
from openbadgeslib.errors import LibOpenBadgesException
from png import Error as PngError

from kompetensi.errors import InvalidInput
from kompetensi.exchange.deep_json import decode
from kompetensi.messages import say
from kompetensi.rules.certificates import CertificateKind

__all__ = ["CONTEXTS", "Alignment", "Badge", "badge_from_document", "badge_to_document", "bake_png", "bake_svg",
           "document_to_text", "moment_to_text", "read_badge_file"]

CONTEXTS = ("https://www.w3.org/ns/credentials/v2", "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json")
_ACHIEVEMENT_TYPES = {
    CertificateKind.STTPP: "CertificateOfCompletion", CertificateKind.ATTENDANCE: "Certificate",
    CertificateKind.AWARD: "Award"}
_KINDS = {word: kind for kind, word in _ACHIEVEMENT_TYPES.items()}
_PNG_HEAD = b"\x89PNG\r\n\x1a\n"


@dataclass(frozen=True, slots=True)
class Alignment:
    """A competency that the training leads to.

    Attributes
    ----------
    url : str
        Its public address, that of a CASE item.
    level : int
        1 to 5.
    framework : str
        Name of the standard that it belongs to.
    """

    url: str
    code: str
    name: str
    level: int
    framework: str


@dataclass(frozen=True, slots=True)
class Badge:
    """What a badge says.

    Attributes
    ----------
    url : str
        Public page of the certificate; it identifies the credential.
    issuer : str
        DID that answers for it.
    issuer_name, issuer_url : str
        Institution in full, and its public address.
    holder_name : str
        With titles.
    nip_hash, salt : str
        SHA-256 of NIP and salt, 64 small hexadecimal digits; both empty where the certificate has no NIP.
    achievement : str
        Identifies the training, the same on all its badges.
    description, criteria : str
        What the training is, and what had to be done, in Indonesian.
    image : str
        Address of the picture of all badges of this kind.
    alignments : tuple of Alignment
        In the order of the certificate; empty if the training leads to no competency.
    first_day, last_day : date
        Of the training.
    jp : int
        Lesson hours of 45 minutes.
    valid_from, valid_until : datetime, datetime or None
        Whole seconds; None = without end.
    status_list, status_index : str, int
        Address of the status list, and the place in it.
    """

    url: str
    issuer: str
    issuer_name: str
    issuer_url: str
    holder_name: str
    nip_hash: str
    salt: str
    number: str
    kind: CertificateKind
    achievement: str
    training_code: str
    training_name: str
    description: str
    criteria: str
    image: str
    alignments: tuple[Alignment, ...]
    first_day: date
    last_day: date
    jp: int
    valid_from: datetime
    valid_until: datetime | None
    status_list: str
    status_index: int


def badge_to_document(badge: Badge) -> dict[str, Any]:
    """Return the credential without its proof."""
    achievement = {
        "id": badge.achievement, "type": ["Achievement"], "achievementType": _ACHIEVEMENT_TYPES[badge.kind],
        "humanCode": badge.training_code, "name": badge.training_name, "description": badge.description,
        "inLanguage": "id", "criteria": {"narrative": badge.criteria}, "creditsAvailable": badge.jp,
        "image": {"id": badge.image, "type": "Image"},
        "alignment": [{
            "type": ["Alignment"], "targetType": "CFItem", "targetUrl": item.url, "targetCode": item.code,
            "targetName": item.name, "targetDescription": _level_words(item.level), "targetFramework": item.framework,
        } for item in badge.alignments]}
    if not badge.alignments:
        del achievement["alignment"]
    identifiers: list[dict[str, Any]] = [
        {"type": "IdentityObject", "identityType": "name", "hashed": False, "identityHash": badge.holder_name}]
    if badge.nip_hash:
        identifiers.append({"type": "IdentityObject", "identityType": "ext:nip", "hashed": True,
                            "identityHash": f"sha256${badge.nip_hash}", "salt": badge.salt})
    document: dict[str, Any] = {
        "@context": list(CONTEXTS), "id": badge.url, "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "name": badge.training_name,
        "issuer": {"id": badge.issuer, "type": ["Profile"], "name": badge.issuer_name, "url": badge.issuer_url},
        "validFrom": moment_to_text(badge.valid_from),
        "credentialSubject": {
            "type": ["AchievementSubject"], "identifier": identifiers, "licenseNumber": badge.number,
            "activityStartDate": badge.first_day.isoformat(), "activityEndDate": badge.last_day.isoformat(),
            "creditsEarned": badge.jp, "achievement": achievement},
        "credentialStatus": {
            "id": f"{badge.status_list}#{badge.status_index}", "type": "BitstringStatusListEntry",
            "statusPurpose": "revocation", "statusListIndex": str(badge.status_index),
            "statusListCredential": badge.status_list}}
    if badge.valid_until is not None:
        document["validUntil"] = moment_to_text(badge.valid_until)
    return document


def badge_from_document(document: Mapping[str, Any]) -> Badge:
    """Return what a credential without its proof says.

    Raises
    ------
    InvalidInput
        If `badge_to_document` would not have written just this document.
    """
    try:
        subject, status = document["credentialSubject"], document["credentialStatus"]
        achievement, identifiers = subject["achievement"], subject["identifier"]
        hashed = identifiers[1] if len(identifiers) > 1 else {"identityHash": "sha256$", "salt": ""}
        badge = Badge(
            url=document["id"], issuer=document["issuer"]["id"], issuer_name=document["issuer"]["name"],
            issuer_url=document["issuer"]["url"], holder_name=identifiers[0]["identityHash"],
            nip_hash=hashed["identityHash"].removeprefix("sha256$"), salt=hashed["salt"],
            number=subject["licenseNumber"], kind=_KINDS[achievement["achievementType"]],
            achievement=achievement["id"], training_code=achievement["humanCode"], training_name=achievement["name"],
            description=achievement["description"], criteria=achievement["criteria"]["narrative"],
            image=achievement["image"]["id"],
            alignments=tuple(Alignment(
                item["targetUrl"], item["targetCode"], item["targetName"],
                int(item["targetDescription"].rpartition(" ")[2]), item["targetFramework"])
                for item in achievement.get("alignment", ())),
            first_day=date.fromisoformat(subject["activityStartDate"]),
            last_day=date.fromisoformat(subject["activityEndDate"]), jp=subject["creditsEarned"],
            valid_from=_moment(document["validFrom"]),
            valid_until=_moment(document["validUntil"]) if "validUntil" in document else None,
            status_list=status["statusListCredential"], status_index=int(status["statusListIndex"]))
        # Compared as text: to Python 1, 1.0 and true are equal, to the proof they are not.
        same = document_to_text(badge_to_document(badge)) == document_to_text(document)
    except (AttributeError, IndexError, KeyError, TypeError, ValueError):
        same = False
    if not same:
        raise InvalidInput(say("Isi lencana ini tidak berbentuk seperti lencana yang kami terbitkan."))
    return badge


def document_to_text(document: Mapping[str, Any]) -> str:
    """Return the one text of a document: sorted fields, no blanks."""
    return json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


def moment_to_text(moment: datetime) -> str:
    """Return a moment in UTC by whole seconds: ``2026-10-07T16:00:00Z``."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _moment(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)


def _level_words(level: int) -> str:
    return f"Tingkat {level}"


def bake_png(picture: bytes, credential: str) -> bytes:
    """Return a PNG that carries a credential (Open Badges 3.0, section 5.3: ``iTXt`` chunk ``openbadgecredential``)."""
    return baking.bake_png(picture, credential, keyword=baking.ITXT_KEYWORD_OB3)


def bake_svg(picture: bytes, credential: str) -> bytes:
    """Return an SVG that carries a credential in an element ``openbadges:credential``."""
    return baking.bake_svg(picture, credential, element=baking.SVG_ELEMENT_OB3, namespace=baking.SVG_NS_OB3, as_text=True)


def read_badge_file(content: bytes, *, max_bytes: int) -> dict[str, Any]:
    """Read the credential from a file of JSON, or from the PNG or SVG that carries it.

    Parameters
    ----------
    max_bytes : int
        Largest size that is looked at, inclusive.

    Returns
    -------
    dict
        The document with its proof, as the file has it; nothing in it has been checked.

    Raises
    ------
    InvalidInput
        If the file is empty, too large, damaged, a picture without a credential, or no JSON object.
    """
    if len(content) > max_bytes:
        raise InvalidInput(say("Berkas terlalu besar; batasnya %(limit)s byte.", limit=max_bytes), where="FILE")
    text = _text_of(content)
    if not text or not text.strip():
        raise InvalidInput(say("Berkas ini tidak memuat lencana."), where="FILE")
    try:
        document = decode(text)
    except ValueError as error:
        if isinstance(error, JSONDecodeError):
            raise InvalidInput(say("Lencana dalam berkas ini bukan JSON; berhenti terbaca pada huruf ke-%(place)s.",
                                   place=error.pos + 1), where="FILE") from error
        raise InvalidInput(say("Lencana dalam berkas ini bukan JSON: ada “%(word)s”.", word=str(error)[:80]),
                           where="FILE") from error
    if not isinstance(document, dict):
        raise InvalidInput(say("Berkas ini tidak memuat lencana."), where="FILE")
    return document


def _text_of(content: bytes) -> str | None:
    try:
        if content.startswith(_PNG_HEAD):
            return baking.extract_png(content, keyword=baking.ITXT_KEYWORD_OB3)
        if content.lstrip().startswith(b"<"):
            return baking.extract_svg(content, element=baking.SVG_ELEMENT_OB3, text_fallback=True)
        return content.decode()
    except (PngError, ExpatError, DefusedXmlException, LibOpenBadgesException, ValueError, EOFError) as error:
        raise InvalidInput(say("Berkas ini rusak atau bukan JSON, PNG atau SVG yang membawa lencana."),
                           where="FILE") from error
