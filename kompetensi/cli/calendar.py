"""``kompetensi calendar``: calendars as files that calendar programs open."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

import click
from flask import current_app

from kompetensi.cli.edge import Edge, edge
from kompetensi.context import public_url
from kompetensi.errors import InvalidInput
from kompetensi.messages import say
from kompetensi.services.calendar_links import CalendarKind, find_owner, owner_calendar

__all__ = ["COMMANDS"]


@click.group("calendar")
def calendar() -> None:
    """Kalender pelatihan."""


@calendar.command("export")
@click.option("--person", default=None, metavar="NIP", help="Jadwal seorang pegawai: kursinya, dan yang diajarnya.")
@click.option("--trainer", default=None, metavar="CODE", help="Jadwal seorang pengajar.")
@click.option("--room", default=None, metavar="NAME", help="Jadwal sebuah ruang, menurut nama atau nomornya.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), default=None,
              help="Berkas tujuan; bawaan: keluaran baku.")
@edge()
def export(here: Edge, person: str | None, trainer: str | None, room: str | None, out: Path | None) -> None:
    """Tulis kalender seorang pegawai, seorang pengajar, atau sebuah ruang sebagai iCalendar."""
    asked = [(kind, key) for kind, key in (
        (CalendarKind.PERSON, person), (CalendarKind.TRAINER, trainer), (CalendarKind.ROOM, room)) if key is not None]
    if len(asked) != 1:
        raise InvalidInput(say("Sebutkan tepat satu: --person, --trainer, atau --room."))
    kind, key = asked[0]
    owner = find_owner(here.session, kind, key)
    file = owner_calendar(
        here.session, here.actor, kind, owner.id, today=here.clock.today(), base_url=public_url(),
        host=urlsplit(current_app.config["KOMPETENSI_PUBLIC_URL"]).hostname or "kompetensi")
    if out is None:
        click.echo(file.content, nl=False)
        return
    try:
        out.write_bytes(file.content)
    except OSError as error:
        raise InvalidInput(say("Berkas %(path)s tidak dapat ditulis: %(reason)s.", path=str(out),
                               reason=error.strerror or ""), where="--out") from error
    click.echo(str(say("%(title)s: %(count)s pertemuan ditulis ke %(path)s.", title=owner.title, count=file.meetings,
                       path=str(out))))


COMMANDS = {"calendar": calendar}
