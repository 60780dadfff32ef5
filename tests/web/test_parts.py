"""Parts and drawings: what they say in words, and that pages use only those that exist."""

from __future__ import annotations

import re
from datetime import date
from importlib.resources import files

import pytest

from kompetensi.context import EXTENSION

TEMPLATES = files("kompetensi") / "templates" / "kompetensi"


@pytest.fixture
def draw(office):
    """Return a function that renders one line of a template."""
    head = '{% import "kompetensi/parts.html" as parts %}{% import "kompetensi/drawings.html" as draw %}'
    environment = office.app.extensions[f"{EXTENSION}_templates"]
    with office.app.test_request_context("/"):
        yield lambda line, **values: " ".join(environment.from_string(head + line).render(**values).split())


def test_what_was_never_assessed_is_not_drawn_as_level_0(draw):
    picture = draw("{{ draw.ladder(none, 3) }}")
    assert 'aria-label="Belum dinilai, perlu 3"' in picture
    assert picture.count('class="gap"') == 3
    assert "belum dinilai, perlu 3" in draw("{{ parts.level_dots(none, 3) }}")


def test_an_expected_level_is_hatched_and_never_counted(draw):
    picture = draw("{{ draw.ladder(1, 3, 3) }}")
    assert picture.count('class="have"') == 1
    assert picture.count('fill="url(#hatch)"') == 2
    assert "1 dari 3" in draw("{{ draw.karawo(rows) }}", rows=[{"name": "Integritas", "have": 1, "need": 3, "expected": 3}])


def test_a_level_above_the_need_is_lighter_and_still_2_of_2(draw):
    assert draw("{{ draw.ladder(4, 2) }}").count('class="more"') == 2
    assert "2 dari 2" in draw("{{ parts.level_dots(4, 2) }}")


def test_the_gauge_names_its_finding_and_stops_at_100(draw):
    picture = draw("{{ draw.jpm_gauge(120, 92.6, (68, 80), (78, 90), 'memenuhi syarat') }}")
    assert '<title id="jpm-skala-l">JPM 120,0 %: memenuhi syarat.' in picture
    assert 'x1="612.0"' in picture  # 92 + 100 x 5.2, the end of the scale


def test_a_gauge_without_any_assessment_says_so(draw):
    picture = draw("{{ draw.jpm_gauge(none, none, (68, 80), (78, 90)) }}")
    assert "JPM belum dapat dihitung" in picture
    assert "needl" not in picture


def test_a_time_line_shows_each_stage_and_the_same_as_a_list(draw):
    step = {"name": "PKA", "caption": "908 JP", "after": [], "stages": [
        {"mode": "DISTANCE", "first": date(2027, 3, 1), "last": date(2027, 4, 2)},
        {"mode": "CLASSICAL", "first": date(2027, 4, 5), "last": date(2027, 4, 23)}]}
    picture = draw("{{ draw.timeline([step], first, last, ready=last, title='Satu pelatihan') }}", step=step,
                   first=date(2026, 11, 23), last=date(2027, 4, 30))
    assert picture.count(">Jan 2027<") == 1
    assert "1. PKA</b><br>1 Maret – 23 April 2027 · 2 tahap" in picture
    assert "Siap 30 April 2027" in picture


@pytest.mark.parametrize(("code", "words"), [
    ("met", "Terpenuhi"), ("not_met", "Tidak terpenuhi"), ("needs_document", "Perlu berkas"),
    ("needs_person", "Perlu penilaian"), ("unknown", "Belum diketahui"), ("not_applicable", "Tidak berlaku")])
def test_a_verdict_is_an_icon_and_a_word(draw, code, words):
    chip = draw("{{ parts.verdict(code) }}", code=code)
    assert f"</i>{words}</span>" in chip
    assert 'aria-hidden="true"' in chip


def test_a_certificate_that_ends_soon_tells_the_days_left(draw):
    line = "{{ parts.certificate_status('ISSUED', last, today) }}"
    assert "Berlaku 68 hari lagi" in draw(line, last=date(2027, 1, 30), today=date(2026, 11, 23))
    assert "</i>Berlaku</span>" in draw(line, last=date(2028, 1, 30), today=date(2026, 11, 23))


def test_bold_words_are_bold_and_names_cannot_bring_markup(draw):
    assert "Anda <b>87 % siap</b> untuk &lt;i&gt;" in draw("{{ parts.answer(text) }}", text="Anda **87 % siap** untuk <i>")


def test_pages_use_only_parts_that_exist():
    defined = {name: set(re.findall(r"{% macro (\w+)\(", (TEMPLATES / file).read_text(encoding="utf-8")))
               for name, file in (("parts", "parts.html"), ("draw", "drawings.html"))}
    for path in sorted(TEMPLATES.rglob("*.html")):
        for library, macro in re.findall(r"\b(parts|draw)\.(\w+)\(", path.read_text(encoding="utf-8")):
            assert macro in defined[library], f"{path.name} uses {library}.{macro}"


def test_every_template_can_be_compiled(office):
    environment = office.app.extensions[f"{EXTENSION}_templates"]
    for path in TEMPLATES.rglob("*.html"):
        assert environment.get_template(f"kompetensi/{path.relative_to(TEMPLATES)}")
