"""Reports of the training centre: seats filled, results, cost, lesson hours, demand and supply, waiting."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, and_, case, extract, func, or_, select, true
from sqlalchemy.orm import Session

from kompetensi.errors import InvalidInput
from kompetensi.exchange.spreadsheets import Cell, CellKind, Column, Sheet
from kompetensi.graph.elements import Position as GraphPosition
from kompetensi.graph.evidence import Evidence, profile_on
from kompetensi.messages import Amount, Message, Rupiah, say
from kompetensi.models import (
    Batch,
    Certificate,
    Competency,
    Enrolment,
    EnrolmentEvent,
    NeedsAnalysis,
    NeedsLine,
    Person,
    Position,
    Training,
    Unit,
)
from kompetensi.models import Evidence as EvidenceRow
from kompetensi.rules.access import Actor, Role
from kompetensi.services.access import require, scope_unit_ids
from kompetensi.services.agencies import agency_ids
from kompetensi.services.day_conditions import is_staff
from kompetensi.services.lookup import training_by_code, unit_by_code
from kompetensi.services.policies import jp_duty, read_policy
from kompetensi.services.snapshot import load_evidence, load_graph

__all__ = ["TITLES", "Bar", "Report", "ReportChoices", "ReportName", "course_report", "report_choices"]

_FIRST_YEAR, _LAST_YEAR = 2000, 2100
_MOST_BARS = 12
# Stands for the agencies whose numbers are too small to be shown.
_TOGETHER = 0
# Who holds a seat or held it to the end, and so costs.
_SEATED = ("OFFERED", "REQUESTED", "ENDORSED", "APPROVED", "COMPLETED")
_TAKES_PART = ("APPROVED", "COMPLETED")


class ReportName(StrEnum):
    """The reports, in the order in which they are offered."""

    FILL = "fill"
    PASS = "pass"
    COST = "cost"
    HOURS = "hours"
    SUPPLY = "supply"
    WAITING = "waiting"


TITLES: Mapping[ReportName, tuple[Message, Message]] = {
    ReportName.FILL: (say("Keterisian kursi"), say("Berapa kursi yang terisi, dan pelatihan mana yang sepi?")),
    ReportName.PASS: (say("Kelulusan"), say("Berapa peserta lulus, dan di mana yang gagal?")),
    ReportName.COST: (say("Biaya per orang siap"), say("Berapa biaya angkatan untuk setiap orang yang menjadi siap?")),
    ReportName.HOURS: (say("JP per OPD"), say("OPD mana yang pegawainya belum memenuhi kewajiban JP?")),
    ReportName.SUPPLY: (say("Kebutuhan dan kursi"), say("Untuk pelatihan mana kursinya kurang, dan kapan?")),
    ReportName.WAITING: (say("Daftar tunggu"), say("Siapa yang menunggu kursi, dan berapa lama?")),
}
"""Title and question of each report."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of the drawing: how much of a whole. `words` says it as the table does; `whole` is at least 1."""

    label: str | Message
    value: int
    whole: int
    words: Message


@dataclass(frozen=True, slots=True)
class Report:
    """One report: the answer in words, the drawing, the table.

    Attributes
    ----------
    answer : Message
    definition : Message
        What exactly is counted.
    sheet : Sheet
        The table, in the order that matters: what needs attention comes first.
    bars : tuple of Bar
        At most twelve, in the order of the table; empty when there is nothing to draw.
    totals : tuple of (Message, int or float)
        What the answer rests on.
    source : Message or None
        Where a bound or a plan comes from.
    """

    name: ReportName
    year: int
    answer: Message
    definition: Message
    sheet: Sheet
    bars: tuple[Bar, ...] = ()
    totals: tuple[tuple[Message, int | float], ...] = ()
    source: Message | None = None


@dataclass(frozen=True, slots=True)
class ReportChoices:
    """What can be filtered by: years, newest first; code and name of trainings and agencies, by name."""

    years: tuple[int, ...]
    trainings: tuple[tuple[str, str], ...]
    agencies: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class _Asked:
    """What a report is asked for, as conditions: batches and people that the actor may count, and that were chosen."""

    year: int
    today: date
    now: datetime
    batches: ColumnElement[bool]
    people: ColumnElement[bool]
    training_id: int | None
    agencies: Mapping[int, int]
    agency_units: frozenset[int] | None
    units: frozenset[int] | None
    own: frozenset[int] | None

    @property
    def first(self) -> date:
        return date(self.year, 1, 1)

    @property
    def last(self) -> date:
        return date(self.year, 12, 31)


def report_choices(session: Session, actor: Actor, *, today: date) -> ReportChoices:
    """Return what the reports can be filtered by.

    Raises
    ------
    NotAllowed
        If the actor is of no training centre, HR or administration.
    """
    require(session, actor, "courses.view_reports", on=today)
    years = {*session.scalars(select(Batch.year).distinct()), today.year}
    trainings = session.execute(select(Training.code, Training.name).where(
        Training.id.in_(select(Batch.training_id))).order_by(Training.name, Training.code)).all()
    reach = _units(session, actor)
    agencies = {agency for unit, agency in agency_ids(session).items() if reach is None or unit in reach}
    named = session.execute(select(Unit.code, Unit.name).where(Unit.id.in_(agencies)).order_by(Unit.name, Unit.code)).all()
    return ReportChoices(tuple(sorted(years, reverse=True)), tuple((row.code, row.name) for row in trainings),
                         tuple((row.code, row.name) for row in named))


def course_report(
    session: Session, actor: Actor, name: ReportName, *, today: date, now: datetime, year: int | None = None,
    training: str = "", agency: str = "",
) -> Report:
    """Return a report of one year.

    A training centre counts its own batches; HR and administration count the people of their units in all batches.

    Parameters
    ----------
    year : int, optional
        From 2000 to 2100; this year when it is left out.
    training : str
        Only this training, by code; without effect on lesson hours, which are those of all certificates.
    agency : str
        Only people of this unit and those below it, by code.

    Raises
    ------
    NotFound
        If there is no such training or unit.
    InvalidInput
        If the year is out of bounds.
    NotAllowed
        If the actor is of no training centre, HR or administration.
    """
    require(session, actor, "courses.view_reports", on=today)
    year = today.year if year is None else year
    if not _FIRST_YEAR <= year <= _LAST_YEAR:
        raise InvalidInput(say("Tahun antara %(least)s dan %(most)s.", least=_FIRST_YEAR, most=_LAST_YEAR), where="year")
    chosen = training_by_code(session, training).id if training else None
    units = _below(session, unit_by_code(session, agency).id) if agency else None
    asked = _Asked(year, today, now, *_reach(session, actor, chosen, units), chosen, agency_ids(session), units,
                   _units(session, actor), _own(session, actor))
    return _REPORTS[name](session, asked)


def _own(session: Session, actor: Actor) -> frozenset[int] | None:
    """Return the units whose people the actor may see one by one, and those that he administers; None = all."""
    if actor.is_system:
        return None
    scopes = [scope_unit_ids(session, actor, role) or frozenset() for role in (Role.HR, Role.ADMIN)]
    return frozenset[int]().union(*scopes)


def _units(session: Session, actor: Actor) -> frozenset[int] | None:
    """Return the units whose people are counted: the own ones, and for a centre those of its government; None = all."""
    own = _own(session, actor)
    if own is None:
        return None
    centre = scope_unit_ids(session, actor, Role.TRAINING_CENTRE) or frozenset()
    governments = select(Unit.government_id).where(Unit.id.in_(centre))
    return own | frozenset(session.scalars(select(Unit.id).where(Unit.government_id.in_(governments)))) if centre else own


def _reach(
    session: Session, actor: Actor, training_id: int | None, units: frozenset[int] | None
) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """Return which batches count, and which people in them."""
    batches: list[ColumnElement[bool]] = [Batch.status != "CANCELLED"]
    people: list[ColumnElement[bool]] = []
    if training_id is not None:
        batches.append(Batch.training_id == training_id)
    if units is not None:
        people.append(Person.unit_id.in_(units))
    if not actor.is_system:
        centre = scope_unit_ids(session, actor, Role.TRAINING_CENTRE) or frozenset()
        if centre:
            batches.append(Batch.organiser_id.in_(centre))
        else:
            people.append(Person.unit_id.in_(_units(session, actor) or frozenset()))
            people.append(is_staff())
    return and_(*batches), and_(true(), *people)


def _below(session: Session, unit_id: int) -> frozenset[int]:
    children: defaultdict[int | None, list[int]] = defaultdict(list)
    for child, parent in session.execute(select(Unit.id, Unit.parent_id)):
        children[parent].append(child)
    found, waiting = set[int](), [unit_id]
    while waiting:
        one = waiting.pop()
        if one not in found:
            found.add(one)
            waiting += children[one]
    return frozenset(found)


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _percent(part: int, whole: int) -> int:
    """Return whole per cent, rounded down, so that 100 means all."""
    return 100 * part // whole if whole else 0


def _text(title: Message, width: int = 16) -> Column:
    return Column(title, CellKind.TEXT, width)


def _number(title: Message) -> Column:
    return Column(title, CellKind.NUMBER, 12)


_TRAINING = (_text(say("Kode"), 20), _text(say("Pelatihan"), 44))


# --- the reports -------------------------------------------------------------------------------------------------------


def _fill(session: Session, asked: _Asked) -> Report:
    taken = (select(func.count()).select_from(Enrolment).join(Person, Enrolment.person_id == Person.id)
             .where(Enrolment.batch_id == Batch.id, Enrolment.status.in_(_SEATED), asked.people)
             .correlate(Batch).scalar_subquery())
    rows = session.execute(
        select(Training.code, Training.name, Batch.seats, Batch.min_participants, taken.label("taken"))
        .join(Training, Batch.training_id == Training.id)
        .where(asked.batches, Batch.first_day.between(asked.first, asked.last)).order_by(Training.code, Batch.id)).all()
    found: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for row in rows:
        found[row.code, row.name].update(
            batches=1, seats=row.seats, taken=row.taken, few=int(row.taken < row.min_participants))
    ordered = sorted(found.items(), key=lambda item: (item[1]["taken"] / item[1]["seats"], item[0]))
    seats, seated, few = (sum(counts[key] for _, counts in ordered) for key in ("seats", "taken", "few"))
    answer = (say("**%(share)s persen kursi** terisi: %(taken)s dari %(seats)s.", share=_percent(seated, seats),
                  taken=Amount(seated), seats=Amount(seats)) if seats
              else say("Tidak ada angkatan pada tahun %(year)s.", year=asked.year))
    return Report(
        ReportName.FILL, asked.year, answer,
        say("Angkatan yang mulai pada tahun ini dan tidak dibatalkan; kursi yang ditawarkan, diminta atau disetujui "
            "terhitung terisi. Bila satu OPD dipilih, hanya kursi pegawainya."),
        Sheet(TITLES[ReportName.FILL][0], (
            *_TRAINING, _number(say("Angkatan")), _number(say("Kursi")), _number(say("Terisi")),
            Column(say("Keterisian"), CellKind.SHARE), _number(say("Kurang peserta"))),
            tuple((code, name, counts["batches"], counts["seats"], counts["taken"],
                   _share(counts["taken"], counts["seats"]), counts["few"]) for (code, name), counts in ordered)),
        tuple(Bar(name, counts["taken"], max(1, counts["seats"]), say(
            "%(part)s dari %(whole)s", part=Amount(counts["taken"]), whole=Amount(counts["seats"])))
              for (_, name), counts in ordered[:_MOST_BARS]),
        ((say("angkatan"), Amount(len(rows))), (say("kursi"), Amount(seats)), (say("angkatan kekurangan peserta"), Amount(few))))


def _pass(session: Session, asked: _Asked) -> Report:
    rows = session.execute(
        select(Training.code, Training.name, Enrolment.outcome, func.count().label("people"))
        .join(Batch, Enrolment.batch_id == Batch.id).join(Training, Batch.training_id == Training.id)
        .join(Person, Enrolment.person_id == Person.id)
        .where(asked.batches, asked.people, Enrolment.outcome.is_not(None),
               Batch.last_day.between(asked.first, asked.last))
        .group_by(Training.code, Training.name, Enrolment.outcome)).all()
    found: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for row in rows:
        found[row.code, row.name][row.outcome] += row.people
    ordered = sorted(found.items(), key=lambda item: (item[1]["PASSED"] / item[1].total(), item[0]))
    judged = sum(counts.total() for _, counts in ordered)
    passed = sum(counts["PASSED"] for _, counts in ordered)
    absent = sum(counts["ABSENT"] for _, counts in ordered)
    answer = (say("**%(share)s persen peserta lulus**: %(passed)s dari %(judged)s.", share=_percent(passed, judged),
                  passed=Amount(passed), judged=Amount(judged)) if judged
              else say("Belum ada hasil pada tahun %(year)s.", year=asked.year))
    return Report(
        ReportName.PASS, asked.year, answer,
        say("Peserta yang hasilnya tercatat pada angkatan yang berakhir pada tahun ini; yang tidak hadir terhitung tidak "
            "lulus."),
        Sheet(TITLES[ReportName.PASS][0], (
            *_TRAINING, _number(say("Peserta")), _number(say("Lulus")), _number(say("Belum lulus")),
            _number(say("Tidak hadir")), Column(say("Kelulusan"), CellKind.SHARE)),
            tuple((code, name, counts.total(), counts["PASSED"], counts["FAILED"], counts["ABSENT"],
                   _share(counts["PASSED"], counts.total())) for (code, name), counts in ordered)),
        tuple(Bar(name, counts["PASSED"], counts.total(), say(
            "%(part)s dari %(whole)s", part=Amount(counts["PASSED"]), whole=Amount(counts.total())))
              for (_, name), counts in ordered[:_MOST_BARS]),
        ((say("peserta dengan hasil"), Amount(judged)), (say("lulus"), Amount(passed)), (say("tidak hadir"), Amount(absent))))


def _cost(session: Session, asked: _Asked) -> Report:
    """The cost of a batch is that of holding it and that of each participant; who became ready is asked of the graph."""
    of_batch = session.execute(
        select(Batch.id, Training.code, Training.name, Batch.run_cost_idr, Batch.cost_idr,
               func.count(case((Enrolment.status.in_(_TAKES_PART), Person.id))).label("people"))
        .join(Training, Batch.training_id == Training.id)
        .outerjoin(Enrolment, Enrolment.batch_id == Batch.id)
        .outerjoin(Person, and_(Enrolment.person_id == Person.id, asked.people))
        .where(asked.batches, Batch.last_day.between(asked.first, min(asked.last, asked.today)))
        .group_by(Batch.id, Training.code, Training.name).order_by(Training.code, Batch.id)).all()
    passed = session.execute(
        select(Training.code, Enrolment.person_id, Batch.first_day)
        .join(Batch, Enrolment.batch_id == Batch.id).join(Training, Batch.training_id == Training.id)
        .join(Person, Enrolment.person_id == Person.id)
        .where(asked.batches, asked.people, Enrolment.outcome == "PASSED",
               Batch.last_day.between(asked.first, asked.last))).all()
    ready = _became_ready(session, {row.person_id: row.first_day for row in sorted(passed, key=lambda row: row.first_day,
                                                                                    reverse=True)}, asked)
    found: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for row in of_batch:
        if row.people or asked.agency_units is None:
            found[row.code, row.name].update(batches=1, cost=row.run_cost_idr + row.cost_idr * row.people, people=row.people)
    by_training = _by_training(passed)
    for (code, _), counts in found.items():
        people = by_training.get(code, set())
        counts.update(passed=len(people), ready=len(people & ready))
    ordered = sorted(found.items(), key=lambda item: (item[1]["ready"] > 0, -item[1]["cost"], item[0]))
    cost = sum(counts["cost"] for _, counts in ordered)
    most = max((counts["cost"] for _, counts in ordered), default=0)
    if not ordered:
        answer = say("Tidak ada angkatan yang berakhir pada tahun %(year)s.", year=asked.year)
    elif not ready:
        answer = say("%(cost)s dikeluarkan; **belum ada peserta yang menjadi siap**.", cost=Rupiah(cost))
    else:
        answer = say("**%(each)s** untuk setiap orang yang menjadi siap: %(people)s orang.",
                     each=Rupiah(round(cost / len(ready))), people=Amount(len(ready)))
    return Report(
        ReportName.COST, asked.year, answer,
        say("Biaya: penyelenggaraan ditambah biaya setiap peserta pada angkatan yang berakhir pada tahun ini. Menjadi siap: "
            "lulus, punya jabatan sasaran, sehari sebelum angkatan pertamanya belum mencapai semua tingkat yang "
            "disyaratkan jabatan itu, dan kini (atau pada akhir tahun) mencapainya, terbukti atau menurut pelatihan. Siapa "
            "yang lulus dua pelatihan terhitung pada keduanya, dan sekali dalam jumlah."),
        Sheet(TITLES[ReportName.COST][0], (
            *_TRAINING, _number(say("Angkatan")), _number(say("Peserta")), _number(say("Lulus")),
            _number(say("Menjadi siap")), Column(say("Biaya"), CellKind.RUPIAH, 20),
            Column(say("Biaya per orang siap"), CellKind.RUPIAH, 20)),
            tuple((code, name, counts["batches"], counts["people"], counts["passed"], counts["ready"], counts["cost"],
                   round(counts["cost"] / counts["ready"]) if counts["ready"] else None)
                  for (code, name), counts in ordered)),
        tuple(Bar(name, counts["cost"], max(1, most), say(
            "%(cost)s, %(ready)s orang siap", cost=Rupiah(counts["cost"]), ready=counts["ready"]))
              for (_, name), counts in ordered[:_MOST_BARS]),
        ((say("biaya"), Rupiah(cost)), (say("orang lulus"), Amount(len({row.person_id for row in passed}))),
         (say("menjadi siap"), Amount(len(ready)))))


def _by_training(passed: Sequence[Any]) -> dict[str, set[int]]:
    found: defaultdict[str, set[int]] = defaultdict(set)
    for row in passed:
        found[row.code].add(row.person_id)
    return found


def _became_ready(session: Session, began: Mapping[int, date], asked: _Asked) -> set[int]:
    """Return who reaches all levels of his target now and did not the day before the first batch that he passed began.

    Parameters
    ----------
    began : mapping of int to date
        First day of that batch, by id of the person.
    """
    after = min(asked.last, asked.today)
    targets = dict(session.execute(
        select(Person.id, Position.code).join(Position, Person.target_position_id == Position.id)
        .where(Person.id.in_(select(Enrolment.person_id).where(Enrolment.outcome == "PASSED")))).all())
    positions = load_graph(session, after).positions
    asked_for = {person_id: positions[targets[person_id]] for person_id in began if targets.get(person_id) in positions}
    # Whose highest level of any day is too low reaches it on no day; of the others the evidence is read.
    highest: defaultdict[int, dict[str, int]] = defaultdict(dict)
    for person_id, code, level in session.execute(
        select(EvidenceRow.person_id, Competency.code, func.max(EvidenceRow.level))
        .join(Competency, EvidenceRow.competency_id == Competency.id)
        .where(EvidenceRow.person_id.in_(asked_for)).group_by(EvidenceRow.person_id, Competency.code)
    ):
        highest[person_id][code] = level
    people = [person_id for person_id, position in asked_for.items()
              if position.requirements and _covers(position, highest[person_id])]
    evidence = load_evidence(session, people)
    return {person_id for person_id in people
            if _reaches(asked_for[person_id], evidence[person_id], after)
            and not _reaches(asked_for[person_id], evidence[person_id], began[person_id] - timedelta(days=1))}


def _reaches(position: GraphPosition, evidence: Sequence[Evidence], on: date) -> bool:
    return _covers(position, profile_on(evidence, on).known("expected"))


def _covers(position: GraphPosition, levels: Mapping[str, int]) -> bool:
    return all(levels.get(requirement.competency, -1) >= requirement.level for requirement in position.requirements)


def _hours(session: Session, asked: _Asked) -> Report:
    end = min(asked.last, asked.today) if asked.year <= asked.today.year else asked.first
    earned = dict(session.execute(
        select(Certificate.person_id, func.sum(Certificate.jp))
        .where(Certificate.finished_on.between(asked.first, asked.last), Certificate.state == "ISSUED")
        .group_by(Certificate.person_id)).all())
    reach = asked.agency_units if asked.units is None else (
        asked.units if asked.agency_units is None else asked.units & asked.agency_units)
    people = select(Person.id, Person.unit_id, Person.employee_type).where(is_staff())
    duties: dict[str, Any] = {}
    found: defaultdict[int, Counter[str]] = defaultdict(Counter)
    for person_id, unit_id, kind in session.execute(people):
        if reach is not None and unit_id not in reach:
            continue
        if kind not in duties:
            duties[kind] = jp_duty(session, kind, end).min_jp
        owed = duties[kind].value or 0
        if owed:
            jp = int(earned.get(person_id, 0))
            found[asked.agencies[unit_id]].update(people=1, jp=jp, done=int(jp >= owed), owed=owed, missing=max(0, owed - jp))
    names: dict[int, str | Message] = dict(session.execute(select(Unit.id, Unit.name).where(Unit.id.in_(found))).all())
    least = int(read_policy(session, "readiness.map.min_people", asked.today))
    small = [unit_id for unit_id, counts in found.items()
             if counts["people"] < least and asked.own is not None and unit_id not in asked.own]
    if small:  # a number of so few would tell of one of them
        for unit_id in small:
            found[_TOGETHER].update(found.pop(unit_id))
        names[_TOGETHER] = say("OPD dengan kurang dari %(least)s pegawai", least=least)
    ordered = sorted(found.items(), key=lambda item: (item[1]["done"] / item[1]["people"], str(names[item[0]])))
    owing, done, jp = (sum(counts[key] for _, counts in ordered) for key in ("people", "done", "jp"))
    answer = (say("**%(share)s persen pegawai** memenuhi kewajiban JP tahun %(year)s: %(done)s dari %(people)s.",
                  share=_percent(done, owing), done=Amount(done), people=Amount(owing), year=asked.year) if owing
              else say("Tidak ada pegawai dengan kewajiban JP."))
    duty = next((duties[kind] for kind in ("PNS", "CPNS", *sorted(duties)) if kind in duties and duties[kind].value), None)
    return Report(
        ReportName.HOURS, asked.year, answer,
        say("JP sertifikat yang berlaku dan yang pelatihannya berakhir pada tahun ini, milik sendiri maupun dari luar; setiap "
            "pegawai dibandingkan dengan kewajiban menurut status kepegawaiannya. Yang tanpa kewajiban tidak terhitung."),
        Sheet(TITLES[ReportName.HOURS][0], (
            _text(say("OPD"), 52), _number(say("Pegawai")), _number(say("Memenuhi")),
            Column(say("Persentase"), CellKind.SHARE), _number(say("JP")), Column(say("JP per pegawai"), CellKind.NUMBER, 12),
            _number(say("JP kurang"))),
            tuple((names[unit_id], counts["people"], counts["done"], _share(counts["done"], counts["people"]), counts["jp"],
                   round(counts["jp"] / counts["people"], 1), counts["missing"]) for unit_id, counts in ordered)),
        tuple(Bar(names[unit_id], counts["done"], counts["people"], say(
            "%(part)s dari %(whole)s", part=Amount(counts["done"]), whole=Amount(counts["people"])))
              for unit_id, counts in ordered[:_MOST_BARS]),
        ((say("pegawai berkewajiban"), Amount(owing)), (say("memenuhi"), Amount(done)), (say("JP per pegawai"), jp / owing if owing else 0.0)),
        say("Kewajiban %(jp)s JP setahun: %(source)s.", jp=duty.value, source=duty.source) if duty else None)


def _supply(session: Session, asked: _Asked) -> Report:
    analysis = _analysis(session, asked)
    needed: defaultdict[tuple[str, str], Counter[int]] = defaultdict(Counter)
    if analysis is not None:
        lines = select(Training.code, Training.name, NeedsLine.month, func.sum(NeedsLine.people)).join(
            Training, NeedsLine.training_id == Training.id).where(NeedsLine.analysis_id == analysis.id)
        if asked.training_id is not None:
            lines = lines.where(NeedsLine.training_id == asked.training_id)
        if asked.agency_units is not None:
            lines = lines.where(NeedsLine.unit_id.in_(asked.agency_units))
        for code, name, month, people in session.execute(lines.group_by(Training.code, Training.name, NeedsLine.month)):
            # What is due before the year is due in its first month, what is due after it does not matter to it.
            if month <= asked.last:
                needed[code, name][max(month, asked.first).month] += int(people)
    month = extract("month", Batch.last_day)
    offered: defaultdict[tuple[str, str], Counter[int]] = defaultdict(Counter)
    for code, name, ended, seats in session.execute(
        select(Training.code, Training.name, month, func.sum(Batch.seats)).join(Training, Batch.training_id == Training.id)
        .where(asked.batches, Batch.last_day.between(asked.first, asked.last))
        .group_by(Training.code, Training.name, month)
    ):
        offered[code, name][int(ended)] += int(seats)
    rows: list[tuple[Cell, ...]] = []
    short: dict[tuple[str, str], int] = {}
    for key in sorted({*needed, *offered}):
        want = have = 0
        for number in sorted({*needed[key], *offered[key]}):
            want, have = want + needed[key][number], have + offered[key][number]
            short[key] = max(short.get(key, 0), want - have)
            rows.append((*key, date(asked.year, number, 1), needed[key][number], offered[key][number], want, have,
                         max(0, want - have)))
    rows.sort(key=lambda row: (-short[str(row[0]), str(row[1])], not needed[str(row[0]), str(row[1])], str(row[0]), str(row[2])))
    ordered = sorted((key for key in short if needed[key]), key=lambda key: (-short[key], key))
    missing, wanted, seats = sum(short.values()), sum(map(Counter.total, needed.values())), sum(
        map(Counter.total, offered.values()))
    if analysis is None:
        answer = say("Belum ada analisis kebutuhan untuk tahun %(year)s, jadi kursinya tidak dapat dibandingkan.",
                     year=asked.year)
    elif missing:
        answer = say("**%(count)s kursi kurang** pada waktunya, pada %(trainings)s pelatihan.", count=Amount(missing),
                     trainings=sum(1 for value in short.values() if value))
    else:
        answer = say("**Kursi mencukupi** untuk semua kebutuhan tahun %(year)s pada waktunya.", year=asked.year)
    return Report(
        ReportName.SUPPLY, asked.year, answer,
        say("Kebutuhan: orang yang memerlukan pelatihan sampai akhir suatu bulan. Kursi: angkatan yang berakhir pada bulan "
            "itu. Keduanya dijumlahkan sejak Januari; yang kurang adalah kekurangan terbesar sampai suatu bulan."),
        Sheet(TITLES[ReportName.SUPPLY][0], (
            *_TRAINING, Column(say("Bulan"), CellKind.MONTH), _number(say("Dibutuhkan")), _number(say("Kursi")),
            _number(say("Dibutuhkan sejak Januari")), _number(say("Kursi sejak Januari")), _number(say("Kurang"))),
            tuple(rows)),
        tuple(Bar(key[1], min(offered[key].total(), needed[key].total()), max(1, needed[key].total()), say(
            "%(need)s dibutuhkan, %(seats)s kursi", need=Amount(needed[key].total()), seats=Amount(offered[key].total())))
              for key in ordered[:_MOST_BARS]),
        ((say("dibutuhkan"), Amount(wanted)), (say("kursi"), Amount(seats)), (say("kurang pada waktunya"), Amount(missing))),
        None if analysis is None else say(
            "Analisis kebutuhan %(year)s versi %(version)s, %(status)s.", year=analysis.year, version=analysis.version,
            status=say("disetujui") if analysis.status == "APPROVED" else say("belum disetujui")))


def _analysis(session: Session, asked: _Asked) -> NeedsAnalysis | None:
    """Return the newest approved analysis of the year, or the newest one that has been computed."""
    query = select(NeedsAnalysis).where(
        NeedsAnalysis.year == asked.year, NeedsAnalysis.status.in_(("APPROVED", "PROPOSED", "DRAFT")))
    if asked.units is not None:
        query = query.where(NeedsAnalysis.unit_id.in_(asked.units))
    return session.scalars(query.order_by(
        (NeedsAnalysis.status == "APPROVED").desc(), NeedsAnalysis.version.desc(), NeedsAnalysis.id.desc()).limit(1)).first()


def _waiting(session: Session, asked: _Asked) -> Report:
    rows = session.execute(
        select(Batch.code, Training.name, Batch.first_day, Enrolment.id, Enrolment.status, Enrolment.requested_at)
        .join(Batch, Enrolment.batch_id == Batch.id).join(Training, Batch.training_id == Training.id)
        .join(Person, Enrolment.person_id == Person.id)
        .where(asked.batches, asked.people, Batch.first_day.between(asked.first, asked.last),
               or_(Enrolment.status == "WAITING", Enrolment.id.in_(
                   select(EnrolmentEvent.enrolment_id).where(EnrolmentEvent.status == "OFFERED"))))
        .order_by(Batch.first_day, Batch.code, Enrolment.requested_at, Enrolment.id)).all()
    ids = [row.id for row in rows]
    moments: defaultdict[int, dict[str, datetime]] = defaultdict(dict)
    if ids:
        for enrolment_id, status, at in session.execute(
            select(EnrolmentEvent.enrolment_id, EnrolmentEvent.status, func.min(EnrolmentEvent.at))
            .where(EnrolmentEvent.status.in_(("WAITING", "OFFERED")), EnrolmentEvent.enrolment_id.in_(
                select(Enrolment.id).join(Batch, Enrolment.batch_id == Batch.id)
                .where(Batch.first_day.between(asked.first, asked.last))))
            .group_by(EnrolmentEvent.enrolment_id, EnrolmentEvent.status)
        ):
            moments[enrolment_id][status] = at
    found: dict[tuple[date, str, str], list[tuple[bool, int]]] = defaultdict(list)
    for row in rows:
        since = moments[row.id].get("WAITING", row.requested_at)
        until = moments[row.id].get("OFFERED", asked.now)
        found[row.first_day, row.code, row.name].append((row.status == "WAITING", max(0, (until - since).days)))
    table: list[tuple[Cell, ...]] = []
    queues = {key: sum(waits for waits, _ in people) for key, people in found.items()}
    # The longest queue first, then by first day and code.
    order = sorted(found, key=lambda key: (-queues[key], key))
    for first_day, code, name in order:
        people = found[first_day, code, name]
        now_waiting = [days for waits, days in people if waits]
        served = [days for waits, days in people if not waits]
        table.append((code, name, first_day, len(now_waiting), max(now_waiting, default=None), len(served),
                      round(sum(served) / len(served), 1) if served else None))
    waiting = sum(waits for people in found.values() for waits, _ in people)
    longest = max((days for people in found.values() for waits, days in people if waits), default=0)
    served = [days for people in found.values() for waits, days in people if not waits]
    most = max(queues.values(), default=0)
    answer = (say("**%(count)s orang menunggu kursi**, yang terlama %(days)s hari.", count=Amount(waiting), days=longest)
              if waiting else say("Tidak ada yang menunggu kursi pada angkatan tahun %(year)s.", year=asked.year))
    return Report(
        ReportName.WAITING, asked.year, answer,
        say("Daftar tunggu angkatan yang mulai pada tahun ini. Lama menunggu: dari masuk daftar sampai kursi ditawarkan, atau "
            "sampai sekarang."),
        Sheet(TITLES[ReportName.WAITING][0], (
            _text(say("Angkatan"), 24), _text(say("Pelatihan"), 44), Column(say("Mulai"), CellKind.DAY),
            _number(say("Menunggu")), _number(say("Terlama (hari)")), _number(say("Ditawari kursi")),
            _number(say("Rata-rata menunggu (hari)"))), tuple(table)),
        tuple(Bar(f"{name} ({code})", queues[first_day, code, name], most,
                  say("%(count)s menunggu", count=queues[first_day, code, name]))
              for first_day, code, name in order[:_MOST_BARS] if queues[first_day, code, name]),
        ((say("menunggu"), Amount(waiting)), (say("ditawari kursi"), Amount(len(served))), (say("hari menunggu rata-rata"),
         sum(served) / len(served) if served else 0.0)))


_REPORTS: Mapping[ReportName, Callable[[Session, _Asked], Report]] = {
    ReportName.FILL: _fill, ReportName.PASS: _pass, ReportName.COST: _cost, ReportName.HOURS: _hours,
    ReportName.SUPPLY: _supply, ReportName.WAITING: _waiting}
