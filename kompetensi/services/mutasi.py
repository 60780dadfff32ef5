"""Transfer (*mutasi*): who may move where by which rules, the dossier that completes the facts, and HR's decision."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session, joinedload

from kompetensi.errors import Conflict, InvalidInput, NotAllowed, NotFound
from kompetensi.messages import Message, say
from kompetensi.models import (
    Decision,
    Dossier,
    DossierDocument,
    DossierJudgement,
    ElectionEvent,
    Government,
    MutasiKind,
    Person,
    Position,
    Unit,
)
from kompetensi.rules.access import Actor, Role
from kompetensi.rules.mutasi import (
    Answer,
    Check,
    Eligibility,
    Overall,
    RuleVerdict,
    Severity,
    evaluate,
    freeze,
    hash_of,
    kind_between,
)
from kompetensi.rules.mutasi.facts import Facts, GovernmentFact
from kompetensi.services.access import is_allowed, require, scope_unit_ids
from kompetensi.services.audit import record
from kompetensi.services.inbox import notify
from kompetensi.services.lookup import current_occupancy, current_positions, person_by_nip, position_by_code
from kompetensi.services.mutasi_facts import Case, gather_facts, government_of, load_rules
from kompetensi.services.readiness import full_name
from kompetensi.services.unit_of_work import after_commit
from kompetensi.signals import mutasi_decided

__all__ = [
    "OUTCOMES",
    "CaseRow",
    "CaseTable",
    "DecisionView",
    "DocumentView",
    "DossierView",
    "ElectionRow",
    "EligibilityView",
    "JudgementView",
    "KindView",
    "add_document",
    "add_election",
    "decide",
    "eligibility_of",
    "judge",
    "list_cases",
    "list_elections",
    "open_dossier",
    "remove_election",
    "verify_document",
    "view_decision",
    "view_eligibility",
]

PAGE_SIZE = 20

OUTCOMES: Mapping[str, Message] = {
    "PROPOSE": say("Diusulkan"), "HOLD": say("Ditunda"), "REFUSE": say("Tidak diusulkan")}


@dataclass(frozen=True, slots=True)
class KindView:
    """A kind of transfer with who decides it."""

    code: str
    name: str
    decided_by: str
    bkn_opinion: str
    legal_basis: str
    confidence: str


@dataclass(frozen=True, slots=True)
class DocumentView:
    """A document of the dossier; it counts once `verified_at` is set."""

    rule_id: str
    number: str
    dated: date
    issued_by: str
    verified_at: datetime | None
    verified_by: str


@dataclass(frozen=True, slots=True)
class JudgementView:
    """A person's judgement on a rule."""

    rule_id: str
    met: bool
    reason: str
    judged_at: datetime
    judged_by: str


@dataclass(frozen=True, slots=True)
class DecisionView:
    """A frozen decision.

    Attributes
    ----------
    verdict : str
        What the rules said.
    outcome : str
        What HR decided: key of `OUTCOMES`.
    sha256 : str
        Of `frozen`, the canonical JSON of rules, facts and result.
    intact : bool
        Whether the stored text still has that hash.
    """

    id: int
    nip: str
    person_name: str
    position_code: str
    position_name: str
    kind: str
    on: date
    verdict: str
    outcome: str
    reason: str
    decided_at: datetime
    decided_by: str
    sha256: str
    frozen: str
    intact: bool


@dataclass(frozen=True, slots=True)
class DossierView:
    """What is gathered about the move; documents and judgements by the id of their rule."""

    id: int
    own_request: bool | None
    planned_on: date | None
    opened_at: datetime
    documents: Mapping[str, DocumentView]
    judgements: Mapping[str, JudgementView]
    decisions: tuple[DecisionView, ...]


@dataclass(frozen=True, slots=True)
class EligibilityView:
    """Everything that the page and the command tell of an intended move.

    Attributes
    ----------
    on : date
        The day that facts, rules and ages belong to.
    result : Eligibility
        Answers of all rules in force, by id.
    answer : Message
        The result in one sentence; what matters stands between two pairs of stars.
    dossier : DossierView or None
        None as long as HR has opened none.
    may_prepare, may_decide : bool
        Whether the actor may complete the dossier and decide.
    may_plan, may_view_person : bool
        Whether the actor may open the path, and the record of the person.
    """

    person_id: int
    nip: str
    name: str
    is_own: bool
    current_position: str
    current_unit: str
    position_code: str
    position_name: str
    unit_name: str
    kind: KindView
    on: date
    result: Eligibility
    answer: Message
    dossier: DossierView | None
    may_prepare: bool
    may_decide: bool
    may_plan: bool
    may_view_person: bool


@dataclass(frozen=True, slots=True)
class CaseRow:
    """One dossier in HR's list.

    Attributes
    ----------
    verdict : str
        What the rules say today.
    not_met, to_complete : int
        Deciding rules that are not met, and that wait for a document, a person or a fact.
    outcome : str or None
        Of the latest decision; None = undecided.
    """

    nip: str
    name: str
    current_position: str
    position_code: str
    position_name: str
    unit_name: str
    kind: str
    kind_name: str
    planned_on: date | None
    opened_at: datetime
    verdict: str
    not_met: int
    to_complete: int
    possible_from: date | None
    outcome: str | None
    decided_at: datetime | None


@dataclass(frozen=True, slots=True)
class CaseTable:
    """One page of HR's dossiers: undecided ones first, then by the planned day, then by opening.

    Attributes
    ----------
    total, undecided : int
        Within the actor's reach.
    page, pages : int
        From 1.
    """

    rows: tuple[CaseRow, ...]
    total: int
    undecided: int
    page: int
    pages: int


@dataclass(frozen=True, slots=True)
class ElectionRow:
    """A regional election in the calendar."""

    id: int
    government: str
    name: str
    candidates_set_on: date
    source: str


@dataclass(frozen=True, slots=True)
class _Asked:
    """What a question names, found and allowed."""

    person: Person
    position: Position
    kind: MutasiKind
    dossier: Dossier | None


# --- asking ----------------------------------------------------------------------------------------------------------


def eligibility_of(
    session: Session, actor: Actor, nip: str, position_code: str, *, on: date, today: date, kind: str | None = None,
    own_request: bool | None = None,
) -> EligibilityView:
    """Answer all rules of transfer for a person, a position and a day.

    Parameters
    ----------
    kind : str, optional
        Code of the kind of transfer; the one that the two agencies make when it is left out.
    own_request : bool, optional
        Whether the person asks for the move; what the dossier says comes first.

    Raises
    ------
    InvalidInput, NotFound
        If the NIP, the position or the kind names nothing, or the kind does not fit the two agencies.
    NotAllowed
        If the actor is neither the person nor HR of one of the two agencies.
    """
    asked = _ask(session, actor, "mutasi.view", nip, position_code, kind, on=on, today=today)
    facts, result = _evaluate(session, asked, on, own_request)
    return _describe(session, actor, asked, facts, result, on=on, today=today)


def view_eligibility(
    session: Session, actor: Actor, nip: str, position_code: str, *, on: date, today: date, now: datetime
) -> EligibilityView:
    """Return what `eligibility_of` does for a page, and note in the audit log who looked at somebody else's."""
    found = eligibility_of(session, actor, nip, position_code, on=on, today=today)
    if not found.is_own:
        record(session, actor, "mutasi.view", "person", found.nip, now=now, person_id=found.person_id,
               detail={"position": found.position_code, "on": on.isoformat()})
        session.flush()
    return found


def _ask(
    session: Session, actor: Actor, action: str, nip: str, position_code: str, kind: str | None, *, on: date,
    today: date,
) -> _Asked:
    person = person_by_nip(session, nip)
    if not _may(session, actor, action, person, None, today):  # who may not see the person hears no more than that
        position = _find_position(session, position_code)
        if position is None or not _may(session, actor, action, person, position, today):
            require(session, actor, action, on=today, person=person)
    position = position_by_code(session, position_code)
    kind_row = _fitting_kind(session, person, position, kind, on)
    return _Asked(person, position, kind_row, _dossier(session, person, position, kind_row.code))


def _find_position(session: Session, code: str) -> Position | None:
    try:
        return position_by_code(session, code)
    except NotFound:
        return None


def _may(
    session: Session, actor: Actor, action: str, person: Person, position: Position | None, today: date
) -> bool:
    """Tell whether the actor may act on this move: for the person, or as HR of the receiving agency."""
    return is_allowed(session, actor, action, on=today, person=person) or (
        position is not None and is_allowed(session, actor, action, on=today, unit_id=position.unit_id))


def _fitting_kind(session: Session, person: Person, position: Position, kind: str | None, on: date) -> MutasiKind:
    origin, target = government_of(session, person, on), position.unit.government
    fitting = kind_between(GovernmentFact(origin.code, origin.name, origin.kind),
                           GovernmentFact(target.code, target.name, target.kind))
    kinds = {row.code: row for row in session.scalars(select(MutasiKind))}
    if kind is not None and kind not in kinds:
        raise NotFound(say("Tidak ada jenis mutasi “%(kind)s”; pilih salah satu dari %(kinds)s.", kind=kind,
                           kinds=sorted(kinds)), where="KIND")
    if kind not in (None, fitting):
        raise InvalidInput(say(
            "Jenis mutasi %(kind)s tidak cocok: dari %(origin)s ke %(target)s jenisnya %(fitting)s.", kind=kind,
            origin=origin.name, target=target.name, fitting=fitting), where="KIND")
    if fitting not in kinds:
        raise NotFound(say("Jenis mutasi %(kind)s belum dimuat; impor tabel jenis mutasi.", kind=fitting),
                       where="KIND")
    return kinds[fitting]


def _dossier(session: Session, person: Person, position: Position, kind: str) -> Dossier | None:
    return session.scalars(select(Dossier).filter_by(
        person_id=person.id, position_id=position.id, kind_code=kind)).one_or_none()


def _evaluate(
    session: Session, asked: _Asked, on: date, own_request: bool | None = None
) -> tuple[Facts, Eligibility]:
    case = Case(asked.person, asked.position, asked.kind.code, asked.dossier, own_request)
    facts = gather_facts(session, [case], on)[0]
    return facts, evaluate(load_rules(session, on), facts)


def _describe(
    session: Session, actor: Actor, asked: _Asked, facts: Facts, result: Eligibility, *, on: date, today: date
) -> EligibilityView:
    person, position = asked.person, asked.position
    occupancy = current_occupancy(session, person, on)
    is_own = actor.person_id == person.id
    return EligibilityView(
        person.id, person.nip, full_name(person), is_own,
        occupancy.position_name if occupancy is not None else "",
        (occupancy.unit if occupancy is not None else person.unit).name, position.code, position.name,
        position.unit.name, _kind_view(asked.kind), on, result, _answer(result, full_name(person), is_own, on, today),
        _dossier_view(session, asked), _may(session, actor, "mutasi.prepare", person, position, today),
        _may(session, actor, "mutasi.decide", person, position, today),
        is_allowed(session, actor, "paths.view", on=today, person=person),
        is_allowed(session, actor, "people.view", on=today, person=person))


def _kind_view(row: MutasiKind) -> KindView:
    return KindView(row.code, row.name, row.decided_by, row.bkn_opinion, row.legal_basis, row.confidence)


def _answer(result: Eligibility, name: str, is_own: bool, on: date, today: date) -> Message:
    who: Message | str = say("Anda") if is_own else name
    when = say("hari ini") if on == today else say("per %(day)s", day=on)
    if result.overall is Overall.ELIGIBLE:
        return say("%(who)s **memenuhi syarat** %(when)s: semua aturan wajib terpenuhi.", who=who, when=when)
    closed = result.count(RuleVerdict.NOT_MET, Severity.MUTLAK)
    waiting = sum(answer.blocks for answer in result.answers) - closed
    if result.overall is Overall.NEEDS_COMPLETION:
        return say("%(who)s **belum dapat diputuskan** %(when)s: %(waiting)s hal masih harus dilengkapi.", who=who,
                   when=when, waiting=waiting)
    if waiting:
        return say("%(who)s **belum dapat dipindahkan** %(when)s: %(closed)s aturan wajib belum terpenuhi, "
                   "%(waiting)s hal menunggu dilengkapi.", who=who, when=when, closed=closed, waiting=waiting)
    return say("%(who)s **belum dapat dipindahkan** %(when)s: %(closed)s aturan wajib belum terpenuhi.", who=who,
               when=when, closed=closed)


def _dossier_view(session: Session, asked: _Asked) -> DossierView | None:
    dossier = asked.dossier
    if dossier is None:
        return None
    documents = session.scalars(select(DossierDocument).filter_by(dossier_id=dossier.id))
    judgements = session.scalars(select(DossierJudgement).filter_by(dossier_id=dossier.id))
    decisions = session.scalars(select(Decision).filter_by(dossier_id=dossier.id).order_by(Decision.id.desc()))
    return DossierView(
        dossier.id, dossier.own_request, dossier.planned_on, dossier.opened_at,
        {row.rule_id: DocumentView(row.rule_id, row.number, row.dated, row.issued_by, row.verified_at,
                                   row.verified_by) for row in documents},
        {row.rule_id: JudgementView(row.rule_id, row.met, row.reason, row.judged_at, row.judged_by)
         for row in judgements},
        tuple(_decision_view(row, dossier) for row in decisions))


def _decision_view(row: Decision, dossier: Dossier) -> DecisionView:
    return DecisionView(
        row.id, dossier.person.nip, full_name(dossier.person), dossier.position.code, dossier.position.name,
        dossier.kind_code, row.on, row.verdict, row.outcome, row.reason, row.decided_at, row.decided_by, row.sha256,
        row.frozen, hash_of(row.frozen) == row.sha256)


# --- the dossier -----------------------------------------------------------------------------------------------------


def open_dossier(
    session: Session, actor: Actor, nip: str, position_code: str, *, own_request: bool | None,
    planned_on: date | None, today: date, now: datetime,
) -> int:
    """Open the dossier of an intended move, or change what it says; return its id. The person is told of a new one.

    Raises
    ------
    InvalidInput, NotFound, NotAllowed
        As `eligibility_of`.
    """
    asked = _ask(session, actor, "mutasi.prepare", nip, position_code, None, on=today, today=today)
    dossier = asked.dossier
    if dossier is None:
        dossier = Dossier(person_id=asked.person.id, position_id=asked.position.id, kind_code=asked.kind.code,
                          own_request=own_request, planned_on=planned_on, opened_at=now)
        session.add(dossier)
        notify(session, asked.person.id, say("Berkas perkara mutasi ke %(position)s dibuka oleh kepegawaian.",
                                             position=asked.position.name),
               link=f"/mutasi/{asked.person.nip}/{asked.position.code}", now=now)
    dossier.own_request, dossier.planned_on = own_request, planned_on
    session.flush()
    _note(session, actor, "mutasi.prepare", dossier, asked, now, {
        "own_request": own_request, "planned_on": planned_on.isoformat() if planned_on else None})
    return dossier.id


def _note(
    session: Session, actor: Actor, action: str, dossier: Dossier, asked: _Asked, now: datetime,
    detail: Mapping[str, object],
) -> None:
    record(session, actor, action, "dossier", str(dossier.id), now=now, person_id=asked.person.id,
           detail={"position": asked.position.code, "kind": asked.kind.code, **detail})
    session.flush()


def _open_case(
    session: Session, actor: Actor, action: str, nip: str, position_code: str, today: date
) -> tuple[_Asked, Dossier]:
    asked = _ask(session, actor, action, nip, position_code, None, on=today, today=today)
    if asked.dossier is None:
        raise Conflict(say("Perkara untuk jabatan ini belum dibuka; buka dahulu berkasnya."))
    return asked, asked.dossier


def _require_check(session: Session, rule_id: str, check: Check, on: date) -> None:
    rule = next((rule for rule in load_rules(session, on) if rule.rule_id == rule_id), None)
    if rule is None:
        raise NotFound(say("Tidak ada aturan “%(rule)s” yang berlaku.", rule=rule_id), where="rule_id")
    if check not in rule.checks:
        raise InvalidInput(
            say("Aturan %(rule)s tidak dijawab dengan berkas.", rule=rule_id) if check is Check.DOCUMENT
            else say("Aturan %(rule)s tidak dijawab dengan penilaian orang.", rule=rule_id), where="rule_id")


def add_document(
    session: Session, actor: Actor, nip: str, position_code: str, rule_id: str, *, number: str, dated: date,
    issued_by: str, today: date, now: datetime,
) -> None:
    """Record the document that answers a rule; one that stands there is replaced and must be verified again.

    Raises
    ------
    InvalidInput
        If the rule asks for no document, the number is empty, or the day lies in the future.
    Conflict
        If there is no dossier.
    NotFound, NotAllowed
        As `eligibility_of`.
    """
    asked, dossier = _open_case(session, actor, "mutasi.prepare", nip, position_code, today)
    _require_check(session, rule_id, Check.DOCUMENT, today)
    if not number.strip():
        raise InvalidInput(say("Nomor berkas wajib diisi."), where="number")
    if dated > today:
        raise InvalidInput(say("Tanggal berkas %(day)s masih di depan.", day=dated), where="dated")
    row = session.scalars(select(DossierDocument).filter_by(dossier_id=dossier.id, rule_id=rule_id)).one_or_none()
    if row is None:
        row = DossierDocument(dossier_id=dossier.id, rule_id=rule_id)
        session.add(row)
    row.number, row.dated, row.issued_by = number.strip(), dated, issued_by.strip()
    row.verified_at, row.verified_by = None, ""
    _note(session, actor, "mutasi.prepare", dossier, asked, now, {"rule": rule_id, "document": row.number})


def verify_document(
    session: Session, actor: Actor, nip: str, position_code: str, rule_id: str, *, today: date, now: datetime
) -> None:
    """Confirm that a recorded document was seen and is in order; twice changes nothing.

    Raises
    ------
    NotFound
        If no document is recorded for the rule.
    Conflict, NotAllowed
        As `add_document`.
    """
    asked, dossier = _open_case(session, actor, "mutasi.prepare", nip, position_code, today)
    row = session.scalars(select(DossierDocument).filter_by(dossier_id=dossier.id, rule_id=rule_id)).one_or_none()
    if row is None:
        raise NotFound(say("Belum ada berkas untuk aturan %(rule)s.", rule=rule_id), where="rule_id")
    if row.verified_at is not None:
        return
    row.verified_at, row.verified_by = now, actor.label
    _note(session, actor, "mutasi.prepare", dossier, asked, now, {"rule": rule_id, "verified": row.number})


def judge(
    session: Session, actor: Actor, nip: str, position_code: str, rule_id: str, *, met: bool, reason: str,
    today: date, now: datetime,
) -> None:
    """Record a person's judgement on a rule; one that stands there is replaced.

    Raises
    ------
    InvalidInput
        If the rule asks for no judgement or the reason is empty.
    Conflict, NotFound, NotAllowed
        As `add_document`.
    """
    asked, dossier = _open_case(session, actor, "mutasi.prepare", nip, position_code, today)
    if actor.person_id == asked.person.id:
        raise NotAllowed(say("Pegawai tidak menilai aturan pada perkaranya sendiri."))
    _require_check(session, rule_id, Check.PERSON, today)
    if not reason.strip():
        raise InvalidInput(say("Alasan penilaian wajib diisi."), where="reason")
    row = session.scalars(select(DossierJudgement).filter_by(dossier_id=dossier.id, rule_id=rule_id)).one_or_none()
    if row is None:
        row = DossierJudgement(dossier_id=dossier.id, rule_id=rule_id)
        session.add(row)
    row.met, row.reason, row.judged_at, row.judged_by = met, reason.strip(), now, actor.label
    _note(session, actor, "mutasi.prepare", dossier, asked, now, {"rule": rule_id, "met": met})


def decide(
    session: Session, actor: Actor, nip: str, position_code: str, *, outcome: str, reason: str, today: date,
    now: datetime,
) -> int:
    """Freeze today's rules, facts and result with what HR decides; return the decision's id. A human decides.

    Raises
    ------
    InvalidInput
        If the outcome is unknown or the reason is empty.
    Conflict
        If there is no dossier, or a move is to be proposed that the rules do not permit.
    NotAllowed
        If the actor is not HR of one of the agencies, or decides about himself.
    """
    asked, dossier = _open_case(session, actor, "mutasi.decide", nip, position_code, today)
    if actor.person_id == asked.person.id:
        raise NotAllowed(say("Tidak seorang pun memutuskan perkara mutasinya sendiri."))
    if outcome not in OUTCOMES:
        raise InvalidInput(say("“%(outcome)s” bukan keputusan; pilih %(outcomes)s.", outcome=outcome,
                               outcomes=sorted(OUTCOMES)), where="outcome")
    if not reason.strip():
        raise InvalidInput(say("Alasan keputusan wajib diisi."), where="reason")
    facts, result = _evaluate(session, asked, today)
    if outcome == "PROPOSE" and result.overall is not Overall.ELIGIBLE:
        raise Conflict(say("Belum dapat diusulkan: %(rules)s belum terpenuhi atau belum lengkap. Tunda perkaranya, "
                           "atau lengkapi lebih dahulu.", rules=_blocking(result.answers)), where="outcome")
    frozen = freeze([answer.rule for answer in result.answers], facts, result)
    decision = Decision(
        dossier_id=dossier.id, on=today, verdict=result.overall.value, outcome=outcome, reason=reason.strip(),
        frozen=frozen, sha256=hash_of(frozen), decided_at=now, decided_by=actor.label)
    session.add(decision)
    session.flush()
    _note(session, actor, "mutasi.decide", dossier, asked, now, {
        "outcome": outcome, "verdict": decision.verdict, "sha256": decision.sha256})
    notify(session, asked.person.id, say("Perkara mutasi Anda ke %(position)s: %(outcome)s.",
                                         position=asked.position.name, outcome=OUTCOMES[outcome]),
           link=f"/mutasi/{asked.person.nip}/{asked.position.code}", now=now)
    number, nip = decision.id, asked.person.nip
    after_commit(session, lambda: mutasi_decided.send(None, decision_id=number, outcome=outcome, nip=nip) and None)
    return number


def _blocking(answers: tuple[Answer, ...]) -> list[str]:
    return [answer.rule.rule_id for answer in answers if answer.blocks]


def view_decision(session: Session, actor: Actor, decision_id: int, *, today: date) -> DecisionView:
    """Return a frozen decision with its text and hash.

    Raises
    ------
    NotFound
        If there is none, or it is none of the actor's business.
    """
    row = session.get(Decision, decision_id)
    if row is None or not _may(session, actor, "mutasi.view", row.dossier.person, row.dossier.position, today):
        raise NotFound(say("Tidak ada keputusan dengan nomor %(number)s.", number=str(decision_id)), where="DECISION")
    return _decision_view(row, row.dossier)


# --- lists -----------------------------------------------------------------------------------------------------------


def list_cases(session: Session, actor: Actor, *, today: date, page: int = 1) -> CaseTable:
    """Return a page of the dossiers in HR's reach, with what the rules say of each today.

    Raises
    ------
    NotAllowed
        If the actor holds HR nowhere.
    """
    units = scope_unit_ids(session, actor, Role.HR)
    if units is not None and not units:
        raise NotAllowed(say("Daftar perkara mutasi hanya untuk pengelola kepegawaian."))
    latest = select(func.max(Decision.id)).where(Decision.dossier_id == Dossier.id).correlate(
        Dossier).scalar_subquery()
    cases = select(Dossier).join(Person, Dossier.person_id == Person.id).join(
        Position, Dossier.position_id == Position.id)
    if units is not None:
        cases = cases.where(or_(Person.unit_id.in_(units), Position.unit_id.in_(units)))
    ids = cases.with_only_columns(Dossier.id, latest)
    found = session.execute(ids).all()
    total, undecided = len(found), sum(decision is None for _, decision in found)
    pages = max(1, -(-total // PAGE_SIZE))
    page = min(max(1, page), pages)
    rows = session.execute(
        cases.add_columns(Decision).outerjoin(Decision, Decision.id == latest)
        .options(joinedload(Dossier.person).joinedload(Person.unit),
                 joinedload(Dossier.position).joinedload(Position.unit).joinedload(Unit.government))
        .order_by(Decision.id.is_not(None), Dossier.planned_on.is_(None), Dossier.planned_on, Dossier.opened_at,
                  Dossier.id)
        .limit(PAGE_SIZE).offset((page - 1) * PAGE_SIZE)).all()
    return CaseTable(_case_rows(session, rows, today), total, undecided, page, pages)


def _case_rows(session: Session, rows, today: date) -> tuple[CaseRow, ...]:
    kinds = dict(session.execute(select(MutasiKind.code, MutasiKind.name)).all())
    cases = [Case(dossier.person, dossier.position, dossier.kind_code, dossier) for dossier, _ in rows]
    rules = load_rules(session, today)
    posts = current_positions(session, [case.person.id for case in cases], today)
    found = []
    for (dossier, decision), facts in zip(rows, gather_facts(session, cases, today), strict=True):
        result = evaluate(rules, facts)
        closed = result.count(RuleVerdict.NOT_MET, Severity.MUTLAK)
        found.append(CaseRow(
            dossier.person.nip, full_name(dossier.person), posts.get(dossier.person_id, ""), dossier.position.code,
            dossier.position.name, dossier.position.unit.name, dossier.kind_code,
            kinds.get(dossier.kind_code, dossier.kind_code), dossier.planned_on, dossier.opened_at,
            result.overall.value, closed, sum(answer.blocks for answer in result.answers) - closed,
            result.possible_from, decision.outcome if decision is not None else None,
            decision.decided_at if decision is not None else None))
    return tuple(found)


# --- the calendar of elections ---------------------------------------------------------------------------------------


def list_elections(session: Session, actor: Actor) -> tuple[tuple[ElectionRow, ...], tuple[tuple[str, str], ...]]:
    """Return the calendar, latest first, and the governments (code, name) that an election can be recorded for.

    Raises
    ------
    NotAllowed
        If the actor holds HR nowhere.
    """
    _require_hr(actor)
    rows = session.execute(
        select(ElectionEvent, Government.name).join(Government, ElectionEvent.government_id == Government.id)
        .order_by(ElectionEvent.candidates_set_on.desc(), Government.code)).all()
    choices = session.execute(select(Government.code, Government.name).order_by(Government.code)).all()
    return (tuple(ElectionRow(row.id, name, row.name, row.candidates_set_on, row.source) for row, name in rows),
            tuple((code, name) for code, name in choices))


def _require_hr(actor: Actor) -> None:
    if not (actor.is_system or actor.has_role(Role.HR)):
        raise NotAllowed(say("Kalender pilkada diisi oleh pengelola kepegawaian."))


def add_election(
    session: Session, actor: Actor, *, government: str, name: str, candidates_set_on: date, source: str,
    now: datetime,
) -> None:
    """Record the day on which the candidates of an election are set.

    Raises
    ------
    NotFound
        If there is no such government.
    InvalidInput
        If the name is empty.
    Conflict
        If that day is recorded already.
    NotAllowed
        If the actor holds HR nowhere.
    """
    _require_hr(actor)
    row = session.scalars(select(Government).filter_by(code=government)).one_or_none()
    if row is None:
        raise NotFound(say("Tidak ada pemerintah daerah berkode “%(code)s”.", code=government), where="government")
    if not name.strip():
        raise InvalidInput(say("Nama pilkada wajib diisi."), where="name")
    if session.scalars(select(ElectionEvent.id).filter_by(
            government_id=row.id, candidates_set_on=candidates_set_on)).first() is not None:
        raise Conflict(say("Tanggal itu sudah tercatat untuk %(name)s.", name=row.name), where="candidates_set_on")
    session.add(ElectionEvent(government_id=row.id, name=name.strip(), candidates_set_on=candidates_set_on,
                              source=source.strip(), confidence="recorded"))
    record(session, actor, "mutasi.prepare", "election", row.code, now=now,
           detail={"name": name.strip(), "candidates_set_on": candidates_set_on.isoformat()})
    session.flush()


def remove_election(session: Session, actor: Actor, election_id: int, *, now: datetime) -> None:
    """Take an entry that was wrong out of the calendar; the audit log keeps it.

    Raises
    ------
    NotFound
        If there is none.
    NotAllowed
        If the actor holds HR nowhere.
    """
    _require_hr(actor)
    row = session.get(ElectionEvent, election_id)
    if row is None:
        raise NotFound(say("Tidak ada pilkada itu dalam kalender."), where="ELECTION")
    record(session, actor, "mutasi.prepare", "election", str(row.government_id), now=now,
           detail={"removed": row.name, "candidates_set_on": row.candidates_set_on.isoformat()})
    session.delete(row)
    session.flush()
