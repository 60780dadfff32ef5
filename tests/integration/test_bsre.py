"""The adapter of BSrE against a real server on the loopback that speaks the documented fields and really signs."""

from __future__ import annotations

import base64
import io
import logging
import subprocess
import traceback
from dataclasses import replace
from datetime import UTC, datetime

import pytest
import zxingcpp
from fake_bsre import LOGIN, NIK, PASSPHRASE, serve_bsre
from PIL import Image
from signing_authority import PASSPHRASE as KEY_PASSPHRASE
from signing_authority import keep_pkcs12, make_certificate, rsa_key
from test_certificate_print import FACTS

from kompetensi.adapters.bsre import BsreSigner
from kompetensi.adapters.pades import PadesSigner
from kompetensi.adapters.weasyprint_renderer import WeasyPrintRenderer
from kompetensi.errors import InvalidInput, KompetensiError, Unavailable
from kompetensi.ports import SigningSecret
from kompetensi.rules.signature_stamp import stamp_for

pytestmark = [pytest.mark.pdf, pytest.mark.poppler, pytest.mark.once]

AT = datetime(2026, 11, 23, 1, 14, tzinfo=UTC)
SECRET = SigningSecret(NIK, PASSPHRASE)
STAMP = stamp_for(FACTS)


@pytest.fixture(scope="module")
def printed():
    return WeasyPrintRenderer().render_certificate(FACTS)


@pytest.fixture(scope="module")
def key(tmp_path_factory):
    path = keep_pkcs12(tmp_path_factory.mktemp("keys") / "ttd.p12", rsa_key(), make_certificate(rsa_key(), "Ir. Yusuf Mohamad"))
    return PadesSigner(path, KEY_PASSPHRASE)


@pytest.fixture
def service(key, printed):
    with serve_bsre(key) as service:
        service.other = WeasyPrintRenderer().render_certificate(
            replace(FACTS, token="0000-0000-0001"))
        yield service


def client(service, version: str = "v2", **changed) -> BsreSigner:
    return BsreSigner(service.url, version, **({"username": LOGIN[0], "password": LOGIN[1]} | changed))


def sign(signer: BsreSigner, pdf: bytes, secret: SigningSecret | None = SECRET) -> bytes:
    return signer.sign(pdf, reason="Penerbitan sertifikat", at=AT, secret=secret, stamp=STAMP)


@pytest.mark.parametrize(("version", "mood"), [("v1", "direct"), ("v1", "by id"), ("v2", "direct")])
def test_a_document_comes_back_signed(service, printed, tmp_path, version, mood):
    service.mood = mood
    (tmp_path / "a.pdf").write_bytes(sign(client(service, version), printed))
    said = subprocess.run(["pdfsig", tmp_path / "a.pdf"], capture_output=True, text=True, check=False).stdout
    assert "Signature is Valid" in said
    assert "CN=Ir. Yusuf Mohamad" in said


def test_version_one_is_asked_for_a_code_at_the_place_of_the_stamp(service, printed):
    sign(client(service, "v1"), printed)
    (seen,) = service.seen
    assert seen["file"] == printed
    assert (seen["linkQR"], seen["image"], seen["page"]) == (FACTS.verify_url, "false", "1")
    assert (seen["xAxis"], seen["yAxis"], seen["width"], seen["height"]) == ("380", "69", "45", "45")
    assert (seen["reason"], seen["location"]) == ("Penerbitan sertifikat", "Gorontalo")


def test_version_two_is_given_the_code_as_a_picture(service, printed):
    sign(client(service), printed)
    (seen,) = service.seen
    (code,) = zxingcpp.read_barcodes(Image.open(io.BytesIO(base64.b64decode(seen["imageBase64"]))))
    assert code.text == FACTS.verify_url
    assert (seen["originX"], seen["originY"], seen["width"], seen["height"]) == (380, 69, 45, 45)


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_a_wrong_passphrase_is_told_at_its_field(service, printed, version):
    with pytest.raises(InvalidInput, match="Passphrase ditolak") as refusal:
        sign(client(service, version), printed, SigningSecret(NIK, "salah ketik"))
    assert refusal.value.where == "passphrase"


@pytest.mark.parametrize("version", ["v1", "v2"])
@pytest.mark.parametrize(("mood", "kind", "where", "words"), [
    ("expired", InvalidInput, "nik", "sudah tidak berlaku di BSrE"),
    ("unregistered", InvalidInput, "nik", "belum terdaftar"),
    ("broken", Unavailable, "", "HTTP 500"),
    ("odd", Unavailable, "", "HTTP 400"),
    ("no pdf", Unavailable, "", "PDF|ditandatangani"),
    ("unsigned", Unavailable, "", "bukan dokumen ini"),
    ("other document", Unavailable, "", "bukan dokumen ini"),
    ("elsewhere", Unavailable, "", "HTTP 307"),
])
def test_each_refusal_has_its_own_sentence(service, printed, version, mood, kind, where, words):
    service.mood = mood
    with pytest.raises(kind, match=words) as refusal:
        sign(client(service, version), printed)
    assert refusal.value.where == where
    assert len(service.seen) == (0 if mood == "elsewhere" else 1)


def test_a_service_that_does_not_answer_is_not_waited_for_long(service, printed):
    service.mood = "slow"
    with pytest.raises(Unavailable, match=r"dalam 0\.2 detik"):
        sign(client(service, timeout_s=0.2), printed)


def test_a_service_that_is_not_there(printed):
    with pytest.raises(Unavailable, match="tidak dapat dihubungi"):
        sign(BsreSigner("http://127.0.0.1:9", "v2", username="", password=""), printed)


def test_a_wrong_login_of_the_application_is_no_fault_of_the_signer(service, printed):
    with pytest.raises(Unavailable, match="KOMPETENSI_BSRE_PASSWORD"):
        sign(client(service, password="lain"), printed)


@pytest.mark.parametrize(("secret", "where"), [
    (None, "passphrase"), (SigningSecret(NIK, ""), "passphrase"), (SigningSecret("123", PASSPHRASE), "nik"),
    (SigningSecret(NIK + "1", PASSPHRASE), "nik")])
def test_without_a_proper_secret_nothing_is_sent(service, printed, secret, where):
    with pytest.raises(InvalidInput) as refusal:
        sign(client(service), printed, secret)
    assert refusal.value.where == where
    assert service.seen == []


@pytest.mark.parametrize("version", ["v1", "v2"])
@pytest.mark.parametrize("mood", ["direct", "expired", "unregistered", "broken", "odd", "slow", "no pdf"])
def test_the_secret_is_in_no_log_line_no_error_and_no_representation(service, printed, version, mood, caplog):
    service.mood = mood
    caplog.set_level(logging.DEBUG)
    signer, said = client(service, version, timeout_s=0.5), []
    try:
        sign(signer, printed)
    except KompetensiError as error:
        told: BaseException | None = error
        while told is not None:
            said += [repr(told), str(told), *traceback.format_exception(told)]
            assert getattr(told, "request", None) is None
            told = told.__cause__ or told.__context__
    said += [repr(signer), str(signer), repr(vars(signer)), repr(SECRET), caplog.text]
    for hidden in (NIK, PASSPHRASE):
        assert all(hidden not in text for text in said), [text for text in said if hidden in text]
    assert LOGIN[1] not in repr(signer)


def test_a_version_that_does_not_exist_is_a_fault_of_the_installation():
    with pytest.raises(ValueError, match="v3"):
        BsreSigner("http://127.0.0.1", "v3", username="", password="")
