"""How `kompetensi.adapters.pades` signs; apart from it, because pyHanko takes a good part of a second to load.

Stock pyHanko parses the key anew for each file and signs each file twice, the first time to learn how much room the
signature takes. Here the key is parsed once and the room is measured once. Where signatures have a fixed length and no
timestamp, the whole CMS structure is built once too: from one file to the next only the digest and the signature
itself differ in it.
"""

from __future__ import annotations

import asyncio
import io
import secrets
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from asn1crypto import cms
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from pyhanko.pdf_utils.generic import DictionaryObject, pdf_name
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.sign.fields import SigFieldSpec, SigSeedSubFilter
from pyhanko.sign.general import SigningError
from pyhanko.sign.signers.cms_embedder import PdfCMSEmbedder, SigIOSetup, SigObjSetup
from pyhanko.sign.signers.constants import ESIC_EXTENSION_1
from pyhanko.sign.signers.pdf_byterange import SignatureObject
from pyhanko.sign.signers.pdf_cms import PdfCMSSignedAttributes
from pyhanko.sign.signers.pdf_cms import Signer as CmsSigner
from pyhanko.sign.timestamps.requests_client import RequestsHTTPTimeStamper
from pyhanko_certvalidator.registry import SimpleCertificateStore

from kompetensi.adapters.signature_stamp import STAMP_BOX, StampPainter, describe_field
from kompetensi.errors import InvalidInput, Unavailable
from kompetensi.messages import WITA, format_date, say
from kompetensi.rules.signature_stamp import SignatureStamp

__all__ = ["FIELD_NAME", "PadesEngine"]

FIELD_NAME = "TandaTangan"
_DIGEST, _DIGEST_BYTES = "sha256", 32
_LEAST_RSA_BITS = 2048
# A timestamp's length may change a little from one to the next; a signature by ECDSA may too.
_SLACK_BYTES, _TIMESTAMP_SLACK_BYTES = 16, 1024
_TIMESTAMP_TIMEOUT_S = 10


@dataclass(frozen=True, slots=True)
class _Key:
    """A private key with its certificate, parsed.

    Attributes
    ----------
    chain : tuple of x509.Certificate
        The certificates that lead to the authority, as the file has them.
    subject : str
        Common name in the certificate.
    issuer : str
        Common name of who issued it.
    """

    private: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey = field(repr=False)
    certificate: x509.Certificate
    chain: tuple[x509.Certificate, ...]
    signer: _HeldKey
    subject: str
    issuer: str


class _HeldKey(CmsSigner):
    """What pyHanko asks for raw signatures, by a key that is parsed already."""

    def __init__(
        self, private: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey, certificate: x509.Certificate,
        chain: tuple[x509.Certificate, ...],
    ) -> None:
        self._private = private
        self._length = private.key_size // 8 if isinstance(private, rsa.RSAPrivateKey) else (
            2 * ((private.key_size + 7) // 8) + 9)
        store = SimpleCertificateStore.from_certs(map(_asn1, chain))
        super().__init__(signing_cert=_asn1(certificate), cert_registry=store, embed_roots=False)

    async def async_sign_raw(self, data: bytes, digest_algorithm: str, dry_run: bool = False) -> bytes:
        return bytes(self._length) if dry_run else self.sign_raw(data)

    def sign_raw(self, data: bytes) -> bytes:
        """Return the signature of bytes, with SHA-256."""
        if isinstance(self._private, rsa.RSAPrivateKey):
            return self._private.sign(data, padding.PKCS1v15(), hashes.SHA256())
        return self._private.sign(data, ec.ECDSA(hashes.SHA256()))


def _asn1(certificate: x509.Certificate) -> asn1_x509.Certificate:
    return asn1_x509.Certificate.load(certificate.public_bytes(serialization.Encoding.DER))


class PadesEngine:
    """The key of a PKCS#12 file, read and ready to sign any number of files at once.

    Parameters are those of `kompetensi.adapters.pades.PadesSigner`.

    Raises
    ------
    Unavailable
        If the key cannot be read with the passphrase, does not fit its certificate, or is too weak; the message says
        which.
    """

    def __init__(self, path: Path, passphrase: str, timestamp_url: str) -> None:
        self._key = _read_key(path, passphrase)
        self._timestamp_url = timestamp_url
        self._timestamper = RequestsHTTPTimeStamper(timestamp_url, timeout=_TIMESTAMP_TIMEOUT_S) if timestamp_url else None
        self._form: _Form | None = None
        self._room = 0
        self._painter = StampPainter()
        self.authority = self._key.issuer
        self.certificates = tuple(one.public_bytes(serialization.Encoding.PEM).decode()
                                  for one in (self._key.certificate, *self._key.chain))

    def sign(self, pdf: bytes, *, reason: str, at: datetime, stamp: SignatureStamp | None = None) -> bytes:
        """Return the file with one signature after all that it holds; see `kompetensi.ports.Signer`.

        Raises
        ------
        InvalidInput
            If `pdf` is no PDF that can be signed.
        Unavailable
            If the certificate is not valid at that moment, or the timestamp authority gives no answer.
        """
        _check_dates(self._key.certificate, at)
        while True:
            room = self._room or self._measure(at)
            try:
                return self._sign(pdf, room, reason=reason, at=at, stamp=stamp)
            except _RoomError as short:
                self._room = short.needed + _TIMESTAMP_SLACK_BYTES

    def _measure(self, at: datetime) -> int:
        """Return how many bytes a signature of this key takes, with a timestamp where one is asked for."""
        if self._timestamper is None and isinstance(self._key.private, rsa.RSAPrivateKey):
            self._form = _Form.of(self._key, at)
        trial = self._cms(bytes(_DIGEST_BYTES), at, dry_run=True)
        self._room = len(trial) + (_TIMESTAMP_SLACK_BYTES if self._timestamper else _SLACK_BYTES)
        return self._room

    def _cms(self, digest: bytes, at: datetime, *, dry_run: bool = False) -> bytes:
        if self._form is not None and not dry_run:
            return self._form.fill(self._key, digest)
        try:
            return _by_pyhanko(self._key, digest, at, timestamper=self._timestamper, dry_run=dry_run)
        except (OSError, ValueError, TypeError, KeyError, SigningError):
            # Errors of the connection, and whatever comes of an answer that is no timestamp.
            if self._timestamper is None:
                raise
        raise Unavailable(say("Otoritas stempel waktu %(url)s tidak memberi jawaban yang dapat dipakai; sertifikat menunggu "
                              "sampai otoritas itu pulih.", url=self._timestamp_url))

    def _sign(self, pdf: bytes, room: int, *, reason: str, at: datetime, stamp: SignatureStamp | None) -> bytes:
        try:
            writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
            writer.register_extension(ESIC_EXTENSION_1)
            embedder = PdfCMSEmbedder(SigFieldSpec(FIELD_NAME, box=STAMP_BOX if stamp else None)).write_cms(
                FIELD_NAME, writer)
            field = next(embedder)
        except (PdfError, SigningError, KeyError, ValueError, IndexError, TypeError, AssertionError) as error:
            raise InvalidInput(say("Berkas ini bukan PDF yang dapat ditandatangani."), where="pdf") from error
        day = at.astimezone(WITA).date()
        if stamp is not None:
            annotation = field.get_object()
            annotation["/AP"] = DictionaryObject({pdf_name("/N"): self._painter.paint(
                writer, name=self._key.subject, day=day, address=stamp.verify_url)})
            describe_field(writer, field, f"Tanda tangan elektronik {self._key.subject}, {format_date(day)}")
        embedder.send(SigObjSetup(SignatureObject(
            bytes_reserved=2 * room, subfilter=SigSeedSubFilter.PADES, timestamp=at, name=self._key.subject,
            location=stamp.location or None if stamp else None, reason=reason)))
        prepared, signed = embedder.send(SigIOSetup(md_algorithm=_DIGEST))
        signature = self._cms(prepared.document_digest, at)
        if len(signature) > room:
            raise _RoomError(len(signature))
        embedder.send(signature)
        return signed.getvalue()


def _by_pyhanko(
    key: _Key, digest: bytes, at: datetime, *, timestamper: RequestsHTTPTimeStamper | None = None, dry_run: bool = False
) -> bytes:
    return asyncio.run(key.signer.async_sign(
        digest, _DIGEST, dry_run=dry_run, use_pades=True, timestamper=timestamper,
        signed_attr_settings=PdfCMSSignedAttributes(signing_time=at))).dump()


@dataclass(frozen=True, slots=True)
class _Form:
    """The CMS structure of one key's signatures with two holes, for the digest and the signature.

    PAdES keeps the signing time out of it (EN 319 142-1 section 6.3), so nothing else differs.

    Attributes
    ----------
    parts : (bytes, bytes, bytes)
        Before the digest, between, after the signature.
    attributes : (bytes, bytes)
        What is signed, before and after the digest: RFC 5652 section 5.4 has it as SET OF, not under its tag.
    """

    parts: tuple[bytes, bytes, bytes]
    attributes: tuple[bytes, bytes]

    @classmethod
    def of(cls, key: _Key, at: datetime) -> _Form | None:
        """Return the form of a key, or None when it cannot be told where the holes are."""
        digest = secrets.token_bytes(_DIGEST_BYTES)
        whole = _by_pyhanko(key, digest, at)
        signed = cms.ContentInfo.load(whole)["content"]["signer_infos"][0]
        attributes, signature = signed["signed_attrs"].untag().dump(), signed["signature"].native
        if whole.count(digest) != 1 or attributes.count(digest) != 1 or whole.count(signature) != 1:
            return None
        before, rest = whole.split(digest)
        between, after = rest.split(signature)
        first, last = attributes.split(digest)
        return cls((before, between, after), (first, last))

    def fill(self, key: _Key, digest: bytes) -> bytes:
        """Return the structure that signs a digest."""
        signature = key.signer.sign_raw(digest.join(self.attributes))
        before, between, after = self.parts
        return b"".join((before, digest, between, signature, after))


class _RoomError(Exception):
    """A signature is longer than the room that was kept for it."""

    def __init__(self, needed: int) -> None:
        super().__init__(needed)
        self.needed = needed


def _read_key(path: Path, passphrase: str) -> _Key:
    name = str(path)
    try:
        content = path.read_bytes()
    except OSError as error:
        raise Unavailable(say("Kunci penanda tangan %(path)s tidak dapat dibaca: %(problem)s.", path=name,
                              problem=error.strerror or type(error).__name__)) from None
    try:
        private, certificate, chain = pkcs12.load_key_and_certificates(content, passphrase.encode() or None)
    except ValueError:
        raise Unavailable(say("Kunci penanda tangan %(path)s tidak terbuka: frasa sandinya salah, atau berkasnya bukan "
                              "PKCS#12. Periksa KOMPETENSI_SIGNING_PASSPHRASE.", path=name)) from None
    if private is None or certificate is None:
        raise Unavailable(say("Berkas %(path)s tidak memuat kunci beserta sertifikatnya.", path=name))
    if not isinstance(private, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) or (
            isinstance(private, rsa.RSAPrivateKey) and private.key_size < _LEAST_RSA_BITS):
        raise Unavailable(say("Kunci penanda tangan %(path)s harus RSA paling sedikit %(bits)s bit atau ECDSA.", path=name,
                              bits=str(_LEAST_RSA_BITS)))
    if private.public_key() != certificate.public_key():
        raise Unavailable(say("Kunci dan sertifikat pada %(path)s bukan pasangan.", path=name))
    chain = tuple(chain)
    return _Key(private, certificate, chain, _HeldKey(private, certificate, chain), _common_name(certificate.subject),
                _common_name(certificate.issuer))


def _common_name(name: x509.Name) -> str:
    found = name.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
    return str(found[0].value) if found else name.rfc4514_string()


def _check_dates(certificate: x509.Certificate, at: datetime) -> None:
    first, last = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    if not first <= at <= last:
        raise Unavailable(say(
            "Sertifikat penanda tangan berlaku %(first)s sampai %(last)s, jadi tidak dapat menandatangani pada %(day)s. "
            "Pasang kunci dengan sertifikat yang berlaku.", first=first.astimezone(WITA).date(),
            last=last.astimezone(WITA).date(), day=at.astimezone(WITA).date()))
