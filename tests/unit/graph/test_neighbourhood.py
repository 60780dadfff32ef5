"""What lies around a node, and what is left out."""

from __future__ import annotations

import networkx as nx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kompetensi.graph.build import build
from kompetensi.graph.conditions import parse_condition
from kompetensi.graph.elements import Competency, CompetencyKind, NodeKind, Position, Raise, Requirement, Training
from kompetensi.graph.neighbourhood import UnknownNode, neighbourhood, overview, parse_node


def small(positions: int = 3):
    return build(
        [Competency(code, code, CompetencyKind.TEKNIS) for code in "XYZ"],
        [Training("A", "A", raises=(Raise("X", 1),)),
         Training("B", "B", raises=(Raise("X", 2),), entry=parse_condition({"training": "A"}))],
        [Position(f"P{number}", f"P{number}", requirements=(Requirement("X", 1),)) for number in range(positions)])


X = (NodeKind.COMPETENCY, "X")


def codes(part):
    return [near.node[1] for near in part.nodes]


def test_trainings_stand_before_positions_and_the_focus_first():
    assert codes(neighbourhood(small(), X, 1, 60)) == ["X", "A", "B", "P0", "P1", "P2"]


def test_edges_between_neighbours_are_shown_too():
    part = neighbourhood(small(), X, 1, 60)
    assert ("requires", "B", "A") in {(edge.kind.value, edge.source[1], edge.target[1]) for edge in part.edges}


def test_what_the_limit_leaves_out_is_counted_by_kind():
    part = neighbourhood(small(100), X, 1, 10)
    assert len(part.nodes) == 10
    assert codes(part)[1:3] == ["A", "B"]
    assert part.left_out == ((NodeKind.POSITION, 93),)


def test_a_lonely_node_is_its_own_neighbourhood():
    part = neighbourhood(small(), (NodeKind.COMPETENCY, "Z"), 2, 60)
    assert (codes(part), part.edges, part.left_out) == (["Z"], (), ())


def test_a_node_tied_twice_to_the_nearer_ones_comes_first():
    graph = build([Competency(code, code, CompetencyKind.TEKNIS) for code in "XY"], [], [
        Position("FOKUS", "F", requirements=(Requirement("X", 1), Requirement("Y", 1))),
        Position("AWAL", "A", requirements=(Requirement("X", 1),)),
        Position("MIRIP", "M", requirements=(Requirement("X", 1), Requirement("Y", 1)))])
    part = neighbourhood(graph, (NodeKind.POSITION, "FOKUS"), 2, 60)
    assert codes(part) == ["FOKUS", "X", "Y", "MIRIP", "AWAL"]


def test_a_node_that_is_not_there_is_refused():
    with pytest.raises(UnknownNode):
        neighbourhood(small(), (NodeKind.POSITION, "NIX"), 1, 60)


def test_a_node_is_written_as_kind_and_code():
    assert parse_node("position: P1") == (NodeKind.POSITION, "P1")
    with pytest.raises(ValueError, match="orang"):
        parse_node("orang:1")


def test_the_overview_has_no_positions_and_keeps_to_its_limit():
    part = overview(small(), 3)
    assert codes(part) == ["A", "B", "X"]
    assert dict(part.left_out) == {NodeKind.COMPETENCY: 2, NodeKind.POSITION: 3}


graphs = st.builds(
    lambda pairs: build(
        [Competency(f"K{number}", "k", CompetencyKind.TEKNIS) for number in range(5)],
        [Training(f"T{training}", "t", raises=tuple(
            Raise(f"K{one}", 1) for one in sorted({one for other, one in pairs if other == training})))
         for training in range(5)], []),
    st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), max_size=12))


@given(graphs, st.integers(0, 4), st.integers(0, 4), st.integers(1, 10))
def test_a_neighbourhood_holds_the_nearest_nodes_and_tells_of_all_others(graph, number, radius, limit):
    focus = (NodeKind.COMPETENCY, f"K{number}")
    part = neighbourhood(graph, focus, radius, limit)
    distances = nx.single_source_shortest_path_length(graph.network.to_undirected(), focus, cutoff=radius)
    assert {near.node: near.distance for near in part.nodes}.items() <= distances.items()
    assert len(part.nodes) + sum(count for _, count in part.left_out) == len(distances)
    assert len(part.nodes) == min(limit, len(distances))
    shown = [near.distance for near in part.nodes]
    assert shown == sorted(shown)
    assert all(shown[-1] <= distances[node] for node in distances.keys() - {near.node for near in part.nodes})
