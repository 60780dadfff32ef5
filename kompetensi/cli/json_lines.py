"""Files of one JSON document a line, in and out."""

from __future__ import annotations

import codecs
import json
import sys
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import click

from kompetensi.errors import InvalidInput
from kompetensi.messages import say

__all__ = ["read_lines", "write_answer"]


def read_lines(file: str) -> Iterator[bytes]:
    """Yield line after line; a byte order mark at the beginning is none of them."""
    if file == "-" and sys.stdin is None:
        raise InvalidInput(say("Masukan standar tertutup."), where=file)
    try:
        with nullcontext(sys.stdin.buffer) if file == "-" else Path(file).open("rb") as lines:
            yield next(lines, b"").removeprefix(codecs.BOM_UTF8)
            yield from lines
    except OSError as error:
        raise InvalidInput(say("Berkas tidak dapat dibaca: %(reason)s.", reason=error.strerror or str(error)),
                           where=file) from None


def write_answer(answer: dict[str, Any]) -> None:
    """Write one line: in ASCII, so that it is the same in every locale and no sign in it ends a line for anybody."""
    try:
        click.echo(json.dumps(answer).encode())
    except BrokenPipeError:
        raise  # whoever read has read enough; click ends quietly
    except OSError as error:
        raise InvalidInput(say("Berkas tidak dapat ditulis: %(reason)s.", reason=error.strerror or str(error)),
                           where="stdout") from None
