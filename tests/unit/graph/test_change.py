"""A graph that is changed step by step is the graph that is built at once."""

from __future__ import annotations

from typing import Any

import networkx as nx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kompetensi.graph.build import CompetencyGraph, build, change
from kompetensi.graph.conditions import All, HasLevel, HasTraining, IsAny, leaves
from kompetensi.graph.elements import (
    Competency,
    CompetencyKind,
    Demand,
    EdgeKind,
    Importance,
    NodeKind,
    Position,
    Raise,
    Relation,
    Requirement,
    Training,
)

CODES = tuple("ABCDE")
codes = st.sampled_from(CODES)
levels = st.integers(1, 3)
conditions = st.recursive(
    st.builds(HasTraining, codes) | st.builds(HasLevel, codes, levels),
    lambda part: st.builds(All, st.lists(part, max_size=2).map(tuple)) | st.builds(IsAny, st.lists(part, max_size=2).map(tuple)),
    max_leaves=4)
competencies = st.builds(Competency, codes, st.sampled_from("pq"), st.just(CompetencyKind.TEKNIS))
trainings = st.builds(
    Training, codes, st.sampled_from("pq"), entry=conditions, equivalent=st.none() | codes,
    raises=st.lists(st.builds(Raise, codes, levels), max_size=3).map(tuple))
positions = st.builds(
    Position, codes, st.sampled_from("pq"),
    requirements=st.lists(st.builds(Requirement, codes, levels), max_size=3, unique_by=lambda item: item.competency).map(tuple),
    trainings=st.lists(st.builds(Demand, codes, st.sampled_from(Importance)), max_size=2).map(tuple))
relations = st.lists(st.builds(Relation, codes, codes, st.sampled_from([EdgeKind.BROADER, EdgeKind.EQUIVALENT])), max_size=4)
changes = st.fixed_dictionaries({
    "competencies": st.lists(competencies, max_size=3), "trainings": st.lists(trainings, max_size=3),
    "positions": st.lists(positions, max_size=2), "relations": st.none() | relations,
    "removed": st.lists(st.tuples(st.sampled_from(NodeKind), codes), max_size=3)})


def named_by(item: Any, relations: tuple[Relation, ...]) -> list[tuple[tuple[NodeKind, str], EdgeKind, dict[str, Any]]]:
    """Return what an element names, read from its definition."""
    if isinstance(item, Competency):
        return [((NodeKind.COMPETENCY, one.target), one.kind, {}) for one in relations if one.source == item.code]
    if isinstance(item, Position):
        return [((NodeKind.COMPETENCY, one.competency), EdgeKind.DEMANDS,
                 {"level": one.level, "importance": one.importance.value}) for one in item.requirements] + [
            ((NodeKind.TRAINING, one.training), EdgeKind.DEMANDS, {"importance": one.importance.value})
            for one in item.trainings]
    found = [((NodeKind.COMPETENCY, one.competency), EdgeKind.RAISES, {"level": one.level}) for one in item.raises]
    found += [((NodeKind.TRAINING, leaf.code), EdgeKind.REQUIRES, {}) if isinstance(leaf, HasTraining)
              else ((NodeKind.COMPETENCY, leaf.competency), EdgeKind.REQUIRES, {"level": leaf.level})
              for leaf in leaves(item.entry)]
    return found + ([((NodeKind.TRAINING, item.equivalent), EdgeKind.EQUIVALENT, {})] if item.equivalent else [])


def plain_network(graph: CompetencyGraph) -> tuple[nx.MultiDiGraph, dict]:
    """Draw the network with nothing but networkx's own calls, and tell what is named in vain."""
    elements = {(kind, code): table[code] for kind, table in (
        (NodeKind.COMPETENCY, graph.competencies), (NodeKind.TRAINING, graph.trainings),
        (NodeKind.POSITION, graph.positions)) for code in sorted(table)}
    network, awaited = nx.MultiDiGraph(), {}
    for node, item in elements.items():
        network.add_node(node, name=item.name)
    for node, item in elements.items():
        for target, kind, attributes in named_by(item, graph.relations):
            if target in elements:
                network.add_edge(node, target, key=kind, **attributes)
            else:
                awaited[node] = awaited.get(node, frozenset()) | {target}
    return network, awaited


def written_out(network: nx.MultiDiGraph) -> list:
    """Return all that a network holds, in the orders in which it gives it."""
    return [list(network.nodes(data=True)), list(network.edges(keys=True, data=True)),
            list(network.in_edges(keys=True, data=True)), {node: list(network.pred[node]) for node in network}]


def assert_is_drawn_plainly(graph: CompetencyGraph) -> None:
    network, awaited = plain_network(graph)
    assert written_out(graph.network) == written_out(network)
    assert graph.awaited == awaited


NAMES = {NodeKind.COMPETENCY: "competencies", NodeKind.TRAINING: "trainings", NodeKind.POSITION: "positions"}


def everything(graph: CompetencyGraph) -> list:
    """Return all that a graph holds, in its orders."""
    return [*(list(getattr(graph, name).items()) for name in NAMES.values()), graph.relations, written_out(graph.network),
            dict(graph.awaited)]


@settings(max_examples=300)
@given(st.lists(changes, min_size=1, max_size=6))
def test_any_sequence_of_changes_gives_what_building_at_once_gives_and_leaves_former_graphs_alone(steps):
    tables: dict[str, dict[str, Any]] = {name: {} for name in NAMES.values()}
    kept: list[Relation] = []
    graph, former = build([], [], []), []
    for step in steps:
        former.append((graph, repr(everything(graph))))
        graph = change(graph, **step)
        for kind, code in step["removed"]:
            tables[NAMES[kind]].pop(code, None)
        for name, table in tables.items():
            table |= {item.code: item for item in step[name]}
        kept = kept if step["relations"] is None else step["relations"]
        whole = build(*(table.values() for table in tables.values()), kept)
        assert everything(graph) == everything(whole)
        assert_is_drawn_plainly(whole)
    for before, text in former:
        assert repr(everything(before)) == text


X, Y = (Competency(code, code, CompetencyKind.TEKNIS) for code in "XY")
DASAR = Training("DASAR", "Dasar", raises=(Raise("X", 2),))
LANJUT = Training("LANJUT", "Lanjut", entry=HasTraining("DASAR"), raises=(Raise("X", 3),))


def test_nothing_new_is_the_same_graph():
    graph = build([X], [DASAR], [], [Relation("X", "Y", EdgeKind.BROADER)])
    assert change(graph, competencies=[X], trainings=[DASAR], relations=graph.relations,
                  removed=[(NodeKind.POSITION, "NONE")]) is graph


def test_what_is_given_and_removed_is_there():
    assert change(build([], [DASAR], []), trainings=[DASAR], removed=[(NodeKind.TRAINING, "DASAR")]).trainings == {
        "DASAR": DASAR}


def test_a_training_that_comes_back_is_asked_for_again():
    node = (NodeKind.TRAINING, "DASAR")
    graph = build([X], [DASAR, LANJUT], [])
    without = change(graph, removed=[node])
    assert without.awaited == {(NodeKind.TRAINING, "LANJUT"): {node}}
    assert list(change(without, trainings=[DASAR]).network.pred[node]) == [(NodeKind.TRAINING, "LANJUT")]


@pytest.mark.parametrize("part", ["after", "before"])
def test_what_has_not_changed_is_shared(part):
    graph = build([X, Y], [DASAR, Training("T", "T", raises=(Raise("Y", 1),))], [])
    later = change(graph, trainings=[LANJUT])
    tables = ("_adj", (NodeKind.TRAINING, "T")) if part == "after" else ("_pred", (NodeKind.COMPETENCY, "Y"))
    assert getattr(later.network, tables[0])[tables[1]] is getattr(graph.network, tables[0])[tables[1]]
