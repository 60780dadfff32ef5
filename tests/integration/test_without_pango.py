"""An installation without Pango: everything works but PDFs, and it says so."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

# What Python's importer sees on a machine without the two libraries: WeasyPrint cannot load them.
START = """
import sys
class Missing:
    def find_spec(self, name, path=None, target=None):
        if name == "weasyprint":
            raise OSError("cannot load library 'libpango-1.0-0'")
sys.meta_path.insert(0, Missing())
from kompetensi.cli import main
main()
"""


def run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("KOMPETENSI_")}
    return subprocess.run([sys.executable, "-c", START, *words], capture_output=True, text=True, check=False,
                          env=environment | {"KOMPETENSI_INSTANCE": str(folder)})


@pytest.mark.once
def test_the_demo_loads_and_only_certificates_wait(tmp_path):
    loaded = run(tmp_path, "demo", "--no-serve", "--people", "150")
    assert loaded.returncode == 0, loaded.stderr
    assert "Pango" in loaded.stdout + loaded.stderr
    assert json.loads(run(tmp_path, "certificates", "list", "--json").stdout) == []
    refused = run(tmp_path, "certificates", "issue", "YANLIK-PRIMA-2026-01")
    assert refused.returncode == 1, refused.stdout
    assert "libpango-1.0-0" in refused.stderr
    assert "Traceback" not in refused.stderr
    assert json.loads(run(tmp_path, "positions", "find", "aset", "--json").stdout)
