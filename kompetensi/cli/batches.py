"""``kompetensi batches``: batches and their meetings from the terminal."""

from __future__ import annotations

import sys
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import click

from kompetensi.cli.edge import DAY, JSON, Edge, edge, print_json, print_table
from kompetensi.messages import Rupiah, say
from kompetensi.rules.clashes import Clash, PlannedMeeting
from kompetensi.rules.enrolment import BatchStatus
from kompetensi.rules.numerals import roman
from kompetensi.services import batch_cancellations, batch_copies, meeting_imports, meetings
from kompetensi.services.batch_changes import batch_content
from kompetensi.services.batches import BatchItem, list_batches, view_batch
from kompetensi.services.meetings import FillPlan, MeetingContent, MeetingRow
from kompetensi.services.unit_of_work import transaction

__all__ = ["COMMANDS"]

_CLASH_DAYS = 90
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


@batches.command("show")
@click.argument("code")
@JSON
@edge(writes=True)
def show(here: Edge, code: str, as_json: bool) -> None:
    """Satu angkatan: keadaan, kursi, biaya, tahap, JP."""
    on = {"today": here.clock.today(), "now": here.clock.now()}
    view = view_batch(here.session, here.actor, code, **on)
    held = meetings.view_meetings(here.session, here.actor, code, today=on["today"])
    quotas = batch_content(here.session, here.actor, code, on=on["today"]).quotas
    item, taken = view.item, view.item.seats - view.item.seats_free
    if as_json:
        print_json(_document(item) | {
            "number": item.number, "year": item.year, "kind": view.kind, "seats_taken": taken,
            "min_participants": item.min_participants, "missing_participants": view.below_minimum,
            "cost_idr": view.cost_idr, "run_cost_idr": view.run_cost_idr, "cost_each_full_idr": view.cost_each(item.seats),
            "cost_each_now_idr": view.cost_each(taken), "registration_until": item.registration_until, "room": view.room,
            "organiser": view.organiser_code, "copied_from": view.copied_from or None,
            "quotas": [{"unit": quota.unit_code, "reserved": quota.reserved, "reserved_until": quota.reserved_until,
                        "most": quota.most} for quota in quotas],
            "subjects": [{"name": line.name, "jp": line.jp, "in_meetings": line.laid} for line in held.subjects],
            "trainers": [{"code": line.code, "name": line.name, "jp": line.jp, "jp_year": line.jp_year,
                          "yearly_jp": line.yearly_jp} for line in held.trainers]})
        return
    click.echo(str(say("%(name)s, Angkatan %(number)s Tahun %(year)s (%(code)s): %(status)s.", name=item.name,
                       number=item.roman, year=item.year, code=item.code, status=_STATUS_WORDS[item.status])))
    click.echo(str(say("%(first)s sampai %(last)s; %(taken)s dari %(seats)s kursi terisi.", first=item.first_day,
                       last=item.last_day, taken=taken, seats=item.seats)))
    if view.below_minimum:
        click.echo(str(say("Kurang %(missing)s peserta dari paling sedikit %(least)s.", missing=view.below_minimum,
                           least=item.min_participants)))
    each = view.cost_each(item.seats)
    click.echo(str(say("Biaya per peserta bila penuh: %(cost)s.", cost=Rupiah(each or 0))))
    print_table("", ["Mata pelatihan", "Pada pertemuan", "JP"], [
        (line.name, line.laid, line.jp) for line in held.subjects])
    if held.trainers:
        print_table("", ["Pengajar", "JP di sini", "JP setahun", "Batas"], [
            (line.name, line.jp, line.jp_year, line.yearly_jp if line.yearly_jp is not None else "-")
            for line in held.trainers])


@batches.command("meetings")
@click.argument("code")
@click.option("--fill", is_flag=True, help="Susun JP yang belum berada pada pertemuan.")
@click.option("--partly", is_flag=True, help="Dengan --fill: tulis yang muat walaupun tidak semuanya.")
@click.option("--import", "file", type=click.Path(exists=True, dir_okay=False, path_type=Path), default=None,
              help="Muat pertemuan dari berkas CSV atau XLSX.")
@click.option("--dry-run", is_flag=True, help="Hanya perlihatkan apa yang akan ditulis.")
@click.option("--accept", is_flag=True, help="Tetap tulis baris yang membawa beban (JP setahun, perjalanan).")
@JSON
@edge()
def list_meetings(here: Edge, code: str, fill: bool, partly: bool, file: Path | None, dry_run: bool, accept: bool,
                  as_json: bool) -> None:
    """Pertemuan angkatan CODE menurut hari dan jam."""
    if fill and file is not None:
        raise click.UsageError(str(say("Pilih --fill atau --import, bukan keduanya.")))
    if file is not None:
        _import(here, code, file, dry_run=dry_run, accept=accept, as_json=as_json)
    elif fill:
        _fill(here, code, partly=partly, dry_run=dry_run, as_json=as_json)
    else:
        view = meetings.view_meetings(here.session, here.actor, code, today=here.clock.today())
        if as_json:
            print_json({"batch": view.code, "jp": view.jp, "jp_in_meetings": view.laid,
                        "meetings": [_meeting(row) for row in view.meetings],
                        "cancelled": [_meeting(row) for row in view.cancelled],
                        "clashes": [_clash(clash) for clash in view.clashes]})
            return
        print_table("", ["Hari", "Jam", "Mata pelatihan", "JP", "Ruang", "Pengajar"], [
            (row.day, row.hours, row.title, row.jp, row.room or "-", ", ".join(name for _, name, _ in row.trainers) or "-")
            for row in view.meetings])
        click.echo(str(say("%(laid)s dari %(jp)s JP berada pada %(count)s pertemuan.", laid=view.laid, jp=view.jp,
                           count=len(view.meetings))))


def _fill(here: Edge, code: str, *, partly: bool, dry_run: bool, as_json: bool) -> None:
    today = here.clock.today()
    if dry_run:
        plan = meetings.plan_meetings(here.session, here.actor, code, today=today)
    else:
        with transaction(here.session):
            plan = meetings.fill_meetings(here.session, here.actor, code, partly=partly, today=today, now=here.clock.now(),
                                          mailer=here.state.mailer)
    if as_json:
        print_json(_plan(plan, dry_run))
    else:
        print_table("", ["Hari", "Jam", "JP", "Pengajar"], [
            (one.day, one.hours, one.jp, ", ".join(trainer for trainer, _ in one.trainers) or "-") for one in plan.meetings])
        click.echo(str(say("%(count)s pertemuan, belum ditulis.", count=len(plan.meetings)) if dry_run else
                       say("%(count)s pertemuan ditulis.", count=len(plan.meetings))))
        for name, jp in plan.missing:
            click.echo(str(say("Belum mendapat waktu: %(name)s, %(jp)s JP.", name=name, jp=jp)), err=True)
    if plan.missing:
        sys.exit(1)


def _plan(plan: FillPlan, dry_run: bool) -> dict[str, Any]:
    return {"dry_run": dry_run, "meetings": [_planned(one) for one in plan.meetings],
            "missing": [{"subject": name, "jp": jp} for name, jp in plan.missing], "hours_found": plan.hours_found,
            "hours_wanted": plan.hours_wanted}


def _import(here: Edge, code: str, file: Path, *, dry_run: bool, accept: bool, as_json: bool) -> None:
    with transaction(here.session):
        found = meeting_imports.import_meetings(
            here.session, here.actor, code, file.read_bytes(), dry_run=dry_run, accept=accept, today=here.clock.today(),
            now=here.clock.now(), mailer=here.state.mailer)
    if as_json:
        print_json({"batch": found.code, "dry_run": dry_run, "written": found.written, "rows": [
            {"line": row.line, "problems": [str(problem) for problem in row.problems],
             "burdens": [str(burden) for burden in row.burdens]} for row in found.rows]})
    else:
        for row in found.rows:
            for sentence in (*row.problems, *row.burdens):
                click.echo(str(say("baris %(line)s: %(sentence)s", line=row.line, sentence=sentence)), err=True)
        click.echo(str(say("%(good)s baris dapat ditulis, %(bad)s tidak; %(written)s ditulis.", good=len(found.good),
                           bad=len(found.bad), written=found.written)))
    if found.bad:
        sys.exit(1)


def _planned(one: MeetingContent) -> dict[str, Any]:
    return {"subject": one.subject, "title": one.title, "day": one.day, "hours": one.hours, "jp": one.jp,
            "room_id": one.room_id, "trainers": [trainer for trainer, _ in one.trainers]}


def _meeting(row: MeetingRow) -> dict[str, Any]:
    return {"id": row.id, "title": row.title, "subject": row.subject, "day": row.day, "starts": row.starts,
            "ends": row.ends, "jp": row.jp, "room": row.room or None, "place": row.place or None,
            "trainers": [{"code": code, "name": name, "jp": jp} for code, name, jp in row.trainers],
            "revision": row.revision}


@batches.command("copy")
@click.argument("code")
@click.option("--from", "first_day", type=DAY, required=True, help="Hari pertama salinannya.")
@click.option("--number", type=click.IntRange(1, 999), default=None, help="Nomor angkatan; bawaan: yang bebas berikutnya.")
@JSON
@edge(writes=True)
def copy(here: Edge, code: str, first_day: date, number: int | None, as_json: bool) -> None:
    """Salin angkatan CODE: jadwalnya pindah menurut hari kerja, tanpa peserta."""
    made = batch_copies.copy_batch(here.session, here.actor, code, first_day, number=number, today=here.clock.today(),
                                   now=here.clock.now())
    if as_json:
        print_json({"code": made.code, "first_day": made.first_day, "last_day": made.last_day, "number": made.number,
                    "meetings_kept": made.kept, "meetings_laid": made.laid,
                    "missing": [{"subject": name, "jp": jp} for name, jp in made.missing]})
        return
    click.echo(str(say("%(code)s (Angkatan %(number)s) mulai %(first)s, selesai %(last)s; %(kept)s pertemuan ikut pindah, "
                       "%(laid)s disusun baru.", code=made.code, number=roman(made.number), first=made.first_day,
                       last=made.last_day, kept=made.kept, laid=made.laid)))
    for name, jp in made.missing:
        click.echo(str(say("Belum mendapat waktu: %(name)s, %(jp)s JP.", name=name, jp=jp)), err=True)


@batches.command("cancel")
@click.argument("code")
@click.option("--reason", required=True, help="Alasan; peserta membacanya.")
@click.option("--dry-run", is_flag=True, help="Hanya perlihatkan apa yang terjadi pada setiap peserta.")
@JSON
@edge(writes=True)
def cancel(here: Edge, code: str, reason: str, dry_run: bool, as_json: bool) -> None:
    """Batalkan angkatan CODE; setiap peserta diberi tahu alasannya dan angkatan lain yang cocok."""
    today = here.clock.today()
    found = batch_cancellations.view_cancellation(here.session, here.actor, code, today=today)
    if not dry_run:
        batch_cancellations.cancel_batch(here.session, here.actor, code, reason, today=today, now=here.clock.now(),
                                         mailer=here.state.mailer)
    if as_json:
        print_json({"code": found.code, "dry_run": dry_run, "meetings": found.meetings, "participants": [
            {"nip": loss.nip, "name": loss.name, "status": loss.status, "plans_anew": loss.position_code or None,
             "fits": [fit.code for fit in loss.fits]} for loss in found.losses]})
        return
    print_table("", ["NIP", "Nama", "Angkatan lain yang cocok", "Jalur disusun ulang"], [
        (loss.nip, loss.name, ", ".join(fit.code for fit in loss.fits[:3]) or "-", loss.position or "-")
        for loss in found.losses])
    click.echo(str(say("%(code)s akan dibatalkan: %(count)s orang, %(meetings)s pertemuan.", code=found.code,
                       count=len(found.losses), meetings=found.meetings) if dry_run else
                   say("%(code)s dibatalkan; %(count)s orang diberi tahu.", code=found.code, count=len(found.losses))))


@batches.command("clashes")
@click.argument("code", required=False)
@click.option("--from", "first", type=DAY, default=None, help="Hari pertama; bawaan: hari ini.")
@click.option("--until", type=DAY, default=None, help="Hari terakhir; bawaan: 90 hari sesudahnya.")
@JSON
@edge()
def clashes(here: Edge, code: str | None, first: date | None, until: date | None, as_json: bool) -> None:
    """Benturan pertemuan semua angkatan, atau angkatan CODE; status 1 bila ada yang tidak mungkin diadakan."""
    first = first or here.clock.today()
    last = until or first + timedelta(days=min(_CLASH_DAYS, (date.max - first).days))
    found = meetings.list_clashes(here.session, here.actor, first=first, last=last, today=here.clock.today(), code=code)
    hard = [clash for clash in found if clash.hard]
    if as_json:
        print_json([_clash(clash) for clash in found])
    else:
        for clash in found:
            click.echo(str(say("%(fact)s %(remedy)s", fact=clash.fact, remedy=clash.remedy)))
        click.echo(str(say("%(hard)s benturan, %(soft)s beban.", hard=len(hard), soft=len(found) - len(hard))))
    if hard:
        sys.exit(1)


def _clash(clash: Clash) -> dict[str, Any]:
    return {"kind": clash.kind.value, "hard": clash.hard, "meeting": _side(clash.meeting),
            "other": _side(clash.other) if clash.other is not None else None, "fact": str(clash.fact),
            "remedy": str(clash.remedy)}


def _side(meeting: PlannedMeeting) -> dict[str, Any]:
    return {"id": meeting.id, "batch": meeting.batch, "title": meeting.title, "day": meeting.day,
            "starts": meeting.starts, "ends": meeting.ends}


COMMANDS = {"batches": batches}
