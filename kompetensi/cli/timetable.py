"""``kompetensi solve timetable``: timetables of a training centre, and slots and rooms of events, from a file."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import click

from kompetensi.cli.edge import refuse_plainly
from kompetensi.cli.json_lines import read_lines, write_answer
from kompetensi.errors import InvalidInput
from kompetensi.exchange.curriculum_timetabling import looks_like_ctt, read_ctt
from kompetensi.exchange.plan import error_to_json
from kompetensi.exchange.timetable import RESULT_FORMAT, Question, read_question, slot_result_to_json, timetable_to_json
from kompetensi.messages import say
from kompetensi.planning.timetable import Problem, Progress
from kompetensi.planning.timetable import replan as find_repair
from kompetensi.planning.timetable import solve as find_timetable
from kompetensi.planning.timetable import solve_slots as find_slots


@click.command("timetable")
@click.argument("file")
@click.option("--time-limit", type=click.FloatRange(min=0, min_open=True), default=None,
              help="Detik untuk setiap soal; bawaan: time_limit_s soal itu.")
@click.option("--seed", type=click.IntRange(0, 2**31 - 1), default=None, help="Benih pencarian; bawaan: seed soal itu.")
@click.option("--workers", type=click.IntRange(1, 64), default=1, show_default=True, help="Banyaknya pencari serentak.")
@click.option("--progress", is_flag=True, help="Setiap kemajuan pada keluaran galat.")
@refuse_plainly
def solve_timetable(file: str, time_limit: float | None, seed: int | None, workers: int, progress: bool) -> None:
    """Susun jadwal dari soal di FILE (JSON, JSON Lines atau .ctt; - = masukan standar), satu jawaban satu baris."""
    malformed = False
    for text in _documents(file):
        try:
            document = _decoded(text)
            question = Question(read_ctt(document)) if looks_like_ctt(document) else read_question(document)
            answer = _answer(question, time_limit or question.time_limit_s, question.seed if seed is None else seed, workers,
                             progress)
        except InvalidInput as error:
            malformed = True
            answer = error_to_json(error, RESULT_FORMAT)
        write_answer(answer)
    if malformed:
        sys.exit(2)


def _documents(file: str) -> Iterator[bytes]:
    """Yield one document after the other: the lines, or the whole file if its first line is not all of a JSON document."""
    lines = list(read_lines(file))
    written = [line for line in lines if line.strip()]
    yield from [b"".join(lines)] if written and not written[0].rstrip().endswith(b"}") else written


def _decoded(text: bytes) -> str:
    try:
        return text.decode()
    except UnicodeDecodeError:
        raise InvalidInput(say("bukan teks UTF-8"), where="") from None


def _answer(question: Question, time_limit: float, seed: int, workers: int, progress: bool) -> dict[str, Any]:
    if not isinstance(question.problem, Problem):
        return slot_result_to_json(find_slots(question.problem, time_limit=time_limit, seed=seed, workers=workers))
    told = _tell if progress else None
    if question.before is not None:
        return timetable_to_json(find_repair(question.problem, question.before.runs, question.before.seatings,
                                             time_limit=time_limit, seed=seed, workers=workers, on_progress=told))
    return timetable_to_json(find_timetable(question.problem, time_limit=time_limit, seed=seed, workers=workers, on_progress=told))


def _tell(progress: Progress) -> None:
    timetable = progress.timetable
    click.echo(f"{progress.seconds:.1f} {progress.step} {timetable.measure.value}/{timetable.bound} {timetable.measure.runs}",
               err=True)
