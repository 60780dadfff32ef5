"""The command line: ``kompetensi …`` on its own, ``flask kompetensi …`` inside a host."""

from __future__ import annotations

from importlib import import_module

import click

__all__ = ["cli", "main"]

# Command -> module of its area; a module is imported only when its command is run, so that the help is quick.
COMMANDS = {
    "demo": "demo",
    "serve": "serve",
    "db": "database",
    "import": "catalogue",
    "graph": "catalogue",
    "positions": "catalogue",
    "trainings": "catalogue",
    "people": "people",
    "readiness": "readiness",
    "match": "matching",
    "moves": "moves",
    "plan": "paths",
    "solve": "paths",
    "gaps": "paths",
    "eligibility": "mutasi",
    "batches": "batches",
    "enrol": "courses",
    "enrolments": "enrolments",
    "waiting": "enrolments",
    "results": "results",
    "certificates": "certificates",
    "jobs": "jobs",
    "demand": "demand",
    "timetables": "timetables",
    "targets": "demand",
    "rooms": "resources",
    "trainers": "resources",
    "holidays": "resources",
    "travel": "resources",
    "outside": "resources",
    "calendar": "calendar",
    "report": "course_reports",
}


class LazyGroup(click.Group):
    """A group that imports a command's module when the command is named."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the commands in alphabetical order."""
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        """Return a command, or None when there is none of that name."""
        if name not in COMMANDS:
            return None
        return import_module(f"kompetensi.cli.{COMMANDS[name]}").COMMANDS[name]


@click.group(cls=LazyGroup, name="kompetensi")
def cli() -> None:
    """Kompetensi, jalur pelatihan, sertifikat dan kelayakan mutasi ASN."""


def main() -> None:
    """Run the command line of the standalone application."""
    cli(prog_name="kompetensi")
