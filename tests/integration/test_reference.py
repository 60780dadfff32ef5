"""The tables of Gorontalo in a real database, and what the graph check finds in them."""

from __future__ import annotations

from factories import NOW, TODAY

from kompetensi.graph.check import check
from kompetensi.services.imports import import_reference
from kompetensi.services.snapshot import load_graph


def test_a_second_import_of_all_tables_changes_nothing(session):
    reports = import_reference(session, today=TODAY, now=NOW)
    assert [(report.kind, report.created, report.updated) for report in reports] == [
        (report.kind, 0, 0) for report in reports]
    assert sum(report.unchanged for report in reports) > 500


def test_seven_requirements_of_the_45_positions_are_reached_by_no_training(session):
    graph = load_graph(session, TODAY)
    found = check(graph)
    assert len(graph.positions) == 45
    assert len(found.unreachable) == 7
    assert found.cycles == ()
