"""``python -m benchmarks``: what it measures and how it says so."""

from __future__ import annotations

import json
import re

import pytest
from click.testing import CliRunner

from benchmarks import certificates, incremental
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


@pytest.mark.once
def test_a_change_of_the_catalogue_is_quicker_than_building_it():
    result = CliRunner().invoke(incremental.main, ["--trainings", "600", "--people", "150"])
    assert result.exit_code == 0, result.output
    (ratio,) = re.findall(r"one training otherwise .* ms +([0-9.]+) x quicker than building", result.stdout)
    assert float(ratio) > 1


@pytest.mark.pdf
@pytest.mark.poppler
@pytest.mark.once
def test_certificates_in_bulk_are_quicker_than_one_by_one_and_look_alike():
    result = CliRunner().invoke(certificates.main, ["--people", "20", "--stock", "2"])
    assert result.exit_code == 0, result.output
    told = result.stdout
    (unsigned,) = re.findall(r"^one by one .* press [0-9.]+ ms: ([0-9.]+) x \(goal 10\)", told, re.MULTILINE)
    (signed,) = re.findall(r"^signed, RSA-3072: .* ([0-9.]+) x \(goal 20\)", told, re.MULTILINE)
    (largest,) = re.findall(r"at most ([0-9.]+) \(goal 1\.2\)", told)
    assert float(unsigned) > 1
    assert float(signed) > 1
    assert float(largest) <= 1.2
    assert "0 of 20 certificates differ in a pixel" in told
    assert "0 of 20 differ in a pixel" in told
    assert "with two" in told
