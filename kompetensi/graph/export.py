"""The graph in formats that other programs read: GraphML, DOT and JSON node-link. The same graph, the same bytes."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import networkx as nx

from kompetensi.graph.build import CompetencyGraph, Node
from kompetensi.graph.conditions import condition_text
from kompetensi.graph.elements import NO_CONDITION, EdgeKind, NodeKind

__all__ = ["FORMATS", "to_dot", "to_graphml", "to_json", "typed_network"]

# What XML 1.0 cannot hold, and the carriage return, which it would turn into another character.
_UNFIT = re.compile("[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_SHAPES = {NodeKind.COMPETENCY: "ellipse", NodeKind.TRAINING: "box", NodeKind.POSITION: "hexagon"}
_STYLES = {EdgeKind.RAISES: "solid", EdgeKind.REQUIRES: "dashed", EdgeKind.DEMANDS: "solid",
           EdgeKind.BROADER: "dotted", EdgeKind.EQUIVALENT: "dotted"}


def typed_network(graph: CompetencyGraph) -> Any:
    """Return the graph with text names and plain attributes, ready for any writer of networkx.

    Returns
    -------
    networkx.MultiDiGraph
        Nodes are named ``kind:code``, with ``kind``, ``code``, ``name`` and what their kind has besides. Edges have a
        key of their own (``kind`` and both ends), ``kind``, and ``level``, ``importance`` or ``weight`` where there is one.
        Entries and lists are JSON in a line of text. Nodes and edges are in order of their names. Attributes without a
        value are absent. It holds the whole catalogue but for references to what does not exist; see
        `kompetensi.exchange.graph_json`.
    """
    network = nx.MultiDiGraph()
    for node in sorted(graph.network):
        network.add_node(_name(node), **_filled(_attributes(graph, node)))
    edges = [(_name(source), _name(target), kind.value, attributes)
             for source, target, kind, attributes in graph.network.edges(keys=True, data=True)]
    weights = {(_name((NodeKind.POSITION, position.code)), _name((NodeKind.COMPETENCY, item.competency))): item.weight
               for position in graph.positions.values() for item in position.requirements}
    for source, target, kind, attributes in sorted(edges, key=lambda edge: edge[:3]):
        network.add_edge(source, target, key=f"{kind} {source} {target}", kind=kind,
                         **_filled(attributes | {"weight": weights.get((source, target))}))
    return network


def to_graphml(graph: CompetencyGraph) -> str:
    """Write GraphML; `networkx.read_graphml` gives back `typed_network`."""
    return "\n".join(nx.generate_graphml(typed_network(graph))) + "\n"


def to_json(graph: CompetencyGraph) -> str:
    """Write JSON in node-link form; `networkx.node_link_graph` gives back `typed_network`."""
    return json.dumps(nx.node_link_data(typed_network(graph), edges="edges"), ensure_ascii=False, indent=1) + "\n"


def to_dot(graph: CompetencyGraph) -> str:
    """Write DOT for Graphviz; kinds of nodes differ by shape, kinds of edges by line and label."""
    network = typed_network(graph)
    lines = ["digraph kompetensi {", "  rankdir=LR;"]
    for name, attributes in network.nodes(data=True):
        shape = _SHAPES[NodeKind(attributes["kind"])]
        lines.append(f"  {_quoted(name)} [{_listed({'label': attributes['name'], 'shape': shape})}];")
    for source, target, attributes in network.edges(data=True):
        label = " ".join(str(attributes[key]) for key in ("kind", "level", "importance") if key in attributes)
        style = _STYLES[EdgeKind(attributes["kind"])]
        lines.append(f"  {_quoted(source)} -> {_quoted(target)} [{_listed({'label': label, 'style': style})}];")
    return "\n".join([*lines, "}"]) + "\n"


FORMATS = {"graphml": to_graphml, "dot": to_dot, "json": to_json}
"""Writers by the name of their format."""


def _name(node: Node) -> str:
    return _UNFIT.sub("\ufffd", f"{node[0].value}:{node[1]}")


def _attributes(graph: CompetencyGraph, node: Node) -> Mapping[str, Any]:
    kind, code = node
    if kind is NodeKind.COMPETENCY:
        competency = graph.competencies[code]
        own: dict[str, Any] = {"competency_kind": competency.kind.value, "urusan": competency.urusan}
    elif kind is NodeKind.TRAINING:
        training = graph.trainings[code]
        own = {"jp": training.jp, "cost_idr": training.cost_idr, "offered": training.offered.value,
               "min_golongan": training.min_golongan, "validity_years": training.validity_years,
               "entry": condition_text(training.entry) if training.entry != NO_CONDITION else None,
               "target_classes": _compact(training.target_classes) if training.target_classes else None}
    else:
        position = graph.positions[code]
        own = {"unit": position.unit, "unit_name": position.unit_name, "job_class": position.job_class,
               "urusan": position.urusan, "min_golongan": position.min_golongan,
               "min_golongan_code": position.min_golongan_code, "min_education": position.min_education,
               "min_education_code": position.min_education_code,
               "education_fields": _compact(position.education_fields) if position.education_fields else None,
               "min_experience_years": position.min_experience_years, "standard_version": position.standard_version,
               "valid_from": position.valid_from.isoformat() if position.valid_from else None,
               "invented": position.invented}
    return {"kind": kind.value, "code": code, "name": graph.network.nodes[node]["name"], **own}


def _compact(value: Any) -> str:
    """Write what is no plain value as one line of JSON, because GraphML knows nothing but plain values."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _filled(attributes: Mapping[str, Any]) -> dict[str, Any]:
    return {key: _UNFIT.sub("\ufffd", value) if isinstance(value, str) else value
            for key, value in attributes.items() if value is not None and value != ""}


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ") + '"'


def _listed(attributes: Mapping[str, str]) -> str:
    def pairs() -> Iterator[str]:
        for key, value in attributes.items():
            yield f"{key}={_quoted(value)}"

    return ", ".join(pairs())
