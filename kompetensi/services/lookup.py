"""From what people write (NIP, codes) to records, with one clear sentence when it names nothing."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from kompetensi.errors import InvalidInput, NotFound
from kompetensi.messages import say
from kompetensi.models import Batch, Competency, Occupancy, Person, Position, Training, Unit
from kompetensi.services.day_conditions import held_definitively

__all__ = ["batch_by_code", "competency_by_code", "current_occupancy", "current_positions", "person_by_nip", "position_by_code",
           "training_by_code", "unit_by_code"]

_NIP_DIGITS = 18


def person_by_nip(session: Session, nip: str) -> Person:
    """Return a person by NIP or NI PPPK; spaces and dots in it are ignored.

    Raises
    ------
    InvalidInput
        If it has not 18 digits.
    NotFound
        If nobody has it.
    """
    digits = nip.replace(" ", "").replace(".", "")
    if not (digits.isascii() and digits.isdigit() and len(digits) == _NIP_DIGITS):
        raise InvalidInput(say(
            "“%(nip)s” bukan NIP; NIP dan NI PPPK terdiri atas %(digits)s angka.", nip=nip, digits=_NIP_DIGITS),
            where="NIP")
    person = session.scalars(select(Person).where(Person.nip == digits)).one_or_none()
    if person is None:
        raise NotFound(say("Tidak ada pegawai dengan NIP %(nip)s.", nip=digits), where="NIP")
    return person


def position_by_code(session: Session, code: str) -> Position:
    """Return a position; raise NotFound when there is none of that code."""
    position = session.scalars(select(Position).where(Position.code == code.strip().upper())).one_or_none()
    if position is None:
        raise NotFound(say("Tidak ada jabatan dengan kode “%(code)s”.", code=code), where="POSITION")
    return position


def training_by_code(session: Session, code: str) -> Training:
    """Return a training; raise NotFound when there is none of that code."""
    training = session.scalars(select(Training).where(Training.code == code.strip().upper())).one_or_none()
    if training is None:
        raise NotFound(say("Tidak ada pelatihan dengan kode “%(code)s”.", code=code), where="TRAINING")
    return training


def competency_by_code(session: Session, code: str) -> Competency:
    """Return a competency; raise NotFound when there is none of that code."""
    competency = session.scalars(select(Competency).where(Competency.code == code.strip().upper())).one_or_none()
    if competency is None:
        raise NotFound(say("Tidak ada kompetensi dengan kode “%(code)s”.", code=code), where="COMPETENCY")
    return competency


def batch_by_code(session: Session, code: str) -> Batch:
    """Return a batch; raise NotFound when there is none of that code."""
    batch = session.scalars(select(Batch).where(Batch.code == code.strip().upper())).one_or_none()
    if batch is None:
        raise NotFound(say("Tidak ada angkatan dengan kode “%(code)s”.", code=code), where="BATCH")
    return batch


def unit_by_code(session: Session, code: str) -> Unit:
    """Return a unit; raise NotFound when there is none of that code."""
    unit = session.scalars(select(Unit).where(Unit.code == code.strip())).one_or_none()
    if unit is None:
        raise NotFound(say("Tidak ada unit kerja dengan kode “%(code)s”.", code=code), where="UNIT")
    return unit


def current_occupancy(session: Session, person: Person, on: date) -> Occupancy | None:
    """Return the definitive occupancy on a day, the newest if the record has several, or None."""
    return session.scalars(select(Occupancy).where(
        Occupancy.person_id == person.id, held_definitively(on)).order_by(
            Occupancy.since.desc(), Occupancy.id.desc())).first()


def current_positions(session: Session, person_ids: Collection[int], on: date) -> dict[int, str]:
    """Return the names of the positions that people hold definitively on a day, chosen as in `current_occupancy`."""
    return dict(session.execute(
        select(Occupancy.person_id, Occupancy.position_name).where(Occupancy.person_id.in_(person_ids), held_definitively(on))
        .order_by(Occupancy.since, Occupancy.id)).all())
