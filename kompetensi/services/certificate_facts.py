"""The snapshot that a certificate freezes: who, what, where, by whom, as it stands on the day of issue."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, aliased

from kompetensi.models import (
    Batch,
    BatchStage,
    BatchSubject,
    BatchTrainer,
    CertificatePreparation,
    Competency,
    Enrolment,
    Grade,
    JobClass,
    Occupancy,
    Person,
    Position,
    Post,
    Rank,
    Trainer,
    Training,
    TrainingRaise,
    TrainingSubject,
    Unit,
)
from kompetensi.rules.certificates import (
    CertificateFacts,
    CertificateKind,
    Signatory,
    Subject,
    kind_for_development,
)
from kompetensi.rules.numerals import parse_roman, roman
from kompetensi.services.day_conditions import in_force
from kompetensi.services.lookup import current_occupancy
from kompetensi.services.policies import find_policy, grade_scale
from kompetensi.services.readiness import full_name
from kompetensi.services.settings import read_demo

__all__ = ["CourseFacts", "batch_number_of", "course_facts", "facts_again", "facts_for", "find_signatory"]

_STATUS_PHRASES = {CertificateKind.STTPP: "LULUS"}
_TOOK_PART = "TELAH MENGIKUTI"
_MODE_PHRASES = {
    "CLASSICAL": "secara tatap muka", "DISTANCE": "secara jarak jauh", "SELF_STUDY": "secara belajar mandiri",
    "OFF_CAMPUS": "di tempat kerja",
}
_MIXED = "secara bauran"
# Only leaders sign; functional officials of a unit do not, whatever their class.
_LEADING_GROUPS = ("JPT", "JA")


@dataclass(frozen=True, slots=True)
class CourseFacts:
    """What the certificates of one batch have in common; read once for all of them.

    Attributes
    ----------
    kind : CertificateKind
    batch_number : int
        Ordinal of the batch in its year.
    validity_years : int or None
        As the training says; None = it says nothing.
    lan_programme : bool
        Whether each certificate carries a photo and LAN's registration code.
    """

    kind: CertificateKind
    issuer: str
    batch_number: int
    government: str
    institution: str
    issued_place: str
    legal_basis: str
    training_code: str
    training_name: str
    batch_label: str
    first_day: date
    last_day: date
    jp: int
    subjects: tuple[Subject, ...]
    mode_phrase: str
    place: str
    competences: tuple[tuple[str, int], ...]
    trainers: tuple[str, ...]
    signer: Signatory
    validity_years: int | None
    demo: bool
    lan_programme: bool = False


def course_facts(session: Session, batch: Batch, *, today: date) -> CourseFacts:
    """Gather what a batch says on its certificates, with who signs today.

    The subjects are those of the batch, or those of the training where the batch lists none of its own.
    """
    training = session.get_one(Training, batch.training_id)
    organiser = session.get_one(Unit, batch.organiser_id)
    government = organiser.government
    basis = find_policy(session, "certificate.legal_basis", today)
    return CourseFacts(
        kind=kind_for_development(training.siasn_jenis_diklat_id), issuer=organiser.code, batch_number=batch.number,
        government=f"Pemerintah {government.name}", institution=organiser.name,
        issued_place=government.name.partition(" ")[2] or government.name,
        legal_basis=str(basis.value) if basis is not None and basis.value else "",
        training_code=training.code, training_name=training.name,
        batch_label=f"Angkatan {roman(batch.number)} Tahun {batch.year}", first_day=batch.first_day,
        last_day=batch.last_day, jp=training.jp, subjects=_subjects(session, batch),
        mode_phrase=_mode_phrase(session, batch), place=_place(batch), competences=_competences(session, training),
        trainers=_trainers(session, batch), signer=find_signatory(session, organiser, today),
        validity_years=training.validity_years, demo=read_demo(session) is not None,
        lan_programme=training.lan_programme)


def _subjects(session: Session, batch: Batch) -> tuple[Subject, ...]:
    for model, owner in ((BatchSubject, BatchSubject.batch_id == batch.id),
                         (TrainingSubject, TrainingSubject.training_id == batch.training_id)):
        found = session.execute(select(model.name, model.jp).where(owner).order_by(model.seq)).all()
        if found:
            return tuple(Subject(name, jp) for name, jp in found)
    return ()


def _mode_phrase(session: Session, batch: Batch) -> str:
    modes = set(session.scalars(select(BatchStage.mode).where(BatchStage.batch_id == batch.id)))
    return _MIXED if len(modes) > 1 else "".join(_MODE_PHRASES[mode] for mode in modes)


def _place(batch: Batch) -> str:
    room = batch.room
    names = (room.name, batch.place or room.place) if room is not None else (batch.place,)
    return ", ".join(dict.fromkeys(filter(None, names)))


def _competences(session: Session, training: Training) -> tuple[tuple[str, int], ...]:
    return tuple((name, level) for name, level in session.execute(
        select(Competency.name, TrainingRaise.level).join(TrainingRaise, TrainingRaise.competency_id == Competency.id)
        .where(TrainingRaise.training_id == training.id).order_by(TrainingRaise.id)))


def _trainers(session: Session, batch: Batch) -> tuple[str, ...]:
    return tuple(session.scalars(
        select(Trainer.name).join(BatchTrainer, BatchTrainer.trainer_id == Trainer.id)
        .where(BatchTrainer.batch_id == batch.id).order_by(BatchTrainer.id)))


def find_signatory(session: Session, unit: Unit, on: date) -> Signatory:
    """Return the head of a unit: the occupant of its highest leading post that has no post of the unit above it.

    A definitive occupant signs before an acting one, who signs as ``Plt.``. A unit whose head's post is vacant, or
    that has none, gets a block without a name, to be signed by hand.
    """
    above = aliased(Post)
    posts = session.execute(
        select(Post.id, Position.name, JobClass.id.label("job_class_id"))
        .join(Position, Post.position_id == Position.id).join(JobClass, Position.job_class_id == JobClass.id)
        .outerjoin(above, Post.superior_post_id == above.id)
        .where(Post.unit_id == unit.id, JobClass.group.in_(_LEADING_GROUPS),
               or_(above.id.is_(None), above.unit_id != unit.id),
               in_force(Post.valid_from, Post.valid_to, on))
        .order_by(JobClass.default_level.desc(), JobClass.id, Post.id)).all()
    if not posts:
        return Signatory(f"Kepala {unit.name}", "")
    names = {post.id: post.name for post in posts if post.job_class_id == posts[0].job_class_id}
    found = session.execute(
        select(Person, Occupancy.kind, Occupancy.post_id).join(Occupancy, Occupancy.person_id == Person.id)
        .where(Occupancy.post_id.in_(names), Occupancy.since <= on,
               or_(Occupancy.until.is_(None), Occupancy.until >= on))
        .order_by(Occupancy.kind.desc(), Occupancy.since.desc(), Occupancy.id)).first()
    if found is None:
        return Signatory(posts[0].name, "")
    person, occupancy_kind, post_id = found
    rank, golongan = rank_on(session, person.id, on)
    post = names[post_id] if occupancy_kind == "DEFINITIVE" else f"Plt. {names[post_id]}"
    return Signatory(post, full_name(person), ", ".join(filter(None, (rank, golongan))), person.nip)


def rank_on(session: Session, person_id: int, on: date) -> tuple[str, str]:
    """Return the name of a person's rank and the golongan on a day; two empty texts when none is recorded."""
    found = session.execute(
        select(Grade.rank_name, Grade.code).join(Rank, Rank.grade_code == Grade.code)
        .where(Rank.person_id == person_id, Rank.effective_from <= on)
        .order_by(Rank.effective_from.desc())).first()
    return ("", "") if found is None else (found[0], found[1])


def facts_for(
    session: Session, course: CourseFacts, person: Person, enrolment: Enrolment | None, *, number: str, token: str,
    verify_url: str, issued_on: date, valid_until: date | None, signed: bool, authority: str = "",
    preparation: CertificatePreparation | None = None,
) -> CertificateFacts:
    """Freeze one person's certificate.

    Rank, position and unit are those of the day of issue; what is not recorded is left empty and not printed. The
    predicate comes from the score by the grading scale of the day; without a score there is none.
    """
    score = enrolment.score_hundredths if enrolment is not None else None
    return CertificateFacts(
        kind=course.kind, number=number, token=token, verify_url=verify_url, issued_on=issued_on,
        issued_place=course.issued_place, government=course.government, institution=course.institution,
        legal_basis=course.legal_basis, status_phrase=_STATUS_PHRASES.get(course.kind, _TOOK_PART),
        predicate=_predicate(session, course.kind, score, issued_on), training_code=course.training_code,
        training_name=course.training_name, batch_label=course.batch_label, organiser=course.institution,
        first_day=course.first_day, last_day=course.last_day, mode_phrase=course.mode_phrase, place=course.place,
        jp=course.jp, subjects=course.subjects, competences=course.competences, trainers=course.trainers,
        valid_until=valid_until, signer=course.signer, signed=signed, authority=authority, demo=course.demo,
        lan_registration_no=preparation.lan_registration_no if preparation is not None else "",
        photo_sha256=(preparation.photo_sha256 or "") if preparation is not None else "",
        **_holder(session, person, issued_on))


def facts_again(
    session: Session, frozen: CertificateFacts, person: Person, *, issuer: str, number: str, token: str,
    verify_url: str, issued_on: date, valid_until: date | None, signed: bool, authority: str = "",
) -> CertificateFacts:
    """Freeze a certificate anew from one that was issued: the course as it stands there, person and signatory of today.

    Parameters
    ----------
    issuer : str
        Code of the issuing unit; one that is no longer known leaves the signatory as he was.
    """
    unit = session.scalars(select(Unit).where(Unit.code == issuer)).one_or_none()
    signer = find_signatory(session, unit, issued_on) if unit is not None else frozen.signer
    return replace(
        frozen, number=number, token=token, verify_url=verify_url, issued_on=issued_on, valid_until=valid_until,
        signed=signed, authority=authority, signer=signer, **_holder(session, person, issued_on))


def batch_number_of(facts: CertificateFacts) -> int:
    """Return the ordinal of the batch that a certificate prints; 1 where it prints none."""
    found = re.match(r"Angkatan ([IVXLCDM]+) ", facts.batch_label)
    return parse_roman(found[1]) if found else 1


def _holder(session: Session, person: Person, on: date) -> dict[str, Any]:
    """Return what a certificate says of a person on a day."""
    rank, golongan = rank_on(session, person.id, on)
    holder = {"holder_name": full_name(person), "nip": person.nip, "birth_place": person.birth_place,
              "birth_date": person.birth_date, "rank": rank, "golongan": golongan}
    if person.outside_agency:
        return {**holder, "position": "", "unit": person.outside_agency, "agency": person.outside_agency}
    occupancy = current_occupancy(session, person, on)
    unit = occupancy.unit if occupancy is not None else session.get_one(Unit, person.unit_id)
    return {
        **holder, "position": occupancy.position_name if occupancy is not None else "", "unit": unit.name,
        "agency": f"Pemerintah {unit.government.name}"}


def _predicate(session: Session, kind: CertificateKind, score_hundredths: int | None, on: date) -> str:
    if score_hundredths is None or kind is not CertificateKind.STTPP:
        return ""
    score = Decimal(score_hundredths) / 100
    return next((step.name for step in grade_scale(session, on) if score >= step.min_score), "")
