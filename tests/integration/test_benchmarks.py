"""``python -m benchmarks``: what it measures and how it says so."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from benchmarks.__main__ import main


@pytest.mark.pdf
@pytest.mark.once
def test_every_measure_has_a_ratio_against_something():
    result = CliRunner().invoke(main, ["--people", "150", "--json"])
    assert result.exit_code == 0, result.output
    measures = json.loads(result.stdout)
    assert len(measures) == 6
    for measure in measures:
        assert set(measure) == {"name", "value", "unit", "ratio", "against"}
        assert measure["value"] > 0
        assert measure["ratio"] > 0
        assert measure["against"]
