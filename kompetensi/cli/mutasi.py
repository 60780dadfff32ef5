"""``kompetensi eligibility``: what the rules of transfer say of an intended move."""

from __future__ import annotations

from datetime import date
from typing import Any

import click

from kompetensi.cli.edge import DAY, Edge, edge, print_json, print_table
from kompetensi.messages import say
from kompetensi.services.mutasi import EligibilityView, eligibility_of

__all__ = ["COMMANDS"]

_WORDS = {"met": "terpenuhi", "not_met": "tidak terpenuhi", "needs_document": "perlu berkas",
          "needs_person": "perlu penilaian", "unknown": "belum diketahui", "not_applicable": "tidak berlaku"}


@click.command("eligibility")
@click.argument("nip")
@click.argument("position")
@click.option("--kind", required=True, help="Kode jenis mutasi, misalnya DALAM-INSTANSI.")
@click.option("--on", type=DAY, default=None, help="Tanggal yang ditanya; bawaan: hari ini.")
@click.option("--own-request/--no-own-request", default=None, help="Atas permintaan sendiri atau tidak.")
@click.option("--json", "as_json", is_flag=True, help="Satu dokumen JSON.")
@edge()
def eligibility(
    here: Edge, nip: str, position: str, kind: str, on: date | None, own_request: bool | None, as_json: bool
) -> None:
    """Jawab semua aturan mutasi pegawai NIP ke jabatan POSITION."""
    today = here.clock.today()
    found = eligibility_of(here.session, here.actor, nip, position, kind=kind, on=on or today, today=today,
                           own_request=own_request)
    if as_json:
        print_json(document_of(found))
    else:
        _print(found)


def document_of(found: EligibilityView) -> dict[str, Any]:
    """Return the answer as JSON values; keys are English and stable, sentences Indonesian."""
    return {
        "nip": found.nip, "name": found.name, "position": found.position_code, "position_name": found.position_name,
        "kind": found.kind.code, "on": found.on, "verdict": found.result.overall.value,
        "answer": str(found.answer).replace("**", ""), "possible_from": found.result.possible_from,
        "rules": [
            {"id": answer.rule.rule_id, "version": answer.rule.version, "verdict": answer.verdict.value,
             "text": answer.rule.text, "fact": str(answer.fact),
             "remedy": str(answer.remedy) if answer.remedy else None, "met_from": answer.met_from,
             "legal_basis": answer.rule.legal_basis, "severity": answer.rule.severity.value,
             "category": answer.rule.category, "checks": [check.value for check in answer.rule.checks],
             "data_needed": list(answer.rule.data_needed), "confidence": answer.rule.confidence}
            for answer in found.result.answers]}


def _print(found: EligibilityView) -> None:
    click.echo(str(found.answer).replace("**", ""))
    click.echo(str(say("%(name)s → %(position)s, %(unit)s, %(kind)s, per %(day)s", name=found.name,
                       position=found.position_name, unit=found.unit_name, kind=found.kind.name, day=found.on)))
    shown = [answer for answer in found.result.answers if answer.verdict.value != "not_applicable"]
    print_table("", ["Aturan", "Jawaban", "Sifat", "Fakta", "Dasar hukum", "Keyakinan"], [
        (answer.rule.rule_id, _WORDS[answer.verdict.value], answer.rule.severity.value, answer.fact,
         answer.rule.legal_basis, answer.rule.confidence) for answer in shown])
    click.echo(str(say("%(count)s aturan lain tidak berlaku untuk mutasi ini.",
                       count=len(found.result.answers) - len(shown))))


COMMANDS = {"eligibility": eligibility}
