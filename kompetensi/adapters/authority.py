"""The demo's own authority: a root, a signing key that it vouches for, and a seal; made once, on the first start.

Nobody outside need believe it, and its names say so. The root's private key is thrown away as soon as it has signed
the one certificate, so that nothing else can ever be issued in its name.
"""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from tempfile import mkdtemp

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, pkcs12
from cryptography.x509.oid import NameOID

from kompetensi.adapters.ed25519_seal import new_seal_key
from kompetensi.adapters.pades import PadesSigner
from kompetensi.ports import SigningSecret
from kompetensi.rules.signature_stamp import SignatureStamp

__all__ = ["Authority", "DemoSigner", "find_authority", "find_or_make_authority"]

_FOLDER = "authority"
_ORGANISATION = "Demo kompetensi, bukan otoritas resmi"
_ROOT_NAME = "Otoritas Demo Kompetensi"
_SIGNER_NAME = "Segel Demo Kompetensi"
# A demo's day may lie years from the machine's, and its certificates are looked at on both.
_FIRST, _LAST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2060, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Authority:
    """Where an authority keeps its files.

    Attributes
    ----------
    root : Path
        Certificate of the root, PEM; public.
    certificate : Path
        Certificate of the signing key, PEM; public.
    pkcs12 : Path
        Signing key with its certificate and the root's.
    passphrase : str
        Opens `pkcs12`.
    seal : Path
        Ed25519 key, PEM.
    """

    root: Path
    certificate: Path
    pkcs12: Path
    passphrase: str = field(repr=False)
    seal: Path

    def signer(self, *, timestamp_url: str = "") -> PadesSigner:
        """Return who signs with its key."""
        return PadesSigner(self.pkcs12, self.passphrase, timestamp_url=timestamp_url)


def find_authority(instance: Path) -> Authority | None:
    """Return the authority that lives in an instance folder, or None."""
    folder = instance / _FOLDER
    if not folder.is_dir():
        return None
    return Authority(folder / "root.pem", folder / "signer.pem", folder / "signer.p12",
                     (folder / "passphrase").read_text().strip(), folder / "seal.pem")


def find_or_make_authority(instance: Path) -> Authority:
    """Return the authority that lives in an instance folder, made now if there is none.

    The files are its owner's only (0600 in a folder 0700). Of several processes that start at once one makes it: each
    builds a folder of its own, and the first one to give it its final name wins.
    """
    instance.mkdir(parents=True, exist_ok=True)
    if (found := find_authority(instance)) is None:
        building = Path(mkdtemp(prefix=f"{_FOLDER}-", dir=instance))  # 0700
        try:
            for name, content in _make().items():
                descriptor = os.open(building / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
                with os.fdopen(descriptor, "wb") as file:
                    file.write(content)
            building.rename(instance / _FOLDER)
        except OSError:
            if not (instance / _FOLDER).is_dir():  # nobody else was first: the disk is full, or the like
                raise
        finally:
            shutil.rmtree(building, ignore_errors=True)
        found = find_authority(instance)
    assert found is not None
    return found


def _make() -> dict[str, bytes]:
    root_key, key = ec.generate_private_key(ec.SECP256R1()), rsa.generate_private_key(65537, 3072)
    root = _certificate(_ROOT_NAME, root_key.public_key(), _ROOT_NAME, root_key, authority=True)
    certificate = _certificate(_SIGNER_NAME, key.public_key(), _ROOT_NAME, root_key, authority=False)
    passphrase = secrets.token_urlsafe(24).encode()
    return {
        "root.pem": root.public_bytes(Encoding.PEM), "signer.pem": certificate.public_bytes(Encoding.PEM),
        "signer.p12": pkcs12.serialize_key_and_certificates(
            _SIGNER_NAME.encode(), key, certificate, [root], BestAvailableEncryption(passphrase)),
        "passphrase": passphrase + b"\n", "seal.pem": new_seal_key()}


def _certificate(
    subject: str, key: ec.EllipticCurvePublicKey | rsa.RSAPublicKey, issuer: str, by: ec.EllipticCurvePrivateKey, *,
    authority: bool,
) -> x509.Certificate:
    usage = dict.fromkeys(("key_encipherment", "data_encipherment", "key_agreement", "encipher_only", "decipher_only"),
                          False)
    return (
        x509.CertificateBuilder()
        .subject_name(_name(subject)).issuer_name(_name(issuer)).public_key(key)
        .serial_number(x509.random_serial_number()).not_valid_before(_FIRST).not_valid_after(_LAST)
        .add_extension(x509.BasicConstraints(ca=authority, path_length=0 if authority else None), critical=True)
        .add_extension(x509.KeyUsage(digital_signature=not authority, content_commitment=not authority,
                                     key_cert_sign=authority, crl_sign=authority, **usage), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(by.public_key()), critical=False)
        .sign(by, hashes.SHA256()))


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COUNTRY_NAME, "ID"),
                      x509.NameAttribute(NameOID.ORGANIZATION_NAME, _ORGANISATION),
                      x509.NameAttribute(NameOID.COMMON_NAME, common)])


class DemoSigner:
    """Signs by the demo's authority, and nothing but the demo's certificates.

    Parameters
    ----------
    signer : PadesSigner
    is_demo : callable
        Whether the database at hand is a demo's; another one in the same instance folder stays unsigned.
    """

    attended = False

    def __init__(self, signer: PadesSigner, is_demo: Callable[[], bool]) -> None:
        self._signer = signer
        self._is_demo = is_demo

    @property
    def signs(self) -> bool:
        """Whether the database is a demo's."""
        return self._is_demo()

    @property
    def authority(self) -> str:
        """Name of the demo's authority."""
        return self._signer.authority if self.signs else ""

    @property
    def certificates(self) -> tuple[str, ...]:
        """Those of the demo's authority."""
        return self._signer.certificates if self.signs else ()

    def sign(
        self, pdf: bytes, *, reason: str, at: datetime, secret: SigningSecret | None = None,
        stamp: SignatureStamp | None = None,
    ) -> bytes:
        """Return the signed file, or the file unchanged if the database is no demo's."""
        return self._signer.sign(pdf, reason=reason, at=at, stamp=stamp) if self.signs else pdf
