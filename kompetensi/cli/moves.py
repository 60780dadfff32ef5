"""``kompetensi moves``: natural next moves of a person, and the people who could move to a position."""

from __future__ import annotations

from datetime import date
from typing import Any

import click

from kompetensi.cli.edge import BASIS, JSON, ON, Edge, edge, print_json, print_table
from kompetensi.messages import format_number, say
from kompetensi.services.moves import PARTS, MoveCandidate, NextMove, next_moves, who_could_move

__all__ = ["COMMANDS"]

_TOP = click.option("--top", type=click.IntRange(1, 1000), default=10, show_default=True, help="Banyaknya yang ditampilkan.")


@click.group("moves")
def moves() -> None:
    """Langkah karier yang wajar, dengan alasan setiap bagiannya."""


@moves.command("person")
@click.argument("nip")
@_TOP
@ON
@BASIS
@click.option("--vacant", is_flag=True, help="Hanya jabatan yang mempunyai formasi lowong.")
@JSON
@edge()
def moves_person(here: Edge, nip: str, top: int, on: date | None, basis: str, vacant: bool, as_json: bool) -> None:
    """Urutkan jabatan sebagai langkah berikutnya pegawai NIP."""
    today = here.clock.today()
    found = next_moves(here.session, here.actor, nip, top=top, on=on or today, today=today, basis=basis, vacant_only=vacant)
    if as_json:
        print_json({
            "nip": found.nip, "name": found.name, "position": found.position, "on": found.on, "basis": found.basis,
            "vacant_only": found.vacant_only, "asked": found.asked, "answer": _plain(found.answer),
            "interests": [{"place": item.place, "kind": item.kind, "name": item.name} for item in found.interests or ()],
            "target": found.target,
            "moves": [{"rank": item.rank, "code": item.code, "name": item.name, "unit": item.unit, "vacant": item.vacant,
                       **_numbers(item)} for item in found.moves]})
        return
    click.echo(_plain(found.answer))
    click.echo(str(say("%(name)s: %(count)s jabatan dibandingkan per %(day)s.", name=found.name, count=found.asked,
                       day=found.on)))
    print_table("", ("No.", "Kode", "Jabatan", "Unit", "Lowong", "Nilai", "Karena"), (
        (item.rank, item.code, item.name, item.unit, item.vacant, _percent(item), _parts(item)) for item in found.moves))


@moves.command("position")
@click.argument("position")
@_TOP
@ON
@BASIS
@JSON
@edge()
def moves_position(here: Edge, position: str, top: int, on: date | None, basis: str, as_json: bool) -> None:
    """Urutkan pegawai yang wajar pindah ke jabatan POSITION."""
    today = here.clock.today()
    found = who_could_move(here.session, here.actor, position, top=top, on=on or today, today=today, basis=basis)
    if as_json:
        print_json({
            "position": found.position, "position_name": found.position_name, "unit_name": found.unit_name, "on": found.on,
            "basis": found.basis, "asked": found.asked, "answer": _plain(found.answer),
            "candidates": [{"rank": item.rank, "nip": item.nip, "name": item.name, "unit": item.unit,
                            "position": item.position, **_numbers(item)} for item in found.candidates]})
        return
    click.echo(_plain(found.answer))
    click.echo(str(say("%(position)s, %(unit)s: %(count)s pegawai dibandingkan per %(day)s.", position=found.position_name,
                       unit=found.unit_name, count=found.asked, day=found.on)))
    print_table("", ("No.", "NIP", "Nama", "Jabatan sekarang", "Nilai", "Karena"), (
        (item.rank, item.nip, item.name, item.position, _percent(item), _parts(item)) for item in found.candidates))


def _plain(answer: object) -> str:
    return str(answer).replace("**", "")


def _numbers(item: NextMove | MoveCandidate) -> dict[str, Any]:
    return {"score": item.score, "score_most": item.score_most, "score_max": item.score_max, "unmet": item.unmet,
            "parts": [{"part": part.part.value, "weight": part.weight, "least": part.least, "most": part.most,
                       "reason": part.reason} for part in item.parts]}


def _percent(item: NextMove | MoveCandidate) -> str:
    least, most = (format_number(100 * score / item.score_max, digits=1) for score in (item.score, item.score_most))
    return least if least == most else f"{least} ({most})"


def _parts(item: NextMove | MoveCandidate) -> str:
    return "; ".join(f"{PARTS[part.part]} {part.least // 10}" + ("" if part.least == part.most else f"–{part.most // 10}")
                     for part in item.parts)


COMMANDS = {"moves": moves}
