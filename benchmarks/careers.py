"""``python -m benchmarks.careers [--positions N] [--plain N]``: the career map, against Dijkstra's search over exact costs.

A made catalogue of 600 trainings: families of positions, each with its own competencies and some that all share; whoever
climbs is asked for higher levels. Each question is asked of a map that knows nothing yet. The plain way reckons what a move
costs when it meets it; it takes long, so it is held against ours on a smaller map. Both must agree.
"""

from __future__ import annotations

import random
import statistics
import time

import click
import networkx as nx
import numpy as np

from benchmarks.catalogues import make_catalogue
from kompetensi.graph.build import CompetencyGraph, build
from kompetensi.graph.career import Careers, Limits
from kompetensi.graph.conditions import parse_condition
from kompetensi.graph.elements import Competency, CompetencyKind, Position, Raise, Requirement, Training
from kompetensi.graph.undated import Learner, UndatedPaths, holder_of

_TRAININGS = 600
_OWN, _SHARED, _REQUIRED = 12, 10, (6, 14)
_POSITIONS_OF_A_FAMILY = 25


def make_careers(positions: int, seed: int = 1) -> CompetencyGraph:
    """Return a graph of so many positions, all standards different, of ranks 1 to 9."""
    rng = random.Random(seed)
    made = make_catalogue(_TRAININGS, seed, batches=0)
    codes = sorted({gain["competency"] for item in made for gain in item["raises"]})
    shared = rng.sample(codes, _SHARED)
    families = [rng.sample(codes, _OWN) for _ in range(max(1, positions // _POSITIONS_OF_A_FAMILY))]
    posts = []
    for number in range(positions):
        rank = 1 + number % 9
        among = [*families[number % len(families)], *shared]
        asked = rng.sample(among, min(rng.randint(*_REQUIRED), len(among)))
        posts.append(Position(f"P{number:05d}", f"P{number:05d}", min_golongan=6 + rank, requirements=tuple(
            Requirement(code, min(5, max(1, (rank + rng.randint(0, 3)) // 2))) for code in asked)))
    return build(
        [Competency(code, code, CompetencyKind.TEKNIS) for code in codes],
        [Training(item["code"], item["code"], item["jp"], item["cost_idr"], item.get("min_golongan"),
                  parse_condition(item["entry"]), tuple(Raise(gain["competency"], gain["level"]) for gain in item["raises"]))
         for item in made], posts)


def questions_of(graph: CompetencyGraph, count: int) -> list[tuple[str, str]]:
    """Return pairs of positions of which the second asks for no lower a rank, and which chains connect."""
    rng, codes, found = random.Random(2), sorted(graph.positions), []
    careers = Careers(graph)
    lowest = {code: position.min_golongan or 0 for code, position in graph.positions.items()}
    while len(found) < count:
        one, other = sorted(rng.sample(codes, 2), key=lowest.__getitem__)
        if careers.ask(one, other).chains:
            found.append((one, other))
    return found


def seconds_of(graph: CompetencyGraph, questions: list[tuple[str, str]], chains: int) -> tuple[list[float], list[int]]:
    """Return how long each question takes a new map, and the hours of its cheapest chain."""
    taken, hours = [], []
    for source, target in questions:
        careers = Careers(graph)
        start = time.perf_counter()
        answer = careers.ask(source, target, chains=chains)
        taken.append(time.perf_counter() - start)
        hours.append(answer.chains[0].jp)
    return taken, hours


def plainly(graph: CompetencyGraph, questions: list[tuple[str, str]]) -> tuple[list[float], list[int]]:
    """Do the same by Dijkstra's search over exact costs, for one chain."""
    limits, positions = Limits(), list(graph.positions.values())
    near = Careers(graph).shortfalls <= limits.most_shortfall
    network = nx.DiGraph()
    for row, column in zip(*np.nonzero(near), strict=True):
        one, other = positions[row], positions[column]
        if one is not other and (other.min_golongan or 0) >= (one.min_golongan or 0):
            network.add_edge(one.code, other.code)
    taken, hours = [], []
    for source, target in questions:
        paths = UndatedPaths(graph)
        start = time.perf_counter()

        def cost(one: str, other: str, _: object, paths: UndatedPaths = paths) -> int:
            before, after = graph.positions[one], graph.positions[other]
            holder = holder_of(graph, before)
            learning = paths.cheapest(after, Learner(holder.levels, holder.completed, after.min_golongan))
            return ((learning.open_steps * 10**9 + learning.jp) * 10**15 + learning.cost_idr) * 10**6 + 1

        length = nx.dijkstra_path_length(network, source, target, weight=cost)
        taken.append(time.perf_counter() - start)
        hours.append(length // 10**21 % 10**9)
    return taken, hours


@click.command()
@click.option("--positions", type=click.IntRange(min=50), multiple=True, default=(276, 1000), show_default=True)
@click.option("--plain", type=click.IntRange(min=50), default=276, show_default=True, help="Positions of the map for the plain way.")
@click.option("--questions", type=click.IntRange(min=1), default=10, show_default=True)
def main(positions: tuple[int, ...], plain: int, questions: int) -> None:
    """Measure, and print."""
    for size in positions:
        graph = make_careers(size)
        asked = questions_of(graph, questions)
        for chains in (1, 4):
            taken, _ = seconds_of(graph, asked, chains)
            click.echo(f"{size} positions, {chains} chains at most: median {statistics.median(taken):.2f} s, most {max(taken):.2f} s")
    graph = make_careers(plain)
    asked = questions_of(graph, max(1, questions // 3))
    (ours, hours), (theirs, others) = seconds_of(graph, asked, 1), plainly(graph, asked)
    assert hours == others
    click.echo(f"{plain} positions, one chain: median {statistics.median(ours):.2f} s, Dijkstra over exact costs "
               f"{statistics.median(theirs):.2f} s = {statistics.median(theirs) / statistics.median(ours):.1f} x ours")


if __name__ == "__main__":
    main()
