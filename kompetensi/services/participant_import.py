"""Many participants at once from a list: judged line by line first, and enrolled only when that is confirmed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from kompetensi.errors import Conflict
from kompetensi.exchange.participants_sheet import SheetLine, read_participants
from kompetensi.messages import Message, say
from kompetensi.models import Batch, Enrolment, EnrolmentEvent, Person
from kompetensi.ports import Mailer
from kompetensi.rules.access import Actor
from kompetensi.rules.enrolment import LIVE, BatchDays, Reason
from kompetensi.services.access import require
from kompetensi.services.audit import record, stored_actor
from kompetensi.services.enrolment_rows import STATUS_WORDS, batch_link, tell
from kompetensi.services.lookup import batch_by_code
from kompetensi.services.readiness import full_name
from kompetensi.services.seats import applicants_of, batch_terms, hold_batches, load_vocabulary, refusals_of

__all__ = ["ImportLine", "ParticipantImport", "Verdict", "import_participants",
           "require_import"]

_NIP_DIGITS = 18
_CHUNK = 400


class Verdict(StrEnum):
    """What becomes of a line."""

    FITS = "FITS"
    WRONG_NIP = "WRONG_NIP"
    UNKNOWN = "UNKNOWN"
    TWICE = "TWICE"
    ALREADY = "ALREADY"
    NOT_FITTING = "NOT_FITTING"
    QUOTA = "QUOTA"
    FULL = "FULL"


@dataclass(frozen=True, slots=True)
class ImportLine:
    """One line and what becomes of it; `why` is None for one that fits, `name` empty where nobody was found."""

    line: int
    nip: str
    name: str
    verdict: Verdict
    why: Message | None = None


@dataclass(frozen=True, slots=True)
class ParticipantImport:
    """A list against a batch.

    Attributes
    ----------
    lines : tuple of ImportLine
        In the order of the file.
    seats_free : int
        Before the import.
    is_done : bool
        Whether those who fit have been enrolled.
    """

    batch: str
    training_name: str
    lines: tuple[ImportLine, ...]
    seats_free: int
    is_done: bool

    def with_verdict(self, *verdicts: Verdict) -> tuple[ImportLine, ...]:
        """Return the lines with some verdicts."""
        return tuple(line for line in self.lines if line.verdict in verdicts)

    @property
    def fitting(self) -> tuple[ImportLine, ...]:
        """Lines of those who fit."""
        return self.with_verdict(Verdict.FITS)

    @property
    def refused(self) -> tuple[ImportLine, ...]:
        """Lines of all others."""
        return tuple(line for line in self.lines if line.verdict is not Verdict.FITS)


def import_participants(
    session: Session, actor: Actor, batch_code: str, content: bytes, *, dry_run: bool, today: date, now: datetime,
    mailer: Mailer | None = None,
) -> ParticipantImport:
    """Judge a list of participants against a batch, and unless it is a rehearsal enrol those who fit.

    Each line is held against every rule; seats and quotas are used up in the order of the file. Nobody else is touched.

    Parameters
    ----------
    content : bytes
        See `exchange.participants_sheet.read_participants`.
    dry_run : bool
        True = only tell what would happen.

    Raises
    ------
    NotFound, InvalidInput
        If there is no such batch, or the file cannot be read.
    NotAllowed
        If the batch is not organised in the actor's training centre.
    Conflict
        If seats went to others between the look and the grasp; nothing is kept.
    """
    batch = batch_by_code(session, batch_code)
    require(session, actor, "courses.enrol", on=today, unit_id=batch.organiser_id)
    sheet = read_participants(content)
    people = _people(session, sheet)
    if not dry_run:
        ids = sorted(person.id for person in people.values())
        for at in range(0, len(ids), _CHUNK):  # people before the batch, as whoever asks for one seat
            session.execute(select(Person.id).where(Person.id.in_(ids[at:at + _CHUNK])).order_by(Person.id).with_for_update())
        hold_batches(session, [batch])
    free = batch.seats - batch.seats_taken
    lines = _judge(session, batch, sheet, people, today)
    found = ParticipantImport(batch.code, batch.training.name, lines, free, not dry_run)
    if dry_run or not found.fitting:
        return found
    _enrol(session, actor, batch, [people[line.nip] for line in found.fitting], now=now, mailer=mailer)
    record(session, actor, "courses.enrol:import", "batch", batch.code, now=now,
           detail={"enrolled": len(found.fitting), "refused": len(found.refused)})
    session.flush()
    return found


def require_import(session: Session, actor: Actor, batch_code: str, *, today: date) -> tuple[str, str]:
    """Return code and training of a batch to who may import a list into it, or raise NotFound or NotAllowed."""
    batch = batch_by_code(session, batch_code)
    require(session, actor, "courses.enrol", on=today, unit_id=batch.organiser_id)
    return batch.code, batch.training.name


def _people(session: Session, sheet: Sequence[SheetLine]) -> dict[str, Person]:
    nips = sorted({line.nip for line in sheet if line.problem is None and _is_nip(line.nip)})
    found: dict[str, Person] = {}
    for at in range(0, len(nips), _CHUNK):
        found |= {person.nip: person for person in session.scalars(select(Person).where(Person.nip.in_(nips[at:at + _CHUNK])))}
    return found


def _is_nip(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) == _NIP_DIGITS


def _judge(
    session: Session, batch: Batch, sheet: Sequence[SheetLine], people: dict[str, Person], today: date
) -> tuple[ImportLine, ...]:
    terms = batch_terms(session, batch)
    standing = dict(session.execute(select(Enrolment.person_id, Enrolment.status).where(
        Enrolment.batch_id == batch.id, Enrolment.status.in_(("WAITING", *LIVE)))).all())
    applicants = applicants_of(session, list(people.values()), today)
    words = load_vocabulary(session, today)
    first: dict[str, int] = {}
    lines: list[ImportLine] = []
    for row in sheet:
        person = people.get(row.nip)
        name = full_name(person) if person is not None else ""
        if row.problem is not None or not _is_nip(row.nip):
            verdict, why = Verdict.WRONG_NIP, row.problem or say(
                "Bukan NIP: harus %(digits)s angka, ini %(count)s huruf.", digits=_NIP_DIGITS, count=len(row.nip))
        elif person is None:
            verdict, why = Verdict.UNKNOWN, say("Tidak ada pegawai dengan NIP ini; periksa angkanya.")
        elif row.nip in first:
            verdict, why = Verdict.TWICE, say("Sudah ada pada baris %(line)s.", line=first[row.nip])
        elif person.id in standing:
            verdict, why = Verdict.ALREADY, say("Sudah pada angkatan ini: %(status)s.", status=STATUS_WORDS[standing[person.id]])
        else:
            found = refusals_of(session, applicants[person.id], terms, today=today, by_centre=True, words=words)
            if not found:
                verdict, why = Verdict.FITS, None
                terms = _with_one_more(terms, applicants[person.id].facts.units)
            else:
                verdict = {Reason.FULL: Verdict.FULL, Reason.QUOTA: Verdict.QUOTA}.get(found[0].reason, Verdict.NOT_FITTING)
                why = say("%(fact)s %(remedy)s", fact=found[0].fact, remedy=found[0].remedy)
        if person is not None:
            first.setdefault(row.nip, row.line)
        lines.append(ImportLine(row.line, row.nip, name, verdict, why))
    return tuple(lines)


def _with_one_more(terms: BatchDays, units: frozenset[str]) -> BatchDays:
    """Return a batch after somebody of a unit has taken a seat."""
    return replace(terms, seats_free=terms.seats_free - 1, quotas=tuple(
        replace(quota, taken=quota.taken + 1) if quota.unit in units else quota for quota in terms.quotas))


def _enrol(
    session: Session, actor: Actor, batch: Batch, people: Sequence[Person], *, now: datetime, mailer: Mailer | None
) -> None:
    taken = session.execute(
        update(Batch).where(Batch.id == batch.id, Batch.seats_taken + len(people) <= Batch.seats, Batch.status == "OPEN")
        .values(seats_taken=Batch.seats_taken + len(people)).returning(Batch.seats_taken)
        .execution_options(synchronize_session=False)).scalar_one_or_none()
    if taken is None:
        raise Conflict(say("Kursi angkatan %(code)s berubah ketika daftar ini dimuat. Muat lagi.", code=batch.code))
    session.refresh(batch, ["seats_taken"])
    rows = [Enrolment(person_id=person.id, batch_id=batch.id, status="APPROVED", source="IMPORT", requested_at=now,
                      decided_at=now) for person in people]
    session.add_all(rows)
    session.flush()
    session.execute(insert(EnrolmentEvent), [
        {"enrolment_id": row.id, "at": now, "actor": stored_actor(actor), "status": "APPROVED", "reason": "", "note": {}}
        for row in rows])
    for row, person in zip(rows, people, strict=True):
        tell(session, row, person.nip, say(
            "Anda didaftarkan pada %(training)s, angkatan %(code)s, mulai %(day)s.", training=batch.training.name,
            code=batch.code, day=batch.first_day), now=now, mailer=mailer, link=batch_link(batch.code))
