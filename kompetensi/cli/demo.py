"""``kompetensi demo``: a database with invented people of Gorontalo, and the server on it."""

from __future__ import annotations

import time
from datetime import date
from typing import Any

import click

from kompetensi.adapters.clock import SystemClock
from kompetensi.cli.edge import DAY, application, refuse_plainly
from kompetensi.cli.serve import serve_application
from kompetensi.context import equip_demo, state
from kompetensi.errors import Conflict
from kompetensi.messages import say
from kompetensi.services import migrations
from kompetensi.services.settings import read_demo
from kompetensi.services.unit_of_work import transaction


@click.command("demo")
@click.option("--no-serve", is_flag=True, help="Hanya siapkan basis data.")
@click.option("--people", type=click.IntRange(min=150), default=6347, show_default=True, help="Banyak pegawai rekaan.")
@click.option("--seed", type=int, default=75, show_default=True, help="Benih; benih yang sama memberi data yang sama.")
@click.option("--today", type=DAY, default=None, help="Hari yang dipakai demo; bawaan: hari ini menurut mesin.")
@click.option("--reset", is_flag=True, help="Hapus data demo yang ada, lalu buat lagi.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Alamat server.")
@click.option("--port", type=click.IntRange(1, 65535), default=8075, show_default=True,
              help="Port pertama yang dicoba.")
@refuse_plainly
def demo(no_serve: bool, people: int, seed: int, today: date | None, reset: bool, host: str, port: int) -> None:
    """Siapkan demo Gorontalo dan jalankan servernya; data orangnya rekaan."""
    with application() as app:
        engine = state().db.engine
        session = state().db.session
        revision_before = migrations.current_revision(engine)
        if reset and revision_before is not None:
            if read_demo(session) is None and _has_people(session):
                raise Conflict(say("Basis data ini bukan demo; --reset hanya menghapus data demo."), where="--reset")
            session.remove()
            migrations.downgrade(engine)
        migrations.upgrade(engine)
        if state().standalone:
            equip_demo(app)
        kept = read_demo(session)
        if kept is not None:
            click.echo(str(say("Demo sudah ada: %(people)s pegawai rekaan, hari %(today)s, benih %(seed)s.",
                               people=kept.people, today=kept.today, seed=str(kept.seed))))
        else:
            if _has_people(session):
                raise Conflict(say("Basis data ini berisi data orang yang bukan demo; pakai basis data lain."))
            _load(session, people, seed, today or SystemClock().today())
        session.remove()
        _print_logins()
        if not no_serve:
            serve_application(app, host=host, port=port)


def _has_people(session: Any) -> bool:
    from kompetensi.services.people import count_people

    return count_people(session) > 0


def _load(session: Any, people: int, seed: int, today: date) -> None:
    from rich.progress import Progress, TextColumn, TimeElapsedColumn

    from kompetensi.demo.load import load_demo, moment_of

    started = time.perf_counter()
    with Progress(TextColumn("{task.description}"), TimeElapsedColumn(), transient=True) as shown:
        task = shown.add_task("Menyiapkan demo", total=None)
        with transaction(session):
            report = load_demo(
                session, people=people, seed=seed, today=today, now=moment_of(today), renderer=state().renderer,
                signer=state().signer, seal=state().seal,
                progress=lambda step, done, total: shown.update(task, description=f"{done}/{total} {step}"))
    click.echo(str(say("Demo siap dalam %(seconds)s detik: %(people)s pegawai rekaan, hari %(today)s, benih %(seed)s.",
                       seconds=round(time.perf_counter() - started), people=people, today=today, seed=str(seed))))
    if report.missing is not None:
        click.echo(str(report.missing), err=True)


def _print_logins() -> None:
    from kompetensi.demo.personas import LOGINS

    click.echo("\nMasuk sebagai (kata sandi di sebelahnya):")
    for login in LOGINS:
        click.echo(f"  {login.username:<12} {login.password:<24} {login.label}")


COMMANDS = {"demo": demo}
