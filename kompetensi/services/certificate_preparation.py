"""What certificates of LAN's programmes need beyond a result: each participant's photo and LAN's registration code.

The training centre keeps both before the certificates are issued. A photo is stored once, under its SHA-256; the
certificate freezes that, and whatever is changed here afterwards reaches only a replacement.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from kompetensi.errors import Conflict, InvalidInput, NotFound
from kompetensi.exchange.portrait import read_portrait
from kompetensi.messages import say
from kompetensi.models import Batch, Certificate, CertificatePhoto, CertificatePreparation, Enrolment, Person, Training
from kompetensi.rules.access import Actor
from kompetensi.rules.certificates import CertificateFacts
from kompetensi.services.access import require
from kompetensi.services.audit import record
from kompetensi.services.lookup import batch_by_code

__all__ = ["Preparation", "PreparationEntry", "PreparationRow", "check_prepared", "count_unprepared", "preparations_of",
           "read_photo", "view_preparation", "with_photos", "write_preparation"]

_LAN_NUMBER = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ./-]{2,59}\Z")


@dataclass(frozen=True, slots=True)
class PreparationRow:
    """What is known of one participant.

    Attributes
    ----------
    lan_registration_no : str
        Empty = not yet.
    photo_sha256 : str or None
    number : str or None
        Of the certificate that he has already; what is changed here does not reach it.
    """

    enrolment_id: int
    nip: str
    name: str
    lan_registration_no: str
    photo_sha256: str | None
    number: str | None

    @property
    def is_complete(self) -> bool:
        """Whether a certificate can be issued."""
        return bool(self.lan_registration_no and self.photo_sha256)


@dataclass(frozen=True, slots=True)
class Preparation:
    """The participants of a batch of LAN's programmes, by name and NIP; none = nobody has been approved."""

    batch: str
    training: str
    rows: tuple[PreparationRow, ...]


@dataclass(frozen=True, slots=True)
class PreparationEntry:
    """What was typed and uploaded for one participant; None = it stays as it is.

    Attributes
    ----------
    lan_registration_no : str or None
        Empty takes a code away.
    photo : bytes or None
        PNG or JPEG, as uploaded.
    """

    nip: str
    lan_registration_no: str | None = None
    photo: bytes | None = None


def view_preparation(session: Session, actor: Actor, batch_code: str, *, today: date) -> Preparation:
    """Return what the certificates of a batch need and have.

    Raises
    ------
    NotFound
        If there is no such batch.
    NotAllowed
        If the actor is not of the training centre that ran it.
    Conflict
        If its training is no programme of LAN.
    """
    batch = _batch(session, actor, batch_code, today=today)
    found = session.execute(
        select(Enrolment.id, Person.nip, Person.name, CertificatePreparation.lan_registration_no,
               CertificatePreparation.photo_sha256, Certificate.number)
        .join(Person, Enrolment.person_id == Person.id)
        .outerjoin(CertificatePreparation, CertificatePreparation.enrolment_id == Enrolment.id)
        .outerjoin(Certificate, Certificate.enrolment_id == Enrolment.id)
        .where(_may_get_one(batch.id))
        .order_by(Person.name, Person.nip)).all()
    return Preparation(batch.code, batch.training.name, tuple(
        PreparationRow(enrolment_id, nip, name, number or "", photo, certificate)
        for enrolment_id, nip, name, number, photo, certificate in found))


def _may_get_one(batch_id: int) -> ColumnElement[bool]:
    """Return the condition that somebody takes part in a batch and has not failed."""
    return and_(Enrolment.batch_id == batch_id, Enrolment.status.in_(("APPROVED", "COMPLETED")),
                or_(Enrolment.outcome.is_(None), Enrolment.outcome == "PASSED"))


def count_unprepared(session: Session, batch_id: int) -> int:
    """Return how many participants of a batch of LAN's programmes still lack photo or code and have no certificate."""
    complete = select(CertificatePreparation.enrolment_id).where(
        CertificatePreparation.lan_registration_no != "", CertificatePreparation.photo_sha256.is_not(None))
    return session.scalars(select(func.count()).select_from(Enrolment).where(
        _may_get_one(batch_id), Enrolment.id.not_in(complete),
        ~select(Certificate.id).where(Certificate.enrolment_id == Enrolment.id).exists())).one()


def write_preparation(
    session: Session, actor: Actor, batch_code: str, entries: Sequence[PreparationEntry], *, today: date, now: datetime
) -> int:
    """Keep codes and photos of participants; return for how many something has changed. One refusal refuses all.

    Raises
    ------
    NotFound, NotAllowed, Conflict
        As `view_preparation`.
    InvalidInput
        If a NIP is no participant's, a code is none or somebody else's, or a photo cannot be printed; it names
        ``NIP``, ``lan-NIP`` or ``photo-NIP`` with the participant's NIP.
    """
    known = {row.nip: row for row in view_preparation(session, actor, batch_code, today=today).rows}
    changed: dict[str, list[str]] = {}
    stored = preparations_of(session, [row.enrolment_id for row in known.values()])
    for entry in entries:
        row = known.get(entry.nip)
        if row is None:
            raise InvalidInput(say("NIP %(nip)s bukan peserta angkatan %(code)s.", nip=entry.nip, code=batch_code),
                               where="NIP")
        number, photo = _checked(entry, row)
        steps = [name for name, new, old in (("lan_registration_no", number, row.lan_registration_no),
                                             ("photo", photo and _sha256(photo), row.photo_sha256)) if new not in (None, old)]
        if not steps:
            continue
        changed[entry.nip] = steps
        kept = stored.get(row.enrolment_id)
        if kept is None:
            kept = CertificatePreparation(enrolment_id=row.enrolment_id, lan_registration_no="")
            session.add(kept)
        if number is not None:
            kept.lan_registration_no = number
        if photo is not None:
            kept.photo_sha256 = _keep_photo(session, photo, now=now)
        session.flush()
    _refuse_doubled(session, known, changed)
    if changed:
        record(session, actor, "certificates.issue:prepare", "batch", batch_code, now=now, detail={"changed": changed})
    session.flush()
    return len(changed)


def _checked(entry: PreparationEntry, row: PreparationRow) -> tuple[str | None, bytes | None]:
    number = " ".join(entry.lan_registration_no.split()).upper() if entry.lan_registration_no is not None else None
    if number and not _LAN_NUMBER.match(number):
        raise InvalidInput(say("%(name)s: kode registrasi LAN terdiri atas 3 sampai 60 huruf, angka, titik, garis miring, atau "
                               "tanda hubung.", name=row.name), where=f"lan-{row.nip}")
    if entry.photo is None:
        return number, None
    try:
        return number, read_portrait(entry.photo)
    except InvalidInput as refused:
        raise InvalidInput(say("%(name)s: %(problem)s", name=row.name, problem=refused.message),
                           where=f"photo-{row.nip}") from refused


def _refuse_doubled(session: Session, known: Mapping[str, PreparationRow], changed: Collection[str]) -> None:
    """Refuse a code that two participants would have: LAN gives each its own."""
    ids = {known[nip].enrolment_id: nip for nip in changed}
    mine = dict(session.execute(select(
        CertificatePreparation.enrolment_id, CertificatePreparation.lan_registration_no).where(
            CertificatePreparation.enrolment_id.in_(ids), CertificatePreparation.lan_registration_no != "")).all())
    used = Counter(session.scalars(select(CertificatePreparation.lan_registration_no).where(
        CertificatePreparation.lan_registration_no.in_(mine.values()))))
    for enrolment_id, number in sorted(mine.items()):
        if used[number] > 1:
            row = known[ids[enrolment_id]]
            raise InvalidInput(say("%(name)s: kode registrasi LAN %(number)s sudah dipakai peserta lain.", name=row.name,
                                   number=number), where=f"lan-{row.nip}")


def _keep_photo(session: Session, jpeg: bytes, *, now: datetime) -> str:
    name = _sha256(jpeg)
    if session.get(CertificatePhoto, name) is None:
        session.add(CertificatePhoto(sha256=name, jpeg=jpeg, recorded_at=now))
        session.flush()
    return name


def _sha256(jpeg: bytes) -> str:
    return hashlib.sha256(jpeg).hexdigest()


def read_photo(session: Session, actor: Actor, batch_code: str, nip: str, *, today: date) -> bytes:
    """Return a participant's photo as JPEG.

    Raises
    ------
    NotFound
        If there is no such batch, or no photo of this person.
    NotAllowed, Conflict
        As `view_preparation`.
    """
    batch = _batch(session, actor, batch_code, today=today)
    jpeg = session.scalars(
        select(CertificatePhoto.jpeg)
        .join(CertificatePreparation, CertificatePreparation.photo_sha256 == CertificatePhoto.sha256)
        .join(Enrolment, Enrolment.id == CertificatePreparation.enrolment_id)
        .join(Person, Person.id == Enrolment.person_id).where(Enrolment.batch_id == batch.id, Person.nip == nip)).first()
    if jpeg is None:
        raise NotFound(say("Belum ada pasfoto untuk peserta ini."), where="photo")
    return jpeg


def _batch(session: Session, actor: Actor, code: str, *, today: date) -> Batch:
    batch = batch_by_code(session, code)
    require(session, actor, "certificates.issue", on=today, unit_id=batch.organiser_id)
    training = session.get_one(Training, batch.training_id)
    if not training.lan_programme:
        raise Conflict(say("Sertifikat %(training)s tidak memerlukan pasfoto atau kode registrasi LAN; pelatihannya bukan "
                           "program LAN.", training=training.name))
    return batch


def preparations_of(session: Session, enrolment_ids: Collection[int]) -> dict[int, CertificatePreparation]:
    """Return by enrolment what is kept for its certificate; who has nothing is left out."""
    return {row.enrolment_id: row for row in session.scalars(
        select(CertificatePreparation).where(CertificatePreparation.enrolment_id.in_(enrolment_ids)))}


def check_prepared(facts: CertificateFacts) -> None:
    """Refuse a certificate of a programme of LAN that lacks photo or code.

    Raises
    ------
    Conflict
        The message names the person, what is missing and where it is filled in.
    """
    missing = [word for word, value in ((say("pasfoto"), facts.photo_sha256),
                                        (say("kode registrasi LAN"), facts.lan_registration_no)) if not value]
    if missing:
        raise Conflict(say("%(name)s belum mempunyai %(missing)s. Lengkapi dahulu pada halaman “Siapkan sertifikat” "
                           "angkatannya.", name=facts.holder_name, missing=missing))


def with_photos(session: Session, facts: Iterable[CertificateFacts]) -> tuple[CertificateFacts, ...]:
    """Return facts with the photos that they name, in their order."""
    wanted = tuple(facts)
    names = {one.photo_sha256 for one in wanted} - {""}
    if not names:
        return wanted
    photos = dict(session.execute(
        select(CertificatePhoto.sha256, CertificatePhoto.jpeg).where(CertificatePhoto.sha256.in_(names))).all())
    return tuple(replace(one, photo=photos[one.photo_sha256]) if one.photo_sha256 else one for one in wanted)
