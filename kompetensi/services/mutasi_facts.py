"""From rows to what the rules of transfer ask: the facts of people and targets, read for many at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from kompetensi.graph.readiness import Readiness
from kompetensi.models import (
    Assessment,
    Batch,
    Certificate,
    CreditPoint,
    DisciplineCase,
    Dossier,
    DossierDocument,
    DossierJudgement,
    ElectionEvent,
    Enrolment,
    Government,
    Grade,
    JobClass,
    MutasiRule,
    Occupancy,
    PerformanceRating,
    Person,
    Position,
    Post,
    Training,
)
from kompetensi.rules.enrolment import HELD
from kompetensi.rules.mutasi import Check, Facts, Rule, Severity, in_force
from kompetensi.rules.mutasi.facts import (
    AssessmentFact,
    CareerFact,
    ClassFact,
    DisciplineFact,
    DocumentFact,
    ElectionFact,
    GovernmentFact,
    JudgementFact,
    LevelFact,
    QualificationFact,
    TargetFact,
    TrainingFact,
)
from kompetensi.services.catalogue import count_posts
from kompetensi.services.lookup import current_occupancy
from kompetensi.services.policies import credit_required, min_tenure_months
from kompetensi.services.readiness import load_assessors

__all__ = ["Case", "gather_facts", "government_of", "load_rules"]


@dataclass(frozen=True, slots=True)
class Case:
    """One question: a person, a target, a kind, and the dossier if there is one."""

    person: Person
    position: Position
    kind: str
    dossier: Dossier | None = None
    own_request: bool | None = None


def load_rules(session: Session, on: date) -> tuple[Rule, ...]:
    """Return the rules in force on a day, by id."""
    return in_force((_rule(row) for row in session.scalars(select(MutasiRule))), on)


def _rule(row: MutasiRule) -> Rule:
    pairs = (part.split(":") for part in row.parameters.split(";") if part.strip())
    return Rule(
        row.rule_id, row.version, row.category, tuple(word.strip() for word in row.applies_to.split(";")),
        row.jenjang_of, row.when, row.text, row.legal_basis,
        tuple(word.strip() for word in row.data_needed.split(";") if word.strip()), Severity(row.severity),
        tuple(Check(word.strip()) for word in row.checks.split("+")),
        {name.strip(): int(number) for name, number in pairs}, row.confidence, row.valid_from, row.valid_to)


def government_of(session: Session, person: Person, on: date) -> Government:
    """Return the agency that employs a person on a day: that of his definitive post, else that of his home unit."""
    held = current_occupancy(session, person, on)
    return held.unit.government if held is not None else person.unit.government


class _Rows:
    """Rows of many people, asked for once each and given out by person."""

    def __init__(self, session: Session, person_ids: Sequence[int]) -> None:
        self.session = session
        self.person_ids = person_ids

    def of(self, model: Any, *where: Any, order: Iterable[Any], **options: Any) -> dict[int, list[Any]]:
        found: dict[int, list[Any]] = defaultdict(list)
        statement = select(model).where(model.person_id.in_(self.person_ids), *where).order_by(*order)
        for row in self.session.scalars(statement.options(*options.get("load", ()))):
            found[row.person_id].append(row)
        return found


def gather_facts(session: Session, cases: Sequence[Case], on: date) -> list[Facts]:
    """Return the facts of each case, in the same order; the number of queries does not grow with the cases.

    A day in the future is asked with what is recorded today: posts that end before it count as left.
    """
    if not cases:
        return []
    person_ids = sorted({case.person.id for case in cases})
    position_ids = sorted({case.position.id for case in cases})
    dossier_ids = sorted({case.dossier.id for case in cases if case.dossier is not None})
    rows = _Rows(session, person_ids)
    classes = _classes(session)
    career = rows.of(Occupancy, Occupancy.kind == "DEFINITIVE", Occupancy.since <= on, order=(
        Occupancy.since, Occupancy.id), load=(joinedload(Occupancy.unit),))
    ratings = rows.of(PerformanceRating, order=(PerformanceRating.year,))
    discipline = rows.of(DisciplineCase, order=(DisciplineCase.opened_on, DisciplineCase.id))
    assessments = rows.of(Assessment, Assessment.assessed_on <= on, order=(Assessment.assessed_on, Assessment.id))
    credits = rows.of(CreditPoint, CreditPoint.recorded_on <= on, order=(CreditPoint.recorded_on, CreditPoint.id))
    certificates = rows.of(Certificate, Certificate.state == "ISSUED", Certificate.finished_on <= on, order=(
        Certificate.finished_on, Certificate.id))
    planned = _planned(session, person_ids)
    assessors = load_assessors(session, person_ids, on)
    posts = _posts(session, position_ids, on)
    governments = {row.id: row for row in session.scalars(select(Government))}
    elections = _elections(session)
    documents = _of_dossiers(session, DossierDocument, dossier_ids)
    judgements = _of_dossiers(session, DossierJudgement, dossier_ids)
    required = credit_required(session, on)
    tenure = min_tenure_months(session, on).value

    def facts_of(case: Case) -> Facts:
        person, position = case.person, case.position
        steps = tuple(CareerFact(row.position_name, classes[row.job_class_id], row.urusan, row.since, row.until)
                      for row in career[person.id])
        held = [row for row in career[person.id] if row.until is None or row.until >= on]
        origin = governments[(held[-1].unit if held else person.unit).government_id]
        goal = governments[position.unit.government_id]
        assessor = assessors[person.id]
        readiness = assessor(position.code)
        job_class = classes[position.job_class_id]
        latest = assessments[person.id][-1] if assessments[person.id] else None
        qualification = assessor.qualification
        return Facts(
            on=on, kind=case.kind, nip=person.nip, name=person.name, employee_type=person.employee_type,
            birth_date=person.birth_date, government=_government(origin),
            target=_target(position, job_class, goal, readiness, posts.get(position.id, (0, 0))),
            own_request=case.dossier.own_request if case.dossier is not None else case.own_request,
            tmt_pns=person.tmt_pns, contract_end=person.contract_end, legal_status=person.legal_status,
            formation_year=person.formation_year, service_bond=person.service_bond,
            service_bond_until=person.service_bond_until, on_study_assignment=person.on_study_assignment,
            study_assignment_until=person.study_assignment_until, talent_box=person.talent_box,
            golongan=_qualification(qualification.golongan, qualification.golongan_code),
            education=_qualification(qualification.education, qualification.education_code),
            career=steps, ratings=tuple((row.year, row.rating) for row in ratings[person.id]),
            no_discipline_record=person.no_discipline_record,
            discipline=tuple(DisciplineFact(row.severity, row.opened_on, row.decided_on, row.served_until)
                             for row in discipline[person.id]),
            assessment=_assessment(latest, classes), levels=_levels(readiness),
            trainings=_trainings(readiness, certificates[person.id], planned[person.id], on),
            jp=_lesson_hours(certificates[person.id]),
            credit_hundredths=credits[person.id][-1].hundredths if credits[person.id] else None,
            credit_required_hundredths=required.get(job_class.code), min_tenure_months=tenure,
            elections=_elections_of(elections, (origin, goal)),
            class_orders=tuple(sorted((item.code, item.order) for item in classes.values())),
            documents=tuple((row.rule_id, DocumentFact(row.number, row.dated, row.issued_by,
                                                       row.verified_at is not None))
                            for row in documents[case.dossier.id]) if case.dossier is not None else (),
            judgements=tuple((row.rule_id, JudgementFact(row.met, row.reason, row.judged_by))
                             for row in judgements[case.dossier.id]) if case.dossier is not None else ())

    return [facts_of(case) for case in cases]


def _classes(session: Session) -> dict[int, ClassFact]:
    orders = dict(session.execute(select(Grade.code, Grade.rank_order)).all())
    return {row.id: ClassFact(row.code, row.name, row.group, row.default_level, orders[row.min_grade_code],
                              row.retirement_age) for row in session.scalars(select(JobClass))}


def _planned(session: Session, person_ids: Sequence[int]) -> dict[int, dict[str, date]]:
    """Return, by person and training, the last day of the earliest batch in which a seat is held or asked for."""
    found: dict[int, dict[str, date]] = defaultdict(dict)
    for person_id, code, last_day in session.execute(
            select(Enrolment.person_id, Training.code, func.min(Batch.last_day))
            .join(Batch, Enrolment.batch_id == Batch.id).join(Training, Batch.training_id == Training.id)
            .where(Enrolment.person_id.in_(person_ids), Enrolment.status.in_(HELD))
            .group_by(Enrolment.person_id, Training.code)):
        found[person_id][code] = last_day
    return found


def _posts(session: Session, position_ids: Sequence[int], on: date) -> dict[int, tuple[int, int]]:
    """Return the posts of positions on a day and how many of them are vacant."""
    posts, held = count_posts(session, on, Post.position_id.in_(position_ids))
    return {position_id: (count, count - held.get(position_id, 0)) for position_id, count in posts.items()}


def _elections(session: Session) -> dict[int, list[ElectionFact]]:
    found: dict[int, list[ElectionFact]] = defaultdict(list)
    for row in session.scalars(select(ElectionEvent).order_by(ElectionEvent.candidates_set_on, ElectionEvent.id)):
        found[row.government_id].append(ElectionFact(row.name, row.candidates_set_on))
    return found


def _elections_of(
    elections: dict[int, list[ElectionFact]], governments: Sequence[Government]
) -> tuple[ElectionFact, ...] | None:
    ids = dict.fromkeys(government.id for government in governments)
    if any(not elections.get(government_id) for government_id in ids):
        return None
    return tuple(event for government_id in ids for event in elections[government_id])


def _of_dossiers(session: Session, model: Any, dossier_ids: Sequence[int]) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = defaultdict(list)
    for row in session.scalars(select(model).where(model.dossier_id.in_(dossier_ids)).order_by(model.rule_id)):
        found[row.dossier_id].append(row)
    return found


def _government(row: Government) -> GovernmentFact:
    return GovernmentFact(row.code, row.name, row.kind)


def _qualification(order: int | None, code: str) -> QualificationFact | None:
    return None if order is None else QualificationFact(code, order)


def _target(
    position: Position, job_class: ClassFact, government: Government, readiness: Readiness | None,
    posts: tuple[int, int],
) -> TargetFact:
    standard = readiness.position if readiness is not None else None
    return TargetFact(
        position.code, position.name, job_class, position.urusan, _government(government), standard is not None,
        _qualification(standard.min_golongan, standard.min_golongan_code) if standard else None,
        _qualification(standard.min_education, standard.min_education_code) if standard else None, *posts)


def _assessment(row: Assessment | None, classes: dict[int, ClassFact]) -> AssessmentFact | None:
    if row is None:
        return None
    level = next((item.level for item in classes.values() if item.code == row.target_class_code), None)
    return AssessmentFact(row.assessed_on, row.target_class_code, level, row.provider, row.accredited)


def _levels(readiness: Readiness | None) -> tuple[LevelFact, ...]:
    return tuple(LevelFact(row.competency, row.name, row.kind.value, row.importance.value, row.required, row.proven,
                           row.counted) for row in readiness.rows) if readiness is not None else ()


def _trainings(
    readiness: Readiness | None, certificates: Sequence[Certificate], planned: dict[str, date], on: date
) -> tuple[TrainingFact, ...]:
    if readiness is None:
        return ()
    lapsed = {row.training_code: row.valid_until for row in certificates
              if row.valid_until is not None and row.valid_until < on}
    return tuple(TrainingFact(
        row.training, row.name, row.importance.value, row.is_met, row.held.valid_until if row.held else None,
        None if row.is_met else lapsed.get(row.training), planned.get(row.training)) for row in readiness.trainings)


def _lesson_hours(certificates: Sequence[Certificate]) -> tuple[tuple[int, int], ...]:
    hours: dict[int, int] = defaultdict(int)
    for row in certificates:
        hours[row.finished_on.year] += row.jp
    return tuple(sorted(hours.items()))
