"""What-if: a person's path as it is and as it would be, side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from kompetensi.exchange.plan import item_to_json, result_to_json
from kompetensi.exchange.remedies import change_to_json
from kompetensi.graph.elements import Offered
from kompetensi.graph.paths import PlanResult
from kompetensi.graph.paths.changes import AlsoTake, Change, Deadline, RankUp, passed
from kompetensi.graph.paths.what_if import Difference, WhatIf, what_if
from kompetensi.messages import Amount, Message, Rupiah, say
from kompetensi.models import Grade, Person
from kompetensi.rules.access import Actor
from kompetensi.services.access import require
from kompetensi.services.lookup import person_by_nip, position_by_code
from kompetensi.services.path_words import OpenItem, Words, answer_of
from kompetensi.services.paths import PathQuestion, choice_of, problem_of, words_for

__all__ = ["Assumptions", "Line", "Side", "SideStep", "WhatIfPage", "ask_what_if"]


@dataclass(frozen=True, slots=True)
class Assumptions:
    """What is supposed to be so; several at once.

    Attributes
    ----------
    passed, taken : tuple of str
        Codes of trainings that the person has passed, and that he also wants to take.
    until : date or None
        Another last day.
    unlimited : bool
        No last day at all.
    golongan : str
        Code of a golongan; empty = the person's own.
    """

    passed: tuple[str, ...] = ()
    taken: tuple[str, ...] = ()
    until: date | None = None
    unlimited: bool = False
    golongan: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether nothing is supposed."""
        return not (self.passed or self.taken or self.until or self.unlimited or self.golongan)


@dataclass(frozen=True, slots=True)
class SideStep:
    """A step as one side shows it.

    Attributes
    ----------
    state : str
        ``kept``, ``moved`` (other days or batch on the other side), ``dropped`` (only before), ``added`` (only after).
    """

    training: str
    name: str
    batch: str | None
    first_day: date
    last_day: date
    state: str


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two answers.

    Attributes
    ----------
    coverage : int
        Of what the position asks; a training that is taken as well counts for nothing.
    """

    status: str
    answer: Message
    proven: bool
    ready_by: date | None
    finish: date
    jp: int
    cost_idr: int
    coverage: int
    steps: tuple[SideStep, ...]
    open: tuple[OpenItem, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """One difference in words; `tone` is ``ok`` for the better, ``part`` for the worse, empty for neither."""

    tone: str
    sentence: Message


@dataclass(frozen=True, slots=True)
class WhatIfPage:
    """Everything that the page and the command tell of a supposition.

    Attributes
    ----------
    ready_by : date or None
        Of the path as it is.
    names : mapping of str to str
        Of competencies and trainings, by code.
    useful, others : tuple of (str, str)
        Code and name of trainings that the person does not hold: those that serve the position, and the rest; by name.
    takeable : frozenset of str
        Trainings that are offered.
    grades : tuple of str
        Codes of the golongan on the person's scale, lowest first.
    assumed : tuple of Message
        What is supposed, each in a few words; empty when something was refused.
    refused : tuple of (str, Message)
        Field of `Assumptions` and what is wrong with it; then there is no result.
    before, after : Side or None
        None when a supposition was refused; `after` also as long as nothing is supposed.
    answer : Message
        In one sentence; what matters stands between two pairs of stars.
    lines : tuple of Line
        The differences, in the order: what closes and opens, score, last day (where there is something to do before and after),
        lesson hours, cost.
    document : mapping or None
        `before`, `after` in the form of ``kompetensi-plan-result/1``, `changes`, `difference`.
    """

    nip: str
    person_id: int
    person_name: str
    position: str
    position_name: str
    unit_name: str
    today: date
    ready_by: date | None
    names: Mapping[str, str]
    useful: tuple[tuple[str, str], ...]
    others: tuple[tuple[str, str], ...]
    takeable: frozenset[str]
    grades: tuple[str, ...]
    assumed: tuple[Message, ...]
    refused: tuple[tuple[str, Message], ...]
    answer: Message
    lines: tuple[Line, ...]
    before: Side | None
    after: Side | None
    coverage_max: int
    document: Mapping[str, Any] | None


def ask_what_if(
    session: Session, actor: Actor, nip: str, position_code: str, assumptions: Assumptions, *, ready_by: date | None,
    today: date, time_limit_s: float,
) -> WhatIfPage:
    """Plan a person's path as it is and as it would be.

    Parameters
    ----------
    ready_by : date or None
        Last day of the path as it is.
    time_limit_s : float
        For each of the two plans.

    Returns
    -------
    WhatIfPage
        A supposition that makes no sense is named in `refused`, so that the page can say so at its field.

    Raises
    ------
    NotFound, InvalidInput
        If NIP or position names nothing.
    NotAllowed
        If the actor may not see the person's path.
    Conflict
        If the position has no standard today.
    """
    person = person_by_nip(session, nip)
    require(session, actor, "paths.view", on=today, person=person)
    position = position_by_code(session, position_code)
    question = problem_of(session, person, position.code, ready_by=ready_by, today=today, time_limit_s=time_limit_s,
                          alternatives=0)
    words = words_for(session, person, question)
    grades = _grades(session, person)
    changes, refused = _changes(question, assumptions, grades, words, today)
    problem = question.problem
    found = what_if(problem, () if refused else changes, catalogue=question.catalogue)
    until = problem.ready_by
    for change in found.changes:
        until = change.day if isinstance(change, Deadline) else until
    useful, others = _choices(question, words)
    told = bool(found.changes)
    coverage, states = found.before.plan.coverage, _states(found.difference)
    return WhatIfPage(
        person.nip, person.id, person.name, position.code, position.name, position.unit.name, today, ready_by,
        words.names, useful, others,
        frozenset(code for code, training in question.graph.trainings.items() if training.offered is Offered.YES),
        tuple(grades), tuple(_assumed(assumptions, words)) if not refused else (), refused,
        _answer(found, told=told), tuple(_lines(found, words)) if told else (),
        None if refused else _side(question, found.before, words, ready_by=ready_by, coverage=coverage, states=states),
        _side(question, found.after, words, ready_by=until, coverage=coverage + found.difference.coverage,
              states=states) if told else None,
        found.before.plan.coverage_max, _document(found) if told else None)


def _grades(session: Session, person: Person) -> dict[str, int]:
    """Return rank orders by code of golongan on the person's scale, lowest first."""
    own = "PPPK" if person.employee_type == "PPPK" else "PNS"
    return dict(session.execute(
        select(Grade.code, Grade.rank_order).where(Grade.employee_type == own).order_by(Grade.sort_order)).all())


def _choices(
    question: PathQuestion, words: Words
) -> tuple[tuple[tuple[str, str], ...], tuple[tuple[str, str], ...]]:
    """Return the trainings that are not held: those that give something the position asks for, and the rest."""
    held = set(question.document["employee"]["completed"])
    asked = {item.competency for item in question.standard.requirements}
    demanded = {item.training for item in question.standard.trainings}
    useful, others = [], []
    for code, training in question.graph.trainings.items():
        if code not in held:
            serves = code in demanded or any(gain.competency in asked for gain in training.raises)
            (useful if serves else others).append((code, words.name(code)))
    return tuple(sorted(useful, key=lambda one: one[::-1])), tuple(sorted(others, key=lambda one: one[::-1]))


def _changes(
    question: PathQuestion, assumptions: Assumptions, grades: Mapping[str, int], words: Words, today: date
) -> tuple[tuple[Change, ...], tuple[tuple[str, Message], ...]]:
    changes: list[Change] = []
    refused: list[tuple[str, Message]] = []
    held = set(question.document["employee"]["completed"])
    for field, codes in (("passed", assumptions.passed), ("taken", assumptions.taken)):
        for code in dict.fromkeys(codes):
            training = question.graph.trainings.get(code)
            if training is None:
                refused.append((field, say("Tidak ada pelatihan dengan kode “%(code)s”.", code=code)))
            elif code in held:
                refused.append((field, say("%(name)s sudah dipegang.", name=training.name)))
            elif field == "passed":
                changes += passed(code, training.raises, training.equivalent)
            elif code in assumptions.passed:
                refused.append((field, say("%(name)s sudah diandaikan lulus.", name=training.name)))
            elif training.offered is not Offered.YES:
                refused.append((field, say("%(name)s tidak ditawarkan lagi.", name=training.name)))
            else:
                changes.append(AlsoTake(code))
    if assumptions.until is not None and assumptions.unlimited:
        refused.append(("until", say("Pilih satu: tanggal lain, atau tanpa batas tanggal.")))
    elif assumptions.until is not None and assumptions.until < today:
        refused.append(("until", say("%(day)s sudah lewat; pilih %(today)s atau sesudahnya.", day=assumptions.until,
                                     today=today)))
    elif assumptions.until is not None or assumptions.unlimited:
        changes.append(Deadline(assumptions.until))
    if assumptions.golongan and assumptions.golongan not in grades:
        refused.append(("golongan", say("Tidak ada golongan “%(code)s”; misalnya %(example)s.",
                                        code=assumptions.golongan, example=list(grades)[len(grades) // 2])))
    elif assumptions.golongan:
        changes.append(RankUp(grades[assumptions.golongan]))
    return tuple(changes), tuple(refused)


def _assumed(assumptions: Assumptions, words: Words) -> Sequence[Message]:
    found = [say("lulus %(training)s", training=words.name(code)) for code in dict.fromkeys(assumptions.passed)]
    found += [say("juga mengambil %(training)s", training=words.name(code))
              for code in dict.fromkeys(assumptions.taken)]
    if assumptions.until is not None:
        found.append(say("batas tanggal %(day)s", day=assumptions.until))
    elif assumptions.unlimited:
        found.append(say("tanpa batas tanggal"))
    if assumptions.golongan:
        found.append(say("golongan %(golongan)s", golongan=assumptions.golongan))
    return found


def _states(difference: Difference) -> dict[str, str]:
    """Return what becomes of each training that the two plans do not have alike."""
    return {step.training: "dropped" for step in difference.dropped} | {
        step.training: "added" for step in difference.added} | {step.training: "moved" for _, step in difference.moved}


def _side(
    question: PathQuestion, result: PlanResult, words: Words, *, ready_by: date | None, coverage: int,
    states: Mapping[str, str],
) -> Side:
    plan = result.plan
    assert plan.finish is not None  # the question has dates
    steps = choice_of(question, plan, "best", words).steps
    return Side(
        result.status.value, answer_of(result, ready_by), result.proven, ready_by, plan.finish, plan.jp, plan.cost_idr,
        coverage, tuple(SideStep(step.training, step.name, step.batch, step.first_day, step.last_day,
                                 states.get(step.training, "kept")) for step in steps),
        words.open_items(result, ready_by))


def _lines(found: WhatIf, words: Words) -> Sequence[Line]:
    difference = found.difference
    lines = []
    for tone, template, items in (("ok", say("Tertutup: %(items)s."), difference.closed),
                                  ("part", say("Tidak lagi tertutup: %(items)s."), difference.opened)):
        if items:
            lines.append(Line(tone, say(template.template, items=[words.item(item) for item in items])))
    if difference.coverage:
        points = _points(found)
        lines.append(Line("ok", say("Skor kesiapan sesudah jalur naik %(points)s poin persen.", points=points))
                     if difference.coverage > 0
                     else Line("part", say("Skor kesiapan sesudah jalur turun %(points)s poin persen.", points=points)))
    # What is saved by reaching less is no gain.
    better = "" if difference.opened or difference.coverage < 0 else "ok"
    days = difference.finish_days or 0
    if days and found.before.plan.steps and found.after.plan.steps:
        lines.append(Line(better, say("Selesai %(days)s hari lebih awal.", days=-days)) if days < 0
                     else Line("part", say("Selesai %(days)s hari lebih lambat.", days=days)))
    if difference.jp:
        lines.append(Line(better, say("%(jp)s JP lebih sedikit.", jp=Amount(-difference.jp))) if difference.jp < 0
                     else Line("", say("%(jp)s JP lebih banyak.", jp=Amount(difference.jp))))
    if difference.cost_idr:
        lines.append(
            Line(better, say("Biaya %(cost)s lebih rendah.", cost=Rupiah(-difference.cost_idr)))
            if difference.cost_idr < 0
            else Line("", say("Biaya %(cost)s lebih tinggi.", cost=Rupiah(difference.cost_idr))))
    return lines


def _points(found: WhatIf) -> float:
    """Return by how much the score differs, in points of a hundred of the most there is before."""
    return 100 * abs(found.difference.coverage) / found.before.plan.coverage_max


def _answer(found: WhatIf, *, told: bool) -> Message:
    """Say what matters most: gaps, then the score, then that nothing is left to do, then the last day, then the rest."""
    difference = found.difference
    if not told:
        return say("Apa yang berubah bila keadaannya lain?")
    if difference.is_nothing:
        return say("Jalurnya **tetap sama**.")
    days = difference.finish_days or 0
    closed, opened = len(difference.closed), len(difference.opened)
    if closed and opened:
        return say("**%(closed)s kesenjangan tertutup**, tetapi %(opened)s tidak lagi tertutup.", closed=closed, opened=opened)
    if opened:
        return say("**%(opened)s kesenjangan tidak lagi tertutup.**", opened=opened)
    if closed and not found.after.open:
        return say("**Semua kesenjangan tertutup**, selesai pada %(finish)s.", finish=found.after.plan.finish)
    if closed:
        return say("**%(closed)s kesenjangan tertutup**; %(open)s tetap terbuka.", closed=closed,
                   open=len(found.after.open))
    if difference.coverage:
        points = _points(found)
        return (say("Skor kesiapan sesudah jalur **naik %(points)s poin persen**.", points=points) if difference.coverage > 0
                else say("Skor kesiapan sesudah jalur **turun %(points)s poin persen**.", points=points))
    if not found.after.plan.steps and not found.after.open:
        return say("**Tidak ada lagi pelatihan yang perlu diambil.**")
    if not found.after.plan.steps:
        return say("**Tidak ada pelatihan yang dapat diambil**; %(open)s tetap terbuka.", open=len(found.after.open))
    if days < 0:
        return say("Jalurnya selesai **%(days)s hari lebih awal**, pada %(finish)s.", days=-days,
                   finish=found.after.plan.finish)
    if days > 0:
        return say("Jalurnya selesai **%(days)s hari lebih lambat**, pada %(finish)s.", days=days,
                   finish=found.after.plan.finish)
    return say("Jalurnya **berubah**, tetapi selesai pada hari yang sama, %(finish)s.", finish=found.after.plan.finish)


def _document(found: WhatIf) -> dict[str, Any]:
    before, after = result_to_json(found.before), result_to_json(found.after)
    difference = found.difference
    return {
        "changes": [change_to_json(change) for change in found.changes], "before": before, "after": after,
        "difference": {
            "finish_days": difference.finish_days, "jp": difference.jp, "cost_idr": difference.cost_idr,
            "count": difference.count, "coverage": difference.coverage, "mutlak_met": difference.mutlak_met,
            "added": [step.training for step in difference.added],
            "dropped": [step.training for step in difference.dropped],
            "moved": [{"training": new.training, "from": old.batch, "to": new.batch} for old, new in difference.moved],
            "closed": [item_to_json(item) for item in difference.closed],
            "opened": [item_to_json(item) for item in difference.opened]}}
