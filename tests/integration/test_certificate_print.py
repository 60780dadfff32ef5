"""The printed certificate, read back by other programs: poppler for the text, zxing for the QR, pikepdf for the structure."""

from __future__ import annotations

import io
import subprocess
from dataclasses import replace

import pikepdf
import pytest
import zxingcpp
from participants import FACTS
from PIL import Image, ImageChops
from seals import OpenSeal

from kompetensi.adapters.weasyprint_renderer import WeasyPrintRenderer
from kompetensi.errors import InvalidInput
from kompetensi.exchange.certificate_payload import PayloadStanding, read_payload, seal_facts
from kompetensi.exchange.certificate_pdf import read_certificate_pdf
from kompetensi.rules.certificate_design import CertificateDesign
from kompetensi.rules.certificates import CertificateKind, Signatory, Subject, facts_hash

pytestmark = [pytest.mark.pdf, pytest.mark.poppler, pytest.mark.once]



@pytest.fixture(scope="module")
def renderer():
    return WeasyPrintRenderer()


@pytest.fixture(scope="module")
def printed(renderer):
    return renderer.render_certificate(FACTS)


def text_of(pdf: bytes, *, page: int | None = None) -> str:
    pages = [] if page is None else ["-f", str(page), "-l", str(page)]
    found = subprocess.run(["pdftotext", "-layout", *pages, "-", "-"], input=pdf, capture_output=True, check=True)
    return " ".join(found.stdout.decode().split())


def test_the_front_says_who_what_when_and_by_whom(printed):
    front = text_of(printed, page=1)
    for words in ("PEMERINTAHPROVINSIGORONTALO", "LULUS"):  # their letters stand apart
        assert words in front.replace(" ", "")
    for words in ("Surat Tanda Tamat Pelatihan", FACTS.number, FACTS.holder_name,
                  "NIP 19900312 201403 2 004", "12 Maret 1990", "Penata, III/c", "sangat memuaskan",
                  "Pelatihan Pelayanan Publik Prima, Angkatan IV Tahun 2026", "20 (dua puluh) jam pelajaran",
                  "Gorontalo, 12 Oktober 2026", "Ir. Yusuf Mohamad", "7K4M-Q9XD-2RTB"):
        assert words in front, words


def test_the_back_lists_the_subjects_their_sum_and_the_fingerprint_of_the_facts(printed):
    back = text_of(printed, page=2)
    for words in ("Kebijakan pelayanan 8", "Praktik pelayanan 12", "20 (dua puluh) jam pelajaran 20", "Rahma Pakaya",
                  facts_hash(FACTS)):
        assert words in back, words
    assert "LULUS" not in back.replace(" ", "")


def test_a_telephone_reads_the_address_from_the_paper(printed, tmp_path):
    assert codes_of(printed, tmp_path) == [FACTS.verify_url]


def codes_of(pdf: bytes, folder) -> list[str]:
    subprocess.run(["pdftoppm", "-r", "150", "-png", "-singlefile", "-", str(folder / "front")], input=pdf, check=True)
    with Image.open(folder / "front.png") as picture:
        return [code.text for code in zxingcpp.read_barcodes(picture)]


LONG = {"holder_name": "Prof. Dr. dr. Hj. Siti Nurhalimah Rahmatia Botutihe-Mohamad Pakaya, S.Kep., Ns., M.Kes., Sp.K.M.B.",
        "training_name": "Pelatihan Jabatan Fungsional Analis Sumber Daya Manusia Aparatur Jenjang Ahli Madya bagi "
                         "Instansi Pemerintah Daerah",
        "institution": "Balai Pengembangan Kompetensi Aparatur Sipil Negara Kementerian Dalam Negeri Regional Makassar"}


@pytest.mark.parametrize("words", [{}, LONG])
def test_the_paper_alone_proves_what_it_says(renderer, tmp_path, words):
    seal = OpenSeal()
    facts = seal_facts(replace(FACTS, **words), seal)
    (text,) = codes_of(renderer.render_certificate(facts), tmp_path)
    assert text == facts.qr_text
    assert text.startswith(f"{FACTS.verify_url}#K1:")
    reading = read_payload(text, [seal.published])
    assert reading.standing is PayloadStanding.GENUINE
    assert reading.payload.holder_name == facts.holder_name


def test_of_many_laid_out_together_each_proves_himself(renderer, tmp_path):
    seal = OpenSeal()
    many = [seal_facts(replace(FACTS, holder_name=name, nip=f"19900312201403200{place}"), seal)
            for place, name in enumerate(("Rahma Pakaya", "Yusuf Mohamad", LONG["holder_name"], "Siti Botutihe"))]
    for facts, made in zip(many, renderer.render_many(many), strict=True):
        (text,) = codes_of(made.pdf, tmp_path)
        assert text == facts.qr_text
        assert read_payload(text, [seal.published]).payload.holder_name == facts.holder_name


def test_the_file_is_tagged_archived_and_brings_its_fonts(printed):
    with pikepdf.open(io.BytesIO(printed)) as pdf:
        assert len(pdf.pages) == 2
        assert pdf.Root.MarkInfo.Marked
        assert str(pdf.Root.Lang) == "id"
        with pdf.open_metadata() as meta:
            assert (meta["pdfaid:part"], meta["pdfaid:conformance"]) == ("3", "A")
        assert not pdf.is_encrypted
        for item in pdf.objects:
            if isinstance(item, pikepdf.Dictionary) and item.get("/Type") == "/FontDescriptor":
                assert {"/FontFile", "/FontFile2", "/FontFile3"} & set(item.keys())


def test_the_file_names_its_code_and_the_same_facts_give_the_same_file(renderer, printed):
    assert read_certificate_pdf(printed, max_bytes=10**7).token == FACTS.token
    assert renderer.render_certificate(FACTS) == printed


def test_only_a_signed_file_says_that_it_is_signed(renderer, printed):
    assert "Belum ditandatangani secara elektronik" in text_of(printed, page=1)
    assert "Belum ditandatangani" not in text_of(renderer.render_certificate(replace(FACTS, signed=True)))


def test_a_preview_carries_draf_across(renderer, printed):
    def letters(pdf):
        # Turned words come out letter by letter, in the order in which they were drawn.
        found = subprocess.run(["pdftotext", "-raw", "-", "-"], input=pdf, capture_output=True, check=True)
        return "".join(found.stdout.decode().split())

    assert "DRAF" not in letters(printed)
    assert letters(renderer.render_certificate(replace(FACTS, draft=True))).count("DRAF") == 2


@pytest.mark.parametrize("css", [
    ".draft{display:none!important}", "p{visibility:hidden}", ".sheet .draft{font-size:0!important;opacity:0!important}",
    ".draft{color:transparent;top:400mm;left:-900mm;position:static}"])
def test_no_template_takes_draf_away(renderer, css):
    design = CertificateDesign(front="<p>x</p>", css=css)
    final, draft = (drawn(renderer.render_certificate(replace(FACTS, draft=draft), design)) for draft in (False, True))
    over = ImageChops.difference(final, draft).convert("L").point(lambda shade: 255 if shade > 4 else 0)
    assert over.histogram()[255] > 900  # four letters across the page
    assert over.getbbox()[2] - over.getbbox()[0] > 150  # of 351


def drawn(pdf: bytes) -> Image.Image:
    """Return the first page at 30 dots an inch."""
    found = subprocess.run(["pdftoppm", "-r", "30", "-l", "1", "-"], input=pdf, capture_output=True, check=True)
    return Image.open(io.BytesIO(found.stdout))


def test_a_demo_says_on_paper_that_its_people_are_invented(renderer):
    assert "rekaan" in text_of(renderer.render_certificate(replace(FACTS, demo=True)))


def test_long_names_and_long_programmes_stay_inside_their_pages(renderer):
    subjects = tuple(Subject(f"Mata pelatihan nomor {number} dengan nama yang cukup panjang untuk satu baris", 9)
                     for number in range(1, 61))
    long = replace(
        FACTS, holder_name="Prof. Dr. Ir. Siti Rahmatia Nurhayati Botutihe Monoarfa-Lamusu, S.Kep., Ns., M.Kes., Ph.D.",
        subjects=subjects, jp=540)
    pdf = renderer.render_certificate(long)
    text = text_of(pdf)
    assert "60 Mata pelatihan nomor 60" in text
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        assert 2 < len(opened.pages) <= 9


def test_what_fits_no_page_is_refused(renderer):
    with pytest.raises(InvalidInput, match="terlalu panjang"):
        renderer.render_certificate(replace(FACTS, training_name="Pelatihan " * 400))


@pytest.mark.parametrize(("kind", "title"), [(CertificateKind.ATTENDANCE, "Sertifikat"),
                                             (CertificateKind.AWARD, "Piagam Penghargaan")])
def test_each_kind_carries_its_title(renderer, kind, title):
    assert title in text_of(renderer.render_certificate(replace(FACTS, kind=kind, status_phrase="TELAH MENGIKUTI")))


def test_empty_facts_leave_no_empty_labels(renderer):
    bare = replace(FACTS, nip="", birth_place="", birth_date=None, rank="", golongan="", position="", unit="", agency="",
                   predicate="", organiser="", mode_phrase="", place="", competences=(), trainers=(), legal_basis="",
                   signer=Signatory("Kepala BKPSDM", ""))
    text = text_of(renderer.render_certificate(bare))
    for words in ("NIP ,", "lahir di ,", "None", "predikat", " ,"):
        assert words not in text, words
