"""``kompetensi plan`` and ``kompetensi solve plan``: the best training paths, from the database or from a file."""

from __future__ import annotations

import codecs
import json
import os
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from datetime import date
from pathlib import Path
from typing import Any

import click

from kompetensi.cli.edge import DAY, Edge, edge, print_json, print_table, refuse_plainly
from kompetensi.errors import InvalidInput
from kompetensi.exchange.plan import ProblemReader, error_to_json, result_to_json
from kompetensi.graph.paths import Catalogue, Problem
from kompetensi.graph.paths import plan as find_plan
from kompetensi.messages import Rupiah, format_date, format_value, say

_LABELS = {"best": say("Terbaik"), "fastest": say("Tercepat"), "fewest_hours": say("JP paling sedikit"),
           "cheapest": say("Termurah"), "next": say("Pilihan lain")}


@click.group("solve")
def solve() -> None:
    """Soal perencanaan dari berkas, tanpa basis data."""


@solve.command("plan")
@click.argument("file")
@refuse_plainly
def solve_plan(file: str) -> None:
    """Selesaikan soal jalur pelatihan di FILE (JSON Lines; - = masukan standar), satu jawaban satu baris."""
    malformed = False
    reader, catalogue = ProblemReader(), Catalogue(())
    with _numbers_of_any_length():
        for line in _lines(file):
            if not line.strip():
                continue
            try:
                problem = _problem(reader, line)
                if problem.trainings is not catalogue.trainings:
                    catalogue = Catalogue(problem.trainings)
                answer = _answer(problem, catalogue)
            except InvalidInput as error:
                malformed = True
                answer = error_to_json(error)
            _write(answer)
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


def _lines(file: str) -> Iterator[bytes]:
    """Yield line after line; a byte order mark at the beginning is none of them."""
    if file == "-" and sys.stdin is None:
        raise InvalidInput(say("Masukan standar tertutup."), where=file)
    try:
        with nullcontext(sys.stdin.buffer) if file == "-" else Path(file).open("rb") as lines:
            yield next(lines, b"").removeprefix(codecs.BOM_UTF8)
            yield from lines
    except OSError as error:
        raise InvalidInput(say("Berkas tidak dapat dibaca: %(reason)s.", reason=error.strerror or str(error)),
                           where=file) from None


def _problem(reader: ProblemReader, line: bytes) -> Problem:
    try:
        return reader.read(line.decode())
    except UnicodeDecodeError:
        raise InvalidInput(say("bukan teks UTF-8"), where="") from None


def _answer(problem: Problem, catalogue: Catalogue) -> dict[str, Any]:
    try:
        return result_to_json(find_plan(problem, catalogue))
    except (MemoryError, OverflowError, RecursionError):
        raise InvalidInput(say("soal ini terlalu besar untuk mesin ini"), where="") from None


def _write(answer: dict[str, Any]) -> None:
    """Write one line: in ASCII, so that it is the same in every locale and no sign in it ends a line for anybody."""
    try:
        click.echo(json.dumps(answer).encode())
    except BrokenPipeError:
        raise  # whoever read has read enough; click ends quietly
    except OSError as error:
        raise InvalidInput(say("Berkas tidak dapat ditulis: %(reason)s.", reason=error.strerror or str(error)),
                           where="stdout") from None


@click.command("plan")
@click.argument("nip", required=False)
@click.argument("position", required=False)
@click.option("--all", "file", type=click.Path(dir_okay=False, path_type=Path), default=None,
              help="Jalur setiap pegawai yang mempunyai jabatan tujuan, satu baris JSON seorang, ke berkas ini.")
@click.option("--to", "target", default=None, help="Dengan --all: satu jabatan untuk semua pegawai.")
@click.option("--resume", is_flag=True, help="Dengan --all: lanjutkan berkas yang terputus.")
@click.option("--workers", type=click.IntRange(1, 64), default=os.cpu_count() or 1, help="Dengan --all: banyaknya proses.")
@click.option("--by", type=DAY, default=None, help="Siap paling lambat pada tanggal ini; bawaan: tanpa batas.")
@click.option("--json", "as_json", is_flag=True, help="Satu dokumen JSON.")
@edge()
def plan(
    here: Edge, nip: str | None, position: str | None, file: Path | None, target: str | None, resume: bool, workers: int,
    by: date | None, as_json: bool,
) -> None:
    """Susun jalur pelatihan seorang pegawai (NIP) ke sebuah jabatan (POSITION), atau semua pegawai dengan --all."""
    from flask import current_app

    from kompetensi.services.paths import find_path

    if file is not None and nip is None:
        _plan_all(here, file, target, resume, workers, by, as_json)
        return
    if nip is None or position is None or file is not None:
        raise click.UsageError("Sebutkan NIP dan POSITION, atau --all BERKAS.")
    found = find_path(here.session, here.actor, nip, position, ready_by=by, today=here.clock.today(),
                      time_limit_s=current_app.config["KOMPETENSI_PLAN_TIME_LIMIT_S"])
    if as_json:
        print_json({
            **found.document, "nip": found.nip, "position": found.position, "today": found.today,
            "ready_by": found.ready_by, "assumed_zero": list(found.assumed_codes),
            "coverage_now": found.coverage_now, "answer": str(found.answer)})
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
                    ((item.name, item.required or "", item.sentence, item.remedy) for item in found.open))


def _plan_all(
    here: Edge, file: Path, target: str | None, resume: bool, workers: int, by: date | None, as_json: bool
) -> None:
    from flask import current_app

    from kompetensi.services.path_plans import plan_everybody

    if file.exists() and not resume:
        raise InvalidInput(say("Berkas sudah ada. Lanjutkan dengan --resume, atau pilih nama lain."), where=str(file))
    done = _finished(file) if resume else {}
    try:
        file.touch()
    except OSError as error:
        raise InvalidInput(say("Berkas tidak dapat ditulis: %(reason)s.", reason=error.strerror or str(error)),
                           where=str(file)) from None
    started = time.monotonic()
    work = plan_everybody(here.session, here.actor, ready_by=by, today=here.clock.today(), position_code=target,
                          done=done, workers=workers, time_limit_s=current_app.config["KOMPETENSI_PLAN_TIME_LIMIT_S"])
    counts = Counter(done.values())
    with file.open("a", encoding="utf-8") as out, click.progressbar(
            work.paths, length=work.people, label="Jalur", file=sys.stderr, show_pos=True) as paths:
        for path in paths:
            status = path.document["status"] if path.document else "no_standard"
            counts[status] += 1
            print(json.dumps({"nip": path.nip, "position": path.position, "by": by and by.isoformat(), "status": status,
                              "plan": path.document}, ensure_ascii=False), file=out, flush=True)
    summary = {"people": sum(counts.values()), "resumed": len(done), "seconds": round(time.monotonic() - started, 1),
               "status": dict(sorted(counts.items()))}
    if as_json:
        print_json(summary)
        return
    click.echo(str(say("%(count)s jalur dalam %(seconds)s detik ada di %(file)s.", count=summary["people"],
                       seconds=round(time.monotonic() - started), file=str(file))))
    for status, count in sorted(counts.items()):
        click.echo(f"  {status:<16}{count:>8}")


def _finished(file: Path) -> dict[str, str]:
    """Return status by NIP of what a file holds; a last line that was cut off is taken away."""
    if not file.exists():
        return {}
    content = file.read_bytes()
    whole = content[:content.rfind(b"\n") + 1]
    try:
        lines = [json.loads(line) for line in whole.splitlines()]
        found = {line["nip"]: line["status"] for line in lines}
    except (ValueError, KeyError, TypeError):
        raise InvalidInput(say("Ini bukan berkas jalur."), where=str(file)) from None
    file.write_bytes(whole)
    return found


COMMANDS = {"plan": plan, "solve": solve}
