"""A printed QR proves itself in a real browser: kept as a file, on our site, and when the site is gone."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from axe_playwright_python.sync_playwright import Axe
from seals import FACTS, OpenSeal

from kompetensi.context import EXTENSION
from kompetensi.exchange.certificate_payload import write_payload

pytestmark = pytest.mark.browser

SEAL = OpenSeal()
TEXT = write_payload(replace(FACTS, valid_until=date(2179, 1, 1)), SEAL)
GENUINE = "Sertifikat ini asli sejauh tanggal terbitnya"


@pytest.fixture(scope="module")
def kept(served, tmp_path_factory):
    """The page for no network, kept as a file."""
    served.extensions[EXTENSION] = replace(served.extensions[EXTENSION], seal=SEAL)
    path = tmp_path_factory.mktemp("kept") / "cek-sertifikat-luring.html"
    path.write_bytes(served.test_client().get("/cek/luring?unduh=1").data)
    return path.as_uri()


@pytest.fixture
def alone(browser):
    """A page of a browser that reaches nobody; what it complains about, and what it asks for, fails the test."""
    context = browser.new_context(offline=True)
    page, complaints = context.new_page(), []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda request: complaints.append(request.url) if request.url.startswith("http") else None)
    yield page
    context.close()
    assert complaints == []


def ask(page, text: str) -> str:
    page.get_by_label("Isi kode QR").fill(text)
    page.get_by_role("button", name="Periksa").click()
    page.locator("#title:focus").wait_for()
    return page.get_by_role("heading", level=1).inner_text()


def test_a_pasted_qr_is_proven_without_any_network(alone, kept):
    alone.goto(kept)
    for text in (f"https://sertifikat.example/cek/7K4M-Q9XD-2RTB#{TEXT}", TEXT, TEXT.lower(), f"{TEXT[:70]}\n {TEXT[70:]}"):
        assert ask(alone, text) == GENUINE
    said = alone.locator("main").inner_text()
    for words in (FACTS.holder_name, FACTS.number, FACTS.training_name, FACTS.institution, "7K4M-Q9XD-2RTB", "LULUS",
                  "5 Oktober 2026 – 7 Oktober 2026, 20 JP", "berlaku sampai 1 Januari 2179", "Surat Tanda Tamat Pelatihan",
                  "• 004", "dicabut atau diganti"):
        assert words in said, words
    assert "19900312" not in alone.content()


def test_it_may_be_opened_with_the_payload_in_its_address(alone, kept):
    alone.goto(f"{kept}#{TEXT}")
    alone.get_by_role("heading", name=GENUINE).wait_for()


def altered(place: int) -> str:
    return TEXT[:place] + ("0" if TEXT[place] != "0" else "1") + TEXT[place + 1:]


@pytest.mark.parametrize(("text", "answer"), [
    (altered(120), "Kode QR ini bukan buatan kami"), (altered(len(TEXT) - 2), "Kode QR ini bukan buatan kami"),
    (write_payload(FACTS, OpenSeal(2)), "Keaslian kode QR ini belum dapat dipastikan"),
    (TEXT[:-1], "Teks kode QR ini tidak utuh"), (TEXT[:40], "Teks kode QR ini tidak utuh"),
    ("K2:" + TEXT[3:], "Kode QR ini lebih baru daripada halaman ini"), ("halo", "Ini bukan isi kode QR sertifikat"),
    ("", "Ini bukan isi kode QR sertifikat"), ("K1:%E0%A4%A", "Teks kode QR ini tidak utuh"),
    ("https://sertifikat.example/cek/7K4M-Q9XD-2RTB", "Ini bukan isi kode QR sertifikat"),
    (write_payload(replace(FACTS, valid_until=date(2026, 10, 31)), SEAL), "Sertifikat ini asli, tetapi sudah kedaluwarsa")])
def test_what_is_not_proven_is_told_apart(alone, kept, text, answer):
    alone.goto(kept)
    assert ask(alone, text) == answer
    assert alone.locator("#proven").is_visible() is ("asli," in answer)


def test_words_that_stand_plain_and_strange_ones_are_read(alone, kept):
    alone.goto(kept)
    for name in ("<b onload=alert(1)>Nuʼaim</b>", "Ж" * 40):
        assert ask(alone, write_payload(replace(FACTS, holder_name=name, valid_until=None), SEAL)) == GENUINE
        assert name in alone.locator("#facts").inner_text()
    assert "tanpa batas waktu" in alone.locator("main").inner_text()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_before_or_after_an_answer(alone, kept, scheme):
    alone.emulate_media(color_scheme=scheme)
    alone.goto(kept)
    for text in (None, TEXT, altered(120), "halo"):
        if text is not None:
            ask(alone, text)
        found = Axe().run(alone)
        assert found.violations_count == 0, found.generate_report()


def test_the_site_shows_the_same_page_under_its_policy(kept, visit):
    page = visit()
    page.goto(f"/cek/luring#{TEXT}")
    page.get_by_role("heading", name=GENUINE).wait_for()


def test_a_scanned_address_is_answered_when_the_site_is_gone(kept, browser, address):
    context = browser.new_context(base_url=address)
    page = context.new_page()
    page.goto("/cek")
    # The worker answers for what lies under /cek/, not for this page, which therefore never waits for it by itself.
    while not page.evaluate("navigator.serviceWorker.getRegistrations().then(found => found.some(one => one.active))"):
        page.wait_for_timeout(100)
    context.set_offline(True)
    page.goto(f"/cek/7K4M-Q9XD-2RTB#{TEXT}")
    page.get_by_role("heading", name=GENUINE).wait_for()
    context.close()
