"""``kompetensi demand`` and ``targets``: the yearly needs analysis, and for which positions people are prepared."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import click

from kompetensi.cli.edge import DAY, Edge, edge, print_json, print_table
from kompetensi.messages import Rupiah, format_value, say
from kompetensi.services import demand as analyses
from kompetensi.services import targets as kept
from kompetensi.services.demand import AnalysisItem
from kompetensi.services.unit_of_work import transaction

__all__ = ["COMMANDS"]


@click.group("demand")
def demand() -> None:
    """Kebutuhan pelatihan setahun: hitung, daftar, lihat, usulkan, putuskan, keluarkan."""


@demand.command("compute")
@click.argument("year", type=click.IntRange(2000, 2100))
@click.option("--unit", required=True, help="Kode balai pelatihan.")
@click.option("--source", "sources", multiple=True, type=click.Choice(kept.SOURCES), default=kept.SOURCES,
              help="Asal jabatan sasaran; boleh diulang. Bawaan: semua.")
@click.option("--json", "as_json", is_flag=True, help="Satu dokumen JSON.")
@edge()
def compute(here: Edge, year: int, unit: str, sources: tuple[str, ...], as_json: bool) -> None:
    """Hitung versi baru kebutuhan tahun YEAR."""
    from kompetensi.cli.jobs import run_here  # only where a job is run
    from kompetensi.jobs import order_analysis

    with transaction(here.session):
        number = order_analysis(
            here.session, here.actor, unit, year, sources=sources, engine=None, randomness=here.state.randomness,
            today=here.clock.today(), now=here.clock.now())
        job_id = analyses.view_analysis(here.session, here.actor, number, today=here.clock.today()).item.job_id
    run_here(here, job_id or "", quiet=as_json)
    _show(here, number, as_json)


@demand.command("list")
@click.option("--json", "as_json", is_flag=True, help="Satu dokumen JSON.")
@edge()
def list_(here: Edge, as_json: bool) -> None:
    """Daftar semua versi, tahun dan versi terbaru dahulu."""
    found, _ = analyses.list_analyses(here.session, here.actor, today=here.clock.today())
    if as_json:
        print_json([_document(item) for item in found])
        return
    print_table("", ["Nomor", "Balai", "Tahun", "Versi", "Keadaan", "Orang", "Menjadi siap", "Kursi", "JP", "Biaya"], [
        (item.id, item.unit, str(item.year), item.version, str(item.status_words), item.need_training, item.become_ready,
         item.places, item.jp, item.cost) for item in found])
    click.echo(str(say("%(count)s versi.", count=len(found))))


@demand.command("show")
@click.argument("analysis", type=int)
@click.option("--json", "as_json", is_flag=True, help="Satu dokumen JSON.")
@edge()
def show(here: Edge, analysis: int, as_json: bool) -> None:
    """Tunjukkan analisis nomor ANALYSIS menurut pelatihan dan perangkat daerah."""
    _show(here, analysis, as_json)


def _show(here: Edge, number: int, as_json: bool) -> None:
    found = analyses.view_analysis(here.session, here.actor, number, today=here.clock.today())
    if as_json:
        print_json(_document(found.item) | {
            "trainings": [{"code": row.code, "name": row.name, "months": list(row.months), "people": row.people,
                           "become_ready": row.become_ready, "jp": row.jp, "cost_idr": row.cost_idr, "before": row.before}
                          for row in found.trainings],
            "agencies": [{"code": row.code, "name": row.name, "people": row.people, "become_ready": row.become_ready,
                          "places": row.places, "jp": row.jp, "cost_idr": row.cost_idr} for row in found.agencies]})
        return
    item = found.item
    print_table("", ["Pelatihan", "", "Orang", "Menjadi siap", "JP", "Biaya"], [
        (row.code, row.name, row.people, row.become_ready, row.jp, row.cost) for row in found.trainings])
    click.echo(str(say("%(people)s pegawai memerlukan pelatihan, %(ready)s menjadi siap pada waktunya; %(places)s kursi, "
                       "%(jp)s JP, %(cost)s.", people=item.need_training, ready=item.become_ready, places=item.places,
                       jp=item.jp, cost=Rupiah(item.cost_idr))))


@demand.command("propose")
@click.argument("analysis", type=int)
@edge(writes=True)
def propose(here: Edge, analysis: int) -> None:
    """Usulkan analisis nomor ANALYSIS untuk disetujui."""
    analyses.propose_analysis(here.session, here.actor, analysis, today=here.clock.today(), now=here.clock.now())
    click.echo(str(say("Analisis diusulkan.")))


@demand.command("decide")
@click.argument("analysis", type=int)
@click.option("--approve/--return", "approve", required=True, help="Setujui, atau kembalikan.")
@click.option("--reason", default="", help="Alasan; wajib bila dikembalikan.")
@edge(writes=True)
def decide(here: Edge, analysis: int, approve: bool, reason: str) -> None:
    """Putuskan analisis nomor ANALYSIS yang diusulkan."""
    analyses.decide_analysis(here.session, here.actor, analysis, approve=approve, reason=reason,
                             today=here.clock.today(), now=here.clock.now())
    click.echo(str(say("Keputusan tersimpan.")))


@demand.command("export")
@click.argument("analysis", type=int)
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@edge()
def export(here: Edge, analysis: int, file: Path) -> None:
    """Tulis analisis nomor ANALYSIS ke FILE (XLSX)."""
    from kompetensi.exchange.spreadsheets import write_workbook  # only where a spreadsheet is written
    from kompetensi.services.demand_sheets import sheets_of, title_of

    found = analyses.view_analysis(here.session, here.actor, analysis, today=here.clock.today())
    file.write_bytes(write_workbook(title_of(found), found.item.created_at, sheets_of(found), str))
    click.echo(str(say("%(file)s tertulis.", file=file.name)))


def _document(item: AnalysisItem) -> dict[str, Any]:
    return {"analysis": item.id, "unit": item.unit, "year": item.year, "version": item.version, "status": item.status,
            "people": item.people, "ready_already": item.ready_already, "need_training": item.need_training,
            "become_ready": item.become_ready, "places": item.places, "jp": item.jp, "cost_idr": item.cost_idr}


@click.group("targets")
def targets() -> None:
    """Jabatan yang disiapkan untuk seorang pegawai: daftar, tetapkan, cabut."""


@targets.command("list")
@click.argument("nip")
@click.option("--json", "as_json", is_flag=True, help="Satu dokumen JSON.")
@edge()
def targets_list(here: Edge, nip: str, as_json: bool) -> None:
    """Daftar jabatan sasaran pegawai NIP."""
    found = kept.list_targets(here.session, here.actor, nip, today=here.clock.today()).targets
    if as_json:
        print_json([{"target": row.id, "position": row.position, "name": row.position_name, "source": row.source,
                     "ready_by": row.ready_by} for row in found])
        return
    print_table("", ["Nomor", "Jabatan", "", "Asal", "Siap paling lambat"], [
        (row.id or "", row.position, row.position_name, str(row.source_words),
         "" if row.ready_by is None else format_value(row.ready_by)) for row in found])


@targets.command("set")
@click.argument("nip")
@click.argument("position")
@click.option("--source", type=click.Choice(kept.SOURCES[:3]), default="HR", show_default=True, help="Asal sasaran.")
@click.option("--ready-by", type=DAY, default=None, help="Hari pegawai harus siap.")
@edge(writes=True)
def targets_set(here: Edge, nip: str, position: str, source: str, ready_by: date | None) -> None:
    """Siapkan pegawai NIP untuk jabatan POSITION."""
    number = kept.set_target(here.session, here.actor, nip, position, source, ready_by=ready_by,
                             today=here.clock.today(), now=here.clock.now())
    click.echo(str(say("Sasaran nomor %(id)s tersimpan; orangnya diberi tahu.", id=number)))


@targets.command("withdraw")
@click.argument("target", type=int)
@edge(writes=True)
def targets_withdraw(here: Edge, target: int) -> None:
    """Cabut sasaran nomor TARGET mulai hari ini."""
    kept.withdraw_target(here.session, here.actor, target, today=here.clock.today(), now=here.clock.now())
    click.echo(str(say("Sasaran dicabut.")))


COMMANDS = {"demand": demand, "targets": targets}
