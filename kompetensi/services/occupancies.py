"""Putting people into posts and ending it: careers as they are made."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, joinedload

from kompetensi.errors import Conflict, NotFound
from kompetensi.messages import say
from kompetensi.models import Occupancy, Person, Post
from kompetensi.rules.access import Actor
from kompetensi.services.access import require
from kompetensi.services.lookup import person_by_nip
from kompetensi.services.people_edits import note_change, refuse

__all__ = ["end_occupancy", "start_occupancy"]


def start_occupancy(
    session: Session, actor: Actor, nip: str, post_code: str, *, since: date, kind: str = "DEFINITIVE",
    decree_no: str = "", today: date, now: datetime,
) -> None:
    """Put a person into a post from a day on.

    A definitive occupancy ends the person's definitive one of before on the day before, and moves the home unit.
    The actor must reach the person and the post's unit.

    Raises
    ------
    NotFound
        If there is no such post.
    Conflict
        If somebody else holds the post definitively, or the person already holds one that began on that day or later.
    """
    person = person_by_nip(session, nip)
    require(session, actor, "people.edit", on=today, person=person)
    post = session.scalars(select(Post).options(joinedload(Post.position)).where(
        Post.code == post_code.strip())).one_or_none()
    if post is None:
        raise NotFound(say("Tidak ada formasi dengan kode “%(code)s”.", code=post_code), where="post")
    require(session, actor, "people.edit", on=today, unit_id=post.unit_id)
    if kind not in ("DEFINITIVE", "ACTING"):
        raise refuse(say("“%(kind)s” bukan jenis pengangkatan; pilih DEFINITIVE atau ACTING.", kind=kind), "kind")
    before: dict[str, Any] = {}
    if kind == "DEFINITIVE":
        before = _leave_definitive(session, person, post, since)
        person.unit_id = post.unit_id
    session.add(Occupancy(
        person_id=person.id, post_id=post.id, unit_id=post.unit_id, job_class_id=post.position.job_class_id,
        position_name=post.position.name, urusan=post.position.urusan, kind=kind, since=since, until=None,
        decree_no=decree_no.strip()))
    note_change(session, actor, "people.edit.occupancy", person, now=now, subject=("post", post.code), before=before,
           after={"post": post.code, "kind": kind, "since": since, "decree_no": decree_no.strip()})


def _leave_definitive(session: Session, person: Person, post: Post, since: date) -> dict[str, Any]:
    stands = (Occupancy.kind == "DEFINITIVE", or_(Occupancy.until.is_(None), Occupancy.until >= since))
    holder = session.scalars(select(Occupancy).where(
        Occupancy.post_id == post.id, Occupancy.person_id != person.id, *stands)).first()
    if holder is not None:
        raise Conflict(say("Formasi %(post)s masih diisi orang lain pada %(day)s.", post=post.code, day=since),
                       where="post")
    before: dict[str, Any] = {}
    for own in session.scalars(select(Occupancy).where(Occupancy.person_id == person.id, *stands)):
        if own.since >= since:
            raise Conflict(say("Pegawai ini sudah menduduki %(position)s sejak %(day)s; TMT harus sesudahnya.",
                               position=own.position_name, day=own.since), where="since")
        before = {"position": own.position_name, "until": own.until}
        own.until = since - timedelta(days=1)
    return before


def end_occupancy(
    session: Session, actor: Actor, nip: str, occupancy_id: int, until: date, *, today: date, now: datetime
) -> None:
    """End an occupancy on a day, inclusive.

    Raises
    ------
    NotFound
        If the person has no occupancy of that number.
    InvalidInput
        If the day lies before its beginning.
    Conflict
        If it is a definitive one and the day reaches into a later one of the same post or person.
    """
    person = person_by_nip(session, nip)
    require(session, actor, "people.edit", on=today, person=person)
    row = session.get(Occupancy, occupancy_id)
    if row is None or row.person_id != person.id:
        raise NotFound(say("Tidak ada riwayat jabatan dengan nomor %(number)s.", number=occupancy_id),
                       where="occupancy")
    if until < row.since:
        raise refuse(say("Akhir %(until)s mendahului awal %(since)s.", until=until, since=row.since), "until")
    later = session.scalars(select(Occupancy.since).where(
        Occupancy.id != row.id, Occupancy.kind == "DEFINITIVE", Occupancy.since > row.since, Occupancy.since <= until,
        or_(Occupancy.post_id == row.post_id, Occupancy.person_id == person.id)).order_by(Occupancy.since)).first()
    if row.kind == "DEFINITIVE" and later is not None:
        raise Conflict(say("Mulai %(day)s formasi ini atau pegawai ini sudah tercatat lain; pilih hari sebelumnya.",
                           day=later), where="until")
    before, row.until = row.until, until
    note_change(session, actor, "people.edit.occupancy", person, now=now, subject=("occupancy", row.id),
           before={"until": before}, after={"until": until})
