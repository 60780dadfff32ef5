"""``kompetensi jobs``: long work, listed, shown, stopped and run from the terminal."""

from __future__ import annotations

import sys
import time
from typing import Any

import click
from flask import current_app

from kompetensi.adapters.executors import executor_id
from kompetensi.cli.edge import Edge, edge, print_json, print_table
from kompetensi.errors import Unavailable
from kompetensi.jobs import JobRunner, cancel_job, list_jobs, requeue_job, view_job, watch
from kompetensi.messages import format_value, say
from kompetensi.services.jobs import ItemLine, JobLine, JobState, JobView
from kompetensi.services.unit_of_work import transaction

__all__ = ["COMMANDS", "run_here"]

# Seconds between two looks at a job that another process runs.
_LOOK_S = 0.5


@click.group("jobs")
def jobs() -> None:
    """Pekerjaan panjang: daftar, lihat, hentikan, jalankan."""


@jobs.command("list")
@click.option("--active", is_flag=True, help="Hanya yang menunggu atau berjalan.")
@click.option("--json", "as_json", is_flag=True, help="Satu dokumen JSON.")
@edge()
def list_(here: Edge, active: bool, as_json: bool) -> None:
    """Daftar pekerjaan, terbaru dahulu."""
    found = list_jobs(here.session, here.actor, today=here.clock.today(), active=active, size=None).items
    if as_json:
        print_json([_document(line) for line in found])
        return
    print_table("", ["Nomor", "Untuk", "Diminta", "Oleh", "Keadaan", "Selesai", "Gagal"], [
        (line.id, line.arguments.get("batch") or line.arguments.get("year") or line.arguments.get("day"), format_value(line.created_at),
         line.created_by, line.state.value, f"{line.settled}/{line.total}", line.failed) for line in found])
    click.echo(str(say("%(count)s pekerjaan.", count=len(found))))


@jobs.command("show")
@click.argument("job")
@click.option("--json", "as_json", is_flag=True, help="Satu dokumen JSON.")
@edge()
def show(here: Edge, job: str, as_json: bool) -> None:
    """Tunjukkan pekerjaan JOB dengan hasil per orang; status keluar 1 bila ada yang gagal."""
    found = _view(here, job)
    if as_json:
        print_json(_document(found.line) | {"items": [{
            "seq": item.seq, "label": item.label, "state": item.state.value, "outcome": item.outcome or None,
            "problem": item.problem} for item in found.items.items]})
    else:
        _print(found)
    if found.line.failed or found.line.state is JobState.FAILED:
        sys.exit(1)


@jobs.command("cancel")
@click.argument("job")
@edge(writes=True)
def cancel(here: Edge, job: str) -> None:
    """Hentikan pekerjaan JOB; yang sudah terbit tetap terbit."""
    cancel_job(here.session, here.actor, job, today=here.clock.today(), now=here.clock.now())
    click.echo(str(say("Pekerjaan dihentikan; yang sedang dikerjakan diselesaikan dahulu.")))


@jobs.command("run")
@click.argument("job")
@click.option("--json", "as_json", is_flag=True, help="Satu dokumen JSON.")
@edge()
def run(here: Edge, job: str, as_json: bool) -> None:
    """Lanjutkan pekerjaan JOB dalam proses ini: yang terputus, gagal, atau dihentikan."""
    with transaction(here.session):
        requeue_job(here.session, here.actor, job, watch=watch(), today=here.clock.today(), now=here.clock.now())
    run_here(here, job, quiet=as_json)
    found = _view(here, job)
    if as_json:
        print_json(_document(found.line))
    else:
        _print(found)
    if found.line.failed:
        sys.exit(1)


def run_here(here: Edge, job_id: str, *, quiet: bool) -> tuple[ItemLine, ...]:
    """Run a job in this process, with a bar on a terminal, and return what came of each of its items.

    A job that another process runs is waited for.

    Raises
    ------
    Unavailable
        If something that the job needs is missing; what is left can be done later.
    """
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    before = _view(here, job_id).line
    with Progress(TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(),
                  transient=True, disable=quiet or not sys.stdout.isatty()) as shown:
        task = shown.add_task(str(say("Menerbitkan")), total=before.total, completed=before.settled)
        JobRunner(current_app._get_current_object()).run(  # type: ignore[attr-defined]
            job_id, executor_id(), settled=lambda count: shown.update(task, completed=before.settled + count))
        while (found := _view(here, job_id)).line.state.is_active:  # another process has taken it
            if found.line.is_abandoned:
                raise Unavailable(say("Proses yang menjalankan pekerjaan ini berhenti. Lanjutkan dengan `kompetensi "
                                      "jobs run %(job)s`.", job=job_id))
            shown.update(task, completed=found.line.settled)
            time.sleep(_LOOK_S)
    if found.line.problem is not None:
        raise Unavailable(say("%(problem)s Yang tersisa dilanjutkan dengan `kompetensi jobs run %(job)s`.",
                              problem=found.line.problem, job=job_id))
    return found.items.items


def _view(here: Edge, job_id: str) -> JobView:
    with transaction(here.session):
        return view_job(here.session, here.actor, job_id, watch=watch(), today=here.clock.today(), size=None)


def _document(line: JobLine) -> dict[str, Any]:
    return {
        "job": line.id, "kind": line.kind, "state": line.state.value, "created_by": line.created_by,
        "created_at": line.created_at, "started_at": line.started_at, "finished_at": line.finished_at,
        "total": line.total, "done": line.done, "failed": line.failed, "skipped": line.skipped,
        "problem": line.problem}


def _print(found: JobView) -> None:
    line = found.line
    print_table("", ["", "Nama", "Keadaan", "Hasil"], [
        (item.seq, item.label, item.state.value, item.problem or item.outcome) for item in found.items.items])
    click.echo(str(say("%(state)s: %(done)s selesai, %(failed)s gagal, %(skipped)s dilewati, dari %(total)s.",
                       state=line.state.value, done=line.done, failed=line.failed, skipped=line.skipped,
                       total=line.total)))
    if line.problem is not None:
        click.echo(str(line.problem), err=True)


COMMANDS = {"jobs": jobs}
