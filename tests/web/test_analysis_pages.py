"""The pages that answer HR's questions from the graph."""

from __future__ import annotations

import io
import json

import pytest

ROOT = "/graf/analisis"
PAGES = {
    "": "Apa yang ingin Anda ketahui",
    "/penghambat": "kompetensi dinaikkan bersama",
    "/penghambat?banyak=1&dasar=proven": "Pintu = seorang pegawai dan satu jabatan",
    "/kebutuhan": "tidak menutup kesenjangan siapa pun",
    "/dampak": "dihapus atau ditambahkan",
    "/dampak?pelatihan=KEUDA-PENATA": "tidak lagi tercapai lewat pelatihan",
    "/dampak?kompetensi=TEK-BMD&level=4&jp=40&sesudah=BMD-LANJUT": "menjadi tercapai lewat pelatihan",
    "/dampak?kompetensi=TEK-BMD&level=1&jp=4000": "tidak mengubah apa pun",
    "/karier": "paling ringan",
    "/karier?dari=PLK-BENDAHARA&ke=JPTP-KABAN-BKAD": "Paling ringan lewat",
    "/karier?dari=PLK-BENDAHARA&ke=JPTP-KABAN-BKAD&kekurangan=10": "Rangkaian ada bila kekurangan",
    "/karier?dari=PLK-BENDAHARA&ke=JPTP-KABAN-BKAD&kekurangan=100&bidang=bebas": "Paling ringan langsung",
    "/serupa": "paling dekat",
    "/serupa?jabatan=PWS-KASUBAG-KEU": "Yang paling serupa dengan Kepala Subbagian Keuangan",
    "/perbedaan": "dua versi katalog",
    "/perbedaan?dari=2020-01-01": "unsur baru"}


@pytest.mark.parametrize("address", PAGES)
def test_hr_gets_an_answer_in_words_first(office, address):
    page = office.visit("mutasi").get(ROOT + address)
    assert page.status_code == 200
    assert page.text.count("<h1") == 1
    assert PAGES[address] in page.text


@pytest.mark.parametrize("address", ["", "/penghambat", "/dampak?pelatihan=PKA", "/karier?dari=PLK-BENDAHARA&ke=PWS-KASUBAG-KEU"])
def test_centre_and_admin_may_ask_of_the_catalogue_but_not_of_people(office, address):
    for username in ("balai", "admin"):
        client = office.visit(username)
        assert client.get(ROOT + address).status_code == 200
        assert client.get(f"{ROOT}/kebutuhan").status_code == 403
        assert client.get(f"{ROOT}/penghambat?dasar=proven").status_code == 403
        assert f'{ROOT}/kebutuhan' not in client.get(ROOT).text


def test_a_civil_servant_sees_neither_the_pages_nor_a_link_to_them(office):
    client = office.visit("pegawai")
    for address in PAGES:
        assert client.get(ROOT + address).status_code == 403
    assert ROOT not in client.get("/graf").text
    assert ROOT in office.visit("mutasi").get("/graf").text


@pytest.mark.parametrize(("address", "status"), [
    ("/karier?dari=TIDAK&ke=ADA", 404), ("/karier?dari=PLK-BENDAHARA&ke=PLK-BENDAHARA", 400), ("/dampak?pelatihan=TIDAK", 404),
    ("/karier?dari=PLK-BENDAHARA&ke=PWS-KASUBAG-KEU&kekurangan=101", 400), ("/serupa?jabatan=TIDAK", 404),
    ("/karier?dari=PLK-BENDAHARA&ke=PWS-KASUBAG-KEU&naik=x", 400), ("/penghambat?banyak=0", 400),
    ("/penghambat?dasar=perasaan", 400), ("/kebutuhan?dasar=perasaan", 400), ("/karier?dari=PLK-BENDAHARA", 400),
    ("/dampak?kompetensi=TEK-BMD&level=9", 400), ("/perbedaan?dari=kemarin", 400)])
def test_a_wrong_question_keeps_the_form_and_says_what_is_wrong(office, address, status):
    page = office.visit("mutasi").get(ROOT + address)
    assert page.status_code == status
    assert page.text.count("<h1") == 1
    assert 'role="alert"' in page.text
    assert "<form" in page.text


def test_the_career_map_is_drawn_and_told_as_a_list(office):
    page = office.visit("mutasi").get(f"{ROOT}/karier?dari=PLK-BENDAHARA&ke=JPTP-KABAN-BKAD").text
    assert page.count('class="have"') >= 2
    assert page.count("<ol class=\"k-trail\">") >= 1
    assert "isi yang sama ada pada daftar" in page


def test_two_files_are_compared_and_a_broken_one_is_refused(office):
    client = office.visit("mutasi")
    content = client.get("/graf/unduh/json").data
    changed = content.replace(b'"Kepala Bidang Aset"', b'"Kepala Bidang Aset Daerah"')

    def compare(**files):
        return client.post(f"{ROOT}/perbedaan", data={
            name: (io.BytesIO(data), f"{name}.json") for name, data in files.items()}, content_type="multipart/form-data")

    same = compare(lama=content)
    assert same.status_code == 200
    assert "Kedua versi katalog sama." in same.text
    other = compare(lama=content, baru=changed)
    assert "Kepala Bidang Aset Daerah" in other.text
    document = json.loads(content)
    document["edges"][0]["kind"] = "apa"
    assert compare(lama=json.dumps(document).encode()).status_code == 400
    assert compare().status_code == 400
