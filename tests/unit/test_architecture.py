"""What the house rules say and no linter checks."""

from __future__ import annotations

import ast
import configparser
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "kompetensi"
MODULES = sorted(PACKAGE.rglob("*.py"))
# Libraries that take long to import; each is imported late, inside the function that needs it.
HEAVY = {"ortools", "weasyprint", "faker", "graphviz_pure", "graphviz", "waitress", "highspy", "alembic", "rich",
         "numba", "dask", "distributed", "dbos", "pikepdf", "pyhanko"}
# Engines: modules that are nothing without their library, and are themselves imported where a document is made.
ENGINES = {f"adapters/{name}.py" for name in ("certificate_copy", "certificate_forme", "certificate_plate", "pades_engine",
                                              "pdf_signatures", "signature_stamp", "stamp_place")}


def calls(path: Path) -> list[str]:
    return [ast.unparse(node.func) for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)]


def test_only_the_unit_of_work_commits():
    committing = [path.relative_to(PACKAGE).as_posix() for path in MODULES
                  if any(name.endswith(".commit") for name in calls(path))]
    assert committing == ["services/unit_of_work.py"]


def test_no_part_but_the_clock_asks_the_machine_for_the_time():
    asking = [path.relative_to(PACKAGE).as_posix() for path in MODULES
              if {"date.today", "datetime.now", "datetime.utcnow", "datetime.datetime.now"} & set(calls(path))]
    assert asking == ["adapters/clock.py"]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_heavy_libraries_are_imported_late(path):
    tree = ast.parse(path.read_text())
    names = {(node.module or "") if isinstance(node, ast.ImportFrom) else alias.name
             for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom) for alias in node.names}
    found = {name.split(".")[0] for name in names} & HEAVY
    assert bool(found) is (path.relative_to(PACKAGE).as_posix() in ENGINES), found


def test_the_application_starts_without_any_heavy_library():
    told = subprocess.run([sys.executable, "-c", "import sys, kompetensi.app; print(*sys.modules)"], capture_output=True,
                          text=True, check=True)
    assert not {name.split(".")[0] for name in told.stdout.split()} & HEAVY


def test_setup_cfg_names_every_package():
    config = configparser.ConfigParser()
    config.read(ROOT / "setup.cfg")
    named = set(config["options"]["packages"].split())
    found = {".".join(path.parent.relative_to(ROOT).parts) for path in MODULES if path.name == "__init__.py"}
    assert named == found | {"kompetensi.migrations"}


def test_every_module_says_what_it_is_for():
    silent = [path.relative_to(ROOT).as_posix() for path in MODULES if not ast.get_docstring(ast.parse(path.read_text()))]
    assert silent == []


def test_no_page_has_inline_style_or_script():
    forbidden = re.compile(r"\sstyle=|<style|<script(?![^>]*\bsrc=)|\son[a-z]+=\"", re.IGNORECASE)
    guilty = [path.relative_to(PACKAGE).as_posix() for path in sorted((PACKAGE / "templates").rglob("*.html"))
              if "certificates/pdf" not in path.as_posix() and forbidden.search(path.read_text())]
    # The one that is saved and opened from a disk has nowhere to load from; its policy names the hash of its script.
    assert guilty == ["templates/kompetensi/verify/offline.html"]


def test_every_form_that_changes_something_carries_the_token():
    without = []
    for path in sorted((PACKAGE / "templates").rglob("*.html")):
        for form in re.findall(r"<form\b.*?</form>", path.read_text(), re.DOTALL | re.IGNORECASE):
            opening = form.split(">", 1)[0].lower()
            if 'method="post"' in opening and "csrf" not in form:
                without.append(path.relative_to(PACKAGE).as_posix())
    assert without == []
