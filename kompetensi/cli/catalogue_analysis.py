"""``kompetensi graph bottlenecks``, ``needs``, ``impact``, ``career``, ``similar`` and ``diff``."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

import click

from kompetensi.cli.edge import DAY, Edge, edge, print_json, print_table
from kompetensi.errors import InvalidInput
from kompetensi.graph.build import Node
from kompetensi.graph.career import Limits
from kompetensi.graph.difference import Change, Value
from kompetensi.graph.undated import Learning
from kompetensi.messages import Rupiah, format_number, format_value, say
from kompetensi.services import catalogue_analysis as service
from kompetensi.services.catalogue_analysis import CareerAnswer, DifferenceAnswer, ImpactAnswer, Names, NewTraining

__all__ = ["ANALYSES"]

_ON = click.option("--on", type=DAY, default=None, help="Tanggal yang ditanya; bawaan: hari ini.")
_JSON = click.option("--json", "as_json", is_flag=True, help="Satu dokumen JSON.")
_BASIS = click.Choice(service.BASES)


@click.command("bottlenecks")
@click.option("--size", type=click.IntRange(1, service.MOST_COMPETENCIES), default=3, show_default=True,
              help="Paling banyak kompetensi yang dipilih bersama.")
@click.option("--basis", type=_BASIS, default="catalogue", show_default=True,
              help="Dari standar ke standar, atau dari level pegawai: terbukti, atau diperkirakan.")
@_ON
@_JSON
@edge()
def bottlenecks(here: Edge, size: int, basis: str, on: date | None, as_json: bool) -> None:
    """Cari kompetensi yang paling banyak membuka jabatan: satu demi satu, dan bersama-sama."""
    today = here.clock.today()
    answer = service.find_bottlenecks(here.session, here.actor, on=on or today, today=today, size=size, basis=basis)
    found = answer.found
    if as_json:
        print_json({
            "on": answer.on, "basis": basis, "people": answer.people, "positions": answer.positions, "pairs": found.pairs,
            "open_already": found.open_already, "singles": [asdict(item) for item in found.singles],
            "openings": [asdict(item) | {"proven": item.is_proven} for item in found.openings]})
        return
    click.echo(str(say("%(pairs)s pasangan dibandingkan per %(day)s; %(open)s sudah terbuka.", pairs=found.pairs,
                       day=answer.on, open=found.open_already)))
    print_table(str(say("Pilihan terbaik")), ("banyaknya", "kompetensi (dibuka berkat masing-masing)", "membuka", "terbukti"), (
        (item.size, ", ".join(f"{member.competency} ({member.gain})" for member in item.members), item.opened,
         say("ya") if item.is_proven else say("paling banyak %(bound)s", bound=item.bound)) for item in found.openings))
    print_table(str(say("Satu demi satu")), ("kode", "kompetensi", "dibuka sendirian", "kurang pada"), (
        (item.competency, answer.names.competencies.get(item.competency), item.alone, item.missing) for item in found.singles))


@click.command("needs")
@click.option("--basis", type=click.Choice(service.BASES[1:]), default="expected", show_default=True,
              help="Level terbukti, atau diperkirakan (pelatihan ikut dihitung).")
@_ON
@_JSON
@edge()
def needs(here: Edge, basis: str, on: date | None, as_json: bool) -> None:
    """Hitung pegawai yang kesenjangannya ditutup tiap pelatihan; yang paling tidak diperlukan lebih dahulu."""
    today = here.clock.today()
    answer = service.training_needs(here.session, here.actor, on=on or today, today=today, basis=basis)
    if as_json:
        print_json({"on": answer.on, "basis": basis, "asked": answer.asked, "without": answer.without,
                    "trainings": [asdict(item) for item in answer.trainings]})
        return
    click.echo(str(say("%(asked)s pegawai dengan jabatan sasaran atau jabatan sekarang; %(without)s tanpa keduanya.",
                       asked=answer.asked, without=answer.without)))
    print_table("", ("kode", "pelatihan", "menutup kesenjangan", "membuka jalan"), (
        (item.training, answer.names.trainings[item.training], item.gaps, item.on_the_way) for item in answer.trainings))


@click.command("impact")
@click.argument("training", metavar="TRAINING")
@click.option("--raises", multiple=True, metavar="COMPETENCY:LEVEL",
              help="Pelatihan baru ini menaikkan kompetensi; boleh berulang. Tanpa ini: pelatihan dihapus.")
@click.option("--jp", type=click.IntRange(0), default=None, help="JP pelatihan baru.")
@click.option("--cost", type=click.IntRange(0), default=0, help="Biaya pelatihan baru, rupiah.")
@click.option("--after", multiple=True, metavar="TRAINING", help="Pelatihan yang harus lulus lebih dahulu; boleh berulang.")
@click.option("--min-grade", default="", metavar="GOLONGAN", help="Golongan terendah pelatihan baru, misalnya III/d.")
@_ON
@_JSON
@edge()
def impact(here: Edge, training: str, raises: tuple[str, ...], jp: int | None, cost: int, after: tuple[str, ...],
           min_grade: str, on: date | None, as_json: bool) -> None:
    """Bandingkan katalog dengan dan tanpa pelatihan TRAINING: dihapus, atau dengan --raises dan --jp ditambahkan."""
    new = None
    if raises or jp is not None or after or min_grade or cost:
        if not raises or jp is None:
            raise InvalidInput(say("Pelatihan baru memerlukan --raises dan --jp."), where="--raises")
        new = NewTraining(training, tuple(_raise(text) for text in raises), jp, cost,
                          tuple(code.strip().upper() for code in after), min_grade)
    answer = service.training_impact(here.session, here.actor, training, on=on or here.clock.today(), new=new)
    found = answer.impact
    if as_json:
        print_json({
            "on": answer.on, "training": found.training, "removal": found.is_removal, "positions": found.positions,
            "taught": [asdict(item) for item in found.taught], "entries": found.entries,
            "paths": [{"position": item.position, "before": _learning(item.before), "after": _learning(item.after)}
                      for item in found.paths]})
        return
    _print_impact(answer)


def _raise(text: str) -> tuple[str, int]:
    found = re.fullmatch(r"\s*(\S+?)\s*:\s*([0-9]{1,3})\s*", text, re.ASCII)
    if found is None:
        raise InvalidInput(say("“%(text)s” tidak dapat dibaca; tulis seperti TEK-BMD:4.", text=text), where="--raises")
    return found[1].upper(), int(found[2])


def _print_impact(answer: ImpactAnswer) -> None:
    found, names = answer.impact, answer.names
    click.echo(str(say("Tanpa %(training)s: %(taught)s syarat tidak lagi tercapai lewat pelatihan, %(entries)s pelatihan "
                       "tertutup, jalur termurah %(paths)s dari %(positions)s jabatan berubah.", training=found.training,
                       taught=len(found.taught), entries=len(found.entries), paths=len(found.paths),
                       positions=found.positions) if found.is_removal else
                   say("Dengan %(training)s: %(taught)s syarat menjadi tercapai lewat pelatihan, %(entries)s pelatihan "
                       "terbuka, jalur termurah %(paths)s dari %(positions)s jabatan berubah.", training=found.training,
                       taught=len(found.taught), entries=len(found.entries), paths=len(found.paths),
                       positions=found.positions)))
    print_table(f"{say('Syarat')}: {len(found.taught)}", ("jabatan", "syarat", "level", "sebelum", "sesudah"), (
        (item.position, item.item, item.level or "–", item.before, item.after) for item in found.taught))
    print_table(f"{say('Pelatihan yang bergantung')}: {len(found.entries)}", ("kode", "pelatihan"), (
        (code, names.trainings.get(code)) for code in found.entries))
    print_table(f"{say('Jalur termurah')}: {len(found.paths)}", ("jabatan", "JP sebelum", "JP sesudah", "biaya sebelum",
                                                                 "biaya sesudah", "terbuka sebelum", "terbuka sesudah"), (
        (item.position, item.before.jp, item.after.jp, format_value(Rupiah(item.before.cost_idr)),
         format_value(Rupiah(item.after.cost_idr)), item.before.open_steps, item.after.open_steps) for item in found.paths))


@click.command("career")
@click.argument("source", metavar="FROM")
@click.argument("target", metavar="TO")
@click.option("--shortfall", type=click.IntRange(0, 100), default=50, show_default=True,
              help="Paling banyak kekurangan pada satu perpindahan, persen dari skor.")
@click.option("--rank-rise", type=click.IntRange(0, 16), default=None, help="Paling banyak golongan terendah naik pada satu "
              "perpindahan; bawaan: berapa pun.")
@click.option("--may-fall", is_flag=True, help="Golongan terendah boleh turun.")
@click.option("--same-urusan", is_flag=True, help="Tetap dalam urusan yang sama.")
@click.option("--any-field", is_flag=True, help="Bidang pendidikan tidak diperhatikan.")
@click.option("--chains", type=click.IntRange(1, service.MOST_CHAINS), default=service.MOST_CHAINS, show_default=True,
              help="Paling banyak rangkaian yang ditampilkan.")
@_ON
@_JSON
@edge()
def career(here: Edge, source: str, target: str, shortfall: int, rank_rise: int | None, may_fall: bool, same_urusan: bool,
           any_field: bool, chains: int, on: date | None, as_json: bool) -> None:
    """Cari rangkaian perpindahan termurah dari jabatan FROM ke jabatan TO."""
    limits = Limits(shortfall * service.SCORE_MAX // 100, rank_rise, may_fall, same_urusan, not any_field)
    answer = service.map_career(here.session, here.actor, source, target, on=on or here.clock.today(), limits=limits,
                                chains=chains)
    if as_json:
        print_json(_career_document(answer))
        return
    click.echo(f"{answer.source.name} → {answer.target.name}")
    click.echo(str(service.career_sentence(answer)))
    for reason in service.career_reasons(answer):
        click.echo(str(reason))
    for number, chain in enumerate(answer.map.chains, 1):
        print_table(str(say("Pilihan %(number)s: %(jp)s JP, %(moves)s perpindahan", number=number, jp=chain.jp,
                            moves=len(chain.moves))),
                    ("ke jabatan", "nama", "kekurangan", "JP", "pelatihan", "di luar pelatihan", "setara"), (
            (move.target, answer.names.positions[move.target], _percent(move.shortfall), move.learning.jp,
             ", ".join(move.learning.trainings), move.learning.open_steps or "–", len(move.also) or "–") for move in chain.moves))


def _career_document(answer: CareerAnswer) -> dict[str, Any]:
    found = answer.map

    def move(item: Any) -> dict[str, Any]:
        return {"source": item.source, "target": item.target, "also": item.also, "shortfall": item.shortfall,
                "learning": _learning(item.learning)}

    return {
        "on": answer.on, "source": found.source, "target": found.target, "score_max": answer.score_max,
        "limits": asdict(found.limits), "direct": move(found.direct), "barred_by": found.barred_by,
        "chains": [{"jp": chain.jp, "cost_idr": chain.cost_idr, "open_steps": chain.open_steps,
                    "moves": [move(item) for item in chain.moves]} for chain in found.chains],
        "would_open": found.would_open, "needed_shortfall": found.needed_shortfall}


@click.command("similar")
@click.argument("position", metavar="POSITION")
@click.option("--top", type=click.IntRange(1, 200), default=10, show_default=True, help="Banyaknya yang ditampilkan.")
@_ON
@_JSON
@edge()
def similar(here: Edge, position: str, top: int, on: date | None, as_json: bool) -> None:
    """Cari jabatan yang standarnya paling serupa dengan POSITION."""
    answer = service.similar_positions(here.session, here.actor, position, on=on or here.clock.today(), top=top)
    if as_json:
        print_json({"on": answer.on, "position": answer.position.code, "rows": [asdict(item) for item in answer.rows]})
        return
    print_table(str(say("Serupa dengan %(position)s", position=answer.position.name)),
                ("jabatan", "nama", "serupa", "perlu ditambah", "lebih"), (
        (_first(item.positions), answer.names.positions[item.positions[0]],
         f"{format_number(int(1000 * item.share) / 10, digits=1)} %",
         ", ".join(f"{row.competency} {row.mine}→{row.other}" for row in item.missing) or "–",
         ", ".join(f"{row.competency} {row.mine}→{row.other}" for row in item.beyond) or "–") for item in answer.rows))


def _first(codes: Sequence[str]) -> str:
    return codes[0] if len(codes) == 1 else str(say("%(code)s dan %(count)s lain", code=codes[0], count=len(codes) - 1))


@click.command("diff")
@click.argument("old", metavar="OLD")
@click.argument("new", metavar="[NEW]", required=False)
@_JSON
@edge()
def diff(here: Edge, old: str, new: str | None, as_json: bool) -> None:
    """Bandingkan dua versi katalog: OLD dan NEW tanggal, atau berkas dari graph export --format json.

    Tanpa NEW: dengan katalog hari ini.
    """
    today = here.clock.today()
    first, last = _day(old), today if new is None else _day(new)
    if first is not None and last is not None:
        answer = service.compare_days(here.session, here.actor, first, last, today=today)
    elif first is not None or (new is not None and last is not None):
        raise InvalidInput(say("Bandingkan dua tanggal, atau dua berkas."), where="NEW")
    else:
        answer = service.compare_files(here.session, here.actor, (old, _content(old, "OLD")),
                                       None if new is None else (new, _content(new, "NEW")), today=today)
    if as_json:
        print_json(_difference_document(answer))
        return
    _print_difference(answer)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text, re.ASCII) else None
    except ValueError:
        return None


def _content(file: str, where: str) -> bytes:
    try:
        return Path(file).read_bytes()
    except OSError as error:
        raise InvalidInput(say("Berkas “%(file)s” tidak dapat dibaca: %(reason)s.", file=file,
                               reason=error.strerror or "?"), where=where) from None


def _difference_document(answer: DifferenceAnswer) -> dict[str, Any]:
    found = answer.difference

    def change(item: Change) -> dict[str, Any]:
        return {"kind": item.node[0].value, "code": item.node[1], "field": item.field, "item": item.item,
                "before": item.before, "after": item.after}

    def nodes(items: Sequence[Node]) -> list[dict[str, str]]:
        return [{"kind": kind.value, "code": code} for kind, code in items]

    return {
        "old": answer.old, "new": answer.new, "added": nodes(found.added), "removed": nodes(found.removed),
        "changed": [change(item) for item in found.changed],
        "relations_added": [asdict(item) for item in found.relations_added],
        "relations_removed": [asdict(item) for item in found.relations_removed],
        "shifts": [{"position": item.position, "harder": [change(part) for part in item.harder],
                    "easier": [change(part) for part in item.easier]} for item in found.shifts]}


def _print_difference(answer: DifferenceAnswer) -> None:
    found = answer.difference
    click.echo(str(service.difference_sentence(answer)))
    for title, nodes in ((say("Baru"), found.added), (say("Hilang"), found.removed)):
        print_table(f"{title}: {len(nodes)}", ("jenis", "kode", "nama"), (
            (kind.value, code, _name(answer.names, (kind, code))) for kind, code in nodes))
    print_table(f"{say('Berubah')}: {len(found.changed)}", ("jenis", "kode", "isian", "dari", "menjadi"), (
        (item.node[0].value, item.node[1], f"{item.field} {item.item}".strip(), _value(item.before), _value(item.after))
        for item in found.changed))
    relations = [(say("baru"), item) for item in found.relations_added]
    relations += [(say("hilang"), item) for item in found.relations_removed]
    print_table(f"{say('Hubungan kompetensi')}: {len(relations)}", ("", "jenis", "dari", "ke"), (
        (word, item.kind.value, item.source, item.target) for word, item in relations))
    print_table(f"{say('Jabatan yang berubah syaratnya')}: {len(found.shifts)}", ("jabatan", "lebih berat", "lebih ringan"), (
        (item.position, _told(item.harder), _told(item.easier)) for item in found.shifts))


def _told(changes: Sequence[Change]) -> str:
    return ", ".join(f"{item.item or item.field} {_value(item.before)}→{_value(item.after)}" for item in changes) or "–"


def _value(value: Value) -> str:
    return "–" if value is None or value == "" or value == () else format_value(value)


def _name(names: Names, node: Node) -> str:
    kind, code = node
    return {"competency": names.competencies, "training": names.trainings, "position": names.positions}[kind.value].get(code, "")


def _learning(found: Learning) -> dict[str, Any]:
    return {"trainings": found.trainings, "jp": found.jp, "cost_idr": found.cost_idr, "open_steps": found.open_steps,
            "open_levels": [{"competency": code, "reached": reached, "required": required}
                            for code, reached, required in found.open_levels],
            "open_trainings": found.open_trainings, "proven": found.is_proven}


def _percent(points: int) -> str:
    return f"{format_number(100 * points / service.SCORE_MAX, digits=1)} %"


ANALYSES: tuple[click.Command, ...] = (bottlenecks, needs, impact, career, similar, diff)
"""Commands of the group ``graph``."""
