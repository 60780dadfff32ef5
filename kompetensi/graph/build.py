"""From elements to a typed directed graph. Broken references stay out of the graph and are told by `check`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, TypeAlias

import networkx as nx

from kompetensi.graph.conditions import HasTraining, leaves
from kompetensi.graph.elements import Competency, EdgeKind, NodeKind, Position, Relation, Training

__all__ = ["CompetencyGraph", "Node", "build"]

Node: TypeAlias = tuple[NodeKind, str]


@dataclass(frozen=True, slots=True)
class CompetencyGraph:
    """Competencies, trainings and positions with their typed edges.

    Attributes
    ----------
    competencies, trainings, positions : mapping of str to element
        By code, in order of code, whatever the order they were given in.
    relations : tuple of Relation
        Sorted.
    network : networkx.MultiDiGraph
        Nodes ``(NodeKind, code)``, edges keyed by `EdgeKind` with attribute ``level`` or ``importance`` where they
        have one. It holds only edges whose two ends exist.
    """

    competencies: Mapping[str, Competency]
    trainings: Mapping[str, Training]
    positions: Mapping[str, Position]
    relations: tuple[Relation, ...]
    network: Any = field(compare=False, repr=False)


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
    by_code = {item.code: item for item in competencies}
    by_training = {item.code: item for item in trainings}
    by_position = {item.code: item for item in positions}
    kept = tuple(sorted(set(relations), key=lambda item: (item.kind, item.source, item.target)))
    graph = CompetencyGraph(
        MappingProxyType(dict(sorted(by_code.items()))), MappingProxyType(dict(sorted(by_training.items()))),
        MappingProxyType(dict(sorted(by_position.items()))), kept, nx.MultiDiGraph())
    _add_nodes(graph)
    _add_edges(graph)
    return graph


def _add_nodes(graph: CompetencyGraph) -> None:
    graph.network.add_nodes_from(
        ((NodeKind.COMPETENCY, code), {"name": item.name}) for code, item in graph.competencies.items())
    graph.network.add_nodes_from(
        ((NodeKind.TRAINING, code), {"name": item.name}) for code, item in graph.trainings.items())
    graph.network.add_nodes_from(
        ((NodeKind.POSITION, code), {"name": item.name}) for code, item in graph.positions.items())


def _add_edges(graph: CompetencyGraph) -> None:
    network = graph.network

    def connect(source: Node, target: Node, kind: EdgeKind, **attributes: Any) -> None:
        if source in network and target in network:
            network.add_edge(source, target, key=kind, **attributes)

    for training in graph.trainings.values():
        here = (NodeKind.TRAINING, training.code)
        for gain in training.raises:
            connect(here, (NodeKind.COMPETENCY, gain.competency), EdgeKind.RAISES, level=gain.level)
        for leaf in leaves(training.entry):
            if isinstance(leaf, HasTraining):
                connect(here, (NodeKind.TRAINING, leaf.code), EdgeKind.REQUIRES)
            else:
                connect(here, (NodeKind.COMPETENCY, leaf.competency), EdgeKind.REQUIRES, level=leaf.level)
        if training.equivalent:
            connect(here, (NodeKind.TRAINING, training.equivalent), EdgeKind.EQUIVALENT)
    for position in graph.positions.values():
        here = (NodeKind.POSITION, position.code)
        for requirement in position.requirements:
            connect(here, (NodeKind.COMPETENCY, requirement.competency), EdgeKind.DEMANDS,
                    level=requirement.level, importance=requirement.importance.value)
        for demand in position.trainings:
            connect(here, (NodeKind.TRAINING, demand.training), EdgeKind.DEMANDS,
                    importance=demand.importance.value)
    for relation in graph.relations:
        connect((NodeKind.COMPETENCY, relation.source), (NodeKind.COMPETENCY, relation.target), relation.kind)
