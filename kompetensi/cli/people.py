"""``kompetensi people``: finding people of the register."""

from __future__ import annotations

from pathlib import Path

import click

from kompetensi.cli.edge import Edge, edge, print_json, print_table
from kompetensi.messages import say
from kompetensi.services.people import find_people
from kompetensi.services.siasn_results import record_siasn_ids

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


@people.command("siasn-ids")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Satu dokumen JSON.")
@edge(writes=True)
def siasn_ids(here: Edge, file: Path, as_json: bool) -> None:
    """Muat pnsOrangId SIASN dari FILE, CSV dengan kolom nip dan pns_orang_id."""
    changed, known = record_siasn_ids(here.session, here.actor, file.read_bytes(), today=here.clock.today(),
                                      now=here.clock.now())
    if as_json:
        print_json({"changed": changed, "unchanged": known})
        return
    click.echo(str(say("%(changed)s pnsOrangId dicatat, %(known)s sudah sama.", changed=changed, known=known)))


COMMANDS = {"people": people}
