"""``kompetensi results``: results recorded, shown, loaded from a table, and exported for SIASN."""

from __future__ import annotations

from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import click
from flask import current_app

from kompetensi.cli.edge import DAY, Edge, edge, print_json, print_table
from kompetensi.context import press
from kompetensi.errors import InvalidInput
from kompetensi.exchange.siasn_results import to_json_lines, to_workbook
from kompetensi.messages import Hundredths, format_value, say
from kompetensi.services.enrolment_rows import OUTCOME_WORDS
from kompetensi.services.results import ResultLine, import_results, record_result, view_results
from kompetensi.services.siasn_results import collect_results
from kompetensi.services.unit_of_work import transaction

__all__ = ["COMMANDS"]


class _Score(click.ParamType):
    """A score from 0 to 100 with at most two decimals, kept times 100."""

    name = "score"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        if isinstance(value, int):
            return value
        try:
            score = Decimal(value.replace(",", ".")) * 100
        except InvalidOperation:
            score = Decimal("nan")
        if not score.is_finite() or score != score.to_integral_value() or not 0 <= score <= 10_000:
            self.fail(str(say("“%(value)s” bukan nilai; tulis 0 sampai 100, paling banyak dua angka di belakang koma.",
                              value=value)), param, ctx)
        return int(score)


@click.group("results")
def results() -> None:
    """Hasil pelatihan."""


@results.command("record")
@click.argument("batch")
@click.argument("nip")
@click.argument("outcome", type=click.Choice(["passed", "failed", "absent"]))
@click.option("--score", type=_Score(), default=None, help="Nilai akhir 0 sampai 100.")
@click.option("--on", type=DAY, default=None, help="Tanggal hasil; bawaan: hari ini.")
@click.option("--remedial", is_flag=True, help="Hasil percobaan remedial; nilainya dibatasi kebijakan.")
@click.option("--reason", "note", default="", metavar="TEXT", help="Alasan; wajib bila lulus melawan usulan.")
@click.option("--issue", is_flag=True, help="Terbitkan sertifikatnya sekaligus bila lulus.")
@click.option("--json", "as_json", is_flag=True, help="Satu dokumen JSON.")
@edge()
def record(here: Edge, batch: str, nip: str, outcome: str, score: int | None, on: date | None,
           remedial: bool, note: str, issue: bool, as_json: bool) -> None:
    """Catat hasil peserta NIP pada angkatan BATCH."""
    with transaction(here.session):
        today = here.clock.today()
        # Whoever types a command for one participant means it; the page asks for the tick first.
        row = record_result(here.session, here.actor, batch, nip, outcome.upper(), score_hundredths=score,
                            on=on or today, today=today, now=here.clock.now(), early=True, remedial=remedial, note=note)
    number = None
    if issue and row.outcome == "PASSED":
        from kompetensi.jobs import issue_one  # only where a certificate is written
        from kompetensi.services.certificates import Press

        issued = issue_one(here.session, here.actor, Press(**press()), row.id, clock=here.clock)
        number = issued.number if issued is not None else None
        if issued is None:
            click.echo(str(say("Sertifikatnya bernomor dan menunggu tanda tangan pejabatnya.")), err=True)
    if row.early:
        click.echo(str(say("Catatan: hasil ini sebelum hari terakhir angkatan %(batch)s.", batch=row.batch)), err=True)
    if as_json:
        print_json({"enrolment": row.id, "nip": row.nip, "batch": row.batch, "status": row.status,
                    "outcome": row.outcome, "score": None if row.score_hundredths is None
                    else row.score_hundredths / 100, "grade": row.grade or None, "result_on": row.result_on,
                    "certificate": number})
        return
    click.echo(str(say("%(name)s, %(batch)s: %(outcome)s.", name=row.name, batch=row.batch,
                       outcome=OUTCOME_WORDS[row.outcome or "ABSENT"])))
    if number is not None:
        click.echo(str(say("Sertifikat nomor %(number)s terbit.", number=number)))


@results.command("show")
@click.argument("batch")
@click.option("--json", "as_json", is_flag=True, help="Satu dokumen JSON.")
@edge(writes=True)
def show(here: Edge, batch: str, as_json: bool) -> None:
    """Tunjukkan hasil peserta angkatan BATCH: kehadiran, usulan dengan alasannya, hasil dan riwayatnya."""
    found = view_results(here.session, here.actor, batch, today=here.clock.today(), now=here.clock.now())
    if as_json:
        print_json([_line(line) for line in found.lines])
        return
    print_table("", ["NIP", "Nama", "Hadir", "Usulan", "Hasil", "Nilai", "Sertifikat"], [
        (line.participant.nip, line.participant.name, None if line.share is None else f"{line.share.tenths / 10:.1f} %",
         OUTCOME_WORDS[line.proposal.outcome] if line.proposal.outcome else "?",
         OUTCOME_WORDS[line.participant.outcome] if line.participant.outcome else None,
         _score_words(line.participant.score_hundredths), line.participant.certificate_number)
        for line in found.lines])
    click.echo(str(say("%(count)s peserta.", count=len(found.lines))))


def _score_words(score: int | None) -> str | None:
    return None if score is None else format_value(Hundredths(score))


def _line(line: ResultLine) -> dict[str, Any]:
    one = line.participant
    return {
        "nip": one.nip, "name": one.name, "attended": line.share.attended if line.share else None,
        "held": line.share.held if line.share else None, "proposal": line.proposal.outcome,
        "reasons": list(line.proposal.reasons), "outcome": one.outcome, "score": _plain_score(one.score_hundredths),
        "grade": one.grade or None, "result_on": one.result_on, "certificate": one.certificate_number,
        "remedial_open": line.remedial_open, "attempts": [
            {"kind": attempt.kind, "outcome": attempt.outcome, "score": _plain_score(attempt.score_hundredths),
             "on": attempt.on, "note": attempt.note or None} for attempt in line.attempts]}


def _plain_score(score: int | None) -> float | None:
    return None if score is None else score / 100


@results.command("import")
@click.argument("batch")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--on", type=DAY, default=None, help="Tanggal hasil; bawaan: hari ini.")
@click.option("--early", is_flag=True, help="Ya, pesertanya selesai sebelum hari terakhir angkatan.")
@click.option("--dry-run", is_flag=True, help="Hanya periksa; tidak ada yang ditulis.")
@click.option("--json", "as_json", is_flag=True, help="Satu dokumen JSON.")
@edge(writes=True)
def import_(here: Edge, batch: str, file: Path, on: date | None, early: bool, dry_run: bool, as_json: bool) -> None:
    """Muat hasil angkatan BATCH dari FILE (CSV atau XLSX); satu baris yang salah menolak semuanya."""
    today, now = here.clock.today(), here.clock.now()
    report = import_results(here.session, here.actor, batch, file.read_bytes(), on=on or today, early=early, today=today,
                            now=now, dry_run=dry_run)
    if as_json:
        print_json({"batch": report.batch, "rows": report.rows, "recorded": report.recorded,
                    "unchanged": report.unchanged, "dry_run": dry_run})
        return
    click.echo(str(say("Dari %(rows)s baris, %(recorded)s akan dicatat dan %(unchanged)s sudah sama. Tidak ada yang ditulis.",
                        rows=report.rows, recorded=report.recorded, unchanged=report.unchanged) if dry_run else
                    say("Dari %(rows)s baris, %(recorded)s dicatat dan %(unchanged)s sudah sama.",
                        rows=report.rows, recorded=report.recorded, unchanged=report.unchanged)))


@results.command("export")
@click.option("--siasn", "batch", default=None, metavar="BATCH", help="Angkatan ini.")
@click.option("--year", type=click.IntRange(1990, 2100), default=None, help="Semua angkatan yang berakhir pada tahun ini.")
@click.option("--to", "target", type=click.Path(dir_okay=False, writable=True, path_type=Path), default=None,
              help="Berkas .jsonl atau .xlsx; bawaan: JSON Lines ke layar.")
@edge(writes=True)
def export(here: Edge, batch: str | None, year: int | None, target: Path | None) -> None:
    """Ekspor hasil yang lulus dalam bentuk SIASN; yang tidak dapat diekspor disebut beserta alasannya."""
    if (batch is None) == (year is None):
        raise InvalidInput(say("Sebut satu angkatan dengan --siasn BATCH, atau satu tahun dengan --year."))
    found = collect_results(here.session, here.actor, batch_code=batch, year=year, today=here.clock.today(),
                            now=here.clock.now())
    agency_id = current_app.config["KOMPETENSI_SIASN_AGENCY_ID"]
    if target is None:
        click.echo(to_json_lines(found.results, agency_id=agency_id), nl=False)
    elif target.suffix.lower() == ".xlsx":
        target.write_bytes(to_workbook(found.results, found.refused, agency_id=agency_id))
    else:
        target.write_text(to_json_lines(found.results, agency_id=agency_id), encoding="utf-8")
    for one in found.refused:
        click.echo(str(say("%(nip)s %(name)s, %(batch)s: %(reason)s", nip=one.nip, name=one.name, batch=one.batch,
                           reason=one.reason)), err=True)
    click.echo(str(say("%(count)s hasil diekspor, %(left)s tidak.", count=len(found.results), left=len(found.refused))),
               err=True)


COMMANDS = {"results": results}
