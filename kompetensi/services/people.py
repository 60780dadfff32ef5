"""People: finding them, and the record of one person. What HR writes into it is in `people_edits`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime

from sqlalchemy import ColumnElement, func, or_, select, tuple_
from sqlalchemy.orm import Session, joinedload

from kompetensi.graph.evidence import Level, profile_on
from kompetensi.messages import Message, say
from kompetensi.models import (
    Certificate,
    CreditPoint,
    DisciplineCase,
    Education,
    EducationLevel,
    Grade,
    JobClass,
    Occupancy,
    Person,
    Position,
    Post,
    Rank,
    Training,
    Unit,
)
from kompetensi.models import Competency as CompetencyRow
from kompetensi.models import PerformanceRating as RatingRow
from kompetensi.rules.access import Actor, Role
from kompetensi.services.access import is_allowed, require, scope_unit_ids
from kompetensi.services.audit import record
from kompetensi.services.day_conditions import is_staff
from kompetensi.services.lookup import current_positions, person_by_nip
from kompetensi.services.policies import JpDuty, jp_duty
from kompetensi.services.readiness import full_name, tokens_of
from kompetensi.services.snapshot import load_evidence

__all__ = ["CareerStep", "CertificateLine", "CompetencyLine", "DisciplineLine", "EducationLine",
           "FoundPeople", "FoundPerson", "PersonChoices", "PersonFacts", "PersonRecord", "RankLine",
           "count_people", "facts_of", "find_people", "list_choices", "view_person", "warnings_of"]

# The roles that may look for people; the centre looks for participants in all of its government.
_FINDERS = (Role.HR, Role.ADMIN, Role.TRAINING_CENTRE)
_MOST = 200


@dataclass(frozen=True, slots=True)
class FoundPerson:
    """One line of a search.

    Attributes
    ----------
    position : str or None
        Name of the current definitive position; None for somebody without a post.
    """

    nip: str
    name: str
    position: str | None
    unit: str


@dataclass(frozen=True, slots=True)
class FoundPeople:
    """One page of a search, by name, then NIP.

    Attributes
    ----------
    total : int
        How many match within the actor's reach.
    next_after : str or None
        NIP to pass as `after` for the next page; None on the last one.
    """

    people: tuple[FoundPerson, ...]
    total: int
    next_after: str | None


@dataclass(frozen=True, slots=True)
class PersonFacts:
    """The facts of a person that HR keeps; None = no source has given it, and a rule that needs it says so.

    Attributes
    ----------
    sex : str
        L or P.
    employee_type : str
        PNS, CPNS or PPPK.
    legal_status : str or None
        SIASN *kedudukan hukum*: 01 active, 02 CLTN, ...
    formation_year : int or None
    service_bond, on_study_assignment : bool or None
        With their last days, inclusive.
    talent_box : int or None
        1..9.
    no_discipline_record : bool or None
        True when the source says that there is no case; None = nobody has looked.
    """

    name: str
    title_before: str
    title_after: str
    sex: str
    birth_date: date
    birth_place: str
    employee_type: str
    legal_status: str | None = None
    tmt_cpns: date | None = None
    tmt_pns: date | None = None
    contract_end: date | None = None
    formation_year: int | None = None
    service_bond: bool | None = None
    service_bond_until: date | None = None
    on_study_assignment: bool | None = None
    study_assignment_until: date | None = None
    talent_box: int | None = None
    no_discipline_record: bool | None = None


@dataclass(frozen=True, slots=True)
class CareerStep:
    """One occupancy; `until` None = still there."""

    id: int
    position_name: str
    position_code: str | None
    unit_name: str
    job_class: str
    kind: str
    since: date
    until: date | None
    decree_no: str


@dataclass(frozen=True, slots=True)
class RankLine:
    """A grade from a day on."""

    grade_code: str
    rank_name: str
    effective_from: date


@dataclass(frozen=True, slots=True)
class EducationLine:
    """A finished education."""

    level_code: str
    level_name: str
    field: str
    graduated_on: date


@dataclass(frozen=True, slots=True)
class DisciplineLine:
    """A disciplinary case; its days are None until they are known."""

    id: int
    severity: str
    sanction: str
    opened_on: date
    decided_on: date | None
    served_from: date | None
    served_until: date | None


@dataclass(frozen=True, slots=True)
class CompetencyLine:
    """What is known of one competency today."""

    code: str
    name: str
    kind: str
    level: Level


@dataclass(frozen=True, slots=True)
class CertificateLine:
    """One certificate of the register; `state` is EXPIRED when its last day is over."""

    token: str
    training: str
    name: str
    number: str
    issuer: str
    finished_on: date
    jp: int
    valid_until: date | None
    state: str
    external: bool


@dataclass(frozen=True, slots=True)
class PersonRecord:
    """The record of one person, as far as the actor may see it.

    Attributes
    ----------
    facts : PersonFacts
    full_name : str
        With titles.
    occupancy : CareerStep or None
        The current definitive one.
    career, ranks, education, ratings, credit_points, certificates : tuple
        Newest first. `ratings` are pairs (year, 1..5), `credit_points` pairs (day, hundredths).
    discipline : tuple of DisciplineLine, or None
        None when the actor may not see it.
    competencies : tuple of CompetencyLine
        Those with any evidence, by code.
    tokens : mapping of int to str
        Public code of the certificates that evidence rests on, by certificate id.
    jp_by_year : tuple of (int, int)
        Year and lesson hours, newest first.
    warnings : tuple of Message
        What does not fit together in the facts; told to those who may change them, empty for others.
    may_edit, may_assess, may_plan, may_check_mutasi : bool
    """

    nip: str
    facts: PersonFacts
    full_name: str
    unit_name: str
    unit_code: str
    today: date
    is_own: bool
    occupancy: CareerStep | None
    career: tuple[CareerStep, ...]
    ranks: tuple[RankLine, ...]
    education: tuple[EducationLine, ...]
    ratings: tuple[tuple[int, int], ...]
    credit_points: tuple[tuple[date, int], ...]
    discipline: tuple[DisciplineLine, ...] | None
    competencies: tuple[CompetencyLine, ...]
    tokens: Mapping[int, str]
    certificates: tuple[CertificateLine, ...]
    jp_by_year: tuple[tuple[int, int], ...]
    duty: JpDuty
    warnings: tuple[Message, ...]
    may_edit: bool
    may_assess: bool
    may_plan: bool
    may_check_mutasi: bool


@dataclass(frozen=True, slots=True)
class PersonChoices:
    """What forms offer, as pairs of code and name; competencies with their kind as the third."""

    units: tuple[tuple[str, str], ...]
    grades: tuple[tuple[str, str], ...]
    education: tuple[tuple[str, str], ...]
    classes: tuple[tuple[str, str], ...]
    competencies: tuple[tuple[str, str, str], ...]
    trainings: tuple[tuple[str, str], ...]


def count_people(session: Session) -> int:
    """Return how many people the register holds."""
    return session.scalar(select(func.count()).select_from(Person)) or 0


def find_people(
    session: Session, actor: Actor, text: str, *, today: date, limit: int = 50, after: str | None = None
) -> FoundPeople:
    """Find people by a part of the name, or by the beginning of the NIP, within the actor's reach.

    Parameters
    ----------
    text : str
        Upper and lower case are alike, blanks around it and inside a NIP are ignored; empty finds everybody.
    limit : int
        1..200.
    after : str, optional
        NIP of the last person of the page before.

    Raises
    ------
    NotAllowed
        If the actor holds none of the roles that may look for people.
    """
    require(session, actor, "people.find", on=today)
    wanted = [is_staff(), *_matching(text)]
    reach = _reach(session, actor)
    if reach is not None:
        wanted.append(Person.unit_id.in_(reach))
    total = session.scalar(select(func.count()).select_from(Person).where(*wanted)) or 0
    limit = max(1, min(limit, _MOST))
    page = select(Person.id, Person.nip, Person.name, Unit.name.label("unit")).join(
        Unit, Person.unit_id == Unit.id).where(*wanted)
    if after:
        last = session.scalars(select(Person.name).where(Person.nip == after)).one_or_none()
        if last is not None:
            page = page.where(tuple_(Person.name, Person.nip) > tuple_(last, after))
    rows = session.execute(page.order_by(Person.name, Person.nip).limit(limit + 1)).all()
    shown = rows[:limit]
    positions = current_positions(session, [row.id for row in shown], today)
    return FoundPeople(
        tuple(FoundPerson(row.nip, row.name, positions.get(row.id), row.unit) for row in shown), total,
        shown[-1].nip if len(rows) > limit else None)


def _matching(text: str) -> list[ColumnElement[bool]]:
    text = text.strip()
    digits = "".join(text.split())
    if digits.isascii() and digits.isdigit():
        return [Person.nip.startswith(digits)]
    return [func.lower(Person.name).contains(word.lower(), autoescape=True) for word in text.split()]


def _reach(session: Session, actor: Actor) -> frozenset[int] | None:
    """Return the units whose people the actor may find; None = all."""
    reach: set[int] = set()
    for role in _FINDERS:
        units = scope_unit_ids(session, actor, role)
        if units is None:
            return None
        if units and role is Role.TRAINING_CENTRE:
            governments = select(Unit.government_id).where(Unit.id.in_(units))
            units = frozenset(session.scalars(select(Unit.id).where(Unit.government_id.in_(governments))))
        reach |= units
    return frozenset(reach)


def view_person(
    session: Session, actor: Actor, nip: str, *, today: date, now: datetime, action: str = "people.view"
) -> PersonRecord:
    """Return the record of a person, and note in the audit log who looked at somebody else's.

    Parameters
    ----------
    action : str
        What the actor is about to do with it; a form that changes the record asks for the right to change it.

    Raises
    ------
    InvalidInput, NotFound
        If the NIP is none, or nobody's.
    NotAllowed
        If the actor is neither the person, nor a superior, nor HR of the person's unit.
    """
    person = person_by_nip(session, nip)
    for asked in dict.fromkeys(("people.view", action)):
        require(session, actor, asked, on=today, person=person)
    sees_discipline = is_allowed(session, actor, "people.view_discipline", on=today, person=person)
    is_own = actor.person_id == person.id
    if not is_own:
        record(session, actor, "people.view", "person", person.nip, now=now, person_id=person.id,
               detail={"discipline": sees_discipline})
        session.flush()
    unit = session.get_one(Unit, person.unit_id)
    career = _career(session, person.id)
    certificates = _certificates(session, person.id, today)
    competencies, tokens = _competencies(session, person.id, today)
    jp_by_year: dict[int, int] = defaultdict(int)
    for line in certificates:
        if line.state not in ("REVOKED", "REPLACED", "VOID", "DRAFT", "READY_TO_SIGN"):
            jp_by_year[line.finished_on.year] += line.jp
    may_edit = is_allowed(session, actor, "people.edit", on=today, person=person)
    return PersonRecord(
        person.nip, facts_of(person), full_name(person), unit.name, unit.code, today, is_own,
        next((step for step in career if step.kind == "DEFINITIVE" and step.since <= today
              and (step.until is None or step.until >= today)), None),
        career, _ranks(session, person.id), _education(session, person.id),
        tuple((row.year, row.rating) for row in session.scalars(
            select(RatingRow).where(RatingRow.person_id == person.id).order_by(RatingRow.year.desc()))),
        tuple((row.recorded_on, row.hundredths) for row in session.scalars(
            select(CreditPoint).where(CreditPoint.person_id == person.id)
            .order_by(CreditPoint.recorded_on.desc(), CreditPoint.id.desc()))),
        _discipline(session, person.id) if sees_discipline else None, competencies, tokens, certificates,
        tuple(sorted(jp_by_year.items(), reverse=True)), jp_duty(session, person.employee_type, today),
        warnings_of(person.nip, facts_of(person)) if may_edit else (), may_edit,
        is_allowed(session, actor, "people.assess", on=today, person=person),
        is_allowed(session, actor, "paths.take", on=today, person=person),
        is_allowed(session, actor, "mutasi.prepare", on=today, person=person))


def facts_of(person: Person) -> PersonFacts:
    """Return the facts of a person's row."""
    return PersonFacts(**{field.name: getattr(person, field.name) for field in fields(PersonFacts)})


def warnings_of(nip: str, facts: PersonFacts) -> tuple[Message, ...]:
    """Return what in the facts does not fit the NIP; real numbers do hold mistakes, so nothing is refused for it."""
    warnings = []
    if nip[:8] != f"{facts.birth_date:%Y%m%d}":
        warnings.append(say("Tanggal lahir %(day)s tidak sama dengan delapan angka pertama NIP (%(digits)s).",
                            day=facts.birth_date, digits=nip[:8]))
    if nip[14] != {"L": "1", "P": "2"}[facts.sex]:
        warnings.append(say("Angka ke-15 NIP (1 laki-laki, 2 perempuan) tidak sama dengan jenis kelamin tercatat."))
    return tuple(warnings)


def _career(session: Session, person_id: int) -> tuple[CareerStep, ...]:
    rows = session.scalars(
        select(Occupancy).options(
            joinedload(Occupancy.unit), joinedload(Occupancy.job_class))
        .where(Occupancy.person_id == person_id).order_by(Occupancy.since.desc(), Occupancy.id.desc())).all()
    codes = _position_codes(session, rows)
    return tuple(
        CareerStep(row.id, row.position_name, codes.get(row.post_id), row.unit.name, row.job_class.name, row.kind,
                   row.since, row.until, row.decree_no) for row in rows)


def _position_codes(session: Session, rows: Sequence[Occupancy]) -> dict[int | None, str]:
    ids = [row.post_id for row in rows if row.post_id is not None]
    return dict(session.execute(
        select(Post.id, Position.code).join(Position, Post.position_id == Position.id).where(Post.id.in_(ids))).all())


def _ranks(session: Session, person_id: int) -> tuple[RankLine, ...]:
    rows = session.execute(
        select(Rank.grade_code, Grade.rank_name, Rank.effective_from)
        .outerjoin(Grade, Grade.code == Rank.grade_code)
        .where(Rank.person_id == person_id).order_by(Rank.effective_from.desc()))
    return tuple(RankLine(row.grade_code, row.rank_name or "", row.effective_from) for row in rows)


def _education(session: Session, person_id: int) -> tuple[EducationLine, ...]:
    rows = session.execute(
        select(Education.level_code, EducationLevel.name, Education.field, Education.graduated_on)
        .outerjoin(EducationLevel, EducationLevel.code == Education.level_code)
        .where(Education.person_id == person_id).order_by(Education.graduated_on.desc(), Education.id.desc()))
    return tuple(EducationLine(row.level_code, row.name or row.level_code, row.field, row.graduated_on)
                 for row in rows)


def _discipline(session: Session, person_id: int) -> tuple[DisciplineLine, ...]:
    rows = session.scalars(select(DisciplineCase).where(DisciplineCase.person_id == person_id).order_by(
        DisciplineCase.opened_on.desc(), DisciplineCase.id.desc()))
    return tuple(DisciplineLine(row.id, row.severity, row.sanction, row.opened_on, row.decided_on, row.served_from,
                                row.served_until) for row in rows)


def _competencies(
    session: Session, person_id: int, today: date
) -> tuple[tuple[CompetencyLine, ...], dict[int, str]]:
    evidence = load_evidence(session, [person_id])[person_id]
    profile = profile_on(evidence, today)
    named = {row.code: row for row in session.execute(
        select(CompetencyRow.code, CompetencyRow.name, CompetencyRow.kind))}
    tokens = tokens_of(session, {item.certificate_id for item in evidence if item.certificate_id is not None})
    return tuple(CompetencyLine(code, named[code].name, named[code].kind, level)
                 for code, level in profile.levels.items()), tokens


def _certificates(session: Session, person_id: int, today: date) -> tuple[CertificateLine, ...]:
    rows = session.execute(
        select(Certificate, func.coalesce(Training.name, Certificate.training_code).label("training_name"))
        .outerjoin(Training, Training.code == Certificate.training_code)
        .where(Certificate.person_id == person_id, Certificate.state.in_(("ISSUED", "REVOKED", "REPLACED")))
        .order_by(Certificate.finished_on.desc(), Certificate.id.desc()))
    return tuple(
        CertificateLine(
            row.token, row.training_code, name, row.number, row.issuer, row.finished_on, row.jp, row.valid_until,
            "EXPIRED" if row.state == "ISSUED" and row.valid_until is not None and row.valid_until < today
            else row.state, row.external)
        for row, name in rows)


def list_choices(session: Session, actor: Actor, *, today: date) -> PersonChoices:
    """Return what the forms about people offer; units only as far as the actor's HR role reaches."""
    reach = scope_unit_ids(session, actor, Role.HR)
    units = session.execute(select(Unit.id, Unit.code, Unit.name).where(
        or_(Unit.valid_to.is_(None), Unit.valid_to >= today)).order_by(Unit.name, Unit.code))
    return PersonChoices(
        tuple((code, name) for key, code, name in units if reach is None or key in reach),
        tuple((code, f"{code} {name}".strip()) for code, name in session.execute(
            select(Grade.code, Grade.rank_name).order_by(Grade.employee_type, Grade.rank_order))),
        tuple((code, name) for code, name in session.execute(
            select(EducationLevel.code, EducationLevel.name).order_by(EducationLevel.rank_order, EducationLevel.id))),
        tuple((code, name) for code, name in session.execute(
            select(JobClass.code, JobClass.name).order_by(JobClass.id))),
        tuple((code, name, kind) for code, name, kind in session.execute(
            select(CompetencyRow.code, CompetencyRow.name, CompetencyRow.kind).order_by(CompetencyRow.code))),
        tuple((code, f"{name} ({code})") for code, name in session.execute(
            select(Training.code, Training.name).order_by(Training.name, Training.code))))
