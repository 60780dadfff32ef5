"""Certificates in bulk: the same as one by one to the last pixel, and nothing of anybody else in anybody's file."""

from __future__ import annotations

import io
import logging
import re
import subprocess
from dataclasses import replace
from itertools import pairwise

import pikepdf
import pytest
from participants import FACTS, participants

from kompetensi.adapters.certificate_pool import CertificatePool
from kompetensi.adapters.weasyprint_renderer import WeasyPrintRenderer
from kompetensi.errors import InvalidInput
from kompetensi.exchange.certificate_pdf import read_certificate_pdf
from kompetensi.rules.certificate_design import CertificateDesign
from kompetensi.rules.certificates import Subject, facts_hash, group_nip

pytestmark = [pytest.mark.pdf, pytest.mark.poppler, pytest.mark.once]

PEOPLE = tuple(participants(FACTS, 36))


@pytest.fixture(scope="module")
def renderer():
    return WeasyPrintRenderer()


@pytest.fixture(scope="module")
def pressed(renderer):
    return list(renderer.render_many(PEOPLE))


@pytest.fixture(scope="module")
def alone(renderer):
    return [renderer.render_certificate(facts) for facts in PEOPLE]


def pixels(pdf: bytes) -> bytes:
    return subprocess.run(["pdftoppm", "-r", "100", "-"], input=pdf, capture_output=True, check=True).stdout


def text_of(pdf: bytes) -> str:
    found = subprocess.run(["pdftotext", "-layout", "-", "-"], input=pdf, capture_output=True, check=True)
    return " ".join(found.stdout.decode().split())


def everything_in(pdf: bytes) -> bytes:
    """All that the file holds, packed and unpacked, with strings as they are and as UTF-16."""
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        streams = [item.read_bytes() for item in opened.objects if isinstance(item, pikepdf.Stream)]
        plain = io.BytesIO()
        opened.save(plain, object_stream_mode=pikepdf.ObjectStreamMode.disable, compress_streams=False, qdf=True,
                    static_id=True)
    return b"\0".join([pdf, *streams, plain.getvalue()])


def test_both_pages_are_the_same_to_the_last_pixel(pressed, alone):
    differing = [facts.holder_name for facts, made, plain in zip(PEOPLE, pressed, alone, strict=True)
                 if pixels(made.pdf) != pixels(plain)]
    assert differing == []


def test_only_who_writes_with_odd_blanks_takes_the_plain_way(pressed):
    plain = {facts.holder_name for facts, made in zip(PEOPLE, pressed, strict=True) if made.plain}
    assert plain == {"  Budi  Santoso"}


@pytest.mark.parametrize("name", ["王小明", "محمد علي", "Siti 🌺 Rahma"])
def test_letters_of_another_font_take_the_plain_way(renderer, name):
    first, odd, last = renderer.render_many((PEOPLE[0], replace(PEOPLE[1], holder_name=name), PEOPLE[2]))
    assert (first.plain, odd.plain, last.plain) == (False, True, False)
    assert odd.pdf == renderer.render_certificate(replace(PEOPLE[1], holder_name=name))


def test_each_file_says_what_is_its_own_and_nothing_of_the_others(pressed):
    for (facts, made), (other, _) in pairwise(zip(PEOPLE, pressed, strict=True)):
        assert facts_hash(facts) in text_of(made.pdf)
        whole = everything_in(made.pdf)
        assert facts.token.encode() in whole
        for words in (other.holder_name, other.nip, group_nip(other.nip), other.number, other.token, facts_hash(other)):
            for form in (words.encode(), words.encode("utf-16-be"), words.encode("utf-16-be").hex().encode()):
                assert len(words) < 4 or form.lower() not in whole.lower(), (facts.holder_name, words)


def glyphs_shown(pdf: bytes) -> set[tuple[str, str]]:
    """Every line of glyphs, by font, as they stand in the pages."""
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        return {found for page in opened.pages
                for found in re.findall(r"(/\w+ [\d.]+ Tf\n\[[^]]*\] TJ)", page.Contents.read_bytes().decode())}


def test_no_line_of_one_person_is_drawn_in_the_file_of_another(renderer):
    one, other = PEOPLE[0], replace(PEOPLE[1], position="Guru", unit="SMA", rank="Juru", predicate="baik")
    alone = glyphs_shown(renderer.render_certificate(other))
    together = glyphs_shown([*renderer.render_many((one, other))][1].pdf)
    assert together == alone


def test_files_are_hardly_larger(pressed, alone):
    for facts, made, plain in zip(PEOPLE, pressed, alone, strict=True):
        assert len(made.pdf) <= 1.2 * len(plain), facts.holder_name


def test_a_file_does_not_depend_on_who_else_is_printed(pressed):
    again = WeasyPrintRenderer()
    for number in (20, 3, 11):
        (made,) = again.render_many([PEOPLE[number]])
        assert made.pdf == pressed[number].pdf


def structure(pdf: bytes) -> list[str]:
    """The tree of tags, with alternative texts."""
    def lines(item, depth):
        if isinstance(item, pikepdf.Array):
            for child in item:
                yield from lines(child, depth)
        elif isinstance(item, pikepdf.Dictionary) and "/S" in item:
            yield f"{' ' * depth}{item.S} {item.get('/Alt', '')} {item.get('/A', {}).get('/Headers', '') != ''}"
            yield from lines(item.get("/K", pikepdf.Array([])), depth + 1)
        elif isinstance(item, int):
            yield f"{' ' * depth}{item}"

    with pikepdf.open(io.BytesIO(pdf)) as opened:
        return list(lines(opened.Root.StructTreeRoot.K, 0))


def destinations(pdf: pikepdf.Pdf) -> list[list[str]]:
    """The marks of the file and where they stand."""
    names = list(pdf.Root.Names.Dests.Names)
    return [[str(name), *map(str, list(place)[1:])] for name, place in zip(names[::2], names[1::2], strict=True)]


def test_tags_metadata_and_words_are_those_of_the_plain_file(pressed, alone):
    for facts, made, plain in zip(PEOPLE[:8], pressed, alone, strict=False):
        assert structure(made.pdf) == structure(plain), facts.holder_name
        assert text_of(made.pdf) == text_of(plain)
        assert read_certificate_pdf(made.pdf, max_bytes=10**7).token == facts.token
        with pikepdf.open(io.BytesIO(made.pdf)) as mine, pikepdf.open(io.BytesIO(plain)) as theirs:
            assert dict(mine.docinfo) == dict(theirs.docinfo)
            assert mine.Root.Metadata.read_bytes() == theirs.Root.Metadata.read_bytes()
            assert destinations(mine) == destinations(theirs)
            assert mine.Root.Lang == theirs.Root.Lang
            assert mine.Root.MarkInfo.Marked
            assert not mine.check_pdf_syntax()


def test_two_languages_and_a_design_of_the_centre_are_pressed_too(renderer):
    designs = (
        CertificateDesign(front="", languages=("id", "en")),
        CertificateDesign(front="<h2>{{ isian.kota }}</h2>{{ blok.nama }}<p class='identity'>NIP {{ sertifikat.nip | nip }}"
                                "</p>{{ blok.pemeriksaan }}{{ blok.penandatangan }}",
                          css=".name{color:#225}", values={"kota": "Tilamuta"}))
    for design in designs:
        made = list(renderer.render_many(PEOPLE[:3], design))
        assert not any(one.plain for one in made)
        for facts, one in zip(PEOPLE, made, strict=False):
            assert pixels(one.pdf) == pixels(renderer.render_certificate(facts, design))


@pytest.mark.parametrize("front", [
    "<h1>{{ sertifikat.holder_name }}</h1>",  # is a bookmark too
    "<div style='float:left'>{{ sertifikat.holder_name }}</div><p>{{ sertifikat.nip }}</p>",
    "<table><tr><td>{{ sertifikat.holder_name }}</td><td>{{ sertifikat.nip }}</td></tr></table>",
    "<p style='border:1px solid'><b style='border:1px solid'>{{ sertifikat.holder_name }}</b></p>",
    "<p style='display:flex'><span>{{ sertifikat.holder_name }}</span><span>{{ sertifikat.nip }}</span></p>",
    "<p title='{{ sertifikat.holder_name }}'>{{ sertifikat.nip }}</p>",
    "<p style='opacity:.5'>{{ sertifikat.holder_name }}</p>"])
def test_a_design_that_follows_the_words_is_laid_out_one_by_one(renderer, front):
    design = CertificateDesign(front=f"{front}<p>Gorontalo</p>")
    for facts, made in zip(PEOPLE[:3], renderer.render_many(PEOPLE[:3], design), strict=True):
        assert made.plain
        assert made.pdf == renderer.render_certificate(facts, design)


def test_one_that_fits_no_page_does_not_stop_the_others(renderer):
    never = replace(FACTS, training_name="Pelatihan " * 400)
    first, second, third = renderer.render_many((PEOPLE[0], never, PEOPLE[1]))
    assert first.pdf
    assert third.pdf
    assert second.pdf is None
    assert isinstance(second.problem, InvalidInput)


def test_trainings_of_many_pages_are_pressed(renderer):
    subjects = tuple(Subject(f"Mata pelatihan nomor {number} dengan nama yang cukup panjang", 9) for number in range(1, 61))
    people = [replace(facts, subjects=subjects, jp=540) for facts in PEOPLE[:3]]
    for facts, made in zip(people, renderer.render_many(people), strict=True):
        assert not made.plain
        assert pixels(made.pdf) == pixels(renderer.render_certificate(facts))


def mark_as_finished():
    return lambda pdf, facts: pdf + f"%{facts.token}\n".encode()


def test_two_processes_print_and_finish_the_same_files(renderer, pressed):
    never = replace(FACTS, training_name="Pelatihan " * 400)
    with CertificatePool(2, open_finish=mark_as_finished) as pool:
        made = list(pool.render_many([*PEOPLE, never]))
    assert [one.pdf for one in made[:-1]] == [
        one.pdf + f"%{facts.token}\n".encode() for facts, one in zip(PEOPLE, pressed, strict=True)]
    assert isinstance(made[-1].problem, InvalidInput)


def test_a_large_batch_is_printed_by_several_processes_and_a_small_one_by_this_alone(pressed):
    two = WeasyPrintRenderer(processes=2)
    with two.in_bulk(299) as here:
        assert here is two
    with two.in_bulk(300) as pool:
        assert isinstance(pool, CertificatePool)
        assert [made.pdf for made in pool.render_many(PEOPLE[:20])] == [one.pdf for one in pressed[:20]]
        assert pool.render_certificate(PEOPLE[0]) == two.render_certificate(PEOPLE[0])
    with WeasyPrintRenderer().in_bulk(10_000) as alone:
        assert isinstance(alone, WeasyPrintRenderer)


@pytest.fixture(autouse=True)
def quiet():
    """Odd letters that no font has are worth a warning, and not here."""
    logging.getLogger("weasyprint").setLevel(logging.ERROR)
