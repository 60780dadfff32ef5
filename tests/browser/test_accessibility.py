"""Every page of every role as a screen reader and a keyboard meet it: axe finds nothing, and the focus can be seen."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Error, Page
from werkzeug.exceptions import HTTPException

pytestmark = pytest.mark.browser

# What no link leads to; the rest is found from the home of each.
FIRST = ("/", "/masuk", "/cek", "/bantuan", "/pelindungan-data", "/sertifikat/tanda-tangan", "/tidak-ada")
# Kinds of elements on a page. Where a page of the same endpoint was seen, and each kind somewhere, axe says nothing new.
KINDS = "() => [...new Set([...document.querySelectorAll('*')].map(e => `${e.tagName}.${e.getAttribute('class')}`))]"
LINKS = """all => all.map(a => new URL(a.getAttribute('href'), location))
  .filter(a => a.origin === location.origin).map(a => a.pathname + a.search)"""
FOCUS = """() => {
  const here = document.activeElement, target = here.closest('svg') ? here.querySelector('rect') : here;
  const style = getComputedStyle(target);
  return [here.outerHTML.slice(0, 120), here === document.body,
          style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2 || parseFloat(style.strokeWidth) >= 3];
}"""


@pytest.fixture(scope="module")
def seen() -> set[str]:
    """Endpoints and kinds of elements that axe has looked at."""
    return set()


def pages_of(page: Page, app: Flask) -> Iterator[str]:
    """Open one page of each endpoint that links lead to, and yield the endpoint."""
    addresses, opened = app.url_map.bind("localhost"), set()
    waiting = list(FIRST)
    for path in waiting:
        try:
            endpoint = addresses.match(urlsplit(path).path)[0]
        except HTTPException:
            endpoint = path
        if endpoint in opened:
            continue
        opened.add(endpoint)
        try:
            answer = page.goto(path)
        except Error as error:
            if "Download is starting" not in error.message:
                raise
            continue
        if answer is not None and "text/html" not in answer.headers["content-type"]:
            continue
        yield endpoint
        waiting.extend(page.eval_on_selector_all("a[href]", LINKS))


@pytest.mark.parametrize(("username", "language", "least"), [
    ("hr", "id", 40), ("balai", "en", 25), ("admin", "id", 25), ("asn", "en", 25), ("atasan", "id", 25), (None, "en", 5)])
def test_axe_finds_nothing_on_any_page(visit, served, seen, username, language, least):
    page, opened = visit(username), 0
    if language == "en":
        page.goto("/masuk")
        page.get_by_role("button", name="English").click()
    for endpoint in pages_of(page, served):
        opened += 1
        assert page.locator("html").get_attribute("lang") == language
        fresh = {endpoint, *page.evaluate(KINDS)} - seen
        if fresh:
            seen |= fresh
            found = Axe().run(page)
            assert found.violations_count == 0, (page.url, found.generate_report())
    assert opened >= least


@pytest.mark.parametrize(("username", "path"), [
    (None, "/masuk"), ("asn", "/"), ("hr", "/graf"), ("hr", "/pegawai/baru"), ("hr", "/mutasi/pilkada"), ("balai", "/angkatan/baru")])
def test_whatever_has_the_focus_shows_it(visit, username, path):
    page = visit(username)
    page.goto(path)
    for _ in range(40):
        page.keyboard.press("Tab")
        element, left, visible = page.evaluate(FOCUS)
        if left:
            break
        assert visible, element


def test_a_page_in_the_dark_theme_is_printed_dark_on_white(visit):
    page = visit("asn")
    page.locator("button:has(.bi-moon-stars)").click()
    page.emulate_media(media="print")
    found = Axe().run(page, options={"runOnly": ["color-contrast"]})
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
