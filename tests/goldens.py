"""What people and programs read, kept word for word in ``tests/golden``.

``KOMPETENSI_WRITE_GOLDEN=1`` writes the files anew; then read the difference as its readers will.
"""

from __future__ import annotations

import os
from pathlib import Path

FOLDER = Path(__file__).parent / "golden"


def check(name: str, text: str) -> None:
    """Compare a text with the file of that name."""
    path, text = FOLDER / name, "\n".join(line.rstrip() for line in text.strip().splitlines()) + "\n"
    if os.environ.get("KOMPETENSI_WRITE_GOLDEN"):
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")
