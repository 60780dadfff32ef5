"""Signed files, judged by others: poppler's pdfsig, pyHanko's validator, pikepdf and zxing."""

from __future__ import annotations

import io
import re
import subprocess
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pikepdf
import pytest
import zxingcpp
from asn1crypto import x509 as asn1_x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import Encoding
from PIL import Image
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.errors import SignatureValidationError
from pyhanko.sign.validation.status import SignatureCoverageLevel
from pyhanko_certvalidator import ValidationContext
from signing_authority import PASSPHRASE, keep_pkcs12, make_certificate, rsa_key, serve_timestamps
from test_certificate_print import FACTS

from kompetensi.adapters.authority import find_or_make_authority
from kompetensi.adapters.pades import PadesSigner
from kompetensi.adapters.weasyprint_renderer import WeasyPrintRenderer
from kompetensi.errors import InvalidInput, Unavailable
from kompetensi.exchange.certificate_pdf import read_certificate_pdf
from kompetensi.rules.signature_stamp import stamp_for

pytestmark = [pytest.mark.pdf, pytest.mark.poppler, pytest.mark.once]

AT = datetime(2026, 10, 12, 1, 14, tzinfo=UTC)
STAMP = stamp_for(FACTS)
REASON = "Penerbitan sertifikat nomor 0218/STTP/IV/BKPSDM-GTLO/X/2026"


@pytest.fixture(scope="module")
def printed():
    return WeasyPrintRenderer().render_certificate(FACTS)


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return find_or_make_authority(tmp_path_factory.mktemp("instance"))


@pytest.fixture(scope="module")
def signed(printed, authority):
    return authority.signer().sign(printed, reason=REASON, at=AT, stamp=STAMP)


def pdfsig(pdf: bytes, folder) -> str:
    """Return what poppler says of a file's signatures."""
    path = folder / "file.pdf"
    path.write_bytes(pdf)
    return subprocess.run(["pdfsig", path], capture_output=True, text=True, check=False).stdout


def pyhanko_says(pdf: bytes, *roots: bytes, moment: datetime | None = None):
    """Return pyHanko's verdict on the last signature, trusting the given certificates (PEM or DER)."""
    trusted = [asn1_x509.Certificate.load(root) for root in roots]
    context = ValidationContext(trust_roots=trusted, moment=moment)
    return validate_pdf_signature(PdfFileReader(io.BytesIO(pdf)).embedded_signatures[-1], context)


def pyhanko_accepts(pdf: bytes, root: bytes) -> bool:
    """Whether pyHanko calls a file valid; what it cannot even read it refuses by an error."""
    try:
        return pyhanko_says(pdf, root).bottom_line
    except (PdfError, SignatureValidationError, ValueError, TypeError, KeyError, IndexError):
        return False


def root_of(authority) -> bytes:
    from cryptography.x509 import load_pem_x509_certificate

    return load_pem_x509_certificate(authority.root.read_bytes()).public_bytes(Encoding.DER)


def test_poppler_and_pyhanko_both_find_the_signature_valid(signed, authority, tmp_path):
    said = pdfsig(signed, tmp_path)
    assert "Signature is Valid" in said
    assert "ETSI.CAdES.detached" in said
    assert "Total document signed" in said
    assert "CN=Segel Demo Kompetensi" in said
    assert pyhanko_accepts(signed, root_of(authority))
    verdict = pyhanko_says(signed, root_of(authority))
    assert verdict.coverage is SignatureCoverageLevel.ENTIRE_FILE


def test_who_does_not_know_the_authority_does_not_trust_it(signed):
    stranger = make_certificate(rsa_key(1)).public_bytes(Encoding.DER)
    verdict = pyhanko_says(signed, stranger)
    assert verdict.intact
    assert not verdict.trusted


@pytest.mark.parametrize("place", ["the page", "the token", "the stamp", "the signature"])
def test_one_flipped_byte_is_refused_by_both(signed, printed, authority, tmp_path, place):
    (start,) = (match.start() for match in re.finditer(rb"/ByteRange", signed))
    at = {"the page": len(printed) // 2, "the token": printed.index(FACTS.token.encode()),
          "the stamp": len(printed) + 400, "the signature": signed.index(b"/Contents", start - 8000) + 2000}[place]
    changed = bytearray(signed)
    changed[at] ^= 1
    assert "Signature is Valid" not in pdfsig(bytes(changed), tmp_path)
    assert not pyhanko_accepts(bytes(changed), root_of(authority))


def test_something_added_after_the_signature_is_seen_by_both(signed, authority, tmp_path):
    longer = signed + b"\n% tambahan\n"
    assert "Not total document signed" in pdfsig(longer, tmp_path)
    assert pyhanko_says(longer, root_of(authority)).coverage is not SignatureCoverageLevel.ENTIRE_FILE


def test_the_signature_says_who_why_where_and_when(signed):
    said = PdfFileReader(io.BytesIO(signed)).embedded_signatures[0].sig_object
    assert (said["/Name"], said["/Reason"], said["/Location"]) == ("Segel Demo Kompetensi", REASON, "Gorontalo")
    assert said["/M"].startswith("D:20261012011400")


def test_the_file_begins_with_what_was_printed_and_still_names_its_code(signed, printed):
    assert signed.startswith(printed)
    assert read_certificate_pdf(signed, max_bytes=10**7).token == FACTS.token


def test_qpdf_finds_nothing_wrong(signed):
    with pikepdf.open(io.BytesIO(signed)) as opened:
        assert opened.check_pdf_syntax() == []


def test_the_tags_of_the_archive_file_stay_and_the_stamp_has_its_own(signed, printed):
    with pikepdf.open(io.BytesIO(signed)) as after, pikepdf.open(io.BytesIO(printed)) as before:
        assert after.Root.MarkInfo.Marked
        with after.open_metadata() as metadata:
            assert metadata.pdfa_status == "3A"
        (field,) = after.Root.AcroForm.Fields
        tree = after.Root.StructTreeRoot
        numbers = list(tree.ParentTree.Nums)
        element = numbers[numbers.index(field.StructParent) + 1]
        assert element.S == "/Form"
        assert element.K.Obj.objgen == field.objgen
        assert element.P.objgen == tree.K[0].objgen
        assert "Segel Demo Kompetensi" in str(element.Alt) == str(field.TU)
        assert len(tree.K[0].K) == len(before.Root.StructTreeRoot.K[0].K) + 1
        fonts = field.AP.N.Resources.Font
        assert all("/FontFile3" in font.DescendantFonts[0].FontDescriptor or "/FontFile2" in
                   font.DescendantFonts[0].FontDescriptor for font in fonts.values())


def test_the_stamp_shows_signer_and_day_and_its_code_can_be_read(signed, printed, tmp_path):
    (tmp_path / "signed.pdf").write_bytes(signed)
    text = subprocess.run(["pdftotext", "-f", "1", "-l", "1", tmp_path / "signed.pdf", "-"], capture_output=True,
                          text=True, check=True).stdout
    assert "Kompetensi" in text
    picture = subprocess.run(["pdftoppm", "-r", "200", "-f", "1", "-l", "1", "-png"], input=signed, capture_output=True,
                             check=True).stdout
    codes = zxingcpp.read_barcodes(Image.open(io.BytesIO(picture)))
    assert len(codes) == 2
    assert {code.text for code in codes} == {FACTS.verify_url}


def test_the_stamp_covers_nothing_that_is_printed(signed, printed):
    def pixels(pdf: bytes) -> Image.Image:
        found = subprocess.run(["pdftoppm", "-r", "72", "-f", "1", "-l", "1", "-png"], input=pdf, capture_output=True,
                               check=True)
        return Image.open(io.BytesIO(found.stdout)).convert("RGB")

    with pikepdf.open(io.BytesIO(signed)) as opened:
        left, bottom, right, top = (float(edge) for edge in opened.Root.AcroForm.Fields[0].Rect)
    before = pixels(printed)
    # The ground pattern of the paper is faint; ink is not.
    ground = before.crop((int(left), int(before.height - top), int(right) + 1, int(before.height - bottom) + 1))
    assert min(min(pixel) for pixel in ground.get_flattened_data()) > 200


def test_without_a_stamp_the_signature_is_invisible(printed, authority, tmp_path):
    plain = authority.signer().sign(printed, reason=REASON, at=AT)
    assert "Signature is Valid" in pdfsig(plain, tmp_path)
    with pikepdf.open(io.BytesIO(plain)) as opened:
        assert list(opened.Root.AcroForm.Fields[0].Rect) == [0, 0, 0, 0]


def test_an_elliptic_key_signs_too(printed, tmp_path):
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = make_certificate(key)
    signer = PadesSigner(keep_pkcs12(tmp_path / "ec.p12", key, certificate), PASSPHRASE)
    for _ in range(3):  # its signatures differ in length
        signed = signer.sign(printed, reason=REASON, at=AT, stamp=STAMP)
        assert "Signature is Valid" in pdfsig(signed, tmp_path)
        assert pyhanko_says(signed, certificate.public_bytes(Encoding.DER)).bottom_line


def test_a_configured_authority_stamps_the_time(printed, tmp_path):
    certificate = make_certificate(rsa_key())
    path = keep_pkcs12(tmp_path / "kunci.p12", rsa_key(), certificate)
    with serve_timestamps() as clock:
        signer = PadesSigner(path, PASSPHRASE, timestamp_url=clock.url)
        signed = [signer.sign(printed, reason=REASON, at=AT, stamp=STAMP) for _ in range(2)]
        assert clock.asked == 3  # once to learn the room that a timestamp takes
        verdict = pyhanko_says(signed[1], certificate.public_bytes(Encoding.DER),
                               clock.certificate.public_bytes(Encoding.DER))
        assert verdict.bottom_line
        assert verdict.timestamp_validity.valid
        assert verdict.timestamp_validity.trusted
        assert "Signature is Valid" in pdfsig(signed[1], tmp_path)
        for mood in ("broken", "nonsense", "refused"):
            clock.mood = mood
            with pytest.raises(Unavailable, match="stempel waktu"):
                signer.sign(printed, reason=REASON, at=AT, stamp=STAMP)
    with pytest.raises(Unavailable, match="stempel waktu"):  # nobody listens any more
        signer.sign(printed, reason=REASON, at=AT, stamp=STAMP)


def test_many_sign_at_once(printed, authority, tmp_path):
    signer = authority.signer()
    with ThreadPoolExecutor(8) as pool:
        files = list(pool.map(lambda _: signer.sign(printed, reason=REASON, at=AT, stamp=STAMP), range(24)))
    verdicts = {pyhanko_says(pdf, root_of(authority)).bottom_line for pdf in files}
    assert verdicts == {True}


def wrong_passphrase(folder):
    return keep_pkcs12(folder / "a.p12", rsa_key(), make_certificate(rsa_key()), "lain"), "frasa sandinya salah"


def no_file(folder):
    return folder / "tiada.p12", "tidak dapat dibaca"


def no_pkcs12(folder):
    (folder / "b.p12").write_bytes(b"bukan kunci")
    return folder / "b.p12", "bukan PKCS#12"


def no_certificate(folder):
    return keep_pkcs12(folder / "c.p12", rsa_key(), None), "tidak memuat kunci beserta sertifikatnya"


def a_weak_key(folder):
    return keep_pkcs12(folder / "d.p12", rsa_key(3, 1024), make_certificate(rsa_key(3, 1024))), "paling sedikit 2048 bit"


def a_key_of_another_kind(folder):
    key = ed25519.Ed25519PrivateKey.generate()
    return keep_pkcs12(folder / "e.p12", key, None), "tidak memuat kunci beserta sertifikatnya"


def an_expired_certificate(folder):
    old = make_certificate(rsa_key(), last=datetime(2026, 10, 11, tzinfo=UTC))
    return keep_pkcs12(folder / "f.p12", rsa_key(), old), "sampai 11 Oktober 2026"


def a_certificate_of_the_future(folder):
    new = make_certificate(rsa_key(), first=datetime(2027, 1, 1, tzinfo=UTC))
    return keep_pkcs12(folder / "g.p12", rsa_key(), new), "berlaku 1 Januari 2027"


@pytest.mark.parametrize("make", [
    wrong_passphrase, no_file, no_pkcs12, no_certificate, a_weak_key, a_key_of_another_kind, an_expired_certificate,
    a_certificate_of_the_future])
def test_a_key_that_cannot_sign_is_refused_by_what_is_wrong_with_it(printed, tmp_path, make):
    path, words = make(tmp_path)
    signer = PadesSigner(path, PASSPHRASE)
    with pytest.raises(Unavailable) as refusal:
        signer.sign(printed, reason=REASON, at=AT)
    assert words in str(refusal.value)
    assert PASSPHRASE not in f"{refusal.value!r} {refusal.value} {signer!r}"


@pytest.mark.parametrize("pdf", [b"", b"hello", b"%PDF-1.7\n%%EOF\n"])
def test_what_is_no_pdf_is_not_signed(authority, pdf):
    with pytest.raises(InvalidInput, match="bukan PDF"):
        authority.signer().sign(pdf, reason=REASON, at=AT)


def test_a_file_that_is_signed_already_is_not_signed_over(signed, authority):
    with pytest.raises(InvalidInput, match="dapat ditandatangani"):
        authority.signer().sign(signed, reason=REASON, at=AT)


def test_the_first_signature_may_be_asked_for_by_many_threads(printed, authority):
    signer, files = authority.signer(), []
    threads = [threading.Thread(target=lambda: files.append(signer.sign(printed, reason=REASON, at=AT)))
               for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(files) == 6
