"""Where boxes and arrows of a graph go: by graphviz-pure, or in plain layers of our own where it cannot run."""

from __future__ import annotations

import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import networkx as nx

__all__ = ["Arrow", "Box", "Drawing", "PlacedArrow", "PlacedBox", "draw", "draw_in_layers"]

# Graphviz reckons in inches of 72 points; one point is one unit of the drawing.
_INCH = 72
_TIME_LIMIT_S = 5
_MARGIN = 4
_GAP_Y = 14
_GAP_X = 80
_PROGRAM = "graphviz-pure"


@dataclass(frozen=True, slots=True)
class Box:
    """A node to be placed; `layer` counts from the left and is a wish, kept by the layers of our own."""

    key: str
    width: int
    height: int
    layer: int = 0


@dataclass(frozen=True, slots=True)
class Arrow:
    """An arrow from one box to another, drawn from left to right."""

    source: str
    target: str


@dataclass(frozen=True, slots=True)
class PlacedBox:
    """A box with its upper left corner."""

    key: str
    x: float
    y: float
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class PlacedArrow:
    """An arrow as cubic Bezier curves.

    Attributes
    ----------
    points : tuple of (float, float)
        The start, then three points for each curve.
    """

    source: str
    target: str
    points: tuple[tuple[float, float], ...]

    @property
    def path(self) -> str:
        """The curve as an SVG path, ending where the head begins."""
        first, *rest = (f"{x:g} {y:g}" for x, y in self.points)
        return f"M{first}C{' '.join(rest)}"

    @property
    def end(self) -> tuple[float, float]:
        """Where the head begins."""
        return self.points[-1]


@dataclass(frozen=True, slots=True)
class Drawing:
    """Everything placed, in units of the SVG; y grows downwards."""

    width: float
    height: float
    boxes: tuple[PlacedBox, ...]
    arrows: tuple[PlacedArrow, ...]


@lru_cache(maxsize=256)
def draw(boxes: tuple[Box, ...], arrows: tuple[Arrow, ...]) -> Drawing:
    """Place boxes so that arrows run from left to right and cross little.

    Notes
    -----
    The same input gives the same drawing. Graphviz is asked first; if it is missing, fails or takes longer than five
    seconds, `draw_in_layers` answers.
    """
    program = _find_program()
    if program is not None and boxes:
        try:
            answer = subprocess.run(
                [program, "-Tplain"], input=_dot(boxes, arrows), capture_output=True, text=True, check=True,
                timeout=_TIME_LIMIT_S)
            return _read_plain(boxes, arrows, answer.stdout)
        except (OSError, subprocess.SubprocessError, ValueError, KeyError, IndexError):
            pass
    return draw_in_layers(boxes, arrows)


def _find_program() -> str | None:
    beside = [Path(sysconfig.get_path("scripts")) / _PROGRAM, Path(sys.executable).parent / _PROGRAM]
    return next((str(path) for path in beside if path.exists()), None) or shutil.which(_PROGRAM)


def _dot(boxes: Sequence[Box], arrows: Sequence[Arrow]) -> str:
    # Boxes are numbered: what a code holds can then never be read as DOT.
    numbers = {box.key: number for number, box in enumerate(boxes)}
    lines = ["digraph g {", f"rankdir=LR; nodesep={_GAP_Y / _INCH:.3f}; ranksep={_GAP_X / _INCH:.3f};",
             'node [shape=box fixedsize=true label=""]; edge [arrowsize=0.7];']
    lines += [f"n{numbers[box.key]} [width={box.width / _INCH:.4f} height={box.height / _INCH:.4f}];" for box in boxes]
    # Arrows leave at the right and arrive at the left, so that every head points to the right.
    lines += [f"n{numbers[arrow.source]}:e -> n{numbers[arrow.target]}:w;" for arrow in arrows]
    return "\n".join([*lines, "}"])


def _read_plain(boxes: tuple[Box, ...], arrows: tuple[Arrow, ...], text: str) -> Drawing:
    """Read Graphviz' plain format: inches, y growing upwards, nodes by their middle, edges in any order."""
    rows = [line.split() for line in text.splitlines()]
    width, height = (float(number) * _INCH for number in rows[0][2:4])

    def place(x: str, y: str) -> tuple[float, float]:
        return round(float(x) * _INCH + _MARGIN, 1), round(height - float(y) * _INCH + _MARGIN, 1)

    middles = {_number(row[1]): place(row[2], row[3]) for row in rows if row[0] == "node"}
    placed = tuple(
        PlacedBox(box.key, round(middles[number][0] - box.width / 2, 1), round(middles[number][1] - box.height / 2, 1),
                  box.width, box.height) for number, box in enumerate(boxes))
    curves: dict[tuple[str, str], list[tuple[tuple[float, float], ...]]] = {}
    for row in rows:
        if row[0] == "edge":
            count = int(row[3])
            points = tuple(place(row[4 + 2 * at], row[5 + 2 * at]) for at in range(count))
            ends = boxes[_number(row[1])].key, boxes[_number(row[2])].key
            curves.setdefault(ends, []).append(points)
    by_key = {box.key: box for box in placed}
    drawn = tuple(_smooth(by_key[arrow.source], by_key[arrow.target], curves[arrow.source, arrow.target].pop(0))
                  for arrow in arrows)
    return Drawing(round(width + 2 * _MARGIN, 1), round(height + 2 * _MARGIN, 1), placed, drawn)


def _smooth(source: PlacedBox, target: PlacedBox, routed: tuple[tuple[float, float], ...]) -> PlacedArrow:
    """Draw to the next column by a plain curve; keep Graphviz' way round the boxes for whatever goes further."""
    if 0 < target.x - (source.x + source.width) <= 1.5 * _GAP_X:
        return _curve(source, target)
    return PlacedArrow(source.key, target.key, routed)


def _number(name: str) -> int:
    """Return the number of a box out of its name, which may carry the side where an arrow ends: ``n12:e``."""
    return int(name.partition(":")[0].lstrip("n"))


def draw_in_layers(boxes: Sequence[Box], arrows: Sequence[Arrow]) -> Drawing:
    """Place boxes in columns by their layer, pushed right of what points at them within the same layer.

    Inside a column boxes stand in the mean order of their neighbours to the left, ties in the order given. An arrow
    of a cycle may run backwards.
    """
    columns = _columns(boxes, arrows)
    height = max((sum(box.height + _GAP_Y for box in column) for column in columns), default=0)
    places: dict[str, PlacedBox] = {}
    x = float(_MARGIN)
    for column in columns:
        step = height / len(column)
        for at, box in enumerate(column):
            y = _MARGIN + step * at + (step - box.height) / 2
            places[box.key] = PlacedBox(box.key, round(x, 1), round(y, 1), box.width, box.height)
        x += max(box.width for box in column) + _GAP_X
    drawn = tuple(_curve(places[arrow.source], places[arrow.target]) for arrow in arrows)
    return Drawing(max(x - _GAP_X, 0) + _MARGIN, height + 2 * _MARGIN,
                   tuple(places[box.key] for box in boxes), drawn)


def _columns(boxes: Sequence[Box], arrows: Sequence[Arrow]) -> list[list[Box]]:
    network = nx.DiGraph()
    network.add_nodes_from(box.key for box in boxes)
    layers = {box.key: box.layer for box in boxes}
    network.add_edges_from((arrow.source, arrow.target) for arrow in arrows
                           if layers[arrow.source] == layers[arrow.target] and arrow.source != arrow.target)
    depth: dict[str, int] = {}
    inside = nx.condensation(network)
    for part in nx.topological_sort(inside):
        deep = max((depth[f"part {before}"] + 1 for before in inside.predecessors(part)), default=0)
        depth[f"part {part}"] = deep
        depth |= dict.fromkeys(inside.nodes[part]["members"], deep)
    groups: dict[tuple[int, int], list[Box]] = {}
    for box in boxes:
        groups.setdefault((box.layer, depth[box.key]), []).append(box)
    columns = [groups[key] for key in sorted(groups)]
    rows = {box.key: at for at, box in enumerate(columns[0])} if columns else {}
    for column in columns[1:]:
        before = {box.key: [rows[arrow.source] for arrow in arrows if arrow.target == box.key and arrow.source in rows]
                  for box in column}
        column.sort(key=lambda box: sum(before[box.key]) / len(before[box.key]) if before[box.key] else 0.0)
        rows |= {box.key: at for at, box in enumerate(column)}
    return columns


def _curve(source: PlacedBox, target: PlacedBox) -> PlacedArrow:
    start = (source.x + source.width, round(source.y + source.height / 2, 1))
    end = (round(target.x - 8, 1), round(target.y + target.height / 2, 1))
    bend = round((end[0] - start[0]) / 2, 1)
    return PlacedArrow(source.key, target.key, (start, (start[0] + bend, start[1]), (end[0] - bend, end[1]), end))
