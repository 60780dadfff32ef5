"""``python -m benchmarks.moves``: the figures of an invented folder, and what it says to a wrong one."""

from __future__ import annotations

import json

import numpy as np
import pytest
from click.testing import CliRunner
from onet_sample import long_tables, short_tables

from benchmarks.moves import auc_by_occupation, main


def folder_of(path, tables):
    for name, content in tables.items():
        (path / name).write_bytes(content)
    return str(path)


@pytest.mark.once
@pytest.mark.parametrize("tables", [short_tables(), long_tables()], ids=["short", "long"])
def test_families_of_occupations_are_told_apart_by_all_but_the_gap(tmp_path, tables):
    result = CliRunner().invoke(main, [folder_of(tmp_path, tables), "--json"])
    assert result.exit_code == 0, result.output
    measures = {item["name"]: item["tiers"]["all tiers"]["auc"] for item in json.loads(result.stdout)["measures"]}
    assert len(measures) == 5
    assert measures["our closeness"] == measures["our score: closeness and readiness"] == 1
    assert 0.5 < measures["one-sided gap of levels"] < measures["plain cosine of levels"] < 1


@pytest.mark.once
def test_people_read_a_table_by_tier(tmp_path):
    result = CliRunner().invoke(main, [folder_of(tmp_path, short_tables())])
    assert result.exit_code == 0
    for words in ("6 occupations, 24 ratings", "12 related pairs", "Primary-Short", "Supplemental", "1.0000 ± 0.000"):
        assert words in result.output


@pytest.mark.once
def test_a_wrong_folder_is_refused_with_file_row_and_column(tmp_path):
    assert CliRunner().invoke(main, [str(tmp_path / "none")]).exit_code == 2
    assert CliRunner().invoke(main, [str(tmp_path)]).exit_code == 2
    tables = short_tables()
    tables["ratings.csv"] = tables["ratings.csv"].replace(b"2.A.1.a,4,5,N", b"2.A.1.a,9,5,N", 1)
    result = CliRunner().invoke(main, [folder_of(tmp_path, tables)])
    assert result.exit_code == 2
    assert "ratings.csv" in result.output
    assert "baris 2, kolom importance_1_5" in result.output


@pytest.mark.once
def test_the_area_under_the_curve_is_counted_pair_by_pair():
    rng = np.random.default_rng(7)
    scores = rng.integers(0, 5, (9, 9))
    listed = rng.random((9, 9)) < 0.4
    wanted = listed & (rng.random((9, 9)) < 0.6)
    np.fill_diagonal(listed, False)
    np.fill_diagonal(wanted, False)
    expected = []
    for at in range(9):
        pairs = [(scores[at, good], scores[at, bad]) for good in np.flatnonzero(wanted[at])
                 for bad in range(9) if bad != at and not listed[at, bad]]
        if pairs:
            expected.append(sum((a > b) + (a == b) / 2 for a, b in pairs) / len(pairs))
    assert auc_by_occupation(scores, listed, wanted) == pytest.approx(expected)
