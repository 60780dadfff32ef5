"""The centre types codes and uploads photos; nothing is issued without them."""

from __future__ import annotations

import io

from graduates import make_finished_batch, make_graduate
from portraits import draw_portrait
from sqlalchemy import select

from kompetensi.models import Certificate, CertificatePhoto
from kompetensi.services.unit_of_work import transaction


def prepare(rows, *names):
    with transaction(rows):
        batch = make_finished_batch(rows, "PKA")
        nips = [make_graduate(rows, batch, name=name).person.nip for name in names]
        return batch.code, nips


def test_the_centre_completes_a_batch_and_issues_it(office, rows):
    code, (first, second) = prepare(rows, "Aminah", "Budi")
    client, page = office.visit("balai"), f"/angkatan/{code}/sertifikat/siapkan"
    assert "2 peserta belum lengkap" in client.get(f"/angkatan/{code}").text
    assert "<b>2 peserta</b> belum lengkap" in client.get(page).text
    answer = client.post(page, data={f"lan-{first}": "LAN-1", f"photo-{first}": (io.BytesIO(draw_portrait()), "a.png"),
                                     f"lan-{second}": ""})
    assert answer.status_code == 303
    shown = client.get(page).text
    assert 'value="LAN-1"' in shown
    assert 'alt="Pasfoto Aminah"' in shown
    assert "<b>1 peserta</b> belum lengkap" in shown
    photo = client.get(f"/angkatan/{code}/sertifikat/pasfoto/{first}.jpg")
    assert (photo.status_code, photo.mimetype, photo.data[:3]) == (200, "image/jpeg", b"\xff\xd8\xff")
    job = client.post(f"/angkatan/{code}/sertifikat").headers["Location"]
    assert "Budi belum mempunyai" in client.get(job).text
    issued = rows.ask(select(Certificate))[0]
    assert (issued.lan_registration_no, issued.facts["holder_name"]) == ("LAN-1", "Aminah")
    assert "LAN-1" in client.get(f"/sertifikat/{issued.token}").text
    assert "terbit dengan nomor" in client.get(page).text


def test_what_is_wrong_is_told_at_its_field_and_nothing_is_kept(office, rows):
    code, (first, second) = prepare(rows, "Aminah", "Budi")
    client, page = office.visit("balai"), f"/angkatan/{code}/sertifikat/siapkan"
    answer = client.post(page, data={f"lan-{first}": "LAN-1", f"photo-{second}": (io.BytesIO(b"%PDF-1.7"), "a.png")})
    assert answer.status_code == 400
    assert "Budi: Foto harus berkas PNG atau JPEG" in answer.text
    assert f'href="#photo-{second}"' in answer.text
    assert 'value="LAN-1"' in answer.text
    assert rows.ask(select(CertificatePhoto)) == []
    assert 'value="LAN-1"' not in client.get(page).text


def test_nobody_else_sees_the_photos(office, rows):
    code, (nip,) = prepare(rows, "Aminah")
    page = f"/angkatan/{code}/sertifikat/siapkan"
    office.visit("balai").post(page, data={f"photo-{nip}": (io.BytesIO(draw_portrait()), "a.png")})
    for username in ("pegawai", "mutasi"):
        client = office.visit(username)
        assert client.get(page).status_code == 403
        assert client.get(f"/angkatan/{code}/sertifikat/pasfoto/{nip}.jpg").status_code == 403
        assert "Siapkan sertifikat" not in client.get(f"/angkatan/{code}").text


def test_a_training_that_is_no_programme_of_lan_says_so(office, rows):
    with transaction(rows):
        code = make_finished_batch(rows).code
    client = office.visit("balai")
    answer = client.get(f"/angkatan/{code}/sertifikat/siapkan")
    assert answer.status_code == 409
    assert "bukan program LAN" in answer.text
    assert "Siapkan sertifikat" not in client.get(f"/angkatan/{code}").text
