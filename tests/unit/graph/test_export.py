"""The graph written for other programs, and read back."""

from __future__ import annotations

import io
import json

import networkx as nx
from hypothesis import given
from hypothesis import strategies as st

from kompetensi.graph.build import build
from kompetensi.graph.conditions import parse_condition
from kompetensi.graph.elements import (
    Competency,
    CompetencyKind,
    Demand,
    EdgeKind,
    Position,
    Raise,
    Relation,
    Requirement,
    Training,
)
from kompetensi.graph.export import to_dot, to_graphml, to_json, typed_network

names = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


def small(name: str = "Aset"):
    return build(
        [Competency("X", name, CompetencyKind.TEKNIS, "KEUANGAN"), Competency("Y", "Umum", CompetencyKind.TEKNIS)],
        [Training("A", name, 40, 1_500_000, raises=(Raise("X", 2),)),
         Training("B", "B", entry=parse_condition({"all": [{"training": "A"}, {"competency": "X", "level": 2}]}),
                  raises=(Raise("X", 3),), validity_years=3)],
        [Position("P", name, requirements=(Requirement("X", 3),), trainings=(Demand("B"),), min_golongan=9)],
        [Relation("X", "Y", EdgeKind.BROADER)])


def same(one, other):
    return (dict(one.nodes(data=True)), sorted(one.edges(keys=True, data=True))) == (
        dict(other.nodes(data=True)), sorted(other.edges(keys=True, data=True)))


@given(names)
def test_graphml_gives_the_graph_back_whatever_the_names(name):
    written = to_graphml(small(name))
    assert same(nx.read_graphml(io.BytesIO(written.encode()), force_multigraph=True), typed_network(small(name)))


@given(names)
def test_json_gives_the_graph_back_whatever_the_names(name):
    read = nx.node_link_graph(json.loads(to_json(small(name))), edges="edges")
    assert same(read, typed_network(small(name)))


def test_nodes_and_edges_say_their_type_and_what_belongs_to_it():
    network = typed_network(small())
    assert network.nodes["training:A"] == {
        "kind": "training", "code": "A", "name": "Aset", "jp": 40, "cost_idr": 1_500_000, "offered": "yes"}
    assert network.nodes["position:P"]["min_golongan"] == 9
    assert [attributes for _, _, attributes in network.out_edges("position:P", data=True)] == [
        {"kind": "demands", "level": 3, "importance": "PENTING"}, {"kind": "demands", "importance": "PENTING"}]


def test_two_edges_between_the_same_nodes_both_survive():
    network = nx.read_graphml(io.BytesIO(to_graphml(small()).encode()), force_multigraph=True)
    kinds = {attributes["kind"] for attributes in network["training:B"]["competency:X"].values()}
    assert kinds == {"raises", "requires"}


def test_the_same_graph_gives_the_same_bytes_whatever_the_order_of_its_elements():
    graph = small()
    other = build(reversed(list(graph.competencies.values())), reversed(list(graph.trainings.values())),
                  graph.positions.values(), graph.relations)
    for write in (to_graphml, to_dot, to_json):
        assert write(graph) == write(other)


def test_dot_quotes_what_a_name_may_hold():
    written = to_dot(small('Aset "BMD" \\ x\n]; evil [label="'))
    assert r'label="Aset \"BMD\" \\ x ]; evil [label=\""' in written
    assert len(written.splitlines()) == 3 + 5 + 7


def test_an_empty_graph_can_be_written():
    empty = build([], [], [])
    assert json.loads(to_json(empty))["nodes"] == []
    assert to_dot(empty).endswith("}\n")
    assert len(nx.read_graphml(io.BytesIO(to_graphml(empty).encode()))) == 0
