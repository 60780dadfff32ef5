"""Templates of certificates: written, tried on real participants, published, followed, and kept for ever."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from datetime import date, timedelta

import pytest
from factories import NOW, TODAY, make_person
from graduates import PlainRenderer, make_finished_batch, make_graduate
from sqlalchemy import select

from kompetensi.adapters.weasyprint_renderer import WeasyPrintRenderer
from kompetensi.errors import Conflict, InvalidInput, NotAllowed, NotFound
from kompetensi.models import Unit
from kompetensi.rules.access import SYSTEM, Actor, Grant, Role
from kompetensi.rules.certificate_design import DesignField, read_field
from kompetensi.rules.certificates import CertificateKind
from kompetensi.services.certificate_designs import STARTER, TemplateText, design_for, design_of
from kompetensi.services.certificate_facts import course_facts, facts_for
from kompetensi.services.certificate_templates import (
    create_template,
    list_templates,
    preview_template,
    publish_version,
    retire_template,
    save_version,
    view_template,
)

ON = {"today": TODAY, "now": NOW}
PLAIN = PlainRenderer()
FRONT = "<h1>{{ blok.judul }}</h1><p>{{ sertifikat.holder_name }}, {{ isian.tema }}</p>"
THEME = DesignField("tema", "Tema", "text", "Melayani")
TEXT = TemplateText(FRONT, fields=(THEME,))
BASE = "https://sertifikat.example/cek/"


def create(session, actor=SYSTEM, *, unit="75-BKPSDM", code="STTPP-1", kind=CertificateKind.STTPP, text=TEXT):
    return create_template(session, actor, unit=unit, code=code, name="STTPP biasa", kind=kind, text=text, **ON)


def unit_id(session, code="75-BKPSDM"):
    return session.scalars(select(Unit.id).where(Unit.code == code)).one()


def test_certificates_follow_the_version_published_last_and_no_draft(session):
    template = create(session)
    assert design_for(session, unit_id(session), CertificateKind.STTPP, TODAY) is None
    publish_version(session, SYSTEM, template, 1, renderer=PLAIN, **ON)
    save_version(session, SYSTEM, template, TemplateText(""), note="Kembali ke bawaan", **ON)
    design = design_for(session, unit_id(session), CertificateKind.STTPP, TODAY)
    assert (design.front, design.values) == (FRONT, {"tema": "Melayani"})
    assert design_of(session, design.version_id) == design
    publish_version(session, SYSTEM, template, 2, renderer=PLAIN, today=TODAY, now=NOW + timedelta(hours=1))
    assert design_for(session, unit_id(session), CertificateKind.STTPP, TODAY).front == ""
    assert design_for(session, unit_id(session), CertificateKind.AWARD, TODAY) is None


def test_a_unit_without_a_template_follows_the_one_above_it(session):
    template = create(session, unit="75")
    publish_version(session, SYSTEM, template, 1, renderer=PLAIN, **ON)
    assert design_for(session, unit_id(session), CertificateKind.STTPP, TODAY).front == FRONT


def test_a_retired_template_is_followed_no_longer_and_stays_readable(session):
    template = create(session)
    publish_version(session, SYSTEM, template, 1, renderer=PLAIN, **ON)
    version_id = design_for(session, unit_id(session), CertificateKind.STTPP, TODAY).version_id
    retire_template(session, SYSTEM, template, **ON)
    assert design_for(session, unit_id(session), CertificateKind.STTPP, TODAY) is None
    assert design_of(session, version_id).front == FRONT
    with pytest.raises(Conflict):
        publish_version(session, SYSTEM, template, 1, renderer=PLAIN, **ON)


def test_what_is_wrong_is_listed_by_line_and_keeps_a_version_from_being_published(session):
    template = create(session, text=TemplateText("<p>{{ sertifikat.holder_name }}</p>\n{{ sertifikat.nama }}\n{{ isian.tema }}"))
    shown = view_template(session, SYSTEM, template, renderer=PLAIN, today=TODAY)
    assert [(problem.part, problem.line) for problem in shown.problems] == [("front", 2), ("front", 3)]
    assert "sertifikat.nama" in str(shown.problems[0].message)
    with pytest.raises(Conflict, match="2 hal"):
        publish_version(session, SYSTEM, template, 1, renderer=PLAIN, **ON)


def test_every_saving_stays_with_who_and_why(session):
    template = create(session)
    assert save_version(session, SYSTEM, template, TemplateText("<p>x</p>"), note="Lebih singkat", **ON) == 2
    history = view_template(session, SYSTEM, template, renderer=PLAIN, today=TODAY)
    assert [(version.number, version.note) for version in history.versions] == [(2, "Lebih singkat"), (1, "")]
    assert view_template(session, SYSTEM, template, number=1, renderer=PLAIN, today=TODAY).text == TemplateText(FRONT, fields=(THEME,))


def test_an_older_version_is_not_published_over_a_newer_one(session):
    template = create(session)
    save_version(session, SYSTEM, template, TemplateText("<p>x</p>"), **ON)
    publish_version(session, SYSTEM, template, 2, renderer=PLAIN, **ON)
    with pytest.raises(Conflict, match="Versi 2"):
        publish_version(session, SYSTEM, template, 1, renderer=PLAIN, **ON)


def test_a_preview_shows_the_longest_names_first_and_is_marked_as_a_draft(session):
    batch = make_finished_batch(session)
    for name in ("Ani", "Wa Ode Siti Nurhaliza Rahmawati Binti Abdurrahman", "Budi Mahmud"):
        make_graduate(session, batch, name=name)
    template = create(session)
    seen = []

    class Watching(PlainRenderer):
        def render_certificate(self, facts, design=None):
            seen.append((facts.draft, design.front))
            return super().render_certificate(facts, design)

        def render_many(self, facts, design=None):
            from kompetensi.ports import Rendering
            for one in facts:
                yield Rendering(self.render_certificate(one, design))

    shown = preview_template(session, SYSTEM, template, TemplateText(FRONT, fields=(THEME,)), batch_code=batch.code,
                             verify_base=BASE, renderer=Watching(), today=TODAY)
    assert shown[0].holder_name.startswith("Wa Ode")
    assert len(shown) == 3
    assert set(seen) == {(True, FRONT)}


def test_a_template_of_ones_own_is_printed_by_weasyprint(session):
    batch = make_finished_batch(session)
    make_graduate(session, batch)
    template = create(session)
    text = TemplateText(FRONT, "<h2>Isi</h2>{{ blok.mata_pelatihan }}", "h1{color:#123456}", ("id", "en"), (THEME,))
    [shown] = preview_template(session, SYSTEM, template, text, batch_code=batch.code, verify_base=BASE,
                               renderer=WeasyPrintRenderer(), today=TODAY)
    assert shown.problem is None
    assert shown.pdf.startswith(b"%PDF")


def test_a_template_that_runs_over_its_sheet_is_refused_for_whom_it_does(session):
    batch = make_finished_batch(session)
    make_graduate(session, batch)
    text = TemplateText("<p>kalimat yang panjang sekali</p>\n" * 300)
    [shown] = preview_template(session, SYSTEM, create(session), text, batch_code=batch.code, verify_base=BASE,
                               renderer=WeasyPrintRenderer(), today=TODAY)
    assert shown.pdf is None
    assert "terlalu panjang" in str(shown.problem)


def test_a_preview_waits_for_what_is_wrong_and_for_participants(session):
    template, batch = create(session), make_finished_batch(session)
    for text, words in ((TemplateText("{{ x }}"), "1 hal"), (TemplateText(""), "belum mempunyai peserta")):
        with pytest.raises(Conflict, match=words):
            preview_template(session, SYSTEM, template, text, batch_code=batch.code, verify_base=BASE,
                             renderer=PLAIN, today=TODAY)


def test_only_the_centre_of_the_unit_writes_templates(session):
    elsewhere = session.scalars(select(Unit.id).where(Unit.parent_id.is_not(None), Unit.code != "75-BKPSDM")).first()
    own = Actor("account:1", "Balai", grants=(Grant(Role.TRAINING_CENTRE, unit_id(session)),))
    other = Actor("account:2", "Balai lain", grants=(Grant(Role.TRAINING_CENTRE, elsewhere),))
    template = create(session, own)
    assert [item.id for item in list_templates(session, own, today=TODAY)] == [template]
    assert list_templates(session, other, today=TODAY) == ()
    for refused in (lambda: create(session, other, code="X"), lambda: view_template(session, other, template, renderer=PLAIN, today=TODAY),
                    lambda: save_version(session, other, template, TemplateText(), **ON),
                    lambda: publish_version(session, other, template, 1, renderer=PLAIN, **ON),
                    lambda: list_templates(session, Actor("account:3", "HR", grants=(Grant(Role.HR, elsewhere),)), today=TODAY)):
        with pytest.raises(NotAllowed):
            refused()


@pytest.mark.parametrize(("changed", "where"), [
    ({"code": "kecil"}, "code"), ({"text": TemplateText(languages=("fr",))}, "languages"),
    ({"text": TemplateText(fields=(THEME, THEME))}, "fields")])
def test_what_cannot_be_saved_is_refused_at_its_field(session, changed, where):
    with pytest.raises(InvalidInput) as refusal:
        create(session, **changed)
    assert refusal.value.where == where


def test_what_is_not_there_is_said_so(session):
    with pytest.raises(NotFound):
        view_template(session, SYSTEM, 4711, renderer=PLAIN, today=TODAY)
    with pytest.raises(NotFound):
        view_template(session, SYSTEM, create(session), number=9, renderer=PLAIN, today=TODAY)


def test_a_code_is_used_once_in_a_unit(session):
    create(session)
    with pytest.raises(Conflict):
        create(session)
    create(session, unit="75")


@pytest.mark.parametrize(("kind", "text", "value"), [
    ("text", " Kota ", "Kota"), ("number", "20", 20), ("date", "2026-11-25", date(2026, 11, 25)), ("flag", "ya", True),
    ("image", "data:image/png;base64,iVBORw0KGgo=", "data:image/png;base64,iVBORw0KGgo=")])
def test_a_field_is_read_by_its_type(kind, text, value):
    assert read_field("isi", "Isi", kind, text).value == value


@pytest.mark.parametrize(("kind", "text"), [
    ("number", "dua"), ("date", "25-11-2026"), ("flag", "mungkin"), ("text", "x" * 501), ("image", "https://x/y.png"),
    ("image", "data:image/png;base64,QUJD"), ("warna", "merah")])
def test_a_value_of_another_type_is_refused(kind, text):
    with pytest.raises(InvalidInput):
        read_field("isi", "Isi", kind, text)


def test_a_date_among_the_fields_comes_back_as_a_date(session):
    field = DesignField("tgl", "Tanggal", "date", date(2026, 1, 2))
    template = create(session, text=TemplateText("{{ isian.tgl|tanggal }}", fields=(field,)))
    assert view_template(session, SYSTEM, template, renderer=PLAIN, today=TODAY).text.fields == (field,)




def test_a_new_template_starts_as_what_comes_with_kompetensi(session, tmp_path):
    course = course_facts(session, make_finished_batch(session), today=TODAY)
    facts = facts_for(session, course, make_person(session), None, number="0001/STTP", token="7K4M-Q9XD-2RTB",
                      verify_url=f"{BASE}7K4M-Q9XD-2RTB", issued_on=TODAY, valid_until=None, signed=False)
    renderer = WeasyPrintRenderer()
    for name, design in (("ours", None), ("starter", STARTER.design())):
        (tmp_path / f"{name}.pdf").write_bytes(renderer.render_certificate(facts, design))
        subprocess.run(["pdftoppm", "-r", "60", "-f", "1", "-l", "1", f"{name}.pdf", name], cwd=tmp_path, check=True)
    assert (tmp_path / "ours-1.ppm").read_bytes() == (tmp_path / "starter-1.ppm").read_bytes()


# --- the place of the stamp --------------------------------------------------------------------------------------------

AT_STAMP = "position:absolute;left:{left}mm;top:{top}mm;width:{width}mm;height:{height}mm"
# The inside of the frame begins 29 mm from the left and 22 mm from the top; the stamp stands 134..176 and 169.5..185.5 mm.
UNDER = {"left": 110, "top": 150, "width": 20, "height": 8}
BESIDE = {"left": 150, "top": 150, "width": 20, "height": 8}
AROUND = {"left": 90, "top": 130, "width": 80, "height": 40}
DOT = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="


def piece(place, inside="", style=""):
    return f"<div style='{AT_STAMP.format(**place)};{style}'>{inside}</div>"


@pytest.mark.pdf
@pytest.mark.parametrize(("front", "found"), [
    (piece(UNDER, "Cap basah"), "tulisan “Cap basah”"), (piece(UNDER, f"<img src='{DOT}' alt='Cap' style='width:9mm'>"), "gambar “Cap”"),
    (piece(UNDER, style="background:#eee"), "bidang berlatar <div>"), (piece(UNDER, style="border-top:1mm solid red"), "garis <div>"),
    (piece(BESIDE, "Cap basah"), None), (piece(BESIDE, style="background:#eee;border:1mm solid red"), None),
    (piece(AROUND, style="background:#eee;border:1mm solid red"), None),  # the paper that the stamp stands on
    (piece(UNDER, "Cap basah", style="visibility:hidden"), None), (piece(UNDER, style="border:0 solid red"), None),
    (STARTER.front, None)])
def test_what_covers_the_place_of_the_stamp_is_told_before_and_refused_at_publishing(session, renderer, front, found):
    template = create(session, text=TemplateText(f"{{{{ blok.nama }}}}{front}"))
    shown = view_template(session, SYSTEM, template, renderer=renderer, today=TODAY)
    assert [str(thing) for thing in shown.under_stamp] == ([found] if found else [])
    assert shown.problems == ()
    if found is None:
        publish_version(session, SYSTEM, template, 1, renderer=renderer, **ON)
        assert design_for(session, unit_id(session), CertificateKind.STTPP, TODAY) is not None
        return
    with pytest.raises(Conflict, match="tempat stempel tanda tangan tertutup oleh"):
        publish_version(session, SYSTEM, template, 1, renderer=renderer, **ON)
    assert design_for(session, unit_id(session), CertificateKind.STTPP, TODAY) is None


@pytest.mark.pdf
def test_a_style_sheet_may_move_our_own_front_there_and_a_preview_tells_it_on_real_participants(session, renderer):
    batch = make_finished_batch(session)
    make_graduate(session, batch, name="Aminah")
    text = TemplateText("", css=".signing{right:30mm}")
    template = create(session, text=text)
    [shown] = preview_template(session, SYSTEM, template, text, batch_code=batch.code, verify_base=BASE, renderer=renderer,
                               today=TODAY)
    assert shown.pdf
    assert any("tulisan" in str(thing) for thing in shown.under_stamp)
    with pytest.raises(Conflict, match="stempel"):
        publish_version(session, SYSTEM, template, 1, renderer=renderer, **ON)


@pytest.mark.pdf
def test_our_own_fronts_leave_the_place_free_in_every_language(renderer):
    from participants import FACTS

    for languages in (("id",), ("en",), ("id", "en"), ("en", "id")):
        design = TemplateText("", css="p{}", languages=languages).design()
        assert renderer.find_under_stamp(replace(FACTS, signed=True), design) == ()


@pytest.fixture(scope="module")
def renderer():
    return WeasyPrintRenderer()
