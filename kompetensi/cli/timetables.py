"""``kompetensi timetables``: a training centre's timetable by the solver, from its needs analysis to its batches."""

from __future__ import annotations

from datetime import date
from typing import Any

import click

from kompetensi.cli.edge import DAY, Edge, edge, print_json, print_table
from kompetensi.messages import format_value, say
from kompetensi.services import timetables as drafts
from kompetensi.services.timetables import DraftItem
from kompetensi.services.unit_of_work import transaction

__all__ = ["COMMANDS"]


@click.group("timetables")
def timetables() -> None:
    """Jadwal balai pelatihan: susun, daftar, lihat, terima, susun ulang."""


@timetables.command("order")
@click.argument("analysis", type=int)
@click.option("--unit", required=True, help="Kode balai pelatihan.")
@click.option("--from", "first_day", type=DAY, required=True, help="Hari pertama.")
@click.option("--until", "last_day", type=DAY, required=True, help="Hari terakhir.")
@click.option("--name", default=None, help="Nama jadwal; bawaan: tahunnya.")
@click.option("--time-limit", "time_limit_s", type=click.IntRange(5, 3600), default=300, show_default=True,
              help="Detik paling lama dicari.")
@click.option("--max-runs", type=click.IntRange(1), default=None, help="Paling banyak angkatan.")
@click.option("--budget", "budget_idr", type=click.IntRange(1), default=None, help="Anggaran dalam rupiah.")
@click.option("--json", "as_json", is_flag=True, help="Satu dokumen JSON.")
@edge()
def order(here: Edge, analysis: int, unit: str, first_day: date, last_day: date, name: str | None, time_limit_s: int,
          max_runs: int | None, budget_idr: int | None, as_json: bool) -> None:
    """Susun jadwal dari analisis kebutuhan nomor ANALYSIS."""
    from kompetensi.jobs import order_timetable  # only where a job is written

    with transaction(here.session):
        number = order_timetable(
            here.session, here.actor, unit, name or str(say("Jadwal %(year)s", year=str(first_day.year))), analysis, first_day,
            last_day, time_limit_s=time_limit_s, max_runs=max_runs, budget_idr=budget_idr, engine=None,
            randomness=here.state.randomness, today=here.clock.today(), now=here.clock.now())
    _run(here, number, as_json)


@timetables.command("change")
@click.argument("timetable", type=int)
@click.option("--trainer", "trainer_code", default=None, help="Kode pengajar yang berhalangan.")
@click.option("--from", "first_away", type=DAY, default=None, help="Berhalangan mulai.")
@click.option("--until", "last_away", type=DAY, default=None, help="Berhalangan sampai.")
@click.option("--json", "as_json", is_flag=True, help="Satu dokumen JSON.")
@edge()
def change(here: Edge, timetable: int, trainer_code: str | None, first_away: date | None, last_away: date | None,
           as_json: bool) -> None:
    """Susun ulang jadwal nomor TIMETABLE dengan perubahan paling sedikit."""
    from kompetensi.jobs import order_replan  # only where a job is written

    with transaction(here.session):
        number = order_replan(
            here.session, here.actor, timetable, trainer_code=trainer_code, first_away=first_away, last_away=last_away,
            engine=None, randomness=here.state.randomness, today=here.clock.today(), now=here.clock.now())
    _run(here, number, as_json)


def _run(here: Edge, number: int, as_json: bool) -> None:
    from kompetensi.cli.jobs import run_here  # only where a job is run

    run_here(here, drafts.view_timetable(here.session, here.actor, number, today=here.clock.today()).item.job_id or "",
             quiet=as_json)
    here.session.expire_all()
    _show(here, number, as_json)


@timetables.command("list")
@click.option("--json", "as_json", is_flag=True, help="Satu dokumen JSON.")
@edge()
def list_(here: Edge, as_json: bool) -> None:
    """Daftar jadwal yang disusun, terbaru dahulu."""
    found, _, _ = drafts.list_timetables(here.session, here.actor, today=here.clock.today())
    if as_json:
        print_json([_document(item) for item in found])
        return
    print_table("", ["Nomor", "Nama", "Keadaan", "Siap", "Angkatan", "Celah"], [
        (item.id, item.name, str(item.status_words), f"{item.ready}/{item.people}", item.runs, f"{100 * item.gap_ratio:.1f} %")
        for item in found])
    click.echo(str(say("%(count)s jadwal.", count=len(found))))


@timetables.command("show")
@click.argument("timetable", type=int)
@click.option("--json", "as_json", is_flag=True, help="Satu dokumen JSON.")
@edge()
def show(here: Edge, timetable: int, as_json: bool) -> None:
    """Tunjukkan jadwal nomor TIMETABLE."""
    _show(here, timetable, as_json)


def _show(here: Edge, number: int, as_json: bool) -> None:
    found = drafts.view_timetable(here.session, here.actor, number, today=here.clock.today())
    if as_json:
        answer = drafts.answer_of(here.session, here.actor, number, today=here.clock.today())["answer"]
        print_json(_document(found.item) | {"answer": answer, "left_out": [
            {"code": one.code, "name": one.name, "people": one.people} for one in found.left_out]})
        return
    print_table("", ["Minggu", "Pelatihan", "Hari", "Ruang", "Pengajar", "Peserta"], [
        (format_value(run.week), run.name, f"{format_value(run.first_day)} - {format_value(run.last_day)}", run.room,
         ", ".join(run.trainers), f"{run.participants}/{run.seats}") for run in found.runs])
    item = found.item
    click.echo(str(say("%(ready)s dari %(people)s orang siap pada waktunya dengan %(runs)s angkatan; paling jauh %(gap)s %% "
                       "dari yang terbaik.", ready=item.ready, people=item.people, runs=item.runs,
                       gap=f"{100 * item.gap_ratio:.1f}".replace(".", ","))))


@timetables.command("accept")
@click.argument("timetable", type=int)
@edge(writes=True)
def accept(here: Edge, timetable: int) -> None:
    """Terima jadwal nomor TIMETABLE; angkatannya direncanakan."""
    made = drafts.accept_timetable(here.session, here.actor, timetable, today=here.clock.today(), now=here.clock.now())
    click.echo(str(say("%(count)s angkatan direncanakan.", count=len(made))))


@timetables.command("discard")
@click.argument("timetable", type=int)
@edge(writes=True)
def discard(here: Edge, timetable: int) -> None:
    """Buang jadwal nomor TIMETABLE."""
    drafts.discard_timetable(here.session, here.actor, timetable, today=here.clock.today(), now=here.clock.now())
    click.echo(str(say("Jadwal dibuang.")))


def _document(item: DraftItem) -> dict[str, Any]:
    return {"timetable": item.id, "unit": item.unit, "name": item.name, "first_day": item.first_day, "last_day": item.last_day,
            "status": item.status, "replans": item.replans_id, "ready": item.ready, "people": item.people, "runs": item.runs,
            "value": item.value, "bound": item.bound, "proven": item.proven, "cost_idr": item.cost_idr, "changes": item.changes}


COMMANDS = {"timetables": timetables}
