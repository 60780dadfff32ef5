"""``kompetensi enrol`` and ``results``: seats and results from the terminal."""

from __future__ import annotations

from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

import click

from kompetensi.cli.edge import DAY, Edge, edge, print_json
from kompetensi.context import press
from kompetensi.messages import say
from kompetensi.services import enrolments
from kompetensi.services.results import record_result
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


@click.group("results")
def results() -> None:
    """Hasil pelatihan."""


@results.command("record")
@click.argument("batch")
@click.argument("nip")
@click.argument("outcome", type=click.Choice(["passed", "failed", "absent"]))
@click.option("--score", type=_Score(), default=None, help="Nilai akhir 0 sampai 100.")
@click.option("--on", type=DAY, default=None, help="Tanggal hasil; bawaan: hari ini.")
@click.option("--issue", is_flag=True, help="Terbitkan sertifikatnya sekaligus bila lulus.")
@click.option("--json", "as_json", is_flag=True, help="Satu dokumen JSON.")
@edge()
def record(here: Edge, batch: str, nip: str, outcome: str, score: int | None, on: date | None, issue: bool,
           as_json: bool) -> None:
    """Catat hasil peserta NIP pada angkatan BATCH."""
    with transaction(here.session):
        today = here.clock.today()
        # Whoever types a command for one participant means it; the page asks for the tick first.
        row = record_result(here.session, here.actor, batch, nip, outcome.upper(), score_hundredths=score,
                                    on=on or today, today=today, now=here.clock.now(), early=True)
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
                       outcome=enrolments.OUTCOME_WORDS[row.outcome or "ABSENT"])))
    if number is not None:
        click.echo(str(say("Sertifikat nomor %(number)s terbit.", number=number)))


COMMANDS = {"enrol": enrol, "results": results}
