"""What all commands share: application, session, one transaction, errors as exit statuses, one JSON document.

Exit status 0 = done; 1 = refused by rule or state; 2 = input that cannot be read or names nothing.
"""

from __future__ import annotations

import functools
import json
import sys
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from datetime import date
from typing import Any

import click
from flask import Flask, current_app, has_app_context
from flask.cli import ScriptInfo
from sqlalchemy.orm import Session

from kompetensi.context import State, state
from kompetensi.errors import InvalidInput, InvalidRows, KompetensiError, NotFound
from kompetensi.messages import Message, say
from kompetensi.ports import Clock
from kompetensi.rules.access import SYSTEM, Actor

__all__ = ["BASIS", "DAY", "JSON", "ON", "Edge", "application", "edge", "print_json", "print_table", "refuse_plainly"]


@dataclass(frozen=True, slots=True)
class Edge:
    """What a command works with.

    Attributes
    ----------
    session : Session
    actor : Actor
        The system: who runs commands on the machine holds the database.
    state : State
        Ports of the application.
    """

    session: Session
    actor: Actor
    state: State

    @property
    def clock(self) -> Clock:
        """The application's clock."""
        return self.state.clock


class _Day(click.ParamType):
    name = "date"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        if isinstance(value, date):
            return value
        try:
            return date.fromisoformat(value)
        except ValueError:
            self.fail(str(say("“%(value)s” bukan tanggal; tulis seperti 2026-11-23.", value=value)), param, ctx)


DAY = _Day()
ON = click.option("--on", type=DAY, default=None, help="Tanggal yang ditanya; bawaan: hari ini.")
BASIS = click.option("--basis", type=click.Choice(["proven", "expected"]), default="proven", show_default=True,
                     help="Level terbukti, atau diperkirakan (pelatihan ikut dihitung).")
JSON = click.option("--json", "as_json", is_flag=True, help="Satu dokumen JSON.")


@contextmanager
def application() -> Any:
    """Enter the context of the application that is there, of `flask`'s, or of a standalone one made for this command."""
    if has_app_context():
        yield current_app
        return
    command = click.get_current_context(silent=True)
    host = command.find_object(ScriptInfo) if command is not None else None
    if host is not None:
        with host.load_app().app_context():
            yield current_app
        return
    from kompetensi.app import create_app  # the application is heavy; commands without a database never load it

    app: Flask = create_app()
    with app.app_context():
        engine = state().db.engine
        try:
            yield app
        finally:
            state().db.session.remove()
            engine.dispose()  # the application was made for this command alone; its connections end with it


def refuse_plainly(command: Callable[..., Any]) -> Callable[..., Any]:
    """Turn our errors into a sentence on stderr and an exit status; no traceback for what a user can cause."""

    @functools.wraps(command)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        try:
            return command(*args, **kwargs)
        except KompetensiError as error:
            click.echo(_sentence(error), err=True)
            sys.exit(2 if isinstance(error, InvalidInput) else 1)

    return wrapper


# Which command finds what an argument should have named; pages have a search of their own.
_FINDERS = {
    **dict.fromkeys(("POSITION", "FROM", "TO"), say("Cari dengan `kompetensi positions find`.")),
    **dict.fromkeys(("TRAINING", "after"), say("Cari dengan `kompetensi trainings find`.")),
    "BATCH": say("Lihat `kompetensi batches list`.")}


def _sentence(error: KompetensiError) -> str:
    lines = [f"{error.where}: {error.message}" if error.where else str(error.message)]
    if isinstance(error, NotFound) and error.where in _FINDERS:
        lines[0] += f" {_FINDERS[error.where]}"
    if isinstance(error, InvalidRows):
        lines += [str(say("  baris %(row)s, kolom %(column)s: %(message)s", row=item.row, column=item.column or "-",
                          message=item.message)) for item in error.rows]
    return "\n".join(lines)


def edge(*, writes: bool = False) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Give a command its `Edge` as first argument; with `writes`, inside one transaction."""

    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(command)
        @refuse_plainly
        def wrapper(*args: Any, **kwargs: Any) -> Any:
            from kompetensi.services.unit_of_work import transaction  # keeps the start of `--help` quick

            with application():
                here = state()
                scope: AbstractContextManager[Any] = transaction(here.db.session) if writes else nullcontext()
                with scope:
                    return command(Edge(here.db.session, SYSTEM, here), *args, **kwargs)

        return wrapper

    return decorate


def print_json(document: Any) -> None:
    """Write one JSON document and nothing else to stdout."""
    click.echo(json.dumps(document, ensure_ascii=False, indent=2, default=_plain))


def _plain(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Message):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")


def print_table(title: str, heads: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Write a table for people to stdout."""
    from rich.console import Console  # only where a table is shown
    from rich.table import Table

    table = Table(title=title or None, title_justify="left", header_style="bold")
    for head in heads:
        table.add_column(head, overflow="fold")  # a code that is cut off is of no use
    for row in rows:
        table.add_row(*("" if cell is None else str(cell) for cell in row))
    Console(soft_wrap=not sys.stdout.isatty()).print(table)
