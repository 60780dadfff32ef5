"""What lies around a node: the part of the graph that a reader can take in at once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from kompetensi.graph.build import CompetencyGraph, Node
from kompetensi.graph.elements import CompetencyKind, EdgeKind, NodeKind

__all__ = ["Near", "NearEdge", "Neighbourhood", "UnknownNode", "neighbourhood", "overview", "parse_node"]

_ORDER = {NodeKind.TRAINING: 0, NodeKind.COMPETENCY: 1, NodeKind.POSITION: 2}


class UnknownNode(LookupError):
    """The graph has no such node."""


@dataclass(frozen=True, slots=True)
class Near:
    """A node with its distance from the focus, in edges of either direction."""

    node: Node
    name: str
    distance: int


@dataclass(frozen=True, slots=True)
class NearEdge:
    """An edge between two shown nodes.

    Attributes
    ----------
    level : int or None
        Of raises, requires and demands on a competency.
    importance : str
        Of demands; otherwise empty.
    """

    source: Node
    target: Node
    kind: EdgeKind
    level: int | None = None
    importance: str = ""


@dataclass(frozen=True, slots=True)
class Neighbourhood:
    """A part of the graph.

    Attributes
    ----------
    focus : (NodeKind, str) or None
        None for an overview without a middle.
    nodes : tuple of Near
        The focus first; then by distance, trainings before competencies before positions, those with more edges to
        nearer nodes first, ties by code.
    edges : tuple of NearEdge
        All edges between shown nodes, by kind, source and target.
    left_out : tuple of (NodeKind, int)
        How many nodes within the radius are not shown, for the kinds where there are any.
    """

    focus: Node | None
    nodes: tuple[Near, ...]
    edges: tuple[NearEdge, ...]
    left_out: tuple[tuple[NodeKind, int], ...]


def parse_node(text: str) -> Node:
    """Read a node written like ``position:ADM-KABID-ASET``.

    Raises
    ------
    ValueError
        If the part before the first colon is no kind of node.

    Examples
    --------
    >>> parse_node("training:PKP")
    (<NodeKind.TRAINING: 'training'>, 'PKP')
    """
    kind, _, code = text.partition(":")
    return NodeKind(kind.strip()), code.strip()


def neighbourhood(graph: CompetencyGraph, focus: Node, radius: int, limit: int) -> Neighbourhood:
    """Return what lies within some edges of a node, whatever their direction.

    Parameters
    ----------
    graph : CompetencyGraph
    focus : (NodeKind, str)
    radius : int
        In edges, at least 0.
    limit : int
        Most nodes to show, the focus included, at least 1. Nearer nodes are kept first, in the order of
        `Neighbourhood.nodes`.

    Raises
    ------
    UnknownNode
        If the graph does not have `focus`.

    Notes
    -----
    A node beyond the limit still leads on: what is counted as left out is everything within the radius.
    Complexity O(V log V + E) of that part.
    """
    network = graph.network
    if focus not in network:
        raise UnknownNode(focus)
    distances: dict[Node, int] = {focus: 0}
    shown: list[Node] = [focus]
    left_out: dict[NodeKind, int] = {}
    ring = [focus]
    for distance in range(1, radius + 1):
        ties: dict[Node, int] = {}
        for node in ring:
            for other in _neighbours(graph, node):
                if other not in distances:
                    ties[other] = ties.get(other, 0) + 1
        ring = sorted(ties, key=lambda node: (_ORDER[node[0]], -ties[node], node[1]))
        distances |= dict.fromkeys(ring, distance)
        room = max(0, limit - len(shown))
        shown += ring[:room]
        for kind, _ in ring[room:]:
            left_out[kind] = left_out.get(kind, 0) + 1
    return _part(graph, focus, [(node, distances[node]) for node in shown], left_out)


def overview(graph: CompetencyGraph, limit: int) -> Neighbourhood:
    """Return competencies with the trainings around them, without positions: what there is to learn.

    Technical competencies come before the others, which nearly every training raises; those with the most edges
    first, ties by code. A competency comes with all its trainings or, where `limit` leaves no room for them, not at
    all.
    """
    shown: dict[Node, None] = {}
    left_out: dict[NodeKind, int] = {}
    wanted = sorted((node for node in graph.network if node[0] is NodeKind.COMPETENCY),
                    key=lambda node: (graph.competencies[node[1]].kind is not CompetencyKind.TEKNIS,
                                      -graph.network.degree(node), node[1]))
    for competency in wanted:
        group = [node for node in [competency, *_neighbours(graph, competency)]
                 if node[0] is not NodeKind.POSITION and node not in shown]
        if len(shown) + len(group) <= limit:
            shown |= dict.fromkeys(group)
    for node in graph.network:
        if node not in shown:
            left_out[node[0]] = left_out.get(node[0], 0) + 1
    ordered = sorted(shown, key=lambda node: (_ORDER[node[0]], node[1]))
    return _part(graph, None, [(node, 0) for node in ordered], left_out)


def _neighbours(graph: CompetencyGraph, node: Node) -> list[Node]:
    """Return the nodes next to a node, each once, in an order that does not depend on how the graph was built."""
    network = graph.network
    return sorted({*network.successors(node), *network.predecessors(node)} - {node})


def _part(
    graph: CompetencyGraph, focus: Node | None, nodes: list[tuple[Node, int]], left_out: dict[NodeKind, int]
) -> Neighbourhood:
    near = tuple(Near(node, graph.network.nodes[node]["name"], distance) for node, distance in nodes)
    edges = sorted(_edges(graph, {node for node, _ in nodes}), key=lambda edge: (edge.kind, edge.source, edge.target))
    counts = tuple((kind, left_out[kind]) for kind in _ORDER if left_out.get(kind))
    return Neighbourhood(focus, near, tuple(edges), counts)


def _edges(graph: CompetencyGraph, shown: set[Node]) -> Iterator[NearEdge]:
    for node in shown:
        for _, target, kind, attributes in graph.network.out_edges(node, keys=True, data=True):
            if target in shown:
                yield NearEdge(node, target, kind, attributes.get("level"), attributes.get("importance", ""))
