"""Levels observed by an assessment, a test, a recognition or a superior: recording and withdrawing them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from kompetensi.errors import Conflict, NotFound
from kompetensi.graph.evidence import EvidenceKind, valid_until_after
from kompetensi.messages import say
from kompetensi.models import Assessment, Competency, Evidence, Person
from kompetensi.rules.access import Actor
from kompetensi.services.access import require
from kompetensi.services.inbox import notify
from kompetensi.services.lookup import person_by_nip
from kompetensi.services.people_edits import note_change, refuse
from kompetensi.services.policies import evidence_validity_years

__all__ = ["AssessmentFacts", "record_assessment", "withdraw_evidence"]

_LEVELS = range(6)


@dataclass(frozen=True, slots=True)
class AssessmentFacts:
    """Levels observed on a day.

    Attributes
    ----------
    kind : str
        ASSESSMENT, COMPETENCY_TEST, RPL or SUPERVISOR.
    observed_on : date
    provider : str
        Who assessed, or whose document it is.
    levels : mapping of str to int
        0..5 by competency code; at least one.
    target_class : str or None
        Position class that the assessment was made for.
    accredited : bool or None
        Whether the provider is accredited for that class; None = not known.
    method : str
    """

    kind: str
    observed_on: date
    provider: str
    levels: Mapping[str, int]
    target_class: str | None = None
    accredited: bool | None = None
    method: str = ""


def record_assessment(
    session: Session, actor: Actor, nip: str, facts: AssessmentFacts, *, today: date, now: datetime
) -> int:
    """Record observed levels as evidence, valid as long as the policy of its kind says; return how many.

    Raises
    ------
    InvalidInput
        If there is no level, a level is outside 0..5, a code names nothing, or the day lies in the future.
    """
    person = person_by_nip(session, nip)
    require(session, actor, "people.assess", on=today, person=person)
    kind = _proving_kind(facts.kind)
    if facts.observed_on > today:
        raise refuse(say("Tanggal penilaian %(day)s belum tiba.", day=facts.observed_on), "observed_on")
    if facts.observed_on <= person.birth_date:
        raise refuse(say("Tanggal penilaian %(day)s mendahului tanggal lahir.", day=facts.observed_on), "observed_on")
    if not facts.provider.strip():
        raise refuse(say("Penilai atau penerbit belum diisi."), "provider")
    ids = _competency_ids(session, facts.levels)
    years = evidence_validity_years(session, kind.value, facts.observed_on)
    valid_until = valid_until_after(facts.observed_on, years) if years is not None else None
    assessment = None
    if kind is EvidenceKind.ASSESSMENT:
        assessment = Assessment(
            person_id=person.id, assessed_on=facts.observed_on, target_class_code=facts.target_class or None,
            provider=facts.provider.strip(), accredited=facts.accredited, method=facts.method.strip())
        session.add(assessment)
        session.flush()
    session.add_all(
        Evidence(person_id=person.id, competency_id=ids[code], level=level, kind=kind.value,
                 observed_on=facts.observed_on, valid_until=valid_until, recorded_at=now,
                 source=facts.provider.strip(), assessment_id=assessment.id if assessment else None)
        for code, level in sorted(facts.levels.items()))
    notify(session, person.id, say(
        "Hasil penilaian %(day)s dicatat: %(count)s kompetensi, oleh %(provider)s.", day=facts.observed_on,
        count=len(facts.levels), provider=facts.provider.strip()), link="/kesiapan", now=now)
    note_change(session, actor, "people.assess.record", person, now=now, subject=("person", person.nip),
           after={**asdict(facts), "levels": dict(sorted(facts.levels.items())), "valid_until": valid_until})
    return len(facts.levels)


def _proving_kind(text: str) -> EvidenceKind:
    if text not in EvidenceKind.__members__ or text == EvidenceKind.TRAINING:
        raise refuse(say("“%(kind)s” bukan jenis bukti yang dapat dicatat di sini; bukti pelatihan mengikuti "
                          "sertifikatnya.", kind=text), "kind")
    return EvidenceKind(text)


def _competency_ids(session: Session, levels: Mapping[str, int]) -> dict[str, int]:
    if not levels:
        raise refuse(say("Belum ada tingkat yang diisi."), "levels")
    ids = dict(session.execute(select(Competency.code, Competency.id).where(Competency.code.in_(levels))).all())
    for code, level in sorted(levels.items()):
        if code not in ids:
            raise NotFound(say("Tidak ada kompetensi dengan kode “%(code)s”.", code=code), where="levels")
        if level not in _LEVELS:
            raise refuse(say("Tingkat %(level)s untuk %(code)s tidak ada; isi 0 sampai 5.", level=level, code=code),
                          "levels")
    return ids


def withdraw_evidence(
    session: Session, actor: Actor, evidence_id: int, reason: str, *, today: date, now: datetime
) -> str:
    """Withdraw a piece of evidence from today on; it stays in the record. Return the person's NIP.

    Raises
    ------
    NotFound
        If there is none of that number.
    InvalidInput
        Without a reason.
    Conflict
        If it is withdrawn already, or rests on a certificate: then the certificate is revoked instead.
    """
    evidence = session.get(Evidence, evidence_id)
    if evidence is None:
        raise NotFound(say("Tidak ada bukti dengan nomor %(number)s.", number=evidence_id), where="evidence")
    person = session.get_one(Person, evidence.person_id)
    require(session, actor, "people.assess", on=today, person=person)
    if not reason.strip():
        raise refuse(say("Alasan penarikan belum diisi."), "reason")
    if evidence.certificate_id is not None or evidence.kind == EvidenceKind.TRAINING:
        raise Conflict(say("Bukti ini mengikuti sertifikatnya; cabutlah sertifikatnya."))
    if evidence.withdrawn_on is not None:
        raise Conflict(say("Bukti ini sudah ditarik pada %(day)s.", day=evidence.withdrawn_on))
    evidence.withdrawn_on = today
    notify(session, person.id, say("Satu bukti penilaian Anda (%(source)s, %(day)s) ditarik: %(reason)s",
                                   source=evidence.source, day=evidence.observed_on, reason=reason.strip()),
           link="/kesiapan", now=now)
    note_change(session, actor, "people.assess.withdraw", person, now=now, subject=("evidence", evidence.id),
           before={"withdrawn_on": None}, after={"withdrawn_on": today}, reason=reason.strip())
    return person.nip
