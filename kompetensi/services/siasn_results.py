"""Results for SIASN: who can be reported, and of everybody else why not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from kompetensi.errors import InvalidRows, RowError
from kompetensi.exchange.siasn_results import SiasnRefusal, SiasnResult
from kompetensi.exchange.tables import CellRefused, Column, TableFormat, parse_table
from kompetensi.messages import Message, say
from kompetensi.models import Batch, Certificate, Enrolment, Person, Training, Unit
from kompetensi.rules.access import Actor, Role
from kompetensi.services.access import require, scope_unit_ids
from kompetensi.services.audit import record, record_each
from kompetensi.services.lookup import batch_by_code

__all__ = ["SiasnExport", "collect_results", "record_siasn_ids"]

_LONGEST_ID = 40
_NOT_COUNTED: Mapping[str, Message] = {
    "DRAFT": say("Sertifikatnya belum terbit."), "READY_TO_SIGN": say("Sertifikatnya menunggu tanda tangan."),
    "SIGNED": say("Sertifikatnya belum terbit."), "REVOKED": say("Sertifikatnya dicabut."),
    "REPLACED": say("Sertifikatnya diganti; penggantinya yang dilaporkan."), "VOID": say("Nomor sertifikatnya batal.")}


@dataclass(frozen=True, slots=True)
class SiasnExport:
    """What can be reported and what cannot, both by batch, name and NIP."""

    results: tuple[SiasnResult, ...]
    refused: tuple[SiasnRefusal, ...]


def collect_results(
    session: Session, actor: Actor, *, batch_code: str | None = None, year: int | None = None, today: date, now: datetime
) -> SiasnExport:
    """Collect what SIASN can be told of those who passed; whom it concerns is noted in the audit log.

    Parameters
    ----------
    batch_code : str, optional
        Only of this batch.
    year : int, optional
        Only of batches whose last day is in this year, of the actor's training centres.

    Raises
    ------
    NotFound
        If there is no batch of that code.
    NotAllowed
        If the batch is not organised in the actor's training centre, or he is of none.
    """
    wanted = [Enrolment.status == "COMPLETED", Enrolment.outcome == "PASSED"]
    if batch_code is not None:
        batch = batch_by_code(session, batch_code)
        require(session, actor, "courses.record_result", on=today, unit_id=batch.organiser_id)
        wanted.append(Batch.id == batch.id)
    else:
        scope = scope_unit_ids(session, actor, Role.TRAINING_CENTRE)
        if scope is not None:
            if not scope:
                require(session, actor, "courses.record_result", on=today)  # refused, with the sentence that says why
            wanted.append(Batch.organiser_id.in_(scope))
    if year is not None:
        wanted += [Batch.last_day >= date(year, 1, 1), Batch.last_day <= date(year, 12, 31)]
    rows = session.execute(
        select(Person, Batch, Training, Unit.name.label("organiser"), Certificate)
        .select_from(Enrolment).join(Person, Enrolment.person_id == Person.id).join(Batch, Enrolment.batch_id == Batch.id)
        .join(Training, Batch.training_id == Training.id).join(Unit, Batch.organiser_id == Unit.id)
        .outerjoin(Certificate, Certificate.enrolment_id == Enrolment.id)
        .where(*wanted).order_by(Batch.code, Person.name, Person.nip)).all()
    results: list[SiasnResult] = []
    refused: list[SiasnRefusal] = []
    for person, batch, training, organiser, certificate in rows:
        reason = _reason(person, training, certificate)
        if reason is not None:
            refused.append(SiasnRefusal(person.nip, person.name, batch.code, reason))
        else:
            results.append(SiasnResult(
                person.nip, person.name, person.siasn_id, training.siasn_jenis_diklat_id, training.code, training.name,
                certificate.number, organiser, certificate.jp, batch.first_day, batch.last_day))
    told = {result.nip for result in results}
    record_each(session, actor, "courses.view_participants:siasn", (
        (person.id, person.nip, {"batch": batch.code}) for person, batch, *_ in rows if person.nip in told), now=now)
    session.flush()
    return SiasnExport(tuple(results), tuple(refused))


def _reason(person: Person, training: Training, certificate: Certificate | None) -> Message | None:
    if certificate is None:
        return say("Belum ada nomor sertifikat; terbitkan sertifikatnya dahulu.")
    if certificate.state in _NOT_COUNTED:
        return _NOT_COUNTED[certificate.state]
    if training.siasn_jenis_diklat_id is None:
        return say("Pelatihan %(code)s belum mempunyai jenisDiklatId; lengkapi pada katalog.", code=training.code)
    if not person.siasn_id:
        if person.outside_agency:
            return say("Peserta dari luar instansi; instansinya sendiri yang melaporkan ke SIASN.")
        return say("pnsOrangId belum diketahui; muat dengan `kompetensi people siasn-ids`.")
    return None


# --- ids of people in SIASN --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _IdRow:
    line: int
    nip: str
    siasn_id: str


def _id(cell: str) -> str:
    if not cell or len(cell) > _LONGEST_ID or not all(letter.isalnum() or letter == "-" for letter in cell):
        raise CellRefused(say("“%(cell)s” bukan pnsOrangId; isinya huruf, angka dan tanda hubung, paling banyak %(most)s.",
                              cell=cell, most=_LONGEST_ID))
    return cell


_IDS: TableFormat[_IdRow] = TableFormat("siasn-ids", "siasn.csv", _IdRow, (
    Column("nip", lambda cell: "".join(cell.split()), "nip"), Column("pns_orang_id", _id, "siasn_id")), ("nip",))


def record_siasn_ids(session: Session, actor: Actor, content: bytes, *, today: date, now: datetime) -> tuple[int, int]:
    """Record the ids that people have in SIASN, from a table with the columns ``nip`` and ``pns_orang_id``.

    Returns
    -------
    tuple of (int, int)
        How many were new or changed, and how many were known already.

    Raises
    ------
    NotAllowed
        If the actor is not HR of one of these people.
    InvalidRows
        If a row cannot be read, names nobody, or gives an id that somebody else has; nothing is written.
    """
    read = parse_table(_IDS, content)
    errors = list(read.errors)
    people = {person.nip: person for person in session.scalars(
        select(Person).where(Person.nip.in_([row.nip for row in read.rows])))}
    taken = dict(session.execute(select(Person.siasn_id, Person.nip).where(
        Person.siasn_id.in_([row.siasn_id for row in read.rows]))).all())
    changed: list[tuple[Person, str]] = []
    for row in read.rows:
        person = people.get(row.nip)
        if person is None:
            errors.append(RowError(row.line, "nip", say("Tidak ada pegawai dengan NIP %(nip)s.", nip=row.nip)))
            continue
        require(session, actor, "people.edit", on=today, person=person)
        if taken.get(row.siasn_id, row.nip) != row.nip:
            errors.append(RowError(row.line, "pns_orang_id", say("pnsOrangId ini sudah dipakai orang lain.")))
        elif person.siasn_id != row.siasn_id:
            changed.append((person, row.siasn_id))
            taken[row.siasn_id] = row.nip
    if errors:
        raise InvalidRows(sorted(errors, key=lambda error: error.row))
    for person, siasn_id in changed:
        person.siasn_id = siasn_id
        record(session, actor, "people.edit:siasn_id", "person", person.nip, now=now, person_id=person.id)
    session.flush()
    return len(changed), len(read.rows) - len(changed)
