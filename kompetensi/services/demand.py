"""The yearly needs analysis (*AKPK*): who needs which training by when, asked of the path planner, kept in versions.

An analysis is computed agency by agency by a job (`kompetensi.jobs.demand`), then proposed, and approved by somebody else
than who proposed it. An approved one does not change any more; a newer approved one supersedes it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import delete, func, insert, select
from sqlalchemy.orm import Session

from kompetensi.errors import Conflict, InvalidInput, NotFound
from kompetensi.graph.build import CompetencyGraph
from kompetensi.graph.evidence import profile_on
from kompetensi.graph.undated import Learner, UndatedPaths
from kompetensi.messages import Message, Rupiah, say
from kompetensi.models import (
    AuditEntry,
    Batch,
    Job,
    NeedsAnalysis,
    NeedsLine,
    NeedsPerson,
    Person,
    Position,
    Training,
    Unit,
)
from kompetensi.planning.demand import Course, Need, Wanted, aggregate, duration_days, schedule_back, typical
from kompetensi.rules.access import Actor, Role
from kompetensi.services.access import is_allowed, require, scope_unit_ids
from kompetensi.services.agencies import agency_ids
from kompetensi.services.audit import record, split_actor, stored_actor
from kompetensi.services.catalogue import Page
from kompetensi.services.jobs import write_job
from kompetensi.services.lookup import training_by_code, unit_by_code
from kompetensi.services.snapshot import load_evidence, load_graph, load_holdings, load_ranks
from kompetensi.services.targets import SOURCE_WORDS, SOURCES, load_targets

__all__ = ["COMPUTE", "PAGE_SIZE", "STATUS_WORDS", "AgencyNeeds", "AnalysisItem", "NeedsCentre", "NeedsPersonRow",
           "NeedsView", "OpenGap", "Reckoning", "TrainingNeeds", "compute_agency", "decide_analysis", "finish_analysis",
           "list_analyses", "list_people", "load_reckoning", "order_analysis", "propose_analysis", "view_analysis"]

COMPUTE = "demand.compute"
PAGE_SIZE = 50
STATUS_WORDS: Mapping[str, Message] = {
    "COMPUTING": say("sedang dihitung"), "DRAFT": say("draf"), "PROPOSED": say("diusulkan"), "APPROVED": say("disetujui"),
    "RETURNED": say("dikembalikan"), "SUPERSEDED": say("diganti versi baru")}
_LONGEST_REASON = 500
_FIRST_YEAR, _LAST_YEAR = 2000, 2100


# --- computing it ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Reckoning:
    """What all agencies of one analysis are computed with.

    Attributes
    ----------
    agencies : mapping of int to int
        Agency of each unit.
    """

    graph: CompetencyGraph
    undated: UndatedPaths
    courses: Mapping[str, Course]
    agencies: Mapping[int, int]
    first_day: date
    last_day: date


def order_analysis(
    session: Session, actor: Actor, unit_code: str, year: int, *, sources: Collection[str] = SOURCES, job_id: str,
    today: date, now: datetime,
) -> int:
    """Begin a new version of a training centre's analysis of a year, and write the job that computes it.

    Parameters
    ----------
    sources : collection of str
        Which targets count: OWN, HR, SUCCESSION, ROTATION.

    Returns
    -------
    int
        Number of the analysis.

    Raises
    ------
    NotFound
        If the code names no unit.
    NotAllowed
        If the actor is not of that training centre.
    InvalidInput
        If the year is past or no year, or no source is named.
    Conflict
        If nobody has a target, or a version of that year is being computed.
    """
    unit = unit_by_code(session, unit_code)
    require(session, actor, COMPUTE, on=today, unit_id=unit.id)
    if not max(_FIRST_YEAR, today.year) <= year <= _LAST_YEAR:
        raise InvalidInput(say("Tahun analisis antara %(first)s dan %(last)s.", first=str(today.year),
                               last=str(_LAST_YEAR)), where="year")
    chosen = [source for source in SOURCES if source in sources]
    if not chosen or len(chosen) < len(set(sources)):
        raise InvalidInput(say("Pilih asal sasaran dari %(words)s.", words=SOURCES), where="sources")
    version, busy = session.execute(
        select(func.coalesce(func.max(NeedsAnalysis.version), 0),
               func.count().filter(NeedsAnalysis.status == "COMPUTING", Job.state.in_(("QUEUED", "RUNNING"))))
        .outerjoin(Job, NeedsAnalysis.job_id == Job.id)
        .where(NeedsAnalysis.unit_id == unit.id, NeedsAnalysis.year == year)).one()
    if busy:
        raise Conflict(say("Analisis tahun %(year)s sedang dihitung; tunggu sampai selesai, atau hentikan pekerjaannya.",
                           year=str(year)))
    agencies, names = agency_ids(session), dict(session.execute(select(Unit.id, Unit.name)).all())
    homes = dict(session.execute(select(Person.id, Person.unit_id).where(Person.outside_agency == "")).all())
    wanted = sorted({agencies[homes[row.person_id]] for row in load_targets(session, None, on=today, sources=chosen)
                     if row.person_id in homes}, key=lambda agency: (names[agency], agency))
    if not wanted:
        raise Conflict(say("Belum ada pegawai dengan jabatan sasaran, jadi belum ada kebutuhan yang dapat dihitung."))
    analysis = NeedsAnalysis(
        unit_id=unit.id, year=year, version=version + 1, status="COMPUTING", job_id=None, created_at=now,
        created_by=stored_actor(actor), asked={"sources": chosen, "today": today.isoformat()})
    session.add(analysis)
    session.flush()
    write_job(session, actor, COMPUTE, job_id=job_id, items=[(agency, names[agency]) for agency in wanted],
              arguments={"analysis": analysis.id, "year": year, "version": analysis.version}, unit_id=unit.id,
              today=today, now=now)
    analysis.job_id = job_id
    session.flush()
    return analysis.id


def load_reckoning(session: Session, analysis_id: int) -> Reckoning:
    """Return what an analysis is computed with: the catalogue of the day on which it was asked for.

    How long a training takes, and what it costs where the catalogue does not say, is taken from its batches.
    """
    analysis = session.get_one(NeedsAnalysis, analysis_id)
    today = date.fromisoformat(analysis.asked["today"])
    graph = load_graph(session, today)
    lengths: dict[str, list[int]] = defaultdict(list)
    costs: dict[str, list[int]] = defaultdict(list)
    for code, first_day, last_day, cost in session.execute(
            select(Training.code, Batch.first_day, Batch.last_day, Batch.cost_idr)
            .join(Batch, Batch.training_id == Training.id).where(Batch.status != "CANCELLED")):
        lengths[code].append((last_day - first_day).days + 1)
        costs[code].append(cost)
    courses = {code: Course(code, duration_days(training.jp, lengths.get(code, ())), training.jp,
                            training.cost_idr or typical(costs.get(code, ())) or 0, training.entry,
                            tuple((gain.competency, gain.level) for gain in training.raises))
               for code, training in graph.trainings.items()}
    return Reckoning(graph, UndatedPaths(graph), courses, agency_ids(session),
                     max(today, date(analysis.year, 1, 1)), date(analysis.year, 12, 31))


def compute_agency(session: Session, analysis_id: int, agency_id: int, reckoning: Reckoning) -> int:
    """Ask the planner about everybody of an agency who has a target; return how many answers were written.

    What was written for the agency before is replaced, so that it can be computed again after an interruption. A person
    without a day by which to be ready has until the end of the year.
    """
    analysis = session.get_one(NeedsAnalysis, analysis_id)
    today = date.fromisoformat(analysis.asked["today"])
    units = [unit for unit, agency in reckoning.agencies.items() if agency == agency_id]
    people = list(session.scalars(select(Person.id).where(Person.unit_id.in_(units), Person.outside_agency == "")))
    targets = load_targets(session, people, on=today, sources=analysis.asked["sources"])
    ids = sorted({row.person_id for row in targets})
    evidence, holdings = load_evidence(session, ids), load_holdings(session, ids, today)
    ranks = load_ranks(session, ids, today)
    rows = []
    for target in targets:
        position = reckoning.graph.positions.get(target.position)
        if position is None:
            continue
        learner = Learner(profile_on(evidence[target.person_id], today).known("expected"),
                          frozenset(holdings[target.person_id]), ranks.get(target.person_id))
        learning = reckoning.undated.cheapest(position, learner)
        ready_by = target.ready_by or reckoning.last_day
        wish = schedule_back(learning.trainings, reckoning.courses, levels=learner.levels, completed=learner.completed,
                             first_day=reckoning.first_day, ready_by=ready_by)
        gaps: list[dict[str, Any]] = [
            {"competency": code, "reached": reached, "required": required}
            for code, reached, required in learning.open_levels]
        gaps += [{"training": code} for code in learning.open_trainings]
        if not wish.in_time:
            gaps.append({"late": wish.earliest_ready.isoformat()})
        rows.append({
            "analysis_id": analysis_id, "person_id": target.person_id, "position_id": target.position_id,
            "unit_id": agency_id, "source": target.source, "ready_by": target.ready_by,
            "becomes_ready": not gaps, "open_gaps": gaps,
            "needs": [{"training": need.training, "latest_end": need.latest_end.isoformat(), "before": list(need.before)}
                      for need in wish.needs]})
    session.execute(delete(NeedsPerson).where(
        NeedsPerson.analysis_id == analysis_id, NeedsPerson.unit_id == agency_id))
    if rows:
        session.execute(insert(NeedsPerson), rows)
    return len(rows)


def finish_analysis(session: Session, analysis_id: int, reckoning: Reckoning) -> None:
    """Count what the agencies need, once all are computed; the analysis is a draft then."""
    analysis = session.get_one(NeedsAnalysis, analysis_id)
    people = session.execute(
        select(NeedsPerson.person_id, NeedsPerson.unit_id, NeedsPerson.becomes_ready, NeedsPerson.needs)
        .where(NeedsPerson.analysis_id == analysis_id).order_by(NeedsPerson.id)).all()
    lines = aggregate(
        (Wanted(person, unit, Need(need["training"], date.fromisoformat(need["latest_end"])), becomes_ready)
         for person, unit, becomes_ready, needs in people for need in needs),
        reckoning.courses, first_day=reckoning.first_day, last_day=reckoning.last_day)
    numbers = dict(session.execute(select(Training.code, Training.id)).all())
    session.execute(delete(NeedsLine).where(NeedsLine.analysis_id == analysis_id))
    if lines:
        session.execute(insert(NeedsLine), [
            {"analysis_id": analysis_id, "training_id": numbers[line.training], "month": line.month, "unit_id": line.unit,
             "people": line.people, "become_ready": line.become_ready, "jp": line.jp, "cost_idr": line.cost_idr}
            for line in lines])
    asked, needy, helped = set(), set(), set()
    for person, _, becomes_ready, needs in people:
        asked.add(person)
        if needs:
            needy.add(person)
            if becomes_ready:
                helped.add(person)
    ready = {person for person, _, becomes_ready, needs in people if becomes_ready and not needs}
    analysis.summary = {
        "people": len(asked), "ready_already": len(ready - needy), "need_training": len(needy),
        "become_ready": len(helped), "places": sum(line.people for line in lines), "jp": sum(line.jp for line in lines),
        "cost_idr": sum(line.cost_idr for line in lines), "trainings": len({line.training for line in lines})}
    analysis.status = "DRAFT"
    session.flush()


# --- deciding it -----------------------------------------------------------------------------------------------------


def propose_analysis(session: Session, actor: Actor, analysis_id: int, *, today: date, now: datetime) -> None:
    """Hand a draft in for approval.

    Raises
    ------
    NotFound
        If there is no such analysis.
    NotAllowed
        If the actor is not of its training centre.
    Conflict
        If it is no draft and was not returned.
    """
    analysis = _locked(session, analysis_id)
    require(session, actor, COMPUTE, on=today, unit_id=analysis.unit_id)
    if analysis.status not in ("DRAFT", "RETURNED"):
        raise Conflict(say("Analisis ini %(status)s; hanya draf yang dapat diusulkan.",
                           status=STATUS_WORDS[analysis.status]))
    analysis.status, analysis.reason = "PROPOSED", ""
    record(session, actor, "demand.compute:propose", "needs_analysis", analysis.id, now=now)
    session.flush()


def decide_analysis(
    session: Session, actor: Actor, analysis_id: int, *, approve: bool, reason: str = "", today: date, now: datetime
) -> None:
    """Approve a proposed analysis, or return it with a reason. The approved one of before is superseded.

    Raises
    ------
    NotFound
        If there is no such analysis.
    NotAllowed
        If the actor may not approve for its training centre.
    InvalidInput
        If it is returned without a reason, or the reason is too long.
    Conflict
        If it is not proposed, or the actor proposed it himself.
    """
    analysis = _locked(session, analysis_id)
    require(session, actor, "demand.approve", on=today, unit_id=analysis.unit_id)
    if analysis.status != "PROPOSED":
        raise Conflict(say("Analisis ini %(status)s; hanya yang diusulkan yang dapat diputuskan.",
                           status=STATUS_WORDS[analysis.status]))
    if approve and not actor.is_system and actor.id == split_actor(_proposer(session, analysis))[0]:
        raise Conflict(say("Yang mengusulkan tidak dapat menyetujui usulannya sendiri. Minta orang lain yang berwenang."))
    reason = reason.strip()
    if not approve and not reason:
        raise InvalidInput(say("Tulis alasannya; penyusunnya membacanya."), where="reason")
    if len(reason) > _LONGEST_REASON:
        raise InvalidInput(say("Alasan paling panjang %(most)s huruf.", most=_LONGEST_REASON), where="reason")
    if approve:
        for former in session.scalars(select(NeedsAnalysis).where(
                NeedsAnalysis.unit_id == analysis.unit_id, NeedsAnalysis.year == analysis.year,
                NeedsAnalysis.status == "APPROVED")):
            former.status = "SUPERSEDED"
    analysis.status = "APPROVED" if approve else "RETURNED"
    analysis.reason, analysis.decided_at, analysis.decided_by = reason, now, stored_actor(actor)
    record(session, actor, "demand.approve" if approve else "demand.approve:return", "needs_analysis", analysis.id,
           now=now, detail={"reason": reason})
    session.flush()


def _proposer(session: Session, analysis: NeedsAnalysis) -> str:
    return session.scalars(select(AuditEntry.actor).where(
        AuditEntry.subject_kind == "needs_analysis", AuditEntry.subject_id == str(analysis.id),
        AuditEntry.action == "demand.compute:propose").order_by(AuditEntry.id.desc())).first() or analysis.created_by


def _locked(session: Session, analysis_id: int) -> NeedsAnalysis:
    found = session.scalars(select(NeedsAnalysis).where(NeedsAnalysis.id == analysis_id).with_for_update()).one_or_none()
    if found is None:
        raise NotFound(say("Tidak ada analisis kebutuhan nomor %(id)s.", id=analysis_id), where="ANALYSIS")
    return found


# --- reading it ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class AnalysisItem:
    """One version of an analysis in a list.

    Attributes
    ----------
    people, need_training, become_ready, ready_already : int
        People with a target; of these who needs a training, who becomes ready in time with all that he needs, and who is
        ready already.
    places : int
        Seats: people times trainings.
    """

    id: int
    unit: str
    unit_name: str
    year: int
    version: int
    status: str
    created_at: datetime
    created_by: str
    decided_at: datetime | None
    decided_by: str
    reason: str
    job_id: str | None
    people: int
    need_training: int
    become_ready: int
    ready_already: int
    trainings: int
    places: int
    jp: int
    cost_idr: int

    @property
    def status_words(self) -> Message:
        """The status as people read it."""
        return STATUS_WORDS[self.status]

    @property
    def cost(self) -> Rupiah:
        """The budget."""
        return Rupiah(self.cost_idr)


@dataclass(frozen=True, slots=True)
class NeedsCentre:
    """A training centre for which the actor can compute an analysis."""

    code: str
    name: str


@dataclass(frozen=True, slots=True)
class TrainingNeeds:
    """What an analysis says of one training.

    Attributes
    ----------
    months : tuple of int
        People by month, January first.
    before : int or None
        People in the version before this one; None without one.
    """

    code: str
    name: str
    months: tuple[int, ...]
    people: int
    become_ready: int
    jp: int
    cost_idr: int
    before: int | None

    @property
    def cost(self) -> Rupiah:
        """The budget."""
        return Rupiah(self.cost_idr)


@dataclass(frozen=True, slots=True)
class AgencyNeeds:
    """What an agency needs; `people` counts each of its people once, `places` each training of each."""

    code: str
    name: str
    people: int
    become_ready: int
    places: int
    jp: int
    cost_idr: int

    @property
    def cost(self) -> Rupiah:
        """The budget."""
        return Rupiah(self.cost_idr)


@dataclass(frozen=True, slots=True)
class NeedsView:
    """One version of an analysis.

    Attributes
    ----------
    trainings : tuple of TrainingNeeds
        Most people first, then by code.
    agencies : tuple of AgencyNeeds
        Most places first, then by code.
    months : tuple of int
        Places by month, January first.
    previous_version : int or None
    can_propose, can_decide, can_see_people : bool
    """

    item: AnalysisItem
    sources: tuple[Message, ...]
    asked_on: date
    trainings: tuple[TrainingNeeds, ...]
    agencies: tuple[AgencyNeeds, ...]
    months: tuple[int, ...]
    previous_version: int | None
    can_propose: bool
    can_decide: bool
    can_see_people: bool


@dataclass(frozen=True, slots=True)
class OpenGap:
    """What keeps somebody from being ready in time, in words."""

    words: Message


@dataclass(frozen=True, slots=True)
class NeedsPersonRow:
    """What one person needs for one target.

    Attributes
    ----------
    needs : tuple of (str, str, date)
        Code and name of a training, and the last day on which it can end, in the planner's order.
    open_gaps : tuple of OpenGap
        Empty = becomes ready in time.
    """

    nip: str
    name: str
    unit_name: str
    position: str
    position_name: str
    source: Message
    ready_by: date | None
    becomes_ready: bool
    needs: tuple[tuple[str, str, date], ...]
    open_gaps: tuple[OpenGap, ...]


def list_analyses(session: Session, actor: Actor, *, today: date) -> tuple[tuple[AnalysisItem, ...], tuple[NeedsCentre, ...]]:
    """Return all analyses, the latest year and version first, and the training centres that the actor can compute for.

    Raises
    ------
    NotAllowed
        If the actor is neither of a training centre nor HR.
    """
    require(session, actor, "demand.view", on=today)
    rows = session.execute(
        select(NeedsAnalysis, Unit.code, Unit.name).join(Unit, NeedsAnalysis.unit_id == Unit.id)
        .order_by(NeedsAnalysis.year.desc(), Unit.code, NeedsAnalysis.version.desc())).all()
    roots = {grant.unit_id for grant in actor.grants if grant.role is Role.TRAINING_CENTRE}
    centres = session.execute(select(Unit.code, Unit.name).where(Unit.id.in_(roots)).order_by(Unit.code)).all()
    return tuple(_item(*row) for row in rows), tuple(NeedsCentre(code, name) for code, name in centres)


def view_analysis(session: Session, actor: Actor, analysis_id: int, *, today: date) -> NeedsView:
    """Open one version: by training and month, by agency, beside the version before it.

    Raises
    ------
    NotFound
        If there is no such analysis.
    NotAllowed
        If the actor is neither of a training centre nor HR.
    """
    require(session, actor, "demand.view", on=today)
    found = session.execute(select(NeedsAnalysis, Unit.code, Unit.name).join(Unit, NeedsAnalysis.unit_id == Unit.id)
                            .where(NeedsAnalysis.id == analysis_id)).one_or_none()
    if found is None:
        raise NotFound(say("Tidak ada analisis kebutuhan nomor %(id)s.", id=analysis_id), where="ANALYSIS")
    analysis = found[0]
    lines = session.execute(
        select(Training.code, Training.name, NeedsLine.month, NeedsLine.unit_id, NeedsLine.people, NeedsLine.become_ready,
               NeedsLine.jp, NeedsLine.cost_idr)
        .join(Training, NeedsLine.training_id == Training.id).where(NeedsLine.analysis_id == analysis_id)).all()
    previous = session.execute(
        select(NeedsAnalysis.id, NeedsAnalysis.version).where(
            NeedsAnalysis.unit_id == analysis.unit_id, NeedsAnalysis.year == analysis.year,
            NeedsAnalysis.version < analysis.version, NeedsAnalysis.status != "COMPUTING")
        .order_by(NeedsAnalysis.version.desc()).limit(1)).one_or_none()
    before = None if previous is None else Counter(dict(session.execute(
        select(Training.code, func.sum(NeedsLine.people)).join(Training, NeedsLine.training_id == Training.id)
        .where(NeedsLine.analysis_id == previous[0]).group_by(Training.code)).all()))
    months = [0] * 12
    for line in lines:
        months[line.month.month - 1] += line.people
    return NeedsView(
        _item(*found), tuple(SOURCE_WORDS[source] for source in analysis.asked["sources"]),
        date.fromisoformat(analysis.asked["today"]), _by_training(lines, before), _by_agency(session, analysis_id, lines),
        tuple(months), None if previous is None else previous[1],
        analysis.status in ("DRAFT", "RETURNED") and is_allowed(session, actor, COMPUTE, on=today, unit_id=analysis.unit_id),
        analysis.status == "PROPOSED" and is_allowed(session, actor, "demand.approve", on=today, unit_id=analysis.unit_id),
        is_allowed(session, actor, "demand.view_people", on=today, unit_id=analysis.unit_id)
        or actor.has_role(Role.HR))


def _by_training(lines: Sequence[Any], before: Counter[str] | None) -> tuple[TrainingNeeds, ...]:
    grouped: dict[tuple[str, str], list[Any]] = defaultdict(list)
    for line in lines:
        grouped[line.code, line.name].append(line)
    found = []
    for (code, name), own in grouped.items():
        months = [0] * 12
        for line in own:
            months[line.month.month - 1] += line.people
        found.append(TrainingNeeds(
            code, name, tuple(months), sum(months), sum(line.become_ready for line in own), sum(line.jp for line in own),
            sum(line.cost_idr for line in own), None if before is None else before[code]))
    return tuple(sorted(found, key=lambda row: (-row.people, row.code)))


def _by_agency(session: Session, analysis_id: int, lines: Sequence[Any]) -> tuple[AgencyNeeds, ...]:
    people = {row[0]: (row[1], row[2]) for row in session.execute(
        select(NeedsPerson.unit_id, func.count(NeedsPerson.person_id.distinct()),
               func.count(NeedsPerson.person_id.distinct()).filter(NeedsPerson.becomes_ready.is_(True)))
        .where(NeedsPerson.analysis_id == analysis_id).group_by(NeedsPerson.unit_id))}
    names = {row.id: row for row in session.execute(select(Unit.id, Unit.code, Unit.name).where(Unit.id.in_(people)))}
    places, jp, cost = Counter[int](), Counter[int](), Counter[int]()
    for line in lines:
        places[line.unit_id] += line.people
        jp[line.unit_id] += line.jp
        cost[line.unit_id] += line.cost_idr
    found = [AgencyNeeds(names[unit].code, names[unit].name, count, ready, places[unit], jp[unit], cost[unit])
             for unit, (count, ready) in people.items()]
    return tuple(sorted(found, key=lambda row: (-row.places, row.code)))


def list_people(
    session: Session, actor: Actor, analysis_id: int, *, training_code: str | None = None, agency_code: str | None = None,
    open_only: bool = False, today: date, now: datetime, number: int = 1, size: int | None = PAGE_SIZE,
) -> Page[NeedsPersonRow]:
    """Return the people behind the numbers, by name: a training centre sees all of its analysis, HR its own people.

    Parameters
    ----------
    training_code, agency_code : str, optional
        Only who needs this training; only of this agency.
    open_only : bool
        Only who does not become ready in time with what the trainings give.

    Raises
    ------
    NotFound
        If there is no such analysis, training or agency.
    NotAllowed
        If the actor is neither of its training centre nor HR.
    InvalidInput
        If the page does not exist.
    """
    analysis = session.get(NeedsAnalysis, analysis_id)
    if analysis is None:
        raise NotFound(say("Tidak ada analisis kebutuhan nomor %(id)s.", id=analysis_id), where="ANALYSIS")
    reach: frozenset[int] | None = None
    if not is_allowed(session, actor, "demand.view_people", on=today, unit_id=analysis.unit_id):
        reach = scope_unit_ids(session, actor, Role.HR)
        if not reach:
            require(session, actor, "demand.view_people", on=today, unit_id=analysis.unit_id)
    query = (select(NeedsPerson, Person.nip, Person.name, Unit.name, Position.code, Position.name)
             .join(Person, NeedsPerson.person_id == Person.id).join(Unit, NeedsPerson.unit_id == Unit.id)
             .join(Position, NeedsPerson.position_id == Position.id)
             .where(NeedsPerson.analysis_id == analysis_id).order_by(Person.name, Person.nip, Position.code))
    if reach is not None:
        query = query.where(Person.unit_id.in_(reach))
    if agency_code is not None:
        query = query.where(NeedsPerson.unit_id == unit_by_code(session, agency_code).id)
    if open_only:
        query = query.where(NeedsPerson.becomes_ready.is_(False))
    rows: Iterable[Any] = session.execute(query)
    if training_code is not None:
        code = training_by_code(session, training_code).code
        rows = (row for row in rows if any(need["training"] == code for need in row[0].needs))
    found = list(rows)
    pages = max(1, -(-len(found) // size)) if size else 1
    if not 1 <= number <= pages:
        raise InvalidInput(say("Halaman %(number)s tidak ada; daftar ini punya %(pages)s halaman.", number=number,
                               pages=pages), where="page")
    shown = found[(number - 1) * size:number * size] if size else found
    record(session, actor, "demand.view_people", "needs_analysis", analysis_id, now=now,
           detail={"training": training_code, "agency": agency_code, "people": len(shown)})
    graph = load_graph(session, date.fromisoformat(analysis.asked["today"]))
    return Page(tuple(_person_row(graph, *row) for row in shown), len(found), number, pages)


def _person_row(
    graph: CompetencyGraph, row: NeedsPerson, nip: str, name: str, unit_name: str, position: str, position_name: str
) -> NeedsPersonRow:
    def named(code: str) -> str:
        return graph.trainings[code].name if code in graph.trainings else code

    return NeedsPersonRow(
        nip, name, unit_name, position, position_name, SOURCE_WORDS[row.source], row.ready_by, row.becomes_ready,
        tuple((need["training"], named(need["training"]), date.fromisoformat(need["latest_end"])) for need in row.needs),
        tuple(OpenGap(_gap_words(graph, gap, named)) for gap in row.open_gaps))


def _gap_words(graph: CompetencyGraph, gap: Mapping[str, Any], named: Any) -> Message:
    if "late" in gap:
        return say("Paling cepat siap %(day)s, karena pelatihannya berurutan.", day=date.fromisoformat(gap["late"]))
    if "training" in gap:
        return say("%(name)s tidak dapat diambil: tidak diselenggarakan, atau golongan atau syarat masuknya belum terpenuhi.",
                   name=named(gap["training"]))
    competency = graph.competencies.get(gap["competency"])
    return say("%(name)s: pelatihan sampai level %(reached)s, perlu %(required)s. Tempuh lewat pengalaman dan uji kompetensi.",
               name=competency.name if competency else gap["competency"], reached=gap["reached"], required=gap["required"])


def _item(analysis: NeedsAnalysis, unit: str, unit_name: str) -> AnalysisItem:
    summary = analysis.summary or {}
    return AnalysisItem(
        analysis.id, unit, unit_name, analysis.year, analysis.version, analysis.status, analysis.created_at,
        split_actor(analysis.created_by)[1] or analysis.created_by, analysis.decided_at,
        (split_actor(analysis.decided_by)[1] or analysis.decided_by) if analysis.decided_by else "", analysis.reason,
        analysis.job_id, *(summary.get(name, 0) for name in (
            "people", "need_training", "become_ready", "ready_already", "trainings", "places", "jp", "cost_idr")))
