"""Badges as others see them: signed by us, checked by openvc, which shares no code with what signs here."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode
from datetime import date, datetime, timedelta
from gzip import decompress
from hashlib import sha256
from itertools import pairwise

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from factories import NOW, TODAY
from graduates import make_finished_batch, make_graduate, press
from openbadgeslib.baking import extract_png, extract_svg
from openbadgeslib.ob3.contexts import bundled_contexts
from openbadgeslib.ob3.ldp import OB3LdpVerifier
from openvc.did.base import DidResolverRegistry
from openvc.did.did_key import DidKeyResolver
from openvc.did.did_web import DidWebResolver
from openvc.errors import OpenvcError
from openvc.proof.errors import SignatureInvalid
from openvc.status.status_list import CredentialRevoked
from openvc.verify import VerificationPolicy, verify_credential
from seals import OpenSeal
from sqlalchemy import select

from kompetensi.adapters.open_badges import sign_document
from kompetensi.errors import InvalidInput, NotAllowed, NotFound
from kompetensi.messages import WITA
from kompetensi.models import AuditEntry, Certificate, CertificateBadge, Person, Training
from kompetensi.rules.access import SYSTEM, Actor
from kompetensi.services.badge_files import BadgeForm, BadgeVerdict, check_badge, read_badge
from kompetensi.services.certificate_badges import publish_did, publish_status_list
from kompetensi.services.certificate_register import revoke_certificate
from kompetensi.services.certificates import issue_certificate, replace_certificate
from kompetensi.services.competency_framework import publish_competency, publish_framework

ON = {"today": TODAY, "now": NOW}
WEB = "https://sertifikat.example"
SEAL = OpenSeal()
CONTEXTS = bundled_contexts()
LIMIT = 1_000_000


def issue(session, *, seal=SEAL, public_url=WEB, years=3, **fields):
    batch = make_finished_batch(session)
    session.get_one(Training, batch.training_id).validity_years = years
    ports = press() | {"seal": seal, "verify_base": f"{public_url}/cek/"}
    return issue_certificate(session, SYSTEM, make_graduate(session, batch, **fields).id, **(ON | ports))


def pem_of(seal):
    return Ed25519PublicKey.from_public_bytes(seal.public_key).public_bytes(
        Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def badge_of(session, issued, form=BadgeForm.JSON):
    return read_badge(session, SYSTEM, issued.token, form, **ON).content


def document_of(session, issued):
    return json.loads(badge_of(session, issued))


def resolver(session, *, keys=(), seal=SEAL, public_url=WEB):
    def fetch(url):
        assert url in (f"{public_url}/.well-known/did.json", f"{public_url}/did.json")
        return publish_did(session, seal=seal, earlier_keys=keys, public_url=public_url, today=TODAY)

    return DidResolverRegistry([DidKeyResolver(), DidWebResolver(fetch)])


def verify(session, document, *, now=NOW, seal=SEAL, keys=(), public_url=WEB):
    """Check a badge as a stranger does: by its DID and by the status list, at the addresses that the badge names."""
    found = resolver(session, seal=seal, keys=keys, public_url=public_url)

    def status_list(url):
        listed = json.loads(publish_status_list(
            session, url.removeprefix(f"{public_url}/lencana/status/"), seal=seal, today=TODAY))
        assert listed["id"] == url
        verify_credential(listed, policy=VerificationPolicy(now=now), resolver=found)
        return listed

    return verify_credential(
        document, policy=VerificationPolicy(now=now, require_status_issuer_binding=True, expected_types=[
            "VerifiableCredential", "OpenBadgeCredential"]),
        resolver=found, resolve_status_list=status_list, extra_contexts=CONTEXTS)


def test_another_implementation_finds_the_badge_genuine(session):
    document = document_of(session, issue(session))
    assert verify(session, document).issuer == document["issuer"]["id"] == "did:web:sertifikat.example"


def test_the_library_of_open_badges_finds_it_genuine_too(session):
    # It knows no other day than the real one, so the badge has no end.
    found = OB3LdpVerifier(pem_of(SEAL)).verify(document_of(session, issue(session, years=None)))
    assert found.issuer.id == "did:web:sertifikat.example"


def test_below_a_path_the_did_has_the_path(session):
    below = "https://layanan.example/kompetensi"
    document = document_of(session, issue(session, public_url=below))
    assert document["issuer"]["id"] == "did:web:layanan.example:kompetensi"
    assert verify(session, document, public_url=below)


def test_without_https_the_key_itself_answers(session):
    here = "http://127.0.0.1:8075"
    document = document_of(session, issue(session, public_url=here))
    assert document["issuer"]["id"].startswith("did:key:z6Mk")
    assert verify(session, document, public_url=here)
    with pytest.raises(NotFound, match="did:key"):
        publish_did(session, seal=SEAL, public_url=here, today=TODAY)


def test_the_badge_says_who_learned_what_and_never_the_nip(session):
    issued = issue(session, name="Siti Botutihe", title_after="S.Kep.")
    text = badge_of(session, issued).decode()
    document = json.loads(text)
    nip = session.scalars(select(Person.nip).where(Person.name == "Siti Botutihe")).one()
    assert nip not in text
    subject = document["credentialSubject"]
    name, hashed = subject["identifier"]
    assert name["identityHash"] == "Siti Botutihe, S.Kep."
    assert hashed["identityHash"] == "sha256$" + sha256((nip + hashed["salt"]).encode()).hexdigest()
    achievement = subject["achievement"]
    assert (achievement["creditsAvailable"], subject["creditsEarned"], subject["licenseNumber"]) == (20, 20, issued.number)
    assert [item["targetUrl"] for item in achievement["alignment"]] \
        == [f"{WEB}/kerangka/{item['targetCode']}" for item in achievement["alignment"]] != []


def test_two_badges_of_one_person_share_no_hash(session):
    first = issue(session)
    person = session.get_one(Person, session.get_one(Certificate, first.id).person_id)
    second = issue_certificate(session, SYSTEM, make_graduate(session, make_finished_batch(session, "BMD-DASAR"),
                                                              person=person).id, **(ON | press() | {"seal": SEAL}))
    hashes = {document_of(session, one)["credentialSubject"]["identifier"][1]["identityHash"] for one in (first, second)}
    assert len(hashes) == 2


def test_every_alignment_leads_to_an_item_that_says_the_same(session):
    package = publish_framework(session, public_url=WEB, today=TODAY)
    for item in document_of(session, issue(session))["credentialSubject"]["achievement"]["alignment"]:
        found = publish_competency(session, item["targetCode"], public_url=WEB, today=TODAY)
        assert (found["uri"], found["abbreviatedStatement"]) == (item["targetUrl"], item["targetName"])
        assert found in package["CFItems"]
        assert f"{item['targetDescription']} (" in found["notes"]
    with pytest.raises(NotFound):
        publish_competency(session, "TIDAK-ADA", public_url=WEB, today=TODAY)


def test_a_revoked_one_is_refused_and_its_neighbour_is_not(session):
    first, second = issue(session), issue(session)
    revoke_certificate(session, SYSTEM, first.token, "Kehadiran tidak cukup.", **ON)
    with pytest.raises(CredentialRevoked):
        verify(session, document_of(session, first))
    assert verify(session, document_of(session, second))


def test_a_replaced_one_is_refused_and_its_successor_is_not(session):
    old = issue(session)
    new = replace_certificate(session, SYSTEM, old.token, "Nama salah dieja.",
                              **(ON | press() | {"seal": SEAL, "verify_base": f"{WEB}/cek/"}))
    with pytest.raises(CredentialRevoked):
        verify(session, document_of(session, old))
    assert verify(session, document_of(session, new))


def test_it_counts_through_its_last_day_and_no_second_more(session):
    issued = issue(session)
    document = document_of(session, issued)
    assert issued.valid_until is not None
    last = datetime.combine(issued.valid_until + timedelta(days=1), datetime.min.time(), WITA)
    policy = {"leeway_s": 0, "require_status": False}
    assert verify_credential(document, policy=VerificationPolicy(now=last - timedelta(seconds=1), **policy),
                             resolver=resolver(session), extra_contexts=CONTEXTS)
    with pytest.raises(OpenvcError):
        verify_credential(document, policy=VerificationPolicy(now=last + timedelta(seconds=1), **policy),
                          resolver=resolver(session), extra_contexts=CONTEXTS)


def changed_name(document):
    document["credentialSubject"]["identifier"][0]["identityHash"] = "Orang Lain"


def changed_hours(document):
    document["credentialSubject"]["creditsEarned"] = 200


def changed_place(document):
    document["credentialStatus"]["statusListIndex"] = "5"


def changed_end(document):
    document["validUntil"] = "2099-01-01T00:00:00Z"


def added_claim(document):
    document["credentialSubject"]["achievement"]["unknown"] = "Sangat memuaskan"


def hidden_end(document):
    document["https://www.w3.org/2018/credentials#validUntil"] = {
        "@type": "http://www.w3.org/2001/XMLSchema#dateTime", "@value": document.pop("validUntil")}


def other_signature(document):
    value = document["proof"]["proofValue"]
    document["proof"]["proofValue"] = value[:-1] + ("2" if value[-1] != "2" else "3")


@pytest.mark.parametrize("alter", [changed_name, changed_hours, changed_place, changed_end, added_claim, hidden_end,
                                   other_signature])
def test_whatever_is_altered_is_refused_by_others_and_by_us(session, alter):
    document = document_of(session, issue(session))
    alter(document)
    with pytest.raises(OpenvcError):
        verify(session, document)
    assert check(session, document).verdict is BadgeVerdict.ALTERED


def test_another_key_is_refused_by_others_and_by_us(session):
    forged = document_of(session, issue(session, seal=OpenSeal(2)))
    with pytest.raises(OpenvcError):
        verify(session, forged)
    assert check(session, forged).verdict is BadgeVerdict.UNKNOWN
    document = document_of(session, issue(session))
    method = document["proof"]["verificationMethod"]
    forged["proof"]["verificationMethod"] = method
    with pytest.raises(SignatureInvalid):
        verify(session, forged)
    assert check(session, forged).verdict is BadgeVerdict.ALTERED


def test_a_badge_of_an_earlier_key_still_counts_while_the_key_is_published(session):
    issued = issue(session, seal=OpenSeal(2))
    document = document_of(session, issued)
    assert verify(session, document, keys=[OpenSeal(2).public_key])
    with pytest.raises(OpenvcError):
        verify(session, document)
    revoke_certificate(session, SYSTEM, issued.token, "Kehadiran tidak cukup.", **ON)
    with pytest.raises(CredentialRevoked):
        verify(session, document, keys=[OpenSeal(2).public_key])


def test_what_was_issued_under_an_earlier_address_keeps_its_list(session):
    first = issue(session, public_url="https://lama.example")
    second = issue(session)
    lists = [session.get_one(CertificateBadge, one.id).status_list for one in (first, second)]
    listed = [json.loads(publish_status_list(session, name, seal=SEAL, today=TODAY)) for name in lists]
    assert [one["issuer"] for one in listed] == ["did:web:lama.example", "did:web:sertifikat.example"]
    assert [one["id"] for one in listed] \
        == [document_of(session, one)["credentialStatus"]["statusListCredential"] for one in (first, second)]


def check(session, document, *, now=NOW):
    content = document if isinstance(document, bytes) else json.dumps(document).encode()
    return check_badge(session, content, public_keys=[SEAL.public_key], max_bytes=LIMIT, now=now)


def test_our_own_check_tells_genuine_revoked_and_expired_apart(session):
    issued = issue(session)
    content = badge_of(session, issued)
    found = check(session, content)
    assert (found.verdict, found.badge.number) == (BadgeVerdict.VALID, issued.number)
    assert check(session, content, now=NOW + timedelta(days=4000)).verdict is BadgeVerdict.EXPIRED
    revoke_certificate(session, SYSTEM, issued.token, "Kehadiran tidak cukup.", **ON)
    assert check(session, content).verdict is BadgeVerdict.REVOKED


def test_a_badge_that_the_register_has_not_is_not_vouched_for(session):
    issued = issue(session)
    content = badge_of(session, issued)
    session.delete(session.get_one(CertificateBadge, issued.id))
    session.flush()
    assert check(session, content).verdict is BadgeVerdict.UNKNOWN


def test_what_a_stolen_key_has_signed_is_not_vouched_for(session):
    document = document_of(session, issue(session))
    proof = document.pop("proof")
    changed_name(document)
    forged = sign_document(document, SEAL, method=proof["verificationMethod"], created=proof["created"])
    assert verify(session, forged)
    assert check(session, forged).verdict is BadgeVerdict.UNKNOWN


def test_pictures_carry_the_credential_byte_for_byte(session):
    issued = issue(session)
    credential = session.get_one(CertificateBadge, issued.id).credential
    png, svg = badge_of(session, issued, BadgeForm.PNG), badge_of(session, issued, BadgeForm.SVG)
    assert extract_png(png, keyword=b"openbadgecredential") == credential
    assert extract_svg(svg, element="openbadges:credential", text_fallback=True) == credential
    assert credential.encode() == badge_of(session, issued)
    assert {check(session, picture).verdict for picture in (png, svg)} == {BadgeVerdict.VALID}


@pytest.mark.parametrize("content", [
    b"", b" \n", b"{", b"[]", b"3", b'{"a":1,"a":2}', b"\xff\xfe", b"<svg/>", b"<svg", b"\x89PNG\r\n\x1a\n",
    b"[" * 100_000, b'<!DOCTYPE s [<!ENTITY a "b">]><s>&a;</s>', b"x" * (LIMIT + 1)])
def test_what_is_no_badge_is_refused_with_a_reason(session, content):
    with pytest.raises(InvalidInput):
        check(session, content)


@pytest.mark.parametrize("content", [b"{}", b'{"proof":[]}', b'{"proof":{"verificationMethod":"z1"}}',
                                     b'{"proof":{"verificationMethod":3}}'])
def test_a_document_of_somebody_else_is_unknown(session, content):
    assert check(session, content).verdict is BadgeVerdict.UNKNOWN


def test_the_status_list_is_the_same_all_day_until_something_is_revoked(session):
    issued = issue(session)
    name = session.get_one(CertificateBadge, issued.id).status_list

    def listed(day: date = TODAY):
        return publish_status_list(session, name, seal=SEAL, today=day)

    before = listed()
    assert listed() == before
    assert listed(TODAY + timedelta(days=1)) != before
    revoke_certificate(session, SYSTEM, issued.token, "Kehadiran tidak cukup.", **ON)
    bits = json.loads(listed())["credentialSubject"]["encodedList"]
    decoded = decompress(urlsafe_b64decode(bits[1:] + "=" * (-len(bits[1:]) % 4)))
    place = session.get_one(CertificateBadge, issued.id).status_index
    assert len(decoded) * 8 == 262_144
    assert [8 * at + 7 - bit for at, byte in enumerate(decoded) for bit in range(8) if byte >> bit & 1] == [place]


def test_a_list_that_nobody_is_in_does_not_exist(session):
    with pytest.raises(NotFound):
        publish_status_list(session, "0123456789abcdef-1", seal=SEAL, today=TODAY)


def test_places_do_not_tell_who_was_issued_next(session):
    batch = make_finished_batch(session)
    ports = ON | press() | {"seal": SEAL}
    places = [session.get_one(CertificateBadge, issue_certificate(
        session, SYSTEM, make_graduate(session, batch).id, **ports).id).status_index for _ in range(8)]
    steps = {later - earlier for earlier, later in pairwise(places)}
    assert len(set(places)) == 8
    assert len(steps) > 1


def test_who_may_not_see_the_certificate_gets_no_badge_and_whoever_does_is_noted(session):
    issued = issue(session)
    with pytest.raises(NotAllowed):
        read_badge(session, Actor("account:3", "Orang lain"), issued.token, BadgeForm.JSON, **ON)
    read_badge(session, SYSTEM, issued.token, BadgeForm.JSON, **ON)
    assert session.scalars(select(AuditEntry.action).where(AuditEntry.action == "certificates.view:badge")).all()


def test_without_a_seal_there_is_a_certificate_and_no_badge(session):
    issued = issue(session, seal=None)
    with pytest.raises(NotFound, match="lencana"):
        badge_of(session, issued)
