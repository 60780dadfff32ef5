"""From elements to typed nodes and edges."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from kompetensi.graph.build import build
from kompetensi.graph.conditions import parse_condition
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

X = Competency("X", "Aset", CompetencyKind.TEKNIS)
Y = Competency("Y", "Data", CompetencyKind.TEKNIS)
DASAR = Training("DASAR", "Dasar", raises=(Raise("X", 2),))
LANJUT = Training("LANJUT", "Lanjut", entry=parse_condition({"all": [{"training": "DASAR"}, {"competency": "Y", "level": 1}]}),
                  raises=(Raise("X", 3),), equivalent="DASAR")
KABID = Position("KABID", "Kepala Bidang", requirements=(Requirement("X", 3, Importance.MUTLAK),),
                 trainings=(Demand("LANJUT"),))


def edges(graph):
    return {(source[1], kind.value, target[1]): attributes
            for source, target, kind, attributes in graph.network.edges(keys=True, data=True)}


def test_every_kind_of_edge_runs_from_who_gives_or_asks():
    graph = build([X, Y], [DASAR, LANJUT], [KABID], [Relation("Y", "X", EdgeKind.BROADER)])
    assert edges(graph) == {
        ("DASAR", "raises", "X"): {"level": 2}, ("LANJUT", "raises", "X"): {"level": 3},
        ("LANJUT", "requires", "DASAR"): {}, ("LANJUT", "requires", "Y"): {"level": 1},
        ("LANJUT", "equivalent", "DASAR"): {}, ("KABID", "demands", "X"): {"level": 3, "importance": "MUTLAK"},
        ("KABID", "demands", "LANJUT"): {"importance": "PENTING"}, ("Y", "broader", "X"): {}}


def test_nodes_of_different_kinds_may_share_a_code():
    graph = build([X], [Training("X", "Pelatihan X")], [Position("X", "Jabatan X")])
    assert set(graph.network) == {(kind, "X") for kind in NodeKind}


def test_a_broken_reference_makes_no_edge_and_no_node():
    graph = build([], [LANJUT], [KABID])
    assert edges(graph) == {("KABID", "demands", "LANJUT"): {"importance": "PENTING"}}
    assert len(graph.network) == 2


def test_nothing_makes_an_empty_graph():
    assert len(build([], [], []).network) == 0


@given(st.permutations([DASAR, LANJUT, Training("A", "A")]), st.permutations([X, Y]))
def test_the_order_of_elements_does_not_matter(trainings, competencies):
    first = build([X, Y], [Training("A", "A"), DASAR, LANJUT], [KABID])
    second = build(competencies, trainings, [KABID])
    assert first == second
    assert list(second.trainings) == ["A", "DASAR", "LANJUT"]
    assert edges(first) == edges(second)
