"""``kompetensi db``: bring the database to the present version."""

from __future__ import annotations

import click

from kompetensi.cli.edge import application, refuse_plainly
from kompetensi.context import state
from kompetensi.services import migrations


@click.group("db")
def db() -> None:
    """Basis data."""


@db.command("upgrade")
@refuse_plainly
def upgrade() -> None:
    """Bawa basis data ke versi sekarang; yang sudah sesuai tidak berubah."""
    with application():
        revision = migrations.upgrade(state().db.engine)
    click.echo(f"Basis data pada versi {revision}.")


COMMANDS = {"db": db}
