"""``kompetensi batches`` and ``enrol``: the training centre's work from the terminal."""

from __future__ import annotations

from datetime import date
from typing import Any

import click

from kompetensi.cli.edge import DAY, Edge, edge, print_json, print_table
from kompetensi.messages import say
from kompetensi.rules.enrolment import BatchStatus
from kompetensi.services import enrolments
from kompetensi.services.batches import BatchItem, list_batches

__all__ = ["COMMANDS"]

_STATUS_WORDS = {
    BatchStatus.PLANNED: say("direncanakan"), BatchStatus.OPEN: say("dibuka"), BatchStatus.CLOSED: say("ditutup"),
    BatchStatus.RUNNING: say("berjalan"), BatchStatus.FINISHED: say("selesai"),
    BatchStatus.CANCELLED: say("dibatalkan")}


@click.group("batches")
def batches() -> None:
    """Angkatan pelatihan."""


@batches.command("list")
@click.option("--training", default=None, metavar="CODE", help="Hanya pelatihan ini.")
@click.option("--from", "first", type=DAY, default=None, help="Yang berlangsung pada atau sesudah hari ini; "
              "bawaan: hari ini.")
@click.option("--until", type=DAY, default=None, help="Yang berlangsung pada atau sebelum hari ini.")
@click.option("--open", "open_only", is_flag=True, help="Hanya yang kursinya dapat diminta sekarang.")
@click.option("--json", "as_json", is_flag=True, help="Satu dokumen JSON.")
@edge()
def list_(here: Edge, training: str | None, first: date | None, until: date | None, open_only: bool,
          as_json: bool) -> None:
    """Daftar angkatan menurut hari pertama."""
    today = here.clock.today()
    found = list_batches(here.session, here.actor, today=today, training=training, open_only=open_only, until=until,
                         first=first or (min(today, until) if until else today)).items
    if as_json:
        print_json([_document(batch) for batch in found])
        return
    print_table("", ["Kode", "Pelatihan", "Mulai", "Selesai", "Bebas", "Keadaan"], [
        (batch.code, batch.name, batch.first_day, batch.last_day, f"{batch.seats_free}/{batch.seats}",
         _STATUS_WORDS[batch.status]) for batch in found])
    click.echo(str(say("%(count)s angkatan.", count=len(found))))


def _document(batch: BatchItem) -> dict[str, Any]:
    return {
        "code": batch.code, "training": batch.training, "name": batch.name, "first_day": batch.first_day,
        "last_day": batch.last_day, "seats": batch.seats, "seats_free": batch.seats_free,
        "status": batch.status.value, "place": batch.place,
        "stages": [{"name": stage.name, "mode": stage.mode, "first_day": stage.first_day, "last_day": stage.last_day}
                   for stage in batch.stages]}


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


COMMANDS = {"batches": batches, "enrol": enrol}
