"""The competency graph for people: searched, and drawn around a node."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from kompetensi.adapters.graph_layout import Arrow, Box, Drawing, draw
from kompetensi.errors import InvalidInput, NotFound
from kompetensi.graph.build import CompetencyGraph, Node
from kompetensi.graph.check import unreachable
from kompetensi.graph.elements import EdgeKind, NodeKind
from kompetensi.graph.neighbourhood import (
    Near,
    NearEdge,
    Neighbourhood,
    UnknownNode,
    neighbourhood,
    overview,
    parse_node,
)
from kompetensi.messages import Message, say
from kompetensi.rules.access import Actor
from kompetensi.services.access import require
from kompetensi.services.catalogue import fold
from kompetensi.services.snapshot import load_graph

__all__ = ["MOST_NODES", "MOST_STEPS", "GraphHit", "GraphLine", "GraphNode", "GraphPage", "find_nodes", "graph_page"]

# More than this nobody takes in at once; the page says what it leaves out.
MOST_NODES = 60
MOST_STEPS = 2
_MOST_NODES_OF_OVERVIEW = 40
_MOST_HITS = 30
_BOX_WIDTH = 200
# Height of a box by the lines of its name; the caption stands below.
_BOX_HEIGHTS = {1: 48, 2: 64}
_LETTERS_A_LINE = 22
_LAYERS = {NodeKind.TRAINING: 0, NodeKind.COMPETENCY: 1, NodeKind.POSITION: 2}


@dataclass(frozen=True, slots=True)
class GraphHit:
    """A node that a search found; `key` is written like ``position:ADM-KABID-ASET``."""

    key: str
    kind: str
    code: str
    name: str


@dataclass(frozen=True, slots=True)
class GraphNode:
    """A node as it is drawn.

    Attributes
    ----------
    lines : tuple of str
        The name in one line or two, shortened where it is longer.
    caption : Message
        What matters most about it.
    out_of_reach : bool
        A position or competency for which some level is given by no training.
    """

    key: str
    kind: str
    code: str
    name: str
    distance: int
    lines: tuple[str, ...]
    caption: Message
    x: float
    y: float
    width: int
    height: int
    out_of_reach: bool


@dataclass(frozen=True, slots=True)
class GraphLine:
    """An arrow as it is drawn, in the direction of learning: prerequisite, training, competency, position.

    Attributes
    ----------
    label : str
        The level, or empty.
    label_x, label_y : float
        Where the label stands, near the end that is further from the focus.
    """

    kind: str
    source: str
    target: str
    path: str
    end_x: float
    end_y: float
    label: str
    label_x: float
    label_y: float
    importance: str


@dataclass(frozen=True, slots=True)
class GraphPage:
    """What the page of the graph shows.

    Attributes
    ----------
    focus : GraphNode or None
    nodes : tuple of GraphNode
        The focus first, then by distance, kind and name's place in `Neighbourhood`.
    groups : tuple of (Message, tuple of (GraphNode, Message))
        The same as lists: what each edge of the focus says, with the neighbours; for an overview all nodes by kind.
    left_out : tuple of (str, int)
        Kind and count of the nodes within the radius that are not drawn.
    answer : Message
        What the picture says, in one sentence.
    """

    focus: GraphNode | None
    radius: int
    width: float
    height: float
    nodes: tuple[GraphNode, ...]
    lines: tuple[GraphLine, ...]
    groups: tuple[tuple[Message, tuple[tuple[GraphNode, Message], ...]], ...]
    left_out: tuple[tuple[str, int], ...]
    answer: Message


def find_nodes(session: Session, actor: Actor, text: str, *, on: date) -> tuple[GraphHit, ...]:
    """Find nodes whose code or name hold every word of a text: the first thirty, names that begin with it first."""
    require(session, actor, "catalogue.view", on=on)
    words = fold(text).split()
    if not words:
        return ()
    graph = load_graph(session, on)
    ranked = []
    for kind, code in graph.network:
        name = graph.network.nodes[kind, code]["name"]
        folded = fold(name)
        if all(word in folded or word in fold(code) for word in words):
            exact = fold(code) == " ".join(words)
            ranked.append(((not exact, not folded.startswith(" ".join(words)), _LAYERS[kind], folded, code), kind))
    return tuple(GraphHit(f"{kind.value}:{place[-1]}", kind.value, place[-1], graph.network.nodes[kind, place[-1]]["name"])
                 for place, kind in sorted(ranked)[:_MOST_HITS])


def graph_page(session: Session, actor: Actor, focus: str, radius: int, *, on: date) -> GraphPage:
    """Draw what lies around a node, or an overview of trainings and competencies when `focus` is empty.

    Parameters
    ----------
    focus : str
        Written like ``position:ADM-KABID-ASET``; empty for the overview.
    radius : int
        1 to `MOST_STEPS` edges.

    Raises
    ------
    InvalidInput
        If the radius is outside its bounds or the focus is written otherwise.
    NotFound
        If the graph of the day has no such node.
    """
    require(session, actor, "catalogue.view", on=on)
    graph = load_graph(session, on)
    if not 1 <= radius <= MOST_STEPS:
        raise InvalidInput(say("Jarak harus 1 sampai %(most)s langkah.", most=MOST_STEPS), where="radius")
    part = _part(graph, focus, radius)
    drawing, sides = _draw(part)
    unreached = _out_of_reach(graph, part)
    captions = _Captions(graph)
    nodes = {near.node: _node(near, place, captions, near.node in unreached)
             for near, place in zip(part.nodes, drawing.boxes, strict=True)}
    distances = {near.node: near.distance for near in part.nodes}
    lines = tuple(
        GraphLine(edge.kind.value, arrow.source, arrow.target, arrow.path, *arrow.end, _label(edge),
                  *_label_place(arrow.points, distances[left], distances[right]), edge.importance)
        for edge, (left, right), arrow in zip(part.edges, sides, drawing.arrows, strict=True))
    groups = _groups(part, nodes)
    return GraphPage(
        nodes[part.focus] if part.focus else None, radius, drawing.width, drawing.height, tuple(nodes.values()), lines,
        groups, tuple((kind.value, count) for kind, count in part.left_out), _answer(graph, part, groups))


def _part(graph: CompetencyGraph, focus: str, radius: int) -> Neighbourhood:
    if not focus:
        return overview(graph, _MOST_NODES_OF_OVERVIEW)
    try:
        return neighbourhood(graph, parse_node(focus), radius, MOST_NODES)
    except ValueError:
        raise InvalidInput(say("“%(focus)s” bukan simpul; tulis seperti position:ADM-KABID-ASET.", focus=focus),
                           where="focus") from None
    except UnknownNode:
        raise NotFound(say("Tidak ada simpul “%(focus)s” dalam graf hari ini.", focus=focus), where="focus") from None


def _out_of_reach(graph: CompetencyGraph, part: Neighbourhood) -> set[Node]:
    """Return the positions that ask for a level which no training gives, and the competencies asked for so here."""
    found = {(item.position, item.competency) for item in unreachable(graph)}
    nodes: set[Node] = {(NodeKind.POSITION, position) for position, _ in found}
    asked = {(edge.source[1], edge.target[1]) for edge in part.edges if edge.kind is EdgeKind.DEMANDS}
    nodes |= {(NodeKind.COMPETENCY, competency) for _, competency in found & asked}
    if part.focus is not None and part.focus[0] is NodeKind.COMPETENCY:
        nodes |= {(NodeKind.COMPETENCY, competency) for _, competency in found if competency == part.focus[1]}
    return nodes


def _key(node: Node) -> str:
    return f"{node[0].value}:{node[1]}"


def _draw(part: Neighbourhood) -> tuple[Drawing, list[tuple[Node, Node]]]:
    """Lay the part out; what is asked for stands left of who asks: demands and requires are drawn backwards."""
    backwards = {EdgeKind.DEMANDS, EdgeKind.REQUIRES}
    sides = [(edge.target, edge.source) if edge.kind in backwards else (edge.source, edge.target)
             for edge in part.edges]
    boxes = tuple(Box(_key(near.node), _BOX_WIDTH, _BOX_HEIGHTS[len(_lines(near.name))], _LAYERS[near.node[0]])
                  for near in part.nodes)
    return draw(boxes, tuple(Arrow(_key(left), _key(right)) for left, right in sides)), sides


def _label(edge: NearEdge) -> str:
    return "" if edge.level is None else str(edge.level)


def _label_place(
    points: tuple[tuple[float, float], ...], left_distance: int, right_distance: int
) -> tuple[float, float]:
    """Return a point on the curve near its far end, where fewer arrows meet."""
    curve = points[:4] if left_distance > right_distance else points[-4:]
    share = 0.3 if left_distance > right_distance else 0.7
    if left_distance == right_distance:
        share = 0.5
    weights = ((1 - share) ** 3, 3 * share * (1 - share) ** 2, 3 * share**2 * (1 - share), share**3)
    x, y = (sum(weight * point[axis] for weight, point in zip(weights, curve, strict=True)) for axis in (0, 1))
    return round(x, 1), round(y, 1)


class _Captions:
    """What stands below a name in its box."""

    def __init__(self, graph: CompetencyGraph) -> None:
        self.graph = graph

    def __call__(self, node: Node) -> Message:
        kind, code = node
        if kind is NodeKind.TRAINING:
            training = self.graph.trainings[code]
            return say("%(jp)s JP", jp=training.jp)
        if kind is NodeKind.POSITION:
            return say("%(job_class)s · %(unit)s", job_class=self.graph.positions[code].job_class,
                       unit=self.graph.positions[code].unit)
        return say("%(kind)s · %(code)s", kind=self.graph.competencies[code].kind.value.lower(), code=code)


def _node(near: Near, place: object, captions: Callable[[Node], Message], out_of_reach: bool) -> GraphNode:
    kind, code = near.node
    return GraphNode(_key(near.node), kind.value, code, near.name, near.distance, _lines(near.name),
                     captions(near.node), place.x, place.y, place.width, place.height,  # type: ignore[attr-defined]
                     out_of_reach)


def _lines(name: str) -> tuple[str, ...]:
    return tuple(textwrap.wrap(name, _LETTERS_A_LINE, max_lines=2, placeholder=" …")) or ("–",)


_OUTWARD = {
    (EdgeKind.RAISES, NodeKind.COMPETENCY): say("Menaikkan"),
    (EdgeKind.REQUIRES, NodeKind.TRAINING): say("Mensyaratkan lulus"),
    (EdgeKind.REQUIRES, NodeKind.COMPETENCY): say("Mensyaratkan level"),
    (EdgeKind.DEMANDS, NodeKind.COMPETENCY): say("Mensyaratkan kompetensi"),
    (EdgeKind.DEMANDS, NodeKind.TRAINING): say("Meminta pelatihan"),
    (EdgeKind.BROADER, NodeKind.COMPETENCY): say("Bagian dari"),
    (EdgeKind.EQUIVALENT, NodeKind.TRAINING): say("Diakui sebagai"),
    (EdgeKind.EQUIVALENT, NodeKind.COMPETENCY): say("Setara dengan"),
}
_INWARD = {
    (EdgeKind.RAISES, NodeKind.TRAINING): say("Dinaikkan oleh"),
    (EdgeKind.REQUIRES, NodeKind.TRAINING): say("Membuka"),
    (EdgeKind.DEMANDS, NodeKind.POSITION): say("Dipersyaratkan oleh"),
    (EdgeKind.BROADER, NodeKind.COMPETENCY): say("Mencakup"),
    (EdgeKind.EQUIVALENT, NodeKind.TRAINING): say("Setara pula dengan"),
    (EdgeKind.EQUIVALENT, NodeKind.COMPETENCY): say("Setara dengan"),
}
_KINDS = {NodeKind.TRAINING: say("Pelatihan"), NodeKind.COMPETENCY: say("Kompetensi"), NodeKind.POSITION: say("Jabatan")}


def _groups(
    part: Neighbourhood, nodes: dict[Node, GraphNode]
) -> tuple[tuple[Message, tuple[tuple[GraphNode, Message], ...]], ...]:
    """Tell the edges of the focus as lists; then, for more than one step, the other nodes by kind."""
    groups: dict[Message, list[tuple[GraphNode, Message]]] = {}
    told: set[Node] = set()
    for edge in part.edges:
        if part.focus not in (edge.source, edge.target):
            continue
        outward = edge.source == part.focus
        other = edge.target if outward else edge.source
        title = _OUTWARD[edge.kind, other[0]] if outward else _INWARD[edge.kind, other[0]]
        words = say("level %(level)s", level=edge.level) if edge.level is not None else nodes[other].caption
        if edge.importance and edge.level is None:
            words = say("%(importance)s · %(words)s", importance=edge.importance, words=words)
        groups.setdefault(title, []).append((nodes[other], words))
        told.add(other)
    for near in part.nodes:
        if near.node not in told and near.node != part.focus:
            title = say("%(kind)s lain di sekitarnya", kind=_KINDS[near.node[0]]) if part.focus else _KINDS[near.node[0]]
            groups.setdefault(title, []).append((nodes[near.node], nodes[near.node].caption))
    return tuple((title, tuple(members)) for title, members in groups.items())


def _answer(
    graph: CompetencyGraph, part: Neighbourhood,
    groups: tuple[tuple[Message, tuple[tuple[GraphNode, Message], ...]], ...],
) -> Message:
    if part.focus is None:
        return say("%(competencies)s kompetensi, %(trainings)s pelatihan dan %(positions)s jabatan terhubung dalam "
                   "satu graf.", competencies=len(graph.competencies), trainings=len(graph.trainings),
                   positions=len(graph.positions))
    near = {title: len(members) for title, members in groups}
    kind, code = part.focus
    network = graph.network
    if kind is NodeKind.COMPETENCY:
        asking = sum(key is EdgeKind.DEMANDS for _, _, key in network.in_edges(part.focus, keys=True))
        raising = sum(key is EdgeKind.RAISES for _, _, key in network.in_edges(part.focus, keys=True))
        return say("Dipersyaratkan oleh %(positions)s jabatan, dinaikkan oleh %(trainings)s pelatihan.",
                   positions=asking, trainings=raising)
    if kind is NodeKind.TRAINING:
        return say("Menaikkan %(competencies)s kompetensi, diminta langsung oleh %(positions)s jabatan, membuka "
                   "%(trainings)s pelatihan lain.", competencies=len(graph.trainings[code].raises),
                   positions=sum(key is EdgeKind.DEMANDS for _, _, key in network.in_edges(part.focus, keys=True)),
                   trainings=near.get(_INWARD[EdgeKind.REQUIRES, NodeKind.TRAINING], 0))
    position = graph.positions[code]
    return say("Mensyaratkan %(competencies)s kompetensi dan meminta %(trainings)s pelatihan.",
               competencies=len(position.requirements), trainings=len(position.trainings))
