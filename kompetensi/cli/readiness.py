"""``kompetensi readiness``: how ready a person is for a position."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import Any

import click

from kompetensi.cli.edge import DAY, Edge, edge, print_json, print_table
from kompetensi.graph.evidence import Evidence
from kompetensi.graph.readiness import RequirementRow
from kompetensi.messages import format_number, say
from kompetensi.services.readiness import PositionReadiness, readiness_of

__all__ = ["COMMANDS"]


@click.command("readiness")
@click.argument("nip")
@click.argument("position")
@click.option("--on", type=DAY, default=None, help="Tanggal yang ditanya; bawaan: hari ini.")
@click.option("--purpose", type=click.Choice(["filling", "mapping"]), default="filling", show_default=True,
              help="Skala JPM: pengisian jabatan atau pemetaan.")
@click.option("--json", "as_json", is_flag=True, help="Satu dokumen JSON.")
@edge()
def readiness(here: Edge, nip: str, position: str, on: date | None, purpose: str, as_json: bool) -> None:
    """Tunjukkan kesiapan pegawai NIP untuk jabatan POSITION."""
    today = here.clock.today()
    found = readiness_of(here.session, here.actor, nip, position, on=on or today, purpose=purpose, today=today)
    if as_json:
        print_json(document_of(found))
    else:
        _print(found)


def document_of(found: PositionReadiness) -> dict[str, Any]:
    """Return the answer as JSON values; keys are English and stable, sentences Indonesian, levels null if unknown."""
    result = found.readiness
    return {
        "nip": found.nip, "name": found.name, "position": found.position_code, "position_name": found.position_name,
        "on": found.on, "purpose": result.purpose.value, "standard_version": result.position.standard_version,
        "rows": [_row(row) for row in result.rows],
        "trainings": [
            {"training": row.training, "name": row.name, "importance": row.importance.value, "held": row.is_met,
             "gate": row.gate.value if row.gate else None,
             "certificate": row.held.number if row.held else None,
             "valid_until": row.held.valid_until if row.held else None,
             "expired_on": found.lapsed.get(row.training)}
            for row in result.trainings],
        "gates": [{"kind": gate.kind, "code": gate.code, "title": gate.title, "fact": gate.fact,
                   "state": gate.state.value} for gate in result.gates],
        "required_sum": result.required_sum, "proven_sum": result.proven_sum,
        "assessed": result.assessed, "assessable": result.assessable,
        "jpm_raw": _number(result.jpm_raw), "jpm": _number(result.jpm), "jpm_per_item": _number(result.jpm_per_item),
        "thresholds": {item.scale.purpose.value: {"upper": item.scale.upper, "lower": item.scale.lower,
                                                  "band": item.band, "band_per_item": item.band_per_item}
                       for item in result.bands},
        "band": result.band, "score": result.score, "score_expected": result.score_expected,
        "score_max": result.score_max, "verdict": result.verdict.value, "reasons": list(result.reasons),
        "remarks": list(result.remarks), "unassessed": list(result.unassessed)}


def _row(row: RequirementRow) -> dict[str, Any]:
    evidence = row.level.expected_by if row.by_training else row.level.proven_by
    return {
        "competency": row.competency, "name": row.name, "kind": row.kind.value, "required": row.required,
        "proven": row.proven, "expected": row.expected, "counted": row.counted, "gap": row.gap,
        "importance": row.importance.value, "weight": row.share, "gate": row.gate.value if row.gate else None,
        "evidence": _evidence(evidence), "expected_evidence": _evidence(row.level.expected_by),
        "valid_until": row.valid_until}


def _evidence(evidence: Evidence | None) -> dict[str, Any] | None:
    if evidence is None:
        return None
    return {"id": evidence.id, "kind": evidence.kind.value, "level": evidence.level,
            "observed_on": evidence.observed_on, "valid_until": evidence.valid_until, "source": evidence.source}


def _number(value: Fraction | None) -> float | None:
    return None if value is None else round(float(value), 6)


def _print(found: PositionReadiness) -> None:
    result = found.readiness
    click.echo(str(found.answer).replace("**", ""))
    click.echo(str(say("%(name)s → %(position)s, %(unit)s, per %(day)s", name=found.name,
                       position=found.position_name, unit=found.unit_name, day=found.on)))
    print_table("", ["Kompetensi", "Perlu", "Terbukti", "Diperkirakan", "Kurang", "Kepentingan", "Berlaku sampai"], [
        (row.name, row.required, _level(row.proven), _level(row.expected), _level(row.gap), row.importance.value,
         row.valid_until) for row in result.rows])
    if result.trainings:
        print_table("", ["Pelatihan yang diminta", "Kepentingan", "Dipegang", "Berlaku sampai"], [
            (row.name, row.importance.value, "ya" if row.is_met else "belum",
             row.held.valid_until if row.held else None) for row in result.trainings])
    click.echo(f"JPM {_percent(result.jpm)} (mentah {_percent(result.jpm_raw)}, per kompetensi "
               f"{_percent(result.jpm_per_item)}), {result.band or '-'}; nilai {result.score} dari {result.score_max}, "
               f"diperkirakan {result.score_expected}")
    click.echo(result.verdict.value)
    for message in (*result.reasons, *result.remarks):
        click.echo(f"- {message}")


def _level(value: int | None) -> str:
    return "belum dinilai" if value is None else str(value)


def _percent(value: Fraction | None) -> str:
    return "belum ada" if value is None else f"{format_number(float(value), digits=2)} %"


COMMANDS = {"readiness": readiness}
