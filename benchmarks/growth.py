"""``python -m benchmarks.growth [--to FOLDER]``: how the time grows with people, positions, trainings and batches.

Each curve is written as a plot (SVG without a script) and all of them as figures (``growth.json``). A point is the
median of several repeats; both axes are logarithmic, so that a straight line of slope 1 is time in proportion.
"""

from __future__ import annotations

import functools
import json
import math
import re
import statistics
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
import numpy as np

from benchmarks.catalogues import make_catalogue, make_question
from benchmarks.matching import make_blocks, make_standards
from benchmarks.timing import median_seconds
from kompetensi.exchange.plan import problem_from_json
from kompetensi.graph.paths import Catalogue, plan
from kompetensi.graph.population import Question, run_here, survey

_UNITS, _THRESHOLDS = 50, (40_800, 48_000)
_GAPS = 4
_FOLDER = Path(__file__).resolve().parents[1] / "docs/performance"

Curve = list[tuple[int, float]]


def population_seconds(people: int, positions: int) -> float:
    """Return the time of a whole survey: gap map, counts, means and the fifty best of each position."""
    rng = np.random.default_rng(75)
    standards = make_standards(positions, rng)
    question = Question(_UNITS, gaps=True, means=True, thresholds=_THRESHOLDS, count=50, compiled=True)
    work = functools.partial(survey, standards, question)
    blocks = make_blocks(standards, people, _UNITS, rng)
    return median_seconds(lambda: run_here(work, blocks), 3)


def planner_seconds(trainings: int, batches: float, problems: int) -> float:
    """Return the median time of one question with four gaps on a compiled catalogue."""
    made = make_catalogue(trainings, 1, batches=batches)
    catalogue = Catalogue(problem_from_json(make_question(made, 1, 0)).trainings)
    taken = []
    for seed in range(problems):
        document = {**make_question(made, _GAPS, seed, alternatives=0), "trainings": []}
        problem = functools.partial(_ask, catalogue, document)
        start = time.perf_counter()
        problem()
        taken.append(time.perf_counter() - start)
    return statistics.median(taken)


def _ask(catalogue: Catalogue, document: dict[str, Any]) -> None:
    plan(replace(problem_from_json(document), trainings=catalogue.trainings), catalogue)


def draw(name: str, curve: Curve, unit: str) -> str:
    """Return a curve as SVG, both axes logarithmic, without a script."""
    import pygal  # an extra of the developers
    from pygal.style import Style

    # pygal has a logarithmic axis for values only; along the other one the logarithm is drawn, and the sizes written.
    chart = pygal.XY(
        js=[], width=640, height=400, show_legend=False, logarithmic=True, title=name, x_title=unit, y_title="milliseconds",
        dots_size=4, style=Style(background="#ffffff", plot_background="#ffffff", colors=("#4b2a63",), font_family="sans-serif"))
    chart.x_labels = [math.log10(at) for at, _ in curve]
    chart.x_value_formatter = lambda value: f"{round(10 ** value):,}"
    chart.value_formatter = lambda value: f"{value:,.3g}"
    chart.add("", [(math.log10(at), 1000 * seconds) for at, seconds in curve])
    drawn = chart.render(is_unicode=True, disable_xml_declaration=True)
    return re.sub(r"<script.*?</script>", "", drawn, flags=re.DOTALL) + "\n"


@click.command()
@click.option("--to", "folder", type=click.Path(file_okay=False, path_type=Path), default=_FOLDER, show_default=True)
@click.option("--largest", type=click.FloatRange(0.01, 1), default=1.0, show_default=True,
              help="Share of the largest sizes; a small one for a trial.")
@click.option("--problems", type=click.IntRange(min=1), default=40, show_default=True, help="Questions a point of the planner.")
def main(folder: Path, largest: float, problems: int) -> None:
    """Measure, draw and write."""
    curves: dict[str, tuple[str, str, list[int], Callable[[int], float]]] = {
        "people": ("A population: 600 positions", "people", [2_000, 10_000, 50_000, 250_000, 1_000_000],
                   lambda size: population_seconds(size, 600)),
        "positions": ("A population: 20,000 people", "positions", [100, 500, 2_000, 6_000],
                      lambda size: population_seconds(20_000, size)),
        "trainings": ("One path, four gaps, four batches a training", "trainings", [70, 200, 600, 2_000, 5_000],
                      lambda size: planner_seconds(size, 4, problems)),
        "batches": ("One path, four gaps, 600 trainings", "batches", [600, 2_400, 6_000, 12_000, 20_000],
                    lambda size: planner_seconds(600, size / 600, problems))}
    folder.mkdir(parents=True, exist_ok=True)
    figures = {}
    for name, (title, unit, sizes, measure) in curves.items():
        curve = [(size, measure(size)) for size in sizes if size <= sizes[0] or size <= largest * sizes[-1]]
        figures[name] = {"title": title, "unit": unit, "points": [
            {"size": size, "seconds": round(seconds, 6)} for size, seconds in curve]}
        (folder / f"{name}.svg").write_text(draw(title, curve, unit), encoding="utf-8")
        click.echo(f"{title}: " + ", ".join(f"{size:,} {unit} {1000 * seconds:.1f} ms" for size, seconds in curve))
    (folder / "growth.json").write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
