"""``kompetensi import``, ``graph``, ``positions`` and ``trainings``."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from kompetensi.cli import catalogue_analysis
from kompetensi.cli.edge import Edge, edge, print_json, print_table
from kompetensi.errors import InvalidInput
from kompetensi.graph.check import Check
from kompetensi.messages import say
from kompetensi.services import catalogue, catalogue_check, imports
from kompetensi.services.catalogue_check import BLOCKED_WORDS, CONTRADICTION_WORDS, CheckedCatalogue

# A command lists all hits; pages are for pages.
_ALL = 1_000_000


@click.command("import")
@click.argument("kind", metavar="KIND")
@click.argument("file", metavar="FILE")
@click.option("--dry-run", is_flag=True, help="Gladi: periksa dan bandingkan saja, tidak ada yang ditulis.")
@click.option("--json", "as_json", is_flag=True, help="Satu dokumen JSON.")
@edge(writes=True)
def import_(here: Edge, kind: str, file: str, dry_run: bool, as_json: bool) -> None:
    """Masukkan tabel CSV; - membaca masukan baku. Kesalahan disebut baris dan kolomnya, dan tidak ada yang ditulis.

    KIND: governments, units, grades, education-levels, competencies, technical-competencies, technical-ladder,
    job-classes, job-class-levels, trainings, positions, mutasi-kinds, mutasi-rules, policies.
    """
    report = imports.import_table(here.session, here.actor, kind, _read(file), dry_run=dry_run,
                                  today=here.clock.today(), now=here.clock.now())
    if as_json:
        print_json({"kind": report.kind, "rows": report.rows, "created": report.created, "updated": report.updated,
                    "unchanged": report.unchanged, "dry_run": report.dry_run})
        return
    print_table(str(say("Gladi impor %(kind)s; tidak ada yang ditulis", kind=kind) if dry_run
                    else say("Impor %(kind)s", kind=kind)),
                ("baris", "baru", "berubah", "tetap"), [(report.rows, report.created, report.updated, report.unchanged)])


def _read(file: str) -> bytes:
    if file == "-":
        return sys.stdin.buffer.read()
    try:
        return Path(file).read_bytes()
    except FileNotFoundError:
        raise InvalidInput(say("Tidak ada berkas “%(file)s”.", file=file), where="FILE") from None
    except OSError as error:
        raise InvalidInput(say("Berkas “%(file)s” tidak dapat dibaca: %(reason)s.", file=file,
                               reason=error.strerror or "?"), where="FILE") from None


@click.group("graph")
def graph() -> None:
    """Graf kompetensi."""


@graph.command("check")
@click.option("--json", "as_json", is_flag=True, help="Satu dokumen JSON.")
@edge()
def check(here: Edge, as_json: bool) -> None:
    """Periksa katalog: rujukan putus, siklus, pertentangan, pelatihan yang tertutup, syarat tanpa pelatihan.

    Juga syarat di luar golongan, dan pelatihan tanpa peminta.
    """
    found = catalogue_check.check_catalogue(here.session, here.actor, on=here.clock.today())
    if as_json:
        print_json(_document(found.check))
        return
    for title, heads, rows in _tables(found):
        print_table(f"{title}: {len(rows)}", heads, rows)


def _document(found: Check) -> dict[str, list[dict[str, object]]]:
    return {
        "broken": [{"kind": item.kind.value, "code": item.code, "field": item.field, "missing": item.missing}
                   for item in found.broken],
        "cycles": [{"kind": item.kind.value, "codes": list(item.codes), "size": item.size, "fatal": item.is_fatal}
                   for item in found.cycles],
        "contradictions": [{"kind": item.kind.value, "element": item.node.value, "code": item.code, "other": item.other,
                            "level": item.level} for item in found.contradictions],
        "blocked": [{"training": item.training, "by": item.by.value} for item in found.blocked],
        "unreachable": [{"position": item.position, "competency": item.competency, "level": item.level,
                         "highest": item.highest} for item in found.unreachable],
        "out_of_rank": [{"position": item.position, "item": item.item, "level": item.level,
                         "rank_needed": item.rank_needed, "rank_of_position": item.rank_of_position}
                        for item in found.out_of_rank],
        "undemanded": [{"training": item.training} for item in found.undemanded],
    }


def _tables(checked: CheckedCatalogue) -> list[tuple[str, tuple[str, ...], list[tuple[object, ...]]]]:
    found, grades = checked.check, checked.grades
    return [
        ("Rujukan putus", ("jenis", "kode", "isian", "yang tidak ada"),
         [(item.kind.value, item.code, item.field, item.missing) for item in found.broken]),
        ("Siklus", ("jenis", "kode", "anggota", "akibat"),
         [(item.kind.value, " → ".join(item.codes), item.size, "kesalahan" if item.is_fatal else "ada jalan lain")
          for item in found.cycles]),
        ("Pertentangan", ("jenis", "unsur", "kode", "dengan", "level"),
         [(CONTRADICTION_WORDS[item.kind], item.node.value, item.code, item.other, item.level or "–")
          for item in found.contradictions]),
        ("Pelatihan yang syarat masuknya tidak terpenuhi oleh pelatihan saja", ("pelatihan", "sebab"),
         [(item.training, BLOCKED_WORDS[item.by]) for item in found.blocked]),
        ("Syarat yang tidak dicapai pelatihan mana pun", ("jabatan", "kompetensi", "perlu", "tertinggi"),
         [(item.position, item.competency, item.level, item.highest) for item in found.unreachable]),
        ("Syarat di luar jangkauan golongan jabatan", ("jabatan", "syarat", "level", "golongan perlu", "golongan jabatan"),
         [(item.position, item.item, item.level or "–", grades.get(item.rank_needed, "–"),
           grades.get(item.rank_of_position, "–"))
          for item in found.out_of_rank]),
        ("Pelatihan yang tidak diminta jabatan mana pun", ("pelatihan",),
         [(item.training,) for item in found.undemanded]),
    ]


@graph.command("export")
@click.option("--format", "format_name", type=click.Choice(catalogue_check.EXPORT_FORMATS), required=True)
@click.option("--to", "target", type=click.Path(dir_okay=False, path_type=Path), help="Berkas tujuan; bawaan: keluaran baku.")
@edge()
def export(here: Edge, format_name: str, target: Path | None) -> None:
    """Tulis seluruh graf sebagai GraphML, DOT atau JSON."""
    exported = catalogue_check.export_graph(here.session, here.actor, format_name, on=here.clock.today())
    if target is None:
        click.echo(exported.content.decode(), nl=False)
        return
    try:
        target.write_bytes(exported.content)
    except OSError as error:
        raise InvalidInput(say("Berkas “%(file)s” tidak dapat ditulis: %(reason)s.", file=str(target),
                               reason=error.strerror or "?"), where="--to") from None


for analysis in catalogue_analysis.ANALYSES:
    graph.add_command(analysis)


@click.group("positions")
def positions() -> None:
    """Jabatan."""


@positions.command("find")
@click.argument("text", metavar="TEXT")
@click.option("--json", "as_json", is_flag=True, help="Satu dokumen JSON.")
@edge()
def find_position(here: Edge, text: str, as_json: bool) -> None:
    """Cari jabatan menurut kode, nama, unit kerja atau jenjang."""
    found = catalogue.find_positions(here.session, here.actor, text, on=here.clock.today(), size=_ALL).items
    if as_json:
        print_json([{"code": item.code, "name": item.name} for item in found])
        return
    print_table(str(say("%(count)s jabatan", count=len(found))), ("kode", "jabatan", "jenjang", "unit kerja", "lowong"),
                [(item.code, item.name, item.class_name, item.unit_name, item.vacant) for item in found])


@click.group("trainings")
def trainings() -> None:
    """Pelatihan."""


@trainings.command("find")
@click.argument("text", metavar="TEXT")
@click.option("--json", "as_json", is_flag=True, help="Satu dokumen JSON.")
@edge()
def find_training(here: Edge, text: str, as_json: bool) -> None:
    """Cari pelatihan menurut kode, nama atau penyelenggara."""
    found = catalogue.find_trainings(here.session, here.actor, text, on=here.clock.today(), size=_ALL).items
    if as_json:
        print_json([{"code": item.code, "name": item.name} for item in found])
        return
    print_table(str(say("%(count)s pelatihan", count=len(found))), ("kode", "pelatihan", "JP", "penyelenggara"),
                [(item.code, item.name, item.jp, item.provider) for item in found])


COMMANDS = {"import": import_, "graph": graph, "positions": positions, "trainings": trainings}
