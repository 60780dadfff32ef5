"""From elements to a typed directed graph, whole or by what has changed. `check` tells the references that are broken."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, TypeAlias

import networkx as nx

from kompetensi.graph.conditions import HasTraining, leaves
from kompetensi.graph.elements import Competency, EdgeKind, NodeKind, Position, Relation, Training

__all__ = ["CompetencyGraph", "Node", "build", "change"]

Node: TypeAlias = tuple[NodeKind, str]
_Element: TypeAlias = Competency | Training | Position
_Link: TypeAlias = tuple[Node, EdgeKind, dict[str, Any]]

_RANK = {NodeKind.COMPETENCY: 0, NodeKind.TRAINING: 1, NodeKind.POSITION: 2}


@dataclass(frozen=True, slots=True)
class CompetencyGraph:
    """Competencies, trainings and positions with their typed edges. It never changes; `change` gives another one.

    Attributes
    ----------
    competencies, trainings, positions : mapping of str to element
        By code, in order of code, whatever the order they were given in.
    relations : tuple of Relation
        Sorted.
    network : networkx.MultiDiGraph
        Nodes ``(NodeKind, code)``, edges keyed by `EdgeKind` with attribute ``level`` or ``importance`` where they
        have one. It holds only edges whose two ends exist. Competencies come first, then trainings, then positions,
        each in order of code; the edges into a node come in that order of their sources, those out of it in the order
        in which its element names their targets. It shares parts with other graphs: look at it, never change it.
    awaited : mapping of Node to frozenset of Node
        Of the elements that name something the graph does not have: what that is.
    """

    competencies: Mapping[str, Competency]
    trainings: Mapping[str, Training]
    positions: Mapping[str, Position]
    relations: tuple[Relation, ...]
    network: Any = field(compare=False, repr=False)
    awaited: Mapping[Node, frozenset[Node]] = field(compare=False, repr=False)


def build(
    competencies: Iterable[Competency], trainings: Iterable[Training], positions: Iterable[Position],
    relations: Iterable[Relation] = (),
) -> CompetencyGraph:
    """Build the graph; of elements with the same code the last one given counts.

    Examples
    --------
    >>> from kompetensi.graph.elements import CompetencyKind, Raise
    >>> tek = Competency("TEK-A", "A", CompetencyKind.TEKNIS)
    >>> graph = build([tek], [Training("T", "T", raises=(Raise("TEK-A", 2),))], [])
    >>> graph.network.number_of_edges()
    1
    """
    nothing: Mapping[Any, Any] = MappingProxyType({})
    empty = CompetencyGraph(nothing, nothing, nothing, (), nx.MultiDiGraph(), nothing)
    return change(empty, competencies=competencies, trainings=trainings, positions=positions, relations=relations)


def change(
    graph: CompetencyGraph, *, competencies: Iterable[Competency] = (), trainings: Iterable[Training] = (),
    positions: Iterable[Position] = (), relations: Iterable[Relation] | None = None, removed: Iterable[Node] = (),
) -> CompetencyGraph:
    """Return the graph with some elements added, replaced or removed.

    Parameters
    ----------
    graph : CompetencyGraph
        Stays as it is.
    competencies, trainings, positions : iterable of element
        Added, or in the place of the element with their code; of two with the same code the last one given counts.
        One that the graph has already in just this form costs nothing.
    relations : iterable of Relation or None
        All relations from now on; None = as they are.
    removed : iterable of Node
        Taken out before the others come in; what the graph does not have is passed over. Who names a removed element
        keeps naming it, without an edge, until it is there again.

    Returns
    -------
    CompetencyGraph
        Equal to `build` of the same elements, in its network, too, and the orders in it; `graph` itself when nothing
        differs.

    Notes
    -----
    The tables of nodes are copied, in O(V) quick steps; all else is done for the changed elements and their
    neighbours only, and shared with `graph`. A new code also sorts the tables.

    Examples
    --------
    >>> from kompetensi.graph.elements import CompetencyKind, Raise
    >>> later = change(build([], [Training("T", "T", raises=(Raise("TEK-A", 2),))], []),
    ...                competencies=[Competency("TEK-A", "A", CompetencyKind.TEKNIS)])
    >>> list(later.network.pred[NodeKind.COMPETENCY, "TEK-A"])
    [(<NodeKind.TRAINING: 'training'>, 'T')]
    """
    fresh: dict[Node, _Element] = {}
    for kind, items in ((NodeKind.COMPETENCY, competencies), (NodeKind.TRAINING, trainings), (NodeKind.POSITION, positions)):
        fresh.update(((kind, item.code), item) for item in items)
    tables: dict[NodeKind, Mapping[str, Any]] = {
        NodeKind.COMPETENCY: graph.competencies, NodeKind.TRAINING: graph.trainings, NodeKind.POSITION: graph.positions}
    gone = {node for node in removed if node not in fresh and node[1] in tables[node[0]]}
    fresh = {node: item for node, item in fresh.items() if tables[node[0]].get(node[1]) != item}
    kept = graph.relations if relations is None else tuple(
        sorted(set(relations), key=lambda item: (item.kind, item.source, item.target)))
    related = {(NodeKind.COMPETENCY, item.source) for item in {*kept} ^ {*graph.relations}}
    if not (fresh or gone or related):
        return graph
    tables = {kind: _table(kind, table, fresh, gone) for kind, table in tables.items()}
    weaving = _Weaving(graph, tables, kept)
    weaving.weave(fresh, gone, related)
    return CompetencyGraph(tables[NodeKind.COMPETENCY], tables[NodeKind.TRAINING], tables[NodeKind.POSITION], kept,
                           weaving.network, MappingProxyType(weaving.awaited))


def _table(
    kind: NodeKind, table: Mapping[str, Any], fresh: Mapping[Node, _Element], gone: Collection[Node]
) -> Mapping[str, Any]:
    own = {code: item for (of, code), item in fresh.items() if of is kind}
    lost = [code for of, code in gone if of is kind]
    if not own and not lost:
        return table
    merged = {**table, **own}
    for code in lost:
        del merged[code]
    return MappingProxyType(merged if own.keys() <= table.keys() else dict(sorted(merged.items())))


def _place(node: Node) -> tuple[int, str]:
    return _RANK[node[0]], node[1]


def _links_of(item: _Element, relations: Iterable[Relation]) -> Iterator[_Link]:
    """Yield what an element names, whether it exists or not; `relations` are those that start at it."""
    match item:
        case Training():
            for gain in item.raises:
                yield (NodeKind.COMPETENCY, gain.competency), EdgeKind.RAISES, {"level": gain.level}
            for leaf in leaves(item.entry):
                if isinstance(leaf, HasTraining):
                    yield (NodeKind.TRAINING, leaf.code), EdgeKind.REQUIRES, {}
                else:
                    yield (NodeKind.COMPETENCY, leaf.competency), EdgeKind.REQUIRES, {"level": leaf.level}
            if item.equivalent:
                yield (NodeKind.TRAINING, item.equivalent), EdgeKind.EQUIVALENT, {}
        case Position():
            for requirement in item.requirements:
                yield (NodeKind.COMPETENCY, requirement.competency), EdgeKind.DEMANDS, {
                    "level": requirement.level, "importance": requirement.importance.value}
            for demand in item.trainings:
                yield (NodeKind.TRAINING, demand.training), EdgeKind.DEMANDS, {"importance": demand.importance.value}
        case Competency():
            for relation in relations:
                yield (NodeKind.COMPETENCY, relation.target), relation.kind, {}


class _Weaving:
    """A network in the making that shares with the former one whatever stays.

    It works on the dictionaries of networkx themselves (node -> attributes, node -> neighbour -> edges by key, and the
    same backwards), for `MultiDiGraph.copy` copies every edge. The outer ones are its own; an inner one is replaced
    or copied before it changes.
    """

    def __init__(
        self, former: CompetencyGraph, tables: Mapping[NodeKind, Mapping[str, Any]], relations: Iterable[Relation]
    ) -> None:
        self.tables = tables
        self.network = nx.MultiDiGraph()
        self.names: dict[Node, dict[str, Any]] = dict(former.network._node)
        self.after: dict[Node, dict[Node, Any]] = dict(former.network._adj)
        self.before: dict[Node, dict[Node, Any]] = dict(former.network._pred)
        self.network._node, self.network._adj, self.network._pred = self.names, self.after, self.before
        self.awaited = dict(former.awaited)
        self.relations: dict[str, list[Relation]] = defaultdict(list)
        for relation in relations:
            self.relations[relation.source].append(relation)
        self._own: set[Node] = set()
        self._unsorted: set[Node] = set()

    def weave(self, fresh: Mapping[Node, _Element], gone: Collection[Node], related: Collection[Node]) -> None:
        """Take out what is gone, put in what is new, and tie anew whatever is, names or awaits one of them."""
        touched = {*fresh, *(node for node in related if node[1] in self.tables[node[0]])}
        for node in gone:
            touched.update(self.before[node])
            self._tie(node, {})
        for node in gone:
            del self.names[node], self.after[node], self.before[node]
        arrived = {node for node in fresh if node not in self.names}
        if arrived:
            touched.update(source for source, targets in self.awaited.items() if not targets.isdisjoint(arrived))
        self._name(fresh)
        for node in sorted(touched.difference(gone), key=_place):
            links: dict[Node, dict[EdgeKind, dict[str, Any]]] = {}
            for target, kind, attributes in _links_of(self.tables[node[0]][node[1]], self.relations.get(node[1], ())):
                links.setdefault(target, {}).setdefault(kind, {}).update(attributes)
            self._tie(node, links)
        for node in self._unsorted:
            into = self.before[node]
            self.before[node] = {source: into[source] for source in sorted(into, key=_place)}

    def _name(self, fresh: Mapping[Node, _Element]) -> None:
        last = next(reversed(self.names), None)
        arrived = sorted((node for node in fresh if node not in self.names), key=_place)
        for node in (*arrived, *fresh):
            self.names[node] = {"name": fresh[node].name}
        for node in arrived:
            self.after[node], self.before[node] = {}, {}
        if arrived and last is not None and _place(arrived[0]) < _place(last):
            order = sorted(self.names, key=_place)
            tables: tuple[dict[Node, Any], ...] = (self.names, self.after, self.before)
            for table in tables:
                rows = [table[node] for node in order]
                table.clear()
                table.update(zip(order, rows, strict=True))

    def _tie(self, source: Node, links: Mapping[Node, dict[EdgeKind, dict[str, Any]]]) -> None:
        """Let the edges out of a node be these; what does not exist is awaited instead."""
        known = {target: edges for target, edges in links.items() if target in self.names}
        for target in self.after[source]:
            if target not in known and target in self.before:
                del self._into(target)[source]
        for target, edges in known.items():
            into = self._into(target)
            if into and source not in into and _place(source) < _place(next(reversed(into))):
                self._unsorted.add(target)
            into[source] = edges
        self.after[source] = known
        if len(known) < len(links):
            self.awaited[source] = frozenset(links.keys() - known.keys())
        else:
            self.awaited.pop(source, None)

    def _into(self, target: Node) -> dict[Node, Any]:
        """Return the edges into a node, as a table that may be changed."""
        if target not in self._own:
            self._own.add(target)
            self.before[target] = dict(self.before[target])
        return self.before[target]
