"""Jobs that are killed with SIGKILL go on at the interrupted person; nobody ever gets two certificates."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from applications import make_engine
from factories import NOW, TODAY
from graduates import make_finished_batch, make_graduate, press
from sqlalchemy import func, select
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from kompetensi.jobs import order_batch
from kompetensi.models import Certificate, CertificateFile, Job, JobItem
from kompetensi.rules.access import SYSTEM
from kompetensi.services.certificates import Press
from kompetensi.services.unit_of_work import transaction

PEOPLE = 12
SCRIPT = Path(__file__).parents[1] / "job_process.py"


@pytest.fixture
def database(databases, reference_url) -> Iterator[Engine]:
    engine = make_engine(databases.new(template=reference_url))
    yield engine
    engine.dispose()


@pytest.fixture
def job(database) -> str:
    """A job for a batch whose participants wait; no engine has heard of it."""
    with Session(database) as session, transaction(session):
        batch = make_finished_batch(session)
        for number in range(PEOPLE):
            make_graduate(session, batch, name=f"Peserta {number:02d}")
        job_id = order_batch(session, SYSTEM, batch.code, press=Press(**press()), engine=None, today=TODAY, now=NOW)
    assert job_id is not None
    return job_id


@pytest.fixture
def start(database, tmp_path) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    environment = os.environ | {
        "KOMPETENSI_DATABASE_URL": database.url.render_as_string(False), "KOMPETENSI_INSTANCE": str(tmp_path / "instance"),
        "PYTHONPATH": str(SCRIPT.parent)}
    with ExitStack() as ends:
        def run(*arguments: str) -> subprocess.Popen[str]:
            process = ends.enter_context(subprocess.Popen(
                [sys.executable, str(SCRIPT), *arguments], env=environment, text=True, stdin=subprocess.PIPE,
                stdout=subprocess.PIPE, stderr=None))
            ends.callback(process.kill)
            return process

        yield run


def read_until(process: subprocess.Popen[str], word: str, times: int = 1) -> list[str]:
    """Read lines until one begins with a word for the given time."""
    lines = []
    while times:
        line = process.stdout.readline()
        assert line, "the process ended"
        lines.append(line.strip())
        times -= line.startswith(word)
    return lines


def counts(database: Engine, job_id: str) -> tuple[str, dict[str, int]]:
    with Session(database) as session:
        state = session.scalars(select(Job.state).where(Job.id == job_id)).one()
        return state, dict(session.execute(select(JobItem.state, func.count(JobItem.id)).where(
            JobItem.job_id == job_id).group_by(JobItem.state)).all())


def wait_for(database: Engine, job_id: str, seconds: float = 40) -> None:
    deadline = time.monotonic() + seconds
    while counts(database, job_id)[0] != "DONE":
        assert time.monotonic() < deadline, counts(database, job_id)
        time.sleep(0.2)


def assert_everybody_has_one(database: Engine) -> None:
    with Session(database) as session:
        rows = session.scalars(select(Certificate).order_by(Certificate.seq)).all()
        assert [row.seq for row in rows] == list(range(1, PEOPLE + 1))
        assert {row.state for row in rows} == {"ISSUED"}
        assert len({row.enrolment_id for row in rows}) == PEOPLE
        assert session.scalar(select(func.count(CertificateFile.certificate_id))) == PEOPLE


def test_a_killed_job_goes_on_at_the_interrupted_person(database, job, start):
    first = start("serve")
    read_until(first, "launched")
    seen = read_until(first, "rendering", 5)
    first.send_signal(signal.SIGKILL)
    first.wait(10)
    state, settled = counts(database, job)
    assert state == "RUNNING"
    assert settled["DONE"] in (4, 5)

    second = start("serve")
    read_until(second, "launched")
    wait_for(database, job)
    assert_everybody_has_one(database)
    second.stdin.close()
    again = [line for line in second.stdout if line.startswith("rendering")]
    second.wait(20)
    done_before = {line for line in seen if line.startswith("rendering")}
    # Whoever was being printed is printed again, under the same number; nobody else is.
    assert len(again) == PEOPLE - settled["DONE"]
    assert len(done_before & set(again)) <= 1


def test_a_process_on_the_same_queue_takes_over_while_another_dies(database, job, start):
    one, other = start("serve"), start("serve")
    for process in (one, other):
        read_until(process, "launched")
    deadline = time.monotonic() + 20
    while counts(database, job)[1].get("DONE", 0) < 3:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    with Session(database) as session:
        executor = session.scalars(select(Job.executor).where(Job.id == job)).one()
    killed = next(process for process in (one, other) if f":{process.pid}:" in executor)
    killed.send_signal(signal.SIGKILL)
    killed.wait(10)
    wait_for(database, job)
    assert_everybody_has_one(database)


def test_a_job_run_by_a_command_goes_on_with_the_next_command(database, job, start):
    first = start("run", job)
    read_until(first, "rendering", 3)
    first.send_signal(signal.SIGKILL)
    first.wait(10)
    second = start("run", job)
    read_until(second, "ended")
    assert counts(database, job) == ("DONE", {"DONE": PEOPLE})
    assert_everybody_has_one(database)


def test_a_process_that_is_told_to_end_leaves_at_once_and_the_next_goes_on(database, job, start):
    first = start("serve")
    read_until(first, "rendering", 3)
    first.stdin.close()
    read_until(first, "closed")
    first.wait(5)
    state, settled = counts(database, job)
    assert state == "QUEUED"
    assert 0 < settled["DONE"] < PEOPLE
    second = start("serve")
    wait_for(database, job)
    assert_everybody_has_one(database)
    second.stdin.close()


def test_a_job_that_is_handed_over_twice_runs_once(database, job, start):
    process = start("serve")
    read_until(process, "launched")
    for _ in range(2):
        print(job, file=process.stdin, flush=True)
    wait_for(database, job)
    process.stdin.close()
    rendered = [line for line in process.stdout if line.startswith("rendering")]
    process.wait(20)
    assert len(rendered) == PEOPLE
    assert_everybody_has_one(database)


_ENGINES = """
import os, sys, threading
from kompetensi.adapters.dbos_jobs import DbosJobs
from kompetensi.errors import Unavailable

ran = threading.Event()

class Rows:
    def leave(self): pass
    def run(self, job_id, executor):
        print("ran", job_id, flush=True)
        ran.set()
    def abandoned(self): return ()

def engine(path):
    made = DbosJobs(f"sqlite:///{path}", sweep_s=0.2)
    made.bind(Rows())
    return made

def tried(one):
    try:
        one.launch()
    except Unavailable as problem:
        return str(problem)
    return "launched"

first, second = engine(sys.argv[1]), engine(sys.argv[1])
print(tried(first), tried(first), tried(second), sep="|", flush=True)
child = os.fork()
if child == 0:
    print(tried(first), flush=True)
    os._exit(0)
os.waitpid(child, 0)
first.start("a" * 32)
assert ran.wait(20)
first.close()
print(tried(second), flush=True)
second.close()
print(tried(engine("/nowhere/at/all/jobs.db")), flush=True)
print(tried(second), flush=True)
second.close()
from dbos import DBOS
DBOS(config={"name": "somebody-else", "system_database_url": f"sqlite:///{sys.argv[1]}.other"})
print(tried(first), flush=True)
"""


def test_one_engine_runs_in_a_process_and_a_second_is_refused_in_words(tmp_path):
    done = subprocess.run([sys.executable, "-c", _ENGINES, str(tmp_path / "jobs.db")], capture_output=True, text=True,
                          timeout=120, check=True)
    lines = [line for line in done.stdout.splitlines() if not line.startswith("ran")]
    assert lines[0].startswith("launched|launched|Mesin pekerjaan sudah berjalan dalam proses ini")
    assert lines[1].startswith("Mesin pekerjaan sudah berjalan")
    assert lines[2] == "launched"
    assert lines[3].startswith("Mesin pekerjaan tidak dapat dimulai")
    assert lines[4] == "launched"
    assert lines[5].startswith("Mesin pekerjaan sudah berjalan")
    assert f"ran {'a' * 32}" in done.stdout
