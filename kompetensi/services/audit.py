"""The audit log: who did or saw what. Written in the transaction of what it records, and never changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, func, insert, or_, select
from sqlalchemy.orm import Session

from kompetensi.messages import WITA, Message, say
from kompetensi.models import AuditEntry, Person, Unit
from kompetensi.rules.access import Actor, Role
from kompetensi.services.access import require, scope_unit_ids

__all__ = ["AuditPage", "AuditRow", "action_areas", "describe_action", "list_entries", "record",
           "record_each", "split_actor"]

PAGE_SIZE = 50

_AREAS: Mapping[str, Message] = {
    "catalogue": say("Jabatan, pelatihan, dan kompetensi"),
    "people": say("Data pegawai"),
    "readiness": say("Kesiapan"),
    "matching": say("Calon dan peta kesiapan"),
    "moves": say("Langkah karier"),
    "paths": say("Jalur pelatihan"),
    "courses": say("Angkatan dan peserta"),
    "calendar": say("Tautan kalender"),
    "resources": say("Ruang, pengajar, hari kerja, peserta luar"),
    "evaluations": say("Evaluasi pelatihan"),
    "mutasi": say("Perkara mutasi"),
    "timetables": say("Penyusunan jadwal"),
    "demand": say("Kebutuhan pelatihan"),
    "certificates": say("Sertifikat"),
    "admin": say("Akun, wewenang, kebijakan"),
}

# Keys of rules.access.ACTIONS, or with the step after the colon where it has words of its own.
_WORDS: Mapping[str, Message] = {
    "catalogue.edit_position": say("Mengubah jabatan atau standarnya"),
    "catalogue.edit_training": say("Mengubah pelatihan"),
    "catalogue.import": say("Memuat tabel"),
    "people.find": say("Mencari pegawai"),
    "people.view": say("Membuka profil"),
    "people.view_discipline": say("Melihat catatan disiplin"),
    "people.edit": say("Mengubah data pegawai"),
    "people.assess": say("Mencatat asesmen atau bukti"),
    "readiness.view": say("Melihat kesiapan"),
    "matching.rank": say("Melihat calon sebuah jabatan"),
    "matching.people": say("Melihat kekurangan pada peta kesiapan"),
    "moves.view": say("Melihat langkah karier"),
    "moves.rank": say("Mencari calon untuk sebuah jabatan"),
    "moves.state_interest": say("Menyatakan minat karier"),
    "paths.view": say("Melihat jalur pelatihan"),
    "paths.take": say("Mengambil jalur pelatihan"),
    "courses.view_participants": say("Melihat daftar peserta"),
    "courses.edit_batch": say("Mengubah angkatan"),
    "courses.view_enrolment": say("Melihat riwayat pendaftaran"),
    "courses.request_seat": say("Meminta kursi"),
    "courses.enrol": say("Mendaftarkan peserta"),
    "courses.endorse_enrolment": say("Memberi kata atasan atas permintaan kursi"),
    "courses.decide_enrolment": say("Memutuskan pendaftaran"),
    "courses.decide_enrolment:settle": say("Menjalankan daftar tunggu"),
    "courses.move_enrolment": say("Memindahkan kursi ke angkatan lain"),
    "courses.request_seat:wait": say("Masuk daftar tunggu"),
    "courses.request_seat:accept": say("Menerima kursi yang ditawarkan"),
    "courses.request_seat:decline": say("Melepas kursi yang ditawarkan"),
    "courses.edit_batch:copy": say("Menyalin angkatan"),
    "courses.edit_batch:meetings": say("Mengubah pertemuan angkatan"),
    "courses.edit_batch:conditions": say("Mengubah syarat masuk angkatan"),
    "courses.enrol:import": say("Memuat daftar peserta"),
    "courses.record_result": say("Mencatat kehadiran atau hasil"),
    "timetables.solve": say("Menyusun jadwal"),
    "timetables.solve:stop": say("Menghentikan penyusunan jadwal"),
    "timetables.solve:accept": say("Menerima jadwal"),
    "timetables.solve:discard": say("Membuang jadwal"),
    "calendar.share": say("Membuat tautan kalender"),
    "calendar.share:withdraw": say("Mencabut tautan kalender"),
    "resources.edit:room": say("Mengubah ruang"),
    "resources.edit:trainer": say("Mengubah pengajar"),
    "resources.edit:working_time": say("Mengubah hari atau jam kerja"),
    "resources.edit:travel": say("Mengubah waktu tempuh"),
    "resources.edit:outside": say("Mengubah peserta luar"),
    "resources.edit:outside_seen": say("Melihat peserta luar"),
    "demand.compute": say("Menghitung kebutuhan pelatihan"),
    "demand.compute:propose": say("Mengusulkan analisis kebutuhan"),
    "demand.approve": say("Menyetujui analisis kebutuhan"),
    "demand.approve:return": say("Mengembalikan analisis kebutuhan"),
    "demand.view_people": say("Melihat siapa yang memerlukan pelatihan"),
    "demand.set_target": say("Menetapkan jabatan sasaran"),
    "demand.set_target:withdraw": say("Mencabut jabatan sasaran"),
    "courses.check_in": say("Mencatat kehadiran dengan kode QR"),
    "evaluations.view": say("Melihat hasil evaluasi"),
    "evaluations.view_own": say("Melihat hasil evaluasi pengajar"),
    "evaluations.edit_form": say("Mengubah formulir evaluasi"),
    "certificates.view": say("Melihat sertifikat"),
    "certificates.issue": say("Menerbitkan sertifikat"),
    "certificates.issue:replace": say("Mengganti sertifikat"),
    "certificates.issue:void": say("Membatalkan nomor sertifikat"),
    "certificates.issue:job": say("Meminta penerbitan sertifikat"),
    "certificates.issue:cancel_job": say("Menghentikan penerbitan sertifikat"),
    "certificates.issue:resume_job": say("Melanjutkan penerbitan sertifikat"),
    "certificates.view:file": say("Mengunduh sertifikat"),
    "certificates.revoke": say("Mencabut sertifikat"),
    "certificates.verify": say("Memeriksa keaslian sertifikat"),
    "mutasi.view": say("Melihat pemeriksaan syarat mutasi"),
    "mutasi.prepare": say("Menyiapkan perkara mutasi"),
    "mutasi.decide": say("Memutuskan perkara mutasi"),
    "admin.accounts": say("Mengelola akun"),
    "admin.accounts:sign_in": say("Masuk"),
    "admin.accounts:create": say("Membuat akun"),
    "admin.accounts:grant": say("Memberi wewenang"),
    "admin.accounts:end_grant": say("Mengakhiri wewenang"),
    "admin.accounts:set_password": say("Mengganti kata sandi akun"),
    "admin.accounts:change_own_password": say("Mengganti kata sandi sendiri"),
    "admin.accounts:activate": say("Mengaktifkan akun"),
    "admin.accounts:deactivate": say("Menonaktifkan akun"),
    "admin.audit": say("Membuka jejak audit"),
    "admin.policies": say("Mengubah kebijakan"),
}


@dataclass(frozen=True, slots=True)
class AuditRow:
    """One entry as people read it.

    Attributes
    ----------
    actor : str
        Name of who did it.
    actor_id : str
        His stable name, such as ``account:12``.
    words : Message
        What he did.
    action : str
        The same as a key.
    person_name, nip : str
        Whom it concerns; empty when nobody.
    detail : mapping
        What was recorded with it; for changes the values before and after.
    """

    id: int
    at: datetime
    actor: str
    actor_id: str
    words: Message
    action: str
    subject_kind: str
    subject_id: str
    person_name: str
    nip: str
    detail: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class AuditPage:
    """Entries, newest first, at most `PAGE_SIZE` of them.

    Attributes
    ----------
    total : int
        How many match in all.
    before : int or None
        Number of the entry before which the next page begins; None on the last page.
    """

    rows: tuple[AuditRow, ...]
    total: int
    before: int | None


def record(
    session: Session, actor: Actor, action: str, subject_kind: str, subject_id: object, *, now: datetime,
    person_id: int | None = None, detail: Mapping[str, Any] | None = None,
) -> None:
    """Add one entry.

    Parameters
    ----------
    action : str
        Key of `rules.access.ACTIONS`, or such a key with a suffix that says which step it was.
    subject_kind, subject_id : str, object
        What was touched, by its area's word and its code or id.
    person_id : int, optional
        Whom it concerns; that person may see the entry.
    detail : mapping, optional
        JSON-ready; for changes the values before and after.
    """
    session.add(AuditEntry(
        at=now, actor=stored_actor(actor), action=action, subject_kind=subject_kind,
        subject_id=str(subject_id), person_id=person_id, detail=dict(detail or {})))


def record_each(
    session: Session, actor: Actor, action: str, people: Iterable[tuple[int, str, Mapping[str, Any]]], *, now: datetime,
) -> None:
    """Add one entry for each person of a list, by one statement; whoever acts on the own record leaves none.

    Parameters
    ----------
    people : iterable of (int, str, mapping)
        Id, NIP and detail of each.
    """
    rows = [{"at": now, "actor": stored_actor(actor), "action": action, "subject_kind": "person", "subject_id": nip,
             "person_id": person_id, "detail": dict(detail)}
            for person_id, nip, detail in people if person_id != actor.person_id]
    if rows:
        session.execute(insert(AuditEntry), rows)


def stored_actor(actor: Actor) -> str:
    """Return who acted as entries keep it: stable name and label, so that it can be read when the account is gone."""
    return f"{actor.id}:{actor.label}"[:120]


def split_actor(actor: str) -> tuple[str, str]:
    """Take an entry's actor apart into the stable name (``account:12``, ``system``) and the label; see `record`."""
    kind, _, rest = actor.partition(":")
    if kind == "system":
        return kind, rest
    number, _, label = rest.partition(":")
    return f"{kind}:{number}", label


def describe_action(action: str) -> Message:
    """Return the words for an action; an unknown step falls back to its action, an unknown action to its key."""
    key, _, _ = action.partition(":")
    return _WORDS.get(action) or _WORDS.get(key) or say("%(action)s", action=action)


def action_areas() -> tuple[tuple[str, Message], ...]:
    """Return the areas whose entries can be asked for, with their words."""
    return tuple(_AREAS.items())


def list_entries(
    session: Session, actor: Actor, *, today: date, area: str = "", text: str = "", since: date | None = None,
    until: date | None = None, before: int | None = None, limit: int = PAGE_SIZE,
) -> AuditPage:
    """Return entries about people of the actor's units, and, for an admin of a whole government, all others too.

    Parameters
    ----------
    area : str
        Only this area's actions; empty = all.
    text : str
        Part of the actor's name, the person's name, the NIP or the thing's code, in any case; empty = all.
    since, until : datetime.date, optional
        First and last day, both inclusive.
    before : int, optional
        Only entries older than this one.

    Raises
    ------
    NotAllowed
        If the actor is no admin.
    """
    require(session, actor, "admin.policies", on=today)
    where = [] if (scope := _scope(session, actor)) is None else [scope]
    if area:
        where.append(AuditEntry.action.startswith(f"{area}.", autoescape=True))
    if text := text.strip().casefold():
        where.append(or_(*(
            func.lower(column).contains(text, autoescape=True)
            for column in (AuditEntry.actor, AuditEntry.subject_id, Person.name, Person.nip))))
    if since is not None:
        where.append(AuditEntry.at >= datetime.combine(since, time(), WITA))
    if until is not None and until < date.max:
        where.append(AuditEntry.at < datetime.combine(until + timedelta(days=1), time(), WITA))
    query = select(AuditEntry, Person.name, Person.nip).outerjoin(Person, Person.id == AuditEntry.person_id).where(
        *where)
    total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
    if before is not None:
        query = query.where(AuditEntry.id < before)
    found = session.execute(query.order_by(AuditEntry.id.desc()).limit(limit + 1)).all()
    rows = tuple(audit_row(entry, name or "", nip or "") for entry, name, nip in found[:limit])
    return AuditPage(rows, total, rows[-1].id if len(found) > limit else None)


def audit_row(entry: AuditEntry, person_name: str, nip: str) -> AuditRow:
    """Make the readable form of an entry."""
    actor_id, label = split_actor(entry.actor)
    return AuditRow(entry.id, entry.at, label or actor_id, actor_id, describe_action(entry.action), entry.action,
                    entry.subject_kind, entry.subject_id, person_name, nip, entry.detail)


def _scope(session: Session, actor: Actor) -> ColumnElement[bool] | None:
    unit_ids = scope_unit_ids(session, actor, Role.ADMIN)
    if unit_ids is None:
        return None
    mine = Person.unit_id.in_(unit_ids)
    # What concerns no person, such as a policy, belongs to the whole agency.
    whole = session.scalar(
        select(func.count()).select_from(Unit).where(Unit.id.in_(unit_ids), Unit.parent_id.is_(None)))
    return or_(mine, AuditEntry.person_id.is_(None)) if whole else mine
