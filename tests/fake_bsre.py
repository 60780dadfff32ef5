"""BSrE's signing service as handbook section H documents it, on the loopback; what it signs is really signed."""

from __future__ import annotations

import base64
import email.parser
import email.policy
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from kompetensi.adapters.pades import PadesSigner
from kompetensi.rules.signature_stamp import SignatureStamp

__all__ = ["NIK", "PASSPHRASE", "FakeBsre", "serve_bsre"]

NIK, PASSPHRASE = "7571010203880001", "benang emas 1988!"
LOGIN = ("kompetensi", "rahasia aplikasi")
MOMENT = datetime(2026, 11, 23, 1, 14, tzinfo=UTC)
V1_FIELDS = {"file", "nik", "passphrase", "tampilan", "image", "imageTTD", "linkQR", "width", "height", "tag_koordinat",
             "xAxis", "yAxis", "page", "reason", "location", "jenis_response"}
V2_FIELDS = {"nik", "passphrase", "signatureProperties", "file"}
V2_PROPERTIES = {"tampilan", "page", "originX", "originY", "width", "height", "imageBase64", "location", "reason",
                 "contactInfo"}


class FakeBsre:
    """What a test can set on the service, and what the service has seen.

    Attributes
    ----------
    mood : str
        ``direct`` and ``by id`` answer version 1 with the file or with an id to fetch it by; the others go wrong:
        ``expired``, ``unregistered``, ``broken``, ``slow``, ``no pdf``, ``unsigned``, ``other document``, ``odd``,
        ``elsewhere``.
    signed : int
        Documents that it has signed.
    fails_after : int or None
        From so many signatures on the service is broken.
    seen : list of dict
        Fields of each request, the file as its bytes.
    """

    def __init__(self, signer: PadesSigner) -> None:
        self.signer = signer
        self.mood = "direct"
        self.signed = 0
        self.fails_after: int | None = None
        self.seen: list[dict[str, Any]] = []
        self.kept: dict[str, bytes] = {}
        self.other: bytes = b""
        self.url = ""
        self.release = threading.Event()

    def judge(self, fields: dict[str, Any]) -> tuple[int, dict[str, Any]] | None:
        """Return a refusal; its words repeat what was sent, as a careless service may."""
        if self.mood == "broken" or (self.fails_after is not None and self.signed >= self.fails_after):
            return 500, {"error": f"Internal server error for {fields['nik']}"}
        if self.mood == "odd":
            return 400, {"status_code": 4711, "error": f"Entah apa: {fields['nik']} {fields['passphrase']}"}
        if self.mood == "unregistered" or fields["nik"] != NIK:
            return 400, {"status_code": 1011, "error": f"User dengan NIK {fields['nik']} tidak terdaftar"}
        if fields["passphrase"] != PASSPHRASE:
            return 400, {"status_code": 2031, "error": f"Passphrase {fields['passphrase']} salah"}
        if self.mood == "expired":
            return 400, {"status_code": 2021, "error": f"Sertifikat {fields['nik']} sudah expired"}
        return None

    def sign(self, pdf: bytes, fields: dict[str, Any], stamped: bool) -> bytes:
        """Sign a document, or do what the mood says instead."""
        if self.mood == "no pdf":
            return b"<html>maintenance</html>"
        if self.mood == "unsigned":
            return pdf
        if self.mood == "other document":
            pdf = self.other
        self.signed += 1
        return self.signer.sign(pdf, reason=fields["reason"], at=MOMENT,
                                stamp=SignatureStamp("https://bsre.example/") if stamped else None)


class _Handler(BaseHTTPRequestHandler):
    service: FakeBsre

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        """Hand out what was signed before."""
        pdf = self.service.kept.get(self.path.removeprefix("/api/sign/download/"))
        if not self._is_known():
            return
        self._answer(200, pdf, "application/pdf") if pdf else self._json(404, {"error": "tidak ada"})

    def do_POST(self) -> None:
        """Sign."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if not self._is_known():
            return
        if self.service.mood == "slow":
            self.service.release.wait(5)
        if self.service.mood == "elsewhere":
            self.send_response(307)
            self.send_header("Location", f"{self.service.url}/api/v2/sign/pdf?moved")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        {"/api/sign/pdf": self._first, "/api/v2/sign/pdf": self._second}[self.path](body)

    def _is_known(self) -> bool:
        expected = "Basic " + base64.b64encode(":".join(LOGIN).encode()).decode()
        if self.headers.get("Authorization") != expected:
            self._json(401, {"error": "Unauthorized"})
            return False
        return True

    def _first(self, body: bytes) -> None:
        head = f"Content-Type: {self.headers['Content-Type']}\r\n\r\n".encode()
        message = email.parser.BytesParser(policy=email.policy.HTTP).parsebytes(head + body)
        fields: dict[str, Any] = {}
        for part in message.iter_parts():
            name, content = part.get_param("name", header="content-disposition"), part.get_payload(decode=True)
            fields[str(name)] = content if name == "file" else content.decode()
        assert set(fields) <= V1_FIELDS, fields.keys()
        self.service.seen.append(fields)
        if (refusal := self.service.judge(fields)) is not None:
            self._json(*refusal)
            return
        signed = self.service.sign(fields["file"], fields, fields["tampilan"] == "visible")
        if self.service.mood == "by id":
            self.service.kept["a1b2c3"] = signed
            self._json(200, {"id": "a1b2c3"})
        else:
            self._answer(200, signed, "application/pdf")

    def _second(self, body: bytes) -> None:
        fields = json.loads(body)
        assert set(fields) == V2_FIELDS, fields.keys()
        (properties,) = fields["signatureProperties"]
        assert set(properties) <= V2_PROPERTIES, properties.keys()
        pdf = base64.b64decode(fields["file"][0])
        self.service.seen.append(properties | {"file": pdf, "nik": fields["nik"]})
        if (refusal := self.service.judge(fields)) is not None:
            self._json(*refusal)
            return
        signed = self.service.sign(pdf, properties, properties["tampilan"] == "VISIBLE")
        self._json(200, {"time": 1, "file": [base64.b64encode(signed).decode()]})

    def _json(self, status: int, document: dict[str, Any]) -> None:
        self._answer(status, json.dumps(document).encode(), "application/json")

    def _answer(self, status: int, content: bytes, kind: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


@contextmanager
def serve_bsre(signer: PadesSigner) -> Iterator[FakeBsre]:
    """Run the service on a free port of the loopback."""
    service = FakeBsre(signer)
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"service": service}))
    service.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield service
    finally:
        service.release.set()
        server.shutdown()
        server.server_close()
        thread.join()
