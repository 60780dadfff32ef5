"""The whole loop in a browser: gap, path, seat, result, certificate, check, and what HR sees of it."""

from __future__ import annotations

import re

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.pdf]

NIP, TARGET, TRAINING = "198807142012032004", "ADM-KABID-ASET", "Pelatihan Penatausahaan dan Pemanfaatan Aset Daerah"
READINESS, CASE = f"/kesiapan/{NIP}/{TARGET}", f"/mutasi/{NIP}/{TARGET}"


def jpm(page) -> str:
    """Read the JPM that a readiness page shows."""
    return re.search(r"JPM [0-9,]+\s%", page.get_by_role("main").inner_text()).group()


def rule(page, rule_id: str) -> str:
    """Read what the page of a case says of a rule."""
    for fold in page.locator("details").all():
        fold.evaluate("fold => fold.open = true")
    return page.locator("ul.k-rules > li").filter(has_text=f"aturan {rule_id} ").inner_text()


def test_the_loop_closes(visit):
    # She sees the gap: one technical level and one mandatory training.
    asn = visit("asn")
    asn.goto(READINESS)
    before = jpm(asn)
    text = asn.get_by_role("main").inner_text()
    assert "Wajib, belum lulus" in text
    assert "Diperkirakan" not in text
    proven = re.search(r"Terbukti [0-9]+\s%", text).group()

    # HR sees the same as a rule that is not met.
    hr = visit("hr")
    hr.goto(CASE)
    assert "Tidak terpenuhi" in rule(hr, "MT-13")

    # She takes the path, and with it the seat.
    asn.get_by_role("link", name="Susun jalur pelatihan").first.click()
    assert TRAINING in asn.get_by_role("main").inner_text()
    batch = asn.get_by_role("link", name=re.compile("^BMD-LANJUT-[0-9]+-[0-9]+$")).first.inner_text()
    asn.get_by_role("button", name="Ambil jalur ini dan minta kursinya").click()
    assert "1 kursi diminta" in asn.get_by_role("main").inner_text()

    # Her superior supports the request.
    superior = visit("atasan")
    superior.goto("/permintaan-bawahan")
    superior.get_by_role("region", name=re.compile("Ningsih")).get_by_role("button", name="Dukung").click()

    # The centre approves, records that she passed before the last day, and issues the certificate.
    centre = visit("balai")
    centre.goto(f"/angkatan/{batch}")
    centre.get_by_role("listitem").filter(has_text="Ningsih").get_by_role("button", name="Setujui").click()
    centre.get_by_role("link", name="Isi hasil").click()
    row = centre.locator("tbody tr").filter(has_text="Ningsih")
    row.get_by_role("combobox").select_option("PASSED")
    row.get_by_label(re.compile("^Nilai ")).fill("87,5")
    centre.get_by_role("button", name="Simpan hasil").click()
    assert "baru berakhir" in centre.get_by_role("alert").inner_text()
    centre.get_by_label("Ya, peserta ini selesai sebelum hari terakhir angkatan").check()
    centre.get_by_role("button", name="Simpan hasil").click()
    centre.get_by_role("button", name="Terbitkan sertifikat (1)").click()
    assert "1 sertifikat terbit" in centre.get_by_role("heading", level=1).inner_text()
    centre.get_by_role("link", name=f"Ke angkatan {batch}").click()
    number = centre.get_by_role("link", name=re.compile("STTP")).inner_text()

    # She has it in her wallet; anybody can check it and sees three digits of her NIP.
    asn.goto("/sertifikat")
    asn.get_by_role("link", name=TRAINING, exact=True).click()
    code = re.search(r"[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}", asn.get_by_role("region", name="Memastikan keaslian").inner_text()).group()
    with asn.expect_download() as download:
        asn.get_by_role("link", name="Unduh PDF").click()
    visitor = visit()
    visitor.goto("/cek")
    visitor.get_by_label("Kode pada sertifikat").fill(code.lower().replace("-", " "))
    visitor.get_by_role("button", name="Periksa kode").click()
    assert visitor.get_by_role("heading", level=1).inner_text() == "Sertifikat ini sah dan berlaku"
    checked = visitor.get_by_role("main").inner_text()
    assert number in checked
    assert NIP not in checked
    visitor.locator("input[type=file]").set_input_files(download.value.path())
    visitor.get_by_role("button", name="Periksa berkas", exact=True).click()
    assert "sama dengan yang diterbitkan" in visitor.get_by_role("main").inner_text()

    # The JPM stays, because nothing was assessed; the gate is green and the expected readiness has risen.
    asn.goto(READINESS)
    text = asn.get_by_role("main").inner_text()
    assert jpm(asn) == before
    assert proven in text
    assert "Wajib, belum lulus" not in text
    assert "Dipegang" in text
    assert "Diperkirakan" in text

    # HR sees the rule met.
    hr.goto(CASE)
    assert rule(hr, "MT-13").startswith("Terpenuhi")


@pytest.mark.parametrize("width", [390, 1280])
def test_no_page_of_the_loop_is_wider_than_the_screen(visit, width):
    for username, pages in (
            (None, ("/cek", "/masuk", "/bantuan")), ("asn", ("/", READINESS, f"/jalur/{NIP}/{TARGET}", "/sertifikat")),
            ("balai", ("/", "/angkatan", "/sertifikat/register", "/ruang", "/pengajar", "/hari-kerja", "/waktu-tempuh")), ("hr", ("/", CASE, "/pegawai"))):
        page = visit(username)
        page.set_viewport_size({"width": width, "height": 844})
        for address in pages:
            assert page.goto(address).status == 200
            assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"), address
            assert page.locator("h1").count() == 1, address
