"""The proof of Open Badges: Data Integrity with ``eddsa-rdfc-2022``, the DIDs of the key, and the status list.

The library that we bake and read with signs only with a private key that it is handed; a `Seal` never hands out its
own. So the proof is made here, after W3C vc-di-eddsa section 3.3: the RDF statements of the proof's options and of the
document are written canonically (RDFC-1.0), both are hashed with SHA-256, and the two hashes in a row are signed. The
contexts come with openbadgeslib; nothing is ever fetched.
"""

from __future__ import annotations

import gzip
import hashlib
import hmac
import threading
from base64 import urlsafe_b64encode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from openbadgeslib.ob3.contexts import UnknownContextError, document_loader
from openbadgeslib.ob3.did import did_web_from_url
from pyld import jsonld
from pyld.context_resolver import ContextResolver

from kompetensi.ports import Seal

__all__ = ["STATUS_LIST_PLACES", "Issuer", "Secret", "did_document", "issuer_named", "issuer_of", "key_named_by", "proof_holds",
           "sign_document", "status_list_document"]

# W3C asks for at least 131,072 places, so that one among so many says nothing; a power of two with an even exponent
# can be shuffled by `Secret.place`.
_STATUS_BITS = 18
STATUS_LIST_PLACES = 1 << _STATUS_BITS
_HALF = _STATUS_BITS // 2
_ROUNDS = 6
_ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_ED25519_MULTICODEC = b"\xed\x01"
_PROOF = {"type": "DataIntegrityProof", "cryptosuite": "eddsa-rdfc-2022", "proofPurpose": "assertionMethod"}
_LOADER = document_loader()
# The processed contexts are kept, because they are most of the work; a thread has its own, because PyLD's cache is no
# place where two may write at once.
_kept = threading.local()


@dataclass(frozen=True, slots=True)
class Issuer:
    """Who answers for badges.

    Attributes
    ----------
    did : str
    method : str
        Address of the key under that DID; it holds the key itself (multibase).
    """

    did: str
    method: str


def issuer_of(public_key: bytes, public_url: str) -> Issuer:
    """Return who answers for what a key signs.

    Where the public address is one of HTTPS, that is its did:web: whoever trusts the address finds the key there.
    Otherwise it is the did:key of the key, which proves who signed only to those who know the key.
    """
    multikey = _multikey(public_key)
    try:
        did = did_web_from_url(public_url)
    except ValueError:
        did = f"did:key:{multikey}"
    return Issuer(did, f"{did}#{multikey}")


def issuer_named(did: str, public_key: bytes) -> Issuer:
    """Return who signs now in the name of a DID: for a did:web another key may, for a did:key only its own."""
    multikey = _multikey(public_key)
    return Issuer(did, f"{did}#{multikey}") if did.startswith("did:web:") else issuer_of(public_key, "")


def key_named_by(method: object) -> bytes | None:
    """Return the Ed25519 key that the address of a verification method holds; None if it holds none."""
    text = method.rpartition("#")[2] if isinstance(method, str) else ""
    decoded = _base58_decode(text[1:]) if text.startswith("z") and len(text) < 64 else None
    if decoded is None or len(decoded) != 34 or not decoded.startswith(_ED25519_MULTICODEC):
        return None
    return decoded[2:]


def did_document(issuer: Issuer, public_keys: Iterable[bytes]) -> dict[str, Any]:
    """Return the document of a did:web: the keys that sign in its name, the present one first."""
    methods = [{"id": f"{issuer.did}#{multikey}", "type": "Multikey", "controller": issuer.did,
                "publicKeyMultibase": multikey} for multikey in dict.fromkeys(map(_multikey, public_keys))]
    return {
        "@context": ["https://www.w3.org/ns/did/v1", "https://w3id.org/security/multikey/v1"], "id": issuer.did,
        "alsoKnownAs": [f"did:key:{method['publicKeyMultibase']}" for method in methods],
        "verificationMethod": methods, "assertionMethod": [method["id"] for method in methods]}


def sign_document(document: Mapping[str, Any], seal: Seal, *, method: str, created: str) -> dict[str, Any]:
    """Return a document with a proof of its own.

    Parameters
    ----------
    document : mapping
        JSON-LD without a proof. Only what its contexts define is signed; the caller answers for there being no more.
    created : str
        Moment of the proof, as xsd:dateTime in UTC.
    """
    options = {**_PROOF, "created": created, "verificationMethod": method}
    signature = seal.sign(_hashes(document, options))
    return {**document, "proof": {**options, "proofValue": f"z{_base58(signature)}"}}


def proof_holds(document: Mapping[str, Any], proof: Mapping[str, Any], public_key: bytes) -> bool:
    """Tell whether a proof was made by a key over just these statements.

    Parameters
    ----------
    document : mapping
        Without its proof; its form has been checked, since a proof does not cover what no context defines.
    """
    options = {name: value for name, value in proof.items() if name != "proofValue"}
    value = proof.get("proofValue")
    known = {*_PROOF, "created", "verificationMethod"}
    if set(options) != known or any(options[name] != word for name, word in _PROOF.items()):
        return False
    if not all(isinstance(options[name], str) for name in known):
        return False
    signature = _base58_decode(value[1:]) if isinstance(value, str) and value.startswith("z") and len(value) < 100 else None
    if signature is None or len(signature) != 64:
        return False
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, _hashes(document, options))
    except (InvalidSignature, UnknownContextError, jsonld.JsonLdError):
        return False
    return True


def _hashes(document: Mapping[str, Any], options: Mapping[str, Any]) -> bytes:
    config = {**options, "@context": document["@context"]}
    return b"".join(hashlib.sha256(_canonical(part)).digest() for part in (config, document))


def _canonical(document: Mapping[str, Any]) -> bytes:
    if not hasattr(_kept, "contexts"):
        _kept.contexts = {}
    return jsonld.normalize(dict(document), {
        "algorithm": "URDNA2015", "format": "application/n-quads", "documentLoader": _LOADER,
        "contextResolver": ContextResolver(_kept.contexts, _LOADER)}).encode()


def status_list_document(
    url: str, issuer: Issuer, revoked: Iterable[int], *, valid_from: str, valid_until: str, lives_for: timedelta
) -> dict[str, Any]:
    """Return a Bitstring Status List (W3C v1.0) without its proof; equal input gives equal bytes.

    Parameters
    ----------
    revoked : iterable of int
        Places whose bit is set, from 0 to below `STATUS_LIST_PLACES`.
    valid_from, valid_until : str
        As xsd:dateTime in UTC; after the end a kept copy counts no more.
    lives_for : timedelta
        How long a copy may be kept before it is asked for again.
    """
    bits = bytearray(STATUS_LIST_PLACES // 8)
    for place in revoked:
        bits[place // 8] |= 0x80 >> place % 8
    packed = urlsafe_b64encode(gzip.compress(bytes(bits), mtime=0)).decode().rstrip("=")
    return {
        "@context": ["https://www.w3.org/ns/credentials/v2"], "id": url,
        "type": ["VerifiableCredential", "BitstringStatusListCredential"], "issuer": issuer.did,
        "validFrom": valid_from, "validUntil": valid_until,
        "credentialSubject": {"id": f"{url}#list", "type": "BitstringStatusList", "statusPurpose": "revocation",
                              "encodedList": f"u{packed}", "ttl": int(lives_for / timedelta(milliseconds=1))}}


class Secret:
    """What only the holder of a seal can work out: salts, and the places of badges in the status list.

    A signature of Ed25519 is the same for the same message (RFC 8032), and nobody without the key can foresee it.
    """

    def __init__(self, seal: Seal) -> None:
        self._key = hashlib.sha512(seal.sign(b"kompetensi badges 1: salts and places")).digest()

    def salt(self, token: str) -> str:
        """Return the salt of a certificate, 32 hexadecimal digits."""
        return self._digest(b"salt", token.encode()).hex()[:32]

    def place(self, sequence: int) -> int:
        """Return the place of a certificate in its status list.

        Parameters
        ----------
        sequence : int
            From 0 to below `STATUS_LIST_PLACES`. Two sequences never have one place: this is a Feistel network, and
            so a permutation.
        """
        left, right = sequence >> _HALF, sequence & ((1 << _HALF) - 1)
        for turn in range(_ROUNDS):
            mixed = int.from_bytes(self._digest(b"place", bytes([turn]) + right.to_bytes(4, "big"))[:4], "big")
            left, right = right, left ^ mixed & ((1 << _HALF) - 1)
        return left << _HALF | right

    def _digest(self, purpose: bytes, message: bytes) -> bytes:
        return hmac.digest(self._key, purpose + b"\0" + message, "sha256")


def _multikey(public_key: bytes) -> str:
    return f"z{_base58(_ED25519_MULTICODEC + public_key)}"


def _base58(value: bytes) -> str:
    number, digits = int.from_bytes(value, "big"), []
    while number:
        number, rest = divmod(number, 58)
        digits.append(_ALPHABET[rest])
    zeros = len(value) - len(value.lstrip(b"\0"))
    return "1" * zeros + "".join(reversed(digits))


def _base58_decode(text: str) -> bytes | None:
    number = 0
    for letter in text:
        digit = _ALPHABET.find(letter)
        if digit < 0:
            return None
        number = number * 58 + digit
    zeros = len(text) - len(text.lstrip("1"))
    return b"\0" * zeros + number.to_bytes(-(-number.bit_length() // 8), "big")
