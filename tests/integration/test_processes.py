"""Several server processes on one database: what one changes, the next request to any other shows."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import date
from http.cookiejar import CookieJar
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, OpenerDirector, build_opener

import pytest
from applications import make_engine
from factories import NOW, TODAY, make_person
from sqlalchemy.orm import Session

from kompetensi.rules.access import SYSTEM
from kompetensi.services.accounts import create_account

PASSWORD = "karawo-uji-2026"

_SERVE = "from kompetensi.cli import main; main()"
# For each line of its input it gives a training that name, and commits with the line after it.
_WRITE = """
import sys
from dataclasses import replace
from datetime import UTC, date, datetime
from kompetensi.app import create_app
from kompetensi.context import session
from kompetensi.rules.access import SYSTEM
from kompetensi.services.snapshot import load_graph
from kompetensi.services.training_changes import edit_training, training_content
from kompetensi.services.unit_of_work import transaction

today, code = date(2026, 11, 23), "BMD-DASAR"
with create_app().app_context():
    for line in sys.stdin:
        name = line.strip()
        with transaction(session()):
            content = training_content(session(), SYSTEM, code, on=today)
            edit_training(session(), SYSTEM, code, replace(content, name=name), today=today, now=datetime.now(UTC))
            assert load_graph(session(), today).trainings[code].name == name
            print("changed", flush=True)
            sys.stdin.readline()
        print("committed", flush=True)
"""


class Server:
    """A server process, and somebody who has signed in to it."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        self.address = next(re.search(r"http://\S+", line).group() for line in process.stdout if "http://" in line)
        self.browser: OpenerDirector = build_opener(HTTPCookieProcessor(CookieJar()))
        token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', self.get("masuk")).group(1)
        self.browser.open(f"{self.address}masuk", urlencode(
            {"csrf_token": token, "username": "asn", "password": PASSWORD}).encode(), timeout=20).close()

    def get(self, path: str) -> str:
        with self.browser.open(self.address + path, timeout=20) as answer:
            return answer.read().decode()

    def shows(self, name: str) -> bool:
        """Whether the page of the competency, which is drawn from the graph, names a training so."""
        return name in self.get("kompetensi/TEK-BMD")


@pytest.fixture
def start(databases, reference_url: str, tmp_path) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Return a function that starts Python on a database of the test's own; whatever still runs is ended after it."""
    url = databases.new(template=reference_url)
    engine = make_engine(url)
    with Session(engine) as session:
        person = make_person(session, birth_date=date(1985, 4, 12))
        create_account(session, SYSTEM, nip=person.nip, username="asn", password=PASSWORD, today=TODAY, now=NOW)
        session.commit()
    engine.dispose()
    environment = os.environ | {"KOMPETENSI_DATABASE_URL": url, "KOMPETENSI_INSTANCE": str(tmp_path)}
    with ExitStack() as ends:
        def run(code: str, *arguments: str) -> subprocess.Popen[str]:
            process = ends.enter_context(subprocess.Popen(
                [sys.executable, "-c", code, *arguments], env=environment, text=True, stdin=subprocess.PIPE,
                stdout=subprocess.PIPE, stderr=subprocess.DEVNULL))
            ends.callback(process.kill)
            return process

        yield run


def tell(process: subprocess.Popen[str], line: str, answer: str) -> None:
    """Give a process a line and wait for its answer."""
    print(line, file=process.stdin, flush=True)
    assert process.stdout.readline().strip() == answer


def test_a_change_in_one_process_is_on_the_next_page_of_every_other_and_an_unfinished_one_on_none(start):
    writer, other = start(_WRITE), start(_WRITE)
    processes = [start(_SERVE, "serve", "--port", "8500") for _ in range(2)]
    servers = [Server(process) for process in processes]
    assert all(server.shows("Pelatihan Pengurus Barang Milik Daerah") for server in servers)

    tell(writer, "Pertama", "changed")
    assert not any(server.shows("Pertama") for server in servers)
    tell(writer, "", "committed")
    assert all(server.shows("Pertama") for server in servers)

    tell(writer, "Kedua", "changed")
    writer.send_signal(signal.SIGKILL)
    writer.wait(20)
    assert all(server.shows("Pertama") and not server.shows("Kedua") for server in servers)

    # The lock went with the process, and the number that it took is given to the next.
    tell(other, "Ketiga", "changed")
    tell(other, "", "committed")
    assert all(server.shows("Ketiga") and not server.shows("Kedua") for server in servers)
