"""``kompetensi match``: who is nearest to what, how many reach it, and what is missing, over all people."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date

import click

from kompetensi.cli.edge import BASIS, JSON, ON, Edge, edge, print_json, print_table
from kompetensi.context import block_runner
from kompetensi.messages import format_number, say
from kompetensi.services.matching import Candidate, Reachable, nearest_positions, succession_list, threshold_counts
from kompetensi.services.population import MEGABYTES, Footprint
from kompetensi.services.readiness_map import GROUPS, MapCell, readiness_map

__all__ = ["COMMANDS"]

_TOP = click.option("--top", type=click.IntRange(1, 1000), default=20, show_default=True, help="Banyaknya yang ditampilkan.")
_MEGABYTES = click.option("--megabytes", type=click.IntRange(1, 65_536), default=MEGABYTES, show_default=True,
                          help="Memori satu blok pegawai.")


@click.group("match")
def match() -> None:
    """Kesiapan semua pegawai: calon, jabatan terdekat, ambang dan kekurangan."""


@match.command("position")
@click.argument("position")
@_TOP
@ON
@BASIS
@_MEGABYTES
@JSON
@edge()
def match_position(
    here: Edge, position: str, top: int, on: date | None, basis: str, megabytes: int, as_json: bool
) -> None:
    """Urutkan pegawai menurut kesiapannya untuk jabatan POSITION."""
    today = here.clock.today()
    found = succession_list(here.session, here.actor, position, top=top, on=on or today, today=today, basis=basis,
                            megabytes=megabytes, measure=True, run=block_runner())
    if as_json:
        print_json(asdict(found))
        return
    click.echo(str(say("%(position)s, %(unit)s: %(count)s pegawai dibandingkan per %(day)s.", position=found.position_name,
                       unit=found.unit_name, count=found.asked, day=found.on)))
    print_table("", ("No.", "NIP", "Nama", "Unit", "Nilai", "MUTLAK belum"), (
        (item.rank, item.nip, item.name, item.unit, _percent(item), item.unmet) for item in found.candidates))
    _print_memory(found.memory)


@match.command("person")
@click.argument("nip")
@_TOP
@ON
@BASIS
@JSON
@edge()
def match_person(here: Edge, nip: str, top: int, on: date | None, basis: str, as_json: bool) -> None:
    """Urutkan jabatan menurut kesiapan pegawai NIP."""
    today = here.clock.today()
    found = nearest_positions(here.session, here.actor, nip, top=top, on=on or today, today=today, basis=basis)
    if as_json:
        print_json(asdict(found))
        return
    click.echo(str(say("%(name)s: %(count)s jabatan dibandingkan per %(day)s.", name=found.name, count=found.asked,
                       day=found.on)))
    print_table("", ("No.", "Kode", "Jabatan", "Unit", "Nilai", "MUTLAK belum"), (
        (item.rank, item.code, item.name, item.unit, _percent(item), item.unmet) for item in found.positions))


@match.command("thresholds")
@click.argument("positions", nargs=-1)
@click.option("--threshold", "percents", type=click.IntRange(1, 100), multiple=True,
              help="Persen dari nilai penuh, boleh beberapa; bawaan: kedua batas skala pengisian jabatan.")
@click.option("--by-agency", is_flag=True, help="Juga menurut OPD.")
@ON
@BASIS
@_MEGABYTES
@JSON
@edge()
def match_thresholds(
    here: Edge, positions: tuple[str, ...], percents: tuple[int, ...], by_agency: bool, on: date | None, basis: str,
    megabytes: int, as_json: bool,
) -> None:
    """Hitung pegawai yang mencapai ambang nilai untuk POSITIONS, atau untuk setiap jabatan."""
    today = here.clock.today()
    found = threshold_counts(here.session, here.actor, percents=percents, position_codes=positions, by_agency=by_agency,
                             on=on or today, today=today, basis=basis, megabytes=megabytes, measure=True,
                             run=block_runner())
    if as_json:
        print_json(asdict(found))
        return
    click.echo(str(say("%(count)s pegawai dibandingkan per %(day)s. Dalam kurung: semua syarat mutlak juga terpenuhi.",
                       count=found.people, day=found.on)))
    names = [f"≥ {item.percent} %" for item in found.thresholds]
    print_table("", ("Kode", "Jabatan", "OPD", "Pegawai", *names, "Rata-rata"), (
        (item.position, item.position_name, item.agency or "", item.people,
         *(f"{scored} ({ready})" for scored, ready in zip(item.scored, item.ready, strict=True)),
         f"{format_number(100 * item.score_sum / item.people / found.score_max, digits=1)} %" if item.people else "–")
        for item in found.counts))
    _print_memory(found.memory)


@match.command("heat")
@click.option("--unit", default=None, help="Hanya unit ini dan yang di bawahnya.")
@click.option("--to", "target", default=None, help="Satu jabatan untuk semua; bawaan: jabatan masing-masing.")
@click.option("--group", type=click.Choice(list(GROUPS)), default=None, help="Hanya pemegang jabatan kelompok ini.")
@ON
@click.option("--basis", type=click.Choice(["counted", "proven", "expected"]), default="counted", show_default=True,
              help="Level yang dipakai menilai kesiapan, level terbukti, atau diperkirakan.")
@_MEGABYTES
@JSON
@edge()
def match_heat(
    here: Edge, unit: str | None, target: str | None, group: str | None, on: date | None, basis: str, megabytes: int,
    as_json: bool,
) -> None:
    """Peta kekurangan: OPD menurut kompetensi."""
    today = here.clock.today()
    found = readiness_map(here.session, here.actor, unit_code=unit, target=target, group=group, on=on or today, today=today,
                          basis=basis, megabytes=megabytes, measure=True, run=block_runner())
    if as_json:
        document = asdict(found)
        # A cell names its competency, so that nobody has to count columns.
        for row in (*document["agencies"], document["totals"]):
            row["cells"] = [{"competency": column.code} | cell
                            for column, cell in zip(found.columns, row["cells"], strict=True)]
        document["weakest"] = found.weakest.code if found.weakest else None
        document["worst"] = {"agency": found.worst[0].code, "competency": found.worst[1].code} if found.worst else None
        print_json(document)
        return
    click.echo(str(say("%(held)s dari %(people)s pegawai dibandingkan per %(day)s. Persen tingkat yang terpenuhi dari yang "
                       "dinilai; dalam kurung: pegawai yang kurang.", held=found.held, people=found.people, day=found.on)))
    shared = found.shared
    print_table("", ("OPD", "Pegawai", *(column.code for column in shared), "Teknis", "Semua"), (
        (row.name or "Semua OPD", row.people, *(_cell(cell) for cell in row.cells[:len(shared)]), _cell(row.technical),
         _cell(row.total)) for row in (*found.agencies, found.totals)))
    _print_memory(found.memory)


def _cell(cell: MapCell) -> str:
    return "–" if cell.percent is None else f"{cell.percent} ({cell.short})"


def _print_memory(memory: Footprint) -> None:
    click.echo(str(say("%(blocks)s blok, paling banyak %(people)s pegawai; memori paling tinggi %(peak)s MB dari batas "
                       "%(bound)s MB.", blocks=memory.blocks, people=memory.block_people,
                       peak=format_number(memory.peak_bytes / 1e6, digits=1),
                       bound=format_number(memory.bound_bytes / 1e6, digits=1))))


def _percent(item: Candidate | Reachable) -> str:
    return f"{format_number(100 * item.score / item.score_max, digits=1)} %"


COMMANDS = {"match": match}
