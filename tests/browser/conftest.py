"""A real server on a free port, and Debian's Chromium in front of it."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from applications import build_app
from werkzeug.serving import make_server


@pytest.fixture(scope="module")
def address(databases, demo_url: str) -> Iterator[str]:
    """Address of the standalone application on its own copy of the demo database."""
    app = build_app(databases.new(template=demo_url), WTF_CSRF_ENABLED=True, TESTING=False)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


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
