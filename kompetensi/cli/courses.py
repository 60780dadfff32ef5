"""``kompetensi enrol``: a seat from the terminal."""

from __future__ import annotations

import click

from kompetensi.cli.edge import Edge, edge, print_json
from kompetensi.messages import say
from kompetensi.services import enrolments

__all__ = ["COMMANDS"]


@click.command("enrol")
@click.argument("nip")
@click.argument("batch")
@click.option("--json", "as_json", is_flag=True, help="Satu dokumen JSON.")
@edge(writes=True)
def enrol(here: Edge, nip: str, batch: str, as_json: bool) -> None:
    """Daftarkan pegawai NIP pada angkatan BATCH; permintaannya yang menunggu disetujui."""
    row = enrolments.enrol(here.session, here.actor, nip, batch, today=here.clock.today(), now=here.clock.now(),
                           mailer=here.state.mailer)
    if as_json:
        print_json({"enrolment": row.id, "nip": row.nip, "batch": row.batch, "status": row.status,
                    "seats_free": row.seats_free})
        return
    click.echo(str(say("%(name)s terdaftar pada %(batch)s; %(free)s kursi tersisa.", name=row.name, batch=row.batch,
                       free=row.seats_free)))


COMMANDS = {"enrol": enrol}
