"""A real server on a free port, and Debian's Chromium in front of it."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from applications import build_app
from flask import Flask
from waitress import create_server, wasyncore

from kompetensi.demo.personas import LOGINS

PASSWORDS = {login.username: login.password for login in LOGINS}


@pytest.fixture(scope="module")
def served(databases, demo_url: str) -> Flask:
    """The standalone application on its own copy of the demo database."""
    return build_app(databases.new(template=demo_url), WTF_CSRF_ENABLED=True, TESTING=False)


@pytest.fixture(scope="module")
def address(served: Flask) -> Iterator[str]:
    """Where that application answers."""
    # The product's own server: it closes a file whose reader has gone on to the next page.
    sockets: dict = {}
    server = create_server(served, map=sockets, host="127.0.0.1", port=0, threads=8)
    stopped = threading.Event()

    def serve() -> None:
        while not stopped.is_set():
            wasyncore.loop(timeout=0.1, map=sockets, count=1)

    thread = threading.Thread(target=serve)
    thread.start()
    yield f"http://127.0.0.1:{server.effective_port}"
    stopped.set()
    thread.join()
    server.task_dispatcher.shutdown()
    wasyncore.close_all(sockets)


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path="/usr/bin/chromium",
            args=["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
                  "--disable-background-networking", "--disable-component-update", "--disable-sync"])
        yield chromium
        chromium.close()


@pytest.fixture
def visit(browser, address):
    """Return a function that gives a signed-in person's page; what a page complains about fails the test."""
    contexts, complaints = [], []

    def become(username=None):
        # A page is judged at rest, not with a colour half way to another.
        context = browser.new_context(base_url=address, viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: complaints.append(message.text)
                if message.type == "error" and "status of 4" not in message.text else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        if username is not None:
            page.goto("/masuk")
            page.get_by_label("Nama pengguna").fill(username)
            page.get_by_label("Kata sandi").fill(PASSWORDS[username])
            page.get_by_role("main").get_by_role("button", name="Masuk").click()
        return page

    yield become
    for context in contexts:
        context.close()
    assert complaints == []
