"""Photos and LAN's registration codes: kept for each participant, asked for before issuing, frozen, printed."""

from __future__ import annotations

import hashlib
import io
import subprocess
from dataclasses import replace

import pikepdf
import pytest
from factories import NOW, TODAY
from graduates import make_finished_batch, make_graduate, press
from participants import FACTS, participants
from portraits import draw_portrait
from sqlalchemy import select

from kompetensi.errors import Conflict, InvalidInput, NotAllowed, NotFound
from kompetensi.exchange.portrait import read_portrait
from kompetensi.models import Certificate, CertificatePhoto, CertificatePreparation, CertificateSeries, Training
from kompetensi.rules.access import SYSTEM, Actor
from kompetensi.rules.certificate_design import CertificateDesign
from kompetensi.rules.certificates import facts_from_json, facts_hash
from kompetensi.services import certificates
from kompetensi.services.certificate_preparation import (
    PreparationEntry,
    read_photo,
    view_preparation,
    write_preparation,
)
from kompetensi.services.certificates import Prepared, Press, Refused, issue_certificate, prepare_many, read_prepared

ON = {"today": TODAY, "now": NOW}


@pytest.fixture
def batch(session):
    """A finished batch of a programme of LAN."""
    return make_finished_batch(session, "PKA")


def keep(session, batch, *entries):
    return write_preparation(session, SYSTEM, batch.code, entries, **ON)


def complete(session, batch, enrolment, number="LAN-1", shade=60):
    keep(session, batch, PreparationEntry(enrolment.person.nip, number, draw_portrait(shade)))


def test_leadership_and_basic_training_are_programmes_of_lan(session):
    marked = session.scalars(select(Training.code).where(Training.lan_programme).order_by(Training.code)).all()
    assert marked == ["LATSAR", "PKA", "PKN1", "PKN2", "PKP"]


def test_code_and_photo_are_kept_for_each_and_shown(session, batch):
    first, second = make_graduate(session, batch, name="Aminah"), make_graduate(session, batch, name="Budi")
    make_graduate(session, batch, name="Citra", outcome="FAILED")
    assert [row.is_complete for row in view_preparation(session, SYSTEM, batch.code, today=TODAY).rows] == [False, False]
    assert keep(session, batch, PreparationEntry(first.person.nip, " lan-pka-2026   0001 ", draw_portrait()),
                PreparationEntry(second.person.nip)) == 1
    mine, other = view_preparation(session, SYSTEM, batch.code, today=TODAY).rows
    assert (mine.name, mine.lan_registration_no, mine.is_complete) == ("Aminah", "LAN-PKA-2026 0001", True)
    assert (other.lan_registration_no, other.photo_sha256) == ("", None)
    assert read_photo(session, SYSTEM, batch.code, first.person.nip, today=TODAY) == read_portrait(draw_portrait())
    assert keep(session, batch, PreparationEntry(first.person.nip, "LAN-PKA-2026 0001", draw_portrait())) == 0
    with pytest.raises(NotFound, match="pasfoto"):
        read_photo(session, SYSTEM, batch.code, second.person.nip, today=TODAY)


@pytest.mark.parametrize(("number", "photo", "where", "words"), [
    ("x", None, "lan", "3 sampai 60"), ("LAN<1>", None, "lan", "3 sampai 60"), ("L" * 61, None, "lan", "3 sampai 60"),
    ("LAN-2", b"GIF89a", "photo", "Aminah: Foto harus")])
def test_what_is_no_code_or_photo_is_refused_at_its_place(session, batch, number, photo, where, words):
    nip = make_graduate(session, batch, name="Aminah").person.nip
    with pytest.raises(InvalidInput, match=words) as refusal:
        keep(session, batch, PreparationEntry(nip, number, photo))
    assert refusal.value.where == f"{where}-{nip}"


def test_no_two_participants_have_one_code(session, batch):
    first, second = make_graduate(session, batch, name="Aminah"), make_graduate(session, batch, name="Budi")
    keep(session, batch, PreparationEntry(first.person.nip, "LAN-1"))
    with pytest.raises(InvalidInput, match="sudah dipakai peserta lain"):
        keep(session, batch, PreparationEntry(second.person.nip, "lan-1"))


def test_only_the_centre_prepares_and_only_programmes_of_lan(session, batch):
    nip = make_graduate(session, batch).person.nip
    stranger = Actor("account:9", "Orang lain", person_id=None)
    for act in (lambda: write_preparation(session, stranger, batch.code, [PreparationEntry(nip, "LAN-1")], **ON),
                lambda: view_preparation(session, stranger, batch.code, today=TODAY),
                lambda: read_photo(session, stranger, batch.code, nip, today=TODAY)):
        with pytest.raises(NotAllowed):
            act()
    with pytest.raises(Conflict, match="bukan program LAN"):
        view_preparation(session, SYSTEM, make_finished_batch(session).code, today=TODAY)
    with pytest.raises(InvalidInput, match="bukan peserta"):
        keep(session, batch, PreparationEntry("1" * 18, "LAN-1"))


def test_who_is_not_complete_is_refused_and_takes_no_number_and_does_not_stop_the_others(session, batch):
    ready, waiting = make_graduate(session, batch, name="Aminah"), make_graduate(session, batch, name="Budi")
    complete(session, batch, ready)
    keep(session, batch, PreparationEntry(waiting.person.nip, "LAN-2"))
    done, refused = prepare_many(session, SYSTEM, Press(**press()), [ready.id, waiting.id], **ON)
    assert isinstance(done, Prepared)
    assert isinstance(refused, Refused)
    assert "Budi belum mempunyai pasfoto" in str(refused.problem.message)
    assert session.scalars(select(CertificateSeries.last)).all() == [1]


def test_both_are_frozen_and_later_changes_reach_only_a_replacement(session, batch):
    enrolment = make_graduate(session, batch, name="Aminah")
    complete(session, batch, enrolment, "LAN-1", 60)
    issued = issue_certificate(session, SYSTEM, enrolment.id, **press(), **ON)
    row = session.get_one(Certificate, issued.id)
    facts = facts_from_json(row.facts)
    jpeg = read_portrait(draw_portrait(60))
    assert (row.lan_registration_no, row.photo_sha256) == ("LAN-1", hashlib.sha256(jpeg).hexdigest())
    assert (facts.lan_registration_no, facts.photo_sha256) == ("LAN-1", row.photo_sha256)
    assert facts_hash(facts) == row.facts_sha256 != facts_hash(replace(facts, photo_sha256="0" * 64))
    complete(session, batch, enrolment, "LAN-7", 200)
    assert facts_from_json(session.get_one(Certificate, issued.id).facts) == facts
    new = certificates.replace_certificate(
        session, SYSTEM, issued.token, "Foto keliru, dibetulkan.", **press(), **ON)
    assert session.get_one(Certificate, new.id).lan_registration_no == "LAN-7"
    assert len(session.scalars(select(CertificatePhoto.sha256)).all()) == 2


def test_what_waits_for_its_file_is_read_again_with_its_photo(session, batch):
    enrolment = make_graduate(session, batch)
    complete(session, batch, enrolment)
    (prepared,) = prepare_many(session, SYSTEM, Press(**press()), [enrolment.id], **ON)
    assert prepared.facts.photo == read_portrait(draw_portrait())
    rows = session.scalars(select(Certificate)).all()
    assert read_prepared(session, rows) == (prepared,)


def test_an_award_carries_neither(session, batch):
    enrolment = make_graduate(session, batch)
    complete(session, batch, enrolment)
    award = certificates.prepare_award(
        session, SYSTEM, Press(**press()), batch.code, enrolment.person.nip, "Peserta Terbaik", **ON)
    assert (award.facts.photo_sha256, award.facts.lan_registration_no) == ("", "")


def test_a_preparation_ends_with_its_enrolment_and_the_photo_stays_for_the_certificate(session, batch):
    enrolment = make_graduate(session, batch)
    complete(session, batch, enrolment)
    issue_certificate(session, SYSTEM, enrolment.id, **press(), **ON)
    session.delete(enrolment)
    session.flush()
    assert session.scalars(select(CertificatePreparation)).all() == []
    assert len(session.scalars(select(CertificatePhoto)).all()) == 1


# --- on paper --------------------------------------------------------------------------------------------------------


def pictured(count):
    for number, facts in enumerate(participants(FACTS, count)):
        jpeg = read_portrait(draw_portrait(number * 11))
        yield replace(facts, photo=jpeg, photo_sha256=hashlib.sha256(jpeg).hexdigest(),
                      lan_registration_no=f"LAN-PKA-2026-{number:05d}")


def pixels(pdf: bytes) -> bytes:
    return subprocess.run(["pdftoppm", "-r", "100", "-"], input=pdf, capture_output=True, check=True).stdout


@pytest.fixture(scope="module")
def renderer():
    from kompetensi.adapters.weasyprint_renderer import WeasyPrintRenderer

    return WeasyPrintRenderer()


def images_of(pdf: bytes) -> list[tuple[bytes, pikepdf.Dictionary]]:
    with pikepdf.open(io.BytesIO(pdf)) as document:
        return [(item.read_raw_bytes(), dict(item.items())) for item in document.objects
                if isinstance(item, pikepdf.Stream) and item.get("/Subtype") == "/Image"]


@pytest.mark.pdf
@pytest.mark.poppler
def test_photos_are_pressed_and_look_as_laid_out_one_by_one(renderer):
    people = list(pictured(24))
    plain_way = 0
    for facts, made in zip(people, renderer.render_many(people), strict=True):
        plain_way += made.plain
        assert pixels(made.pdf) == pixels(renderer.render_certificate(facts))
    assert plain_way <= 2  # whose letters the fonts of the others have not


@pytest.mark.pdf
def test_the_file_holds_its_own_photo_and_nobody_elses_and_names_it(renderer):
    people = list(pictured(8))
    for facts, made in zip(people, renderer.render_many(people), strict=True):
        [(jpeg, about)] = images_of(made.pdf)
        assert jpeg == facts.photo
        assert about["/Interpolate"] is False  # as PDF/A wants it
        for other in people:
            assert (other.photo in made.pdf) is (other is facts)
        with pikepdf.open(io.BytesIO(made.pdf)) as document:
            told = [str(item.Alt) for item in document.objects
                    if isinstance(item, pikepdf.Dictionary) and item.get("/S") == "/Figure"]
            assert "Pasfoto pemegang" in told
            assert not document.check_pdf_syntax()


@pytest.mark.pdf
def test_memory_keeps_no_photo(renderer):
    kept = None
    for facts in pictured(6):
        renderer.render_certificate(facts)
        kept = kept or len(renderer._engine.setting.images)
        assert len(renderer._engine.setting.images) == kept


@pytest.mark.pdf
@pytest.mark.poppler
def test_the_front_says_the_code_and_a_template_may_place_both(renderer):
    (facts,) = pictured(1)
    design = CertificateDesign(
        front="{{ blok.pasfoto }}<p>{{ sertifikat.lan_registration_no }}</p>{{ blok.nama }}{{ blok.penandatangan }}")
    for pdf in (renderer.render_certificate(facts), renderer.render_certificate(facts, design),
                renderer.render_certificate(facts, CertificateDesign(front="", languages=("en", "id")))):
        text = subprocess.run(["pdftotext", "-l", "1", "-", "-"], input=pdf, capture_output=True, check=True).stdout
        assert facts.lan_registration_no in text.decode()
        assert len(images_of(pdf)) == 1
    bare = renderer.render_certificate(FACTS)
    assert images_of(bare) == []
