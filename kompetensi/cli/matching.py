"""``kompetensi match``: the people nearest to a position, and the positions nearest to a person."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date

import click

from kompetensi.cli.edge import DAY, Edge, edge, print_json, print_table
from kompetensi.messages import format_number, say
from kompetensi.services.matching import Candidate, Reachable, nearest_positions, succession_list

__all__ = ["COMMANDS"]

_TOP = click.option("--top", type=click.IntRange(1, 1000), default=20, show_default=True, help="Banyaknya yang ditampilkan.")
_ON = click.option("--on", type=DAY, default=None, help="Tanggal yang ditanya; bawaan: hari ini.")
_BASIS = click.option("--basis", type=click.Choice(["proven", "expected"]), default="proven", show_default=True,
                      help="Level terbukti, atau diperkirakan (pelatihan ikut dihitung).")
_JSON = click.option("--json", "as_json", is_flag=True, help="Satu dokumen JSON.")


@click.group("match")
def match() -> None:
    """Pegawai yang paling dekat dengan sebuah jabatan, dan sebaliknya."""


@match.command("position")
@click.argument("position")
@_TOP
@_ON
@_BASIS
@_JSON
@edge()
def match_position(here: Edge, position: str, top: int, on: date | None, basis: str, as_json: bool) -> None:
    """Urutkan pegawai menurut kesiapannya untuk jabatan POSITION."""
    today = here.clock.today()
    found = succession_list(here.session, here.actor, position, top=top, on=on or today, today=today, basis=basis)
    if as_json:
        print_json(asdict(found))
        return
    click.echo(str(say("%(position)s, %(unit)s: %(count)s pegawai dibandingkan per %(day)s.", position=found.position_name,
                       unit=found.unit_name, count=found.asked, day=found.on)))
    print_table("", ("No.", "NIP", "Nama", "Unit", "Nilai", "MUTLAK belum"), (
        (item.rank, item.nip, item.name, item.unit, _percent(item), item.unmet) for item in found.candidates))


@match.command("person")
@click.argument("nip")
@_TOP
@_ON
@_BASIS
@_JSON
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


def _percent(item: Candidate | Reachable) -> str:
    return f"{format_number(100 * item.score / item.score_max, digits=1)} %"


COMMANDS = {"match": match}
