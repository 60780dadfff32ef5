"""The exported graph, read back; and what is refused, with its place."""

from __future__ import annotations

import json
from datetime import date

import pytest
from hypothesis import given, settings
from small_catalogues import graphs

from kompetensi.errors import InvalidInput
from kompetensi.exchange.graph_json import read_graph
from kompetensi.graph.build import build
from kompetensi.graph.conditions import All, HasLevel, HasTraining
from kompetensi.graph.difference import difference
from kompetensi.graph.elements import (
    Competency,
    CompetencyKind,
    Demand,
    EdgeKind,
    Importance,
    Position,
    Raise,
    Relation,
    Requirement,
    Training,
)
from kompetensi.graph.export import to_json

GRAPH = build(
    [Competency("X", "Aset", CompetencyKind.TEKNIS, "KEUANGAN"), Competency("Y", "Umum", CompetencyKind.TEKNIS)],
    [Training("A", "Dasar", 40, 1_500_000, raises=(Raise("X", 2),)),
     Training("B", "Lanjut", 30, 0, 9, All((HasTraining("A"), HasLevel("X", 2))), (Raise("X", 3),), equivalent="A",
              target_classes=("JA", "JF"), validity_years=3)],
    [Position("P", "Staf", "U", "Unit", "JA", "KEUANGAN", (Requirement("X", 3, Importance.MUTLAK, 4),), (Demand("B"),), 9,
              "III/a", 7, "S1", ("Hukum", "Ekonomi"), 2, 3, date(2026, 1, 2), True)],
    [Relation("X", "Y", EdgeKind.BROADER)])


def test_a_catalogue_comes_back_whole():
    assert read_graph(to_json(GRAPH).encode()) == GRAPH
    assert read_graph(b"\xef\xbb\xbf" + to_json(GRAPH).encode()) == GRAPH


@settings(deadline=None)
@given(graphs())
def test_any_catalogue_comes_back_but_for_references_to_nothing(graph):
    known = build(graph.competencies.values(), [
        Training(item.code, item.name, item.jp, item.cost_idr, item.min_golongan, item.entry, item.raises, item.offered,
                 item.equivalent if item.equivalent in graph.trainings else None, item.target_classes, item.validity_years)
        for item in graph.trainings.values()], [
        Position(item.code, item.name, item.unit, item.unit_name, item.job_class, item.urusan, item.requirements,
                 tuple(demand for demand in item.trainings if demand.training in graph.trainings), item.min_golongan,
                 education_fields=item.education_fields)
        for item in graph.positions.values()], graph.relations)
    assert difference(known, read_graph(to_json(graph).encode())).is_empty


def changed(change):
    document = json.loads(to_json(GRAPH))
    change(document)
    return json.dumps(document).encode()


def node(document, name):
    return next(item for item in document["nodes"] if item["id"] == name)


def edge(document, kind):
    return next(item for item in document["edges"] if item["kind"] == kind)


@pytest.mark.parametrize(("change", "where"), [
    (lambda document: document.pop("nodes"), "/nodes"),
    (lambda document: document.update(edges={}), "/edges"),
    (lambda document: document["nodes"].insert(0, 3), "/nodes/0"),
    (lambda document: document["nodes"].append(document["nodes"][0]), "/nodes/5/code"),
    (lambda document: node(document, "training:A").update(jp="40"), "/nodes/3/jp"),
    (lambda document: node(document, "training:A").update(jp=-1), "/nodes/3/jp"),
    (lambda document: node(document, "training:A").update(kind="kursus"), "/nodes/3/kind"),
    (lambda document: node(document, "training:B").update(entry='{"all": 3}'), "/nodes/4/entry"),
    (lambda document: node(document, "training:B").update(entry="{"), "/nodes/4/entry"),
    (lambda document: node(document, "training:B").update(entry=3), "/nodes/4/entry"),
    (lambda document: node(document, "position:P").update(valid_from="kemarin"), "/nodes/2/valid_from"),
    (lambda document: node(document, "position:P").update(education_fields='["Hukum", 3]'), "/nodes/2/education_fields"),
    (lambda document: node(document, "position:P").update(invented=1), "/nodes/2/invented"),
    (lambda document: node(document, "position:P").pop("code"), "/nodes/2/code"),
    (lambda document: edge(document, "raises").update(level=6), "/edges/3/level"),
    (lambda document: edge(document, "raises").update(target="competency:Z"), "/edges/3/target"),
    (lambda document: edge(document, "raises").update(target="bukan simpul"), "/edges/3/target"),
    (lambda document: edge(document, "raises").update(target="training:B"), "/edges/3/kind"),
    (lambda document: edge(document, "demands").update(importance="PERNAH"), "/edges/1/importance")])
def test_what_is_wrong_is_refused_with_its_place(change, where):
    with pytest.raises(InvalidInput) as refused:
        read_graph(changed(change))
    assert refused.value.where == where


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"3", b"\xff", b"[" * 100_000, b'{"nodes": NaN}'])
def test_what_is_no_such_file_is_refused(content):
    with pytest.raises(InvalidInput) as refused:
        read_graph(content)
    assert refused.value.where == "/"
