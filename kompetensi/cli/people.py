"""``kompetensi people``: finding people of the register."""

from __future__ import annotations

import click

from kompetensi.cli.edge import Edge, edge, print_json, print_table
from kompetensi.messages import say
from kompetensi.services.people import find_people

__all__ = ["COMMANDS"]


@click.group("people")
def people() -> None:
    """Pegawai dalam daftar."""


@people.command("find")
@click.argument("text")
@click.option("--limit", type=click.IntRange(1, 200), default=50, show_default=True, help="Paling banyak sekian orang.")
@click.option("--json", "as_json", is_flag=True, help="Satu dokumen JSON.")
@edge()
def find(here: Edge, text: str, limit: int, as_json: bool) -> None:
    """Cari pegawai menurut bagian nama TEXT atau awal NIP."""
    found = find_people(here.session, here.actor, text, today=here.clock.today(), limit=limit)
    if as_json:
        print_json([{"nip": row.nip, "name": row.name, "position": row.position, "unit": row.unit}
                    for row in found.people])
        return
    print_table("", ["NIP", "Nama", "Jabatan", "Unit kerja"],
                [(row.nip, row.name, row.position, row.unit) for row in found.people])
    click.echo(str(say("%(shown)s dari %(total)s pegawai.", shown=len(found.people), total=found.total)))


COMMANDS = {"people": people}
