"""A round of signing: what waits, what is typed, what is told, and what is kept of it (nothing)."""

from __future__ import annotations

import io
import logging
import subprocess
from dataclasses import replace

import pikepdf
import pytest
from factories import make_post, occupy
from fake_bsre import LOGIN, NIK, PASSPHRASE, serve_bsre
from graduates import CountingRandomness, OneByOne, make_finished_batch, make_graduate
from signing_authority import PASSPHRASE as KEY_PASSPHRASE
from signing_authority import keep_pkcs12, make_certificate, rsa_key
from sqlalchemy import select

from kompetensi.adapters.bsre import BsreSigner
from kompetensi.adapters.pades import PadesSigner
from kompetensi.context import EXTENSION, state
from kompetensi.models import Certificate, CertificateEvent, CertificateFile, JobClass, Notification, Person, Position
from kompetensi.services.unit_of_work import transaction

SECRET = {"nik": NIK, "passphrase": PASSPHRASE}
PAGE = "/sertifikat/tanda-tangan"


class EmptyPages(OneByOne):
    """Makes PDFs that can be signed and need no PDF library to lay out."""

    def render_certificate(self, facts, design=None) -> bytes:
        with pikepdf.new() as document:
            document.add_blank_page(page_size=(842, 595))
            document.trailer.ID = pikepdf.Array([pikepdf.String(facts.token), pikepdf.String("x")])
            written = io.BytesIO()
            document.save(written, deterministic_id=False, static_id=False)
        return written.getvalue()


@pytest.fixture(scope="module")
def key(tmp_path_factory):
    path = keep_pkcs12(tmp_path_factory.mktemp("keys") / "ttd.p12", rsa_key(), make_certificate(rsa_key(), "Yusuf Mohamad"))
    return PadesSigner(path, KEY_PASSPHRASE)


@pytest.fixture
def service(office, key):
    """BSrE as the office's signer."""
    with serve_bsre(key) as service:
        kept = state(office.app)
        office.app.extensions[EXTENSION] = replace(
            kept, renderer=EmptyPages(), randomness=CountingRandomness(),
            signer=BsreSigner(service.url, "v2", username=LOGIN[0], password=LOGIN[1]))
        yield service


def prepare(office, rows, *names: str) -> None:
    """Take numbers for participants who passed, as the centre does from the batch's page."""
    with transaction(rows):
        batch = make_finished_batch(rows)
        for name in names:
            make_graduate(rows, batch, name=name)
        code = batch.code
    answer = office.visit("balai").post(f"/angkatan/{code}/sertifikat")
    assert answer.status_code == 303


def states(rows) -> list[str]:
    found = rows.ask(select(Certificate.state).order_by(Certificate.seq))
    rows.rollback()
    return found


def test_a_job_takes_the_numbers_and_the_round_signs_them(office, rows, service):
    prepare(office, rows, "Aminah", "Budi", "Citra")
    assert states(rows) == ["READY_TO_SIGN"] * 3
    client = office.visit("balai")
    assert "Yang menunggu tanda tangan" in client.get("/sertifikat/register").text
    shown = client.get(PAGE)
    assert "3 sertifikat</b> menunggu tanda tangan Anda" in shown.text
    assert shown.text.count('autocomplete="off"') == 2
    assert shown.headers["Cache-Control"] == "no-store"
    told = client.post(PAGE, data=SECRET)
    assert told.status_code == 200
    assert "3 dari 3" in told.text
    assert "<b>3 sertifikat</b> terbit" in told.text
    assert told.text.rstrip().endswith("</html>")
    assert states(rows) == ["ISSUED"] * 3
    assert service.signed == 3
    steps = rows.ask(select(CertificateEvent.state).order_by(CertificateEvent.id))
    assert steps.count("SIGNED") == 3
    for pdf in rows.ask(select(CertificateFile.pdf)):
        assert b"/ETSI.CAdES.detached" in pdf
    assert "Tidak ada yang menunggu tanda tangan Anda" in client.get(PAGE).text
    assert client.post(PAGE, data=SECRET).status_code == 303


def test_who_is_named_as_signer_signs_and_nobody_else(office, rows, service):
    with transaction(rows):
        head = rows.scalars(select(Person).where(Person.nip == office.nips["pegawai"])).one()
        position = rows.scalars(select(Position).join(JobClass).where(JobClass.group == "JPT")).first()
        batch = make_finished_batch(rows)
        post = make_post(rows, position)
        post.unit_id = batch.organiser_id
        occupy(rows, head, post)
        make_graduate(rows, batch, name="Aminah")
        code = batch.code
    centre = office.visit("balai")
    centre.post(f"/angkatan/{code}/sertifikat")
    assert "1 sertifikat balai Anda menunggu penanda tangan lain" in centre.get(PAGE).text
    assert centre.post(PAGE, data=SECRET).status_code == 303
    assert states(rows) == ["READY_TO_SIGN"]
    assert service.seen == []
    called = rows.ask(select(Notification).where(Notification.link == PAGE))
    assert [row.person_id for row in called] == [head.id]
    rows.rollback()
    signer = office.visit("pegawai")
    assert "menunggu tanda tangan Anda" in signer.get("/pesan").text
    assert "1 sertifikat</b> menunggu" in signer.get(PAGE).text
    assert "Lanjutkan" not in signer.post(PAGE, data=SECRET).text
    assert states(rows) == ["ISSUED"]
    assert "Tidak ada yang menunggu" in office.visit("mutasi").get(PAGE).text


def test_a_wrong_passphrase_brings_the_form_back_and_nothing_of_what_was_typed(office, rows, service):
    prepare(office, rows, "Aminah")
    answer = office.visit("balai").post(PAGE, data={"nik": NIK, "passphrase": "salah ketik"})
    assert answer.status_code == 400
    assert "Passphrase ditolak BSrE" in answer.text
    assert NIK not in answer.text
    assert "salah ketik" not in answer.text
    assert states(rows) == ["READY_TO_SIGN"]


@pytest.mark.parametrize(("typed", "words"), [
    ({}, "Isian ini wajib diisi"), ({"nik": "123", "passphrase": "x"}, "NIK terdiri atas 16 angka"),
    ({"nik": NIK}, "Isian ini wajib diisi")])
def test_what_is_typed_wrongly_never_leaves_the_house(office, rows, service, typed, words):
    prepare(office, rows, "Aminah")
    answer = office.visit("balai").post(PAGE, data=typed)
    assert answer.status_code == 400
    assert words in answer.text
    assert service.seen == []


def test_after_an_interruption_the_rest_waits_and_the_secret_is_asked_again(office, rows, service):
    prepare(office, rows, "Aminah", "Budi", "Citra")
    service.fails_after = 2
    client = office.visit("balai")
    told = client.post(PAGE, data=SECRET).text
    assert "<b>2 sertifikat</b> terbit" in told
    assert "1 masih menunggu; ketik lagi NIK" in told
    assert "HTTP 500" in told
    assert states(rows) == ["ISSUED", "ISSUED", "READY_TO_SIGN"]
    service.fails_after = None
    again = client.get(PAGE)
    assert "1 sertifikat</b> menunggu" in again.text
    assert NIK not in again.text
    client.post(PAGE, data=SECRET)
    assert states(rows) == ["ISSUED"] * 3
    numbers = rows.ask(select(Certificate.seq).order_by(Certificate.seq))
    assert numbers == [1, 2, 3]


def test_who_closes_the_page_interrupts_the_round(office, rows, service):
    prepare(office, rows, "Aminah", "Budi", "Citra")
    client = office.visit("balai")
    answer = client.post(PAGE, data=SECRET, buffered=False)
    pieces = iter(answer.response)
    next(pieces)  # the head of the page: the first certificate is issued by then
    answer.close()
    assert states(rows) == ["ISSUED", "READY_TO_SIGN", "READY_TO_SIGN"]


def test_a_service_that_is_away_is_told_and_everything_waits(office, rows, service):
    prepare(office, rows, "Aminah")
    service.mood = "broken"
    answer = office.visit("balai").post(PAGE, data=SECRET)
    assert answer.status_code == 503
    assert "HTTP 500" in answer.text
    assert states(rows) == ["READY_TO_SIGN"]


def test_neither_nik_nor_passphrase_is_kept_or_logged_anywhere(office, rows, service, caplog):
    caplog.set_level(logging.DEBUG)
    prepare(office, rows, "Aminah", "Budi")
    client = office.visit("balai")
    pages = [client.post(PAGE, data={"nik": NIK, "passphrase": "salah ketik"}).text]
    service.fails_after = 1
    pages.append(client.post(PAGE, data=SECRET).text)
    service.fails_after = None
    service.mood = "odd"
    pages.append(client.post(PAGE, data=SECRET).text)
    service.mood = "direct"
    pages.append(client.post(PAGE, data=SECRET).text)
    assert states(rows) == ["ISSUED"] * 2
    kept = everything_in(rows)
    assert "Aminah" in kept
    for hidden in (NIK, PASSPHRASE, "salah ketik"):
        assert hidden not in caplog.text
        assert hidden not in kept
        assert all(hidden not in text for text in pages)


def everything_in(rows) -> str:
    """Return every value of every row of the database as text."""
    from kompetensi.models import Base

    found = []
    for table in Base.metadata.sorted_tables:
        for row in rows.execute(table.select()):
            found += [value.decode("latin-1") if isinstance(value, bytes) else str(value) for value in row]
    rows.rollback()
    return "\n".join(found)


def test_a_replacement_waits_for_the_signature_too(office, rows, service):
    prepare(office, rows, "Aminah")
    client = office.visit("balai")
    client.post(PAGE, data=SECRET)
    token = rows.ask(select(Certificate.token))[0]
    rows.rollback()
    done = client.post(f"/sertifikat/{token}/ganti", data={"reason": "Ejaan nama dibetulkan."})
    assert done.status_code == 303
    assert "terbit sesudah ditandatangani" in client.get(done.headers["Location"]).text
    assert sorted(states(rows)) == ["ISSUED", "READY_TO_SIGN"]
    client.post(PAGE, data=SECRET)
    assert sorted(states(rows)) == ["ISSUED", "REPLACED"]


@pytest.mark.pdf
@pytest.mark.poppler
def test_each_sheet_is_shown_before_the_signature_and_marked_as_a_draft_on_every_page(office, rows, service):
    from kompetensi.adapters.weasyprint_renderer import WeasyPrintRenderer

    office.app.extensions[EXTENSION] = replace(state(office.app), renderer=WeasyPrintRenderer())
    prepare(office, rows, "Aminah", "Budi")
    client = office.visit("balai")
    shown = client.get(PAGE).text
    for token in rows.ask(select(Certificate.token)):
        address = f"{PAGE}/{token}.pdf"
        assert f'href="{address}"' in shown
        sheets = client.get(address)
        assert (sheets.status_code, sheets.mimetype) == (200, "application/pdf")
        assert "no-store" in sheets.headers["Cache-Control"]
        # Turned words come out letter by letter, in the order in which they were drawn.
        text = subprocess.run(["pdftotext", "-raw", "-", "-"], input=sheets.data, capture_output=True, check=True).stdout
        pages = text.decode().removesuffix("\f").split("\f")
        assert ["DRAF" in "".join(page.split()) for page in pages] == [True, True]
    assert states(rows) == ["READY_TO_SIGN"] * 2
    assert service.seen == []


def test_a_draft_proves_nothing_and_is_shown_to_nobody_but_who_signs(office, rows, service):
    facts = []

    class Watching(EmptyPages):
        def render_certificate(self, one, design=None):
            facts.append(one)
            return super().render_certificate(one, design)

    office.app.extensions[EXTENSION] = replace(state(office.app), renderer=Watching())
    prepare(office, rows, "Aminah")
    [token] = rows.ask(select(Certificate.token))
    client = office.visit("balai")
    assert client.get(f"{PAGE}/{token}.pdf").status_code == 200
    assert (facts[-1].draft, facts[-1].qr_payload) == (True, "")
    for username in ("pegawai", "mutasi"):
        assert office.visit(username).get(f"{PAGE}/{token}.pdf").status_code == 404
    assert client.get(f"{PAGE}/0000-0000-0000.pdf").status_code == 404
    client.post(PAGE, data=SECRET)
    assert client.get(f"{PAGE}/{token}.pdf").status_code == 404  # the file itself is there now


def test_where_nobody_types_anything_the_page_says_why(office, key):
    assert "tanpa tanda tangan elektronik" in office.visit("balai").get(PAGE).text
    office.app.extensions[EXTENSION] = replace(state(office.app), signer=key)
    assert "kunci instansi" in office.visit("balai").get(PAGE).text
