"""``kompetensi plan`` and ``kompetensi solve``: the best training paths, from the database or from a file."""

from __future__ import annotations

import json
import os
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from kompetensi.cli.edge import DAY, Edge, edge, print_json, print_table, refuse_plainly
from kompetensi.cli.json_lines import read_lines, write_answer
from kompetensi.cli.timetable import solve_timetable
from kompetensi.errors import InvalidInput
from kompetensi.exchange.plan import RESULT_FORMAT, ProblemReader, error_to_json, result_to_json
from kompetensi.exchange.remedies import REMEDIES_FORMAT, remedies_to_json
from kompetensi.graph.paths import Catalogue, Problem
from kompetensi.graph.paths import plan as find_plan
from kompetensi.graph.paths.remedies import remedies as find_remedies
from kompetensi.messages import Message, Rupiah, format_date, format_value, say

if TYPE_CHECKING:
    from kompetensi.services.path_words import OpenItem
    from kompetensi.services.what_if import Assumptions

_LABELS = {"best": say("Terbaik"), "fastest": say("Tercepat"), "fewest_hours": say("JP paling sedikit"),
           "cheapest": say("Termurah"), "next": say("Pilihan lain")}
_STATES = {"kept": say("tetap"), "moved": say("bergeser"), "added": say("baru"), "dropped": say("dilepas")}
_UNPROVEN = say("belum terbukti yang paling kecil")
_IF_OPTIONS = {"passed": "--if-passed", "taken": "--if-taken", "until": "--if-by", "golongan": "--if-golongan"}


@click.group("solve")
def solve() -> None:
    """Soal perencanaan dari berkas, tanpa basis data."""


solve.add_command(solve_timetable)


@solve.command("plan")
@click.argument("file")
@refuse_plainly
def solve_plan(file: str) -> None:
    """Selesaikan soal jalur pelatihan di FILE (JSON Lines; - = masukan standar), satu jawaban satu baris."""
    _solve_lines(file, RESULT_FORMAT, lambda problem, catalogue: result_to_json(find_plan(problem, catalogue)))


@solve.command("remedies")
@click.argument("file")
@refuse_plainly
def solve_remedies(file: str) -> None:
    """Cari perubahan terkecil yang menutup setiap kesenjangan yang tetap terbuka pada soal di FILE (seperti solve plan)."""
    def answer(problem: Problem, catalogue: Catalogue) -> dict[str, Any]:
        found = find_plan(replace(problem, alternatives=0), catalogue)
        return remedies_to_json(found, find_remedies(problem, found, catalogue))

    _solve_lines(file, REMEDIES_FORMAT, answer)


def _solve_lines(file: str, form: str, solver: Callable[[Problem, Catalogue], dict[str, Any]]) -> None:
    malformed = False
    reader, catalogue = ProblemReader(), Catalogue(())
    with _numbers_of_any_length():
        for line in read_lines(file):
            if not line.strip():
                continue
            try:
                problem = _problem(reader, line)
                if problem.trainings is not catalogue.trainings:
                    catalogue = Catalogue(problem.trainings)
                answer = _answer(solver, problem, catalogue)
            except InvalidInput as error:
                malformed = True
                answer = error_to_json(error, form)
            write_answer(answer)
    if malformed:
        sys.exit(2)


@contextmanager
def _numbers_of_any_length() -> Iterator[None]:
    """Lift Python's limit on the digits of a number, which guards servers against strangers; this file is the user's own."""
    before = sys.get_int_max_str_digits()
    sys.set_int_max_str_digits(0)
    try:
        yield
    finally:
        sys.set_int_max_str_digits(before)


def _problem(reader: ProblemReader, line: bytes) -> Problem:
    try:
        return reader.read(line.decode())
    except UnicodeDecodeError:
        raise InvalidInput(say("bukan teks UTF-8"), where="") from None


def _answer(
    solver: Callable[[Problem, Catalogue], dict[str, Any]], problem: Problem, catalogue: Catalogue
) -> dict[str, Any]:
    try:
        return solver(problem, catalogue)
    except (MemoryError, OverflowError, RecursionError):
        raise InvalidInput(say("soal ini terlalu besar untuk mesin ini"), where="") from None


@click.command("plan")
@click.argument("nip", required=False)
@click.argument("position", required=False)
@click.option("--all", "file", type=click.Path(dir_okay=False, path_type=Path), default=None,
              help="Jalur setiap pegawai yang mempunyai jabatan tujuan, satu baris JSON seorang, ke berkas ini.")
@click.option("--to", "target", default=None, help="Dengan --all: satu jabatan untuk semua pegawai.")
@click.option("--resume", is_flag=True, help="Dengan --all: lanjutkan berkas yang terputus.")
@click.option("--workers", type=click.IntRange(1, 64), default=os.cpu_count() or 1, help="Dengan --all: banyaknya proses.")
@click.option("--by", type=DAY, default=None, help="Siap paling lambat pada tanggal ini; bawaan: tanpa batas.")
@click.option("--if-passed", "passed", multiple=True, help="Andaikan pelatihan ini sudah lulus; boleh diulang.")
@click.option("--if-taken", "taken", multiple=True, help="Andaikan pelatihan ini juga diambil; boleh diulang.")
@click.option("--if-by", "until", type=DAY, default=None, help="Andaikan batas tanggalnya ini.")
@click.option("--if-no-deadline", "unlimited", is_flag=True, help="Andaikan tanpa batas tanggal.")
@click.option("--if-golongan", "golongan", default="", help="Andaikan golongannya ini, misalnya III/d.")
@click.option("--json", "as_json", is_flag=True, help="Satu dokumen JSON.")
@edge()
def plan(
    here: Edge, nip: str | None, position: str | None, file: Path | None, target: str | None, resume: bool, workers: int,
    by: date | None, passed: tuple[str, ...], taken: tuple[str, ...], until: date | None, unlimited: bool, golongan: str,
    as_json: bool,
) -> None:
    """Susun jalur pelatihan seorang pegawai (NIP) ke sebuah jabatan (POSITION), atau semua pegawai dengan --all."""
    from flask import current_app

    from kompetensi.services.paths import find_path
    from kompetensi.services.what_if import Assumptions

    assumptions = Assumptions(passed, taken, until, unlimited, golongan)
    if file is None and (target is not None or resume):
        raise click.UsageError("--to dan --resume hanya berlaku bersama --all BERKAS.")
    if file is not None and not assumptions.is_empty:
        raise click.UsageError("--if-… bertanya tentang satu orang, bukan --all.")
    if file is not None and nip is None:
        _plan_all(here, file, target, resume, workers, by, as_json)
        return
    if nip is None or position is None or file is not None:
        raise click.UsageError("Sebutkan NIP dan POSITION, atau --all BERKAS.")
    if not assumptions.is_empty:
        _what_if(here, nip, position, assumptions, by, as_json)
        return
    found = find_path(here.session, here.actor, nip, position, ready_by=by, today=here.clock.today(),
                      time_limit_s=current_app.config["KOMPETENSI_PLAN_TIME_LIMIT_S"])
    if as_json:
        print_json({
            **found.document, "nip": found.nip, "position": found.position, "today": found.today,
            "ready_by": found.ready_by, "assumed_zero": list(found.assumed_codes),
            "coverage_now": found.coverage_now, "answer": str(found.answer), "remedies": found.remedies_document})
        return
    click.echo(str(found.answer))
    if found.assumed_zero:
        click.echo(str(say("%(count)s kompetensi belum dinilai; levelnya dianggap 0: %(names)s.",
                           count=len(found.assumed_zero), names=found.assumed_zero)))
    for choice in found.choices:
        print_table(
            f"{_LABELS[choice.label]}: {format_date(choice.finish)}, {choice.jp} JP, "
            f"{format_value(Rupiah(choice.cost_idr))}",
            ("Langkah", "Pelatihan", "Angkatan", "Dari", "Sampai", "Sisa kursi", "Menutup", "Membuka"),
            ((step.number, step.name, step.batch or "-", step.first_day, step.last_day,
              "-" if step.seats_free is None else step.seats_free, ", ".join(step.closes), ", ".join(step.unlocks))
             for step in choice.steps))
    if found.open:
        print_table("Tetap terbuka", ("Kesenjangan", "Perlu", "Sebab", "Yang dapat mengubahnya"),
                    ((item.name, item.required or "", item.sentence, _remedies(item)) for item in found.open))


def _remedies(item: OpenItem) -> str:
    lines = []
    for group in item.remedies:
        lines.append(str(group.heading))
        lines += [f"- {remedy.change}" + ("" if remedy.proven else f" ({_UNPROVEN})") for remedy in group.remedies]
    if not item.complete:
        lines.append(str(say("Waktu habis sebelum semua kemungkinan diperiksa.")))
    return "\n".join(lines) or str(item.advice)


def _what_if(
    here: Edge, nip: str, position: str, assumptions: Assumptions, by: date | None, as_json: bool
) -> None:
    from flask import current_app

    from kompetensi.services.what_if import ask_what_if

    found = ask_what_if(here.session, here.actor, nip, position, assumptions, ready_by=by, today=here.clock.today(),
                        time_limit_s=current_app.config["KOMPETENSI_PLAN_TIME_LIMIT_S"])
    for field, message in found.refused:
        raise InvalidInput(message, where=_IF_OPTIONS[field])
    if as_json:
        print_json({"nip": found.nip, "position": found.position, "today": found.today, "ready_by": found.ready_by,
                    "answer": _plain(found.answer), **(found.document or {})})
        return
    click.echo(_plain(found.answer))
    click.echo(str(say("Bila %(assumed)s.", assumed=found.assumed)))
    for line in found.lines:
        click.echo(f"- {line.sentence}")
    for title, side in (("Sekarang", found.before), ("Bila demikian", found.after)):
        if side is not None:
            print_table(f"{title}: {side.answer}", ("Pelatihan", "Angkatan", "Dari", "Sampai", ""), (
                (step.name, step.batch or "-", step.first_day, step.last_day, _STATES[step.state])
                for step in side.steps))


def _plain(message: Message) -> str:
    return str(message).replace("**", "")


@click.command("gaps")
@click.argument("nip")
@click.option("--on", type=DAY, default=None, help="Tanggal yang ditanya; bawaan: hari ini.")
@click.option("--top", type=click.IntRange(1, 1000), default=20, show_default=True, help="Banyaknya yang ditampilkan.")
@click.option("--json", "as_json", is_flag=True, help="Satu dokumen JSON.")
@edge()
def gaps(here: Edge, nip: str, on: date | None, top: int, as_json: bool) -> None:
    """Urutkan kesenjangan pegawai NIP menurut banyaknya jabatan yang dibuka masing-masing."""
    from kompetensi.services.openings import rank_gaps

    today = here.clock.today()
    found = rank_gaps(here.session, here.actor, nip, on=on or today, today=today)
    shown = found.gaps[:top]
    if as_json:
        print_json({
            "nip": found.nip, "name": found.name, "on": found.on, "government": found.government, "asked": found.asked,
            "in_reach": found.in_reach, "open_now": found.open_now, "answer": _plain(found.answer),
            "gaps": [{**asdict(gap), "opens": [code for code, _ in gap.opens],
                      "completes": [code for code, _ in gap.completes]} for gap in shown]})
        return
    click.echo(_plain(found.answer))
    click.echo(str(say("%(name)s: %(reach)s dari %(asked)s jabatan di %(government)s terjangkau, %(open)s sudah terbuka.",
                       name=found.name, reach=found.in_reach, asked=found.asked, government=found.government,
                       open=found.open_now)))
    print_table("", ("No.", "Kode", "Kesenjangan", "Sekarang", "Diminta", "Membuka", "Melengkapi", "Mendekatkan"), (
        (gap.rank, gap.code, gap.name, "-" if gap.have is None else gap.have, ", ".join(map(str, gap.levels)),
         len(gap.opens), len(gap.completes), gap.nearer) for gap in shown))


def _plan_all(
    here: Edge, file: Path, target: str | None, resume: bool, workers: int, by: date | None, as_json: bool
) -> None:
    from flask import current_app

    from kompetensi.services.path_plans import plan_everybody

    if file.exists() and not resume:
        raise InvalidInput(say("Berkas sudah ada. Lanjutkan dengan --resume, atau pilih nama lain."), where=str(file))
    done = _finished(file, target, by) if resume else {}
    started = time.monotonic()
    work = plan_everybody(here.session, here.actor, ready_by=by, today=here.clock.today(), position_code=target,
                          done=done, workers=workers, time_limit_s=current_app.config["KOMPETENSI_PLAN_TIME_LIMIT_S"])
    try:
        file.touch()
    except OSError as error:
        raise InvalidInput(say("Berkas tidak dapat ditulis: %(reason)s.", reason=error.strerror or str(error)),
                           where=str(file)) from None
    counts = Counter(done.values())
    with file.open("a", encoding="utf-8") as out, click.progressbar(
            work.paths, length=work.people, label="Jalur", file=sys.stderr, show_pos=True) as paths:
        for path in paths:
            status = path.document["status"] if path.document else "no_standard"
            counts[status] += 1
            print(json.dumps({"nip": path.nip, "position": path.position, "by": by and by.isoformat(), "status": status,
                              "plan": path.document}, ensure_ascii=False), file=out, flush=True)
    summary = {"people": sum(counts.values()), "without_target": work.without, "resumed": len(done),
               "seconds": round(time.monotonic() - started, 1), "status": dict(sorted(counts.items()))}
    if as_json:
        print_json(summary)
        return
    click.echo(str(say("%(count)s jalur dalam %(seconds)s detik ada di %(file)s.", count=summary["people"],
                       seconds=round(time.monotonic() - started), file=str(file))))
    for status, count in sorted(counts.items()):
        click.echo(f"  {status:<16}{count:>8}")
    if work.without:
        click.echo(str(say("%(count)s pegawai belum memilih jabatan tujuan; --to memberi satu jabatan untuk semua.",
                           count=work.without)))


def _finished(file: Path, target: str | None, by: date | None) -> dict[str, str]:
    """Return status by NIP of what a file holds; a last line that was cut off is taken away.

    Raises
    ------
    InvalidInput
        If it holds something else than paths, or paths to another position or for another deadline.
    """
    if not file.exists():
        return {}
    content = file.read_bytes()
    whole = content[:content.rfind(b"\n") + 1]
    try:
        lines = [json.loads(line) for line in whole.splitlines()]
        found = {line["nip"]: line["status"] for line in lines}
        questions = {(line["position"], line["by"]) for line in lines}
    except (ValueError, KeyError, TypeError):
        raise InvalidInput(say("Ini bukan berkas jalur."), where=str(file)) from None
    for position, deadline in sorted(questions, key=str):
        if deadline != (by and by.isoformat()) or (target is not None and position != target.strip().upper()):
            raise InvalidInput(say(
                "Berkas ini menjawab pertanyaan lain: ke %(position)s, batas %(deadline)s. Ulangi dengan --to dan --by yang "
                "sama, atau pilih nama lain.", position=position, deadline=deadline or "-"), where=str(file))
    file.write_bytes(whole)
    return found


COMMANDS = {"plan": plan, "solve": solve, "gaps": gaps}
