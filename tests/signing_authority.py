"""Keys, certificates and a timestamp authority for the tests; each is made once a run."""

from __future__ import annotations

import functools
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from asn1crypto import keys as asn1_keys
from asn1crypto import tsp
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    pkcs12,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from pyhanko.sign.timestamps.dummy_client import DummyTimeStamper

__all__ = ["PASSPHRASE", "TimestampAuthority", "keep_pkcs12", "make_certificate", "rsa_key", "serve_timestamps"]

PASSPHRASE = "kunci percobaan"


@functools.cache
def rsa_key(number: int = 0, bits: int = 2048) -> rsa.RSAPrivateKey:
    """Return the key of a number; the same in the whole run."""
    return rsa.generate_private_key(65537, bits)


def make_certificate(
    key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey, name: str = "Penanda Tangan Percobaan", *,
    first: datetime = datetime(2020, 1, 1, tzinfo=UTC), last: datetime = datetime(2040, 1, 1, tzinfo=UTC),
    purpose: x509.ObjectIdentifier | None = None,
) -> x509.Certificate:
    """Return a certificate that a key has issued to itself."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = (x509.CertificateBuilder().subject_name(subject).issuer_name(subject).public_key(key.public_key())
               .serial_number(x509.random_serial_number()).not_valid_before(first).not_valid_after(last)
               .add_extension(x509.KeyUsage(True, True, False, False, False, False, False, False, False), critical=True))
    if purpose is not None:
        builder = builder.add_extension(x509.ExtendedKeyUsage([purpose]), critical=True)
    return builder.sign(key, hashes.SHA256())


def keep_pkcs12(path: Path, key, certificate: x509.Certificate | None, passphrase: str = PASSPHRASE) -> Path:
    """Write a PKCS#12 file and return its path."""
    path.write_bytes(pkcs12.serialize_key_and_certificates(
        b"kunci", key, certificate, None, BestAvailableEncryption(passphrase.encode())))
    return path


class TimestampAuthority:
    """An authority on the loopback (RFC 3161): pyHanko's dummy behind HTTP.

    Attributes
    ----------
    mood : str
        ``good``, ``broken`` (HTTP 500), ``nonsense`` or ``refused`` (a well-formed refusal).
    asked : int
    """

    def __init__(self) -> None:
        key = rsa_key(9)
        self.certificate = make_certificate(key, "Otoritas Stempel Waktu Percobaan",
                                            purpose=ExtendedKeyUsageOID.TIME_STAMPING)
        self._stamper = DummyTimeStamper(
            asn1_x509.Certificate.load(self.certificate.public_bytes(Encoding.DER)),
            asn1_keys.PrivateKeyInfo.load(key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())),
            fixed_dt=datetime.now(UTC))
        self.mood = "good"
        self.asked = 0
        self.url = ""

    def answer(self, request: bytes) -> bytes:
        """Return the reply to one request, DER."""
        self.asked += 1
        if self.mood == "refused":
            return tsp.TimeStampResp({"status": tsp.PKIStatusInfo({"status": "rejection"})}).dump()
        return self._stamper.request_tsa_response(tsp.TimeStampReq.load(request)).dump()


class _Handler(BaseHTTPRequestHandler):
    authority: TimestampAuthority

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""

    def do_POST(self) -> None:
        """Stamp."""
        request = self.rfile.read(int(self.headers["Content-Length"]))
        mood = self.authority.mood
        reply = b"tidak ada" if mood in ("broken", "nonsense") else self.authority.answer(request)
        self.send_response(500 if mood == "broken" else 200)
        self.send_header("Content-Type", "text/plain" if mood == "broken" else "application/timestamp-reply")
        self.send_header("Content-Length", str(len(reply)))
        self.end_headers()
        self.wfile.write(reply)


@contextmanager
def serve_timestamps() -> Iterator[TimestampAuthority]:
    """Run the authority on a free port of the loopback."""
    authority = TimestampAuthority()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"authority": authority}))
    authority.url = f"http://127.0.0.1:{server.server_port}/"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield authority
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
