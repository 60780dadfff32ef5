"""``kompetensi enrolments`` and ``waiting``: requests, the words they await, lists of participants, waiting lists."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from kompetensi.cli.edge import JSON, Edge, edge, print_json, print_table
from kompetensi.messages import say
from kompetensi.services import enrolments as seats
from kompetensi.services.enrolment_history import list_enrolments
from kompetensi.services.enrolment_rows import STATUS_WORDS, EnrolmentRow
from kompetensi.services.participant_import import ParticipantImport, import_participants
from kompetensi.services.unit_of_work import transaction
from kompetensi.services.waiting_list import WaitingPerson, settle_all, settle_batch, view_waiting_list

__all__ = ["COMMANDS"]

_MOST_SHOWN = 200


@click.group("enrolments")
def enrolments() -> None:
    """Permintaan kursi dan peserta."""


@enrolments.command("list")
@click.option("--batch", default=None, metavar="CODE", help="Hanya angkatan ini; bawaan: semua yang belum selesai.")
@click.option("--status", "statuses", multiple=True, type=click.Choice([word.lower() for word in STATUS_WORDS]),
              help="Hanya keadaan ini; boleh berulang.")
@JSON
@edge()
def list_(here: Edge, batch: str | None, statuses: tuple[str, ...], as_json: bool) -> None:
    """Daftar pendaftaran dengan kata siapa yang ditunggu."""
    found = list_enrolments(here.session, here.actor, batch_code=batch, today=here.clock.today(),
                            statuses=tuple(status.upper() for status in statuses))
    if as_json:
        print_json([{"enrolment": row.id, "nip": row.nip, "name": row.name, "batch": row.batch, "status": row.status,
                     "requested_at": row.requested_at, "awaits": row.awaits,
                     "no_shows": [code for code, _ in row.no_shows.batches] if row.no_shows else []} for row in found])
        return
    print_table("", ["Nomor", "NIP", "Nama", "Angkatan", "Keadaan", "Menunggu", "Tanda"], [
        (row.id, row.nip, row.name, row.batch, STATUS_WORDS[row.status], row.awaits, row.no_shows.words if row.no_shows else "")
        for row in found])
    click.echo(str(say("%(count)s pendaftaran.", count=len(found))))


def _decision(act: Callable[[Edge, int, str], EnrolmentRow], enrolment: int, reason: str, as_json: bool, here: Edge) -> None:
    row = act(here, enrolment, reason)
    if as_json:
        print_json({"enrolment": row.id, "nip": row.nip, "batch": row.batch, "status": row.status, "seats_free": row.seats_free})
        return
    click.echo(str(say("%(name)s, %(batch)s: %(status)s; %(free)s kursi bebas.", name=row.name, batch=row.batch,
                       status=STATUS_WORDS[row.status], free=row.seats_free)))


def _on(here: Edge) -> dict[str, Any]:
    return {"today": here.clock.today(), "now": here.clock.now(), "mailer": here.state.mailer}


@enrolments.command("endorse")
@click.argument("enrolment", type=int)
@JSON
@edge(writes=True)
def endorse(here: Edge, enrolment: int, as_json: bool) -> None:
    """Catat dukungan atasan atas permintaan nomor ENROLMENT."""
    _decision(lambda here, number, _: seats.endorse_enrolment(here.session, here.actor, number, endorse=True, **_on(here)),
              enrolment, "", as_json, here)


@enrolments.command("approve")
@click.argument("enrolment", type=int)
@click.option("--reason", default="", help="Wajib bila kata atasan belum ada.")
@JSON
@edge(writes=True)
def approve(here: Edge, enrolment: int, reason: str, as_json: bool) -> None:
    """Setujui permintaan nomor ENROLMENT sebagai penyelenggara."""
    _decision(lambda here, number, why: seats.decide_enrolment(
        here.session, here.actor, number, approve=True, reason=why, **_on(here)), enrolment, reason, as_json, here)


@enrolments.command("refuse")
@click.argument("enrolment", type=int)
@click.option("--reason", required=True, help="Peserta membacanya.")
@click.option("--as", "role", type=click.Choice(["centre", "superior"]), default="centre", show_default=True,
              help="Atas nama penyelenggara atau atasan.")
@JSON
@edge(writes=True)
def refuse(here: Edge, enrolment: int, reason: str, role: str, as_json: bool) -> None:
    """Tolak permintaan nomor ENROLMENT, atau ambil kembali kursinya sebelum angkatan mulai."""
    _decision(lambda here, number, why: seats.endorse_enrolment(
        here.session, here.actor, number, endorse=False, reason=why, **_on(here)) if role == "superior" else
        seats.decide_enrolment(here.session, here.actor, number, approve=False, reason=why, **_on(here)),
        enrolment, reason, as_json, here)


@enrolments.command("move")
@click.argument("enrolment", type=int)
@click.argument("batch")
@click.option("--reason", default="", help="Tersimpan pada riwayat.")
@JSON
@edge(writes=True)
def move(here: Edge, enrolment: int, batch: str, reason: str, as_json: bool) -> None:
    """Pindahkan kursi nomor ENROLMENT ke angkatan BATCH dari pelatihan yang sama."""
    _decision(lambda here, number, why: seats.move_enrolment(
        here.session, here.actor, number, batch, reason=why, **_on(here)), enrolment, reason, as_json, here)


@enrolments.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--batch", required=True, metavar="CODE", help="Angkatan yang dituju.")
@click.option("--yes", is_flag=True, help="Daftarkan yang memenuhi; tanpa ini hanya gladi.")
@JSON
@edge()
def import_(here: Edge, file: Path, batch: str, yes: bool, as_json: bool) -> None:
    """Muat daftar peserta FILE (CSV atau XLSX, kolom nip) ke sebuah angkatan; gladi dahulu."""
    with transaction(here.session):
        report = import_participants(here.session, here.actor, batch, file.read_bytes(), dry_run=not yes, **_on(here))
    if as_json:
        print_json(_report(report))
        return
    if report.refused:
        print_table("", ["Baris", "NIP", "Nama", "Sebab"], [
            (line.line, line.nip, line.name, line.why) for line in report.refused[:_MOST_SHOWN]])
    click.echo(str(say("%(fits)s dari %(all)s baris terdaftar pada %(batch)s; %(refused)s tidak disentuh.",
                       fits=len(report.fitting), all=len(report.lines), batch=report.batch, refused=len(report.refused))
                   if report.is_done else
                   say("Gladi: %(fits)s dari %(all)s baris dapat didaftarkan pada %(batch)s, %(refused)s tidak. Ulangi dengan "
                       "--yes untuk mendaftarkan.", fits=len(report.fitting), all=len(report.lines), batch=report.batch,
                       refused=len(report.refused))))


def _report(report: ParticipantImport) -> dict[str, Any]:
    return {"batch": report.batch, "enrolled": len(report.fitting) if report.is_done else 0, "fitting": len(report.fitting),
            "lines": [{"line": line.line, "nip": line.nip, "verdict": line.verdict.value, "why": line.why}
                      for line in report.lines]}


@click.group("waiting")
def waiting() -> None:
    """Daftar tunggu angkatan yang penuh."""


@waiting.command("list")
@click.option("--batch", required=True, metavar="CODE", help="Angkatan yang ditanya.")
@JSON
@edge(writes=True)
def list_waiting(here: Edge, batch: str, as_json: bool) -> None:
    """Antrean menurut giliran, dengan sebabnya."""
    found = view_waiting_list(here.session, here.actor, batch, **_on(here))
    if as_json:
        print_json({"batch": found.batch, "seats_free": found.seats_free, "people": [_waiting(one) for one in found.people]})
        return
    print_table("", ["Giliran", "Nomor", "NIP", "Nama", "Instansi", "Mengapa"], [
        (one.place or "", one.enrolment_id, one.nip, one.name, one.agency,
         one.because or say("ditawari sampai %(until)s", until=one.offered_until)) for one in found.people])
    click.echo(str(say("%(count)s orang; %(free)s kursi bebas.", count=len(found.people), free=found.seats_free)))


def _waiting(one: WaitingPerson) -> dict[str, Any]:
    return {"place": one.place, "enrolment": one.enrolment_id, "nip": one.nip, "name": one.name, "agency": one.agency,
            "requested_at": one.asked_at, "deadline": one.deadline, "offered_until": one.offered_until,
            "because": one.because, "skipped": one.skipped}


@waiting.command("promote")
@click.option("--batch", default=None, metavar="CODE", help="Hanya angkatan ini; bawaan: semua daftar tunggu.")
@JSON
@edge(writes=True)
def promote(here: Edge, batch: str | None, as_json: bool) -> None:
    """Akhiri tawaran yang lewat waktunya, lalu tawarkan kursi yang bebas."""
    settled = settle_batch(here.session, here.actor, batch, **_on(here)) if batch is not None else \
        settle_all(here.session, here.actor, **_on(here))
    if as_json:
        print_json({"expired": settled.expired, "offered": settled.offered, "skipped": settled.skipped,
                    "closed": settled.closed})
        return
    click.echo(str(say("%(offered)s kursi ditawarkan, %(skipped)s orang dilewati, %(expired)s tawaran berakhir, %(closed)s "
                       "orang keluar karena angkatannya mulai.", offered=settled.offered, skipped=settled.skipped,
                       expired=settled.expired, closed=settled.closed)))


COMMANDS = {"enrolments": enrolments, "waiting": waiting}
