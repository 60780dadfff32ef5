"""Enrolment: what a batch is on a day, which days it takes from a person, and whether he may take a seat in it.

Registration and attendance follow the batch's own dates; the entry condition is read as the planner reads it
(``docs/formats/plan.md``, Meaning 4): what will be passed before the first day counts too.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from kompetensi.graph.conditions import All, Condition, HasLevel, HasTraining, Leaf, Whole, fold, holds, leaves
from kompetensi.graph.elements import Offered, Training
from kompetensi.messages import Message, say
from kompetensi.rules import enrolment_conditions as conditions
from kompetensi.rules.enrolment_conditions import (
    NO_DEMANDS,
    NO_FACTS,
    NO_WORDS,
    AllOf,
    AnyOf,
    Facts,
    Judgement,
    Kind,
    Vocabulary,
)
from kompetensi.rules.seat_shares import Quota, quota_refusal

__all__ = ["HELD", "LIVE", "Applicant", "BatchDays", "BatchStatus", "Given", "MeetingHours", "Reason", "Refusal", "StageDays",
           "accepts_requests", "batch_status", "blocked_days", "check_stages", "clash_of", "judge_conditions", "meeting_clash",
           "missing_parts", "refusals"]

# Stages during which the person stays at work take no days from him (docs/formats/plan.md, Details 4).
_BLOCKING = frozenset({"CLASSICAL", "DISTANCE"})
# Statuses in which a seat is held and its result is not known.
HELD = ("OFFERED", "REQUESTED", "ENDORSED", "APPROVED")
# Statuses in which an enrolment holds a seat.
LIVE = (*HELD, "COMPLETED")
STAGE_MODES = ("SELF_STUDY", "DISTANCE", "CLASSICAL", "OFF_CAMPUS")


class BatchStatus(StrEnum):
    """What a batch is on a day. Only PLANNED, OPEN and CANCELLED are decisions; the others follow from the days."""

    PLANNED = "PLANNED"
    OPEN = "OPEN"
    CLOSED = "CLOSED"
    RUNNING = "RUNNING"
    FINISHED = "FINISHED"
    CANCELLED = "CANCELLED"


@dataclass(frozen=True, slots=True)
class StageDays:
    """One stage of a batch; both days inclusive. `mode` is SELF_STUDY, DISTANCE, CLASSICAL or OFF_CAMPUS."""

    mode: str
    first_day: date
    last_day: date


@dataclass(frozen=True, slots=True, order=True)
class MeetingHours:
    """When a meeting is: its day, and minutes from midnight, ``0 <= starts < ends <= 1440``."""

    day: date
    starts: int
    ends: int


@dataclass(frozen=True, slots=True)
class BatchDays:
    """A batch as the rules see it.

    Attributes
    ----------
    training, training_name : str
        Code and name of its training.
    stored : str
        What was decided: PLANNED, OPEN or CANCELLED; RUNNING and FINISHED, if stored, count as OPEN.
    registration_until : date or None
        Last day to ask for a seat, inclusive; None = until the first day.
    stages : tuple of StageDays
        In order; empty = the whole batch takes its days from the person.
    meetings : tuple of MeetingHours
        Those that are held, in order; empty = they are not laid out yet, and the days of the stages count.
    condition : enrolment_conditions.Condition
        What it demands beside its training.
    quotas : tuple of Quota
        Its seats for agencies, with what is taken of them.
    """

    code: str
    training: str
    training_name: str
    stored: str
    first_day: date
    last_day: date
    registration_until: date | None
    seats_free: int
    stages: tuple[StageDays, ...] = ()
    meetings: tuple[MeetingHours, ...] = ()
    condition: conditions.Condition = NO_DEMANDS
    quotas: tuple[Quota, ...] = ()


@dataclass(frozen=True, slots=True)
class Given:
    """A seat that the person has asked for or holds, in a batch whose result is not known yet."""

    batch: BatchDays
    training: Training | None


@dataclass(frozen=True, slots=True)
class Applicant:
    """What counts of a person for a seat.

    Attributes
    ----------
    levels : mapping of str to int
        Expected level by competency code; absent = 0.
    completed : frozenset of str
        Trainings that he holds.
    golongan : int or None
        Rank order 1..17; None = not known.
    golongan_code : str
        The same as people write it; empty when not known.
    given : tuple of Given
        His other seats, asked for or approved.
    facts : Facts
        What else conditions of a batch may ask for; levels, trainings, golongan and clash stand above.
    """

    levels: Mapping[str, int]
    completed: frozenset[str]
    golongan: int | None
    golongan_code: str
    given: tuple[Given, ...] = ()
    facts: Facts = NO_FACTS


class Reason(StrEnum):
    """Why a seat is refused, in the order in which refusals are told."""

    CANCELLED = "CANCELLED"
    ENROLLED = "ENROLLED"
    STARTED = "STARTED"
    PLANNED = "PLANNED"
    CLOSED = "CLOSED"
    FULL = "FULL"
    QUOTA = "QUOTA"
    APPOINTMENT = "APPOINTMENT"
    HISTORY = "HISTORY"
    SAME_TRAINING = "SAME_TRAINING"
    GOLONGAN = "GOLONGAN"
    ENTRY = "ENTRY"
    CONDITION = "CONDITION"
    CLASH = "CLASH"


@dataclass(frozen=True, slots=True)
class Refusal:
    """One reason against a seat: the fact, and what would change it."""

    reason: Reason
    fact: Message
    remedy: Message


def batch_status(stored: str, first_day: date, last_day: date, registration_until: date | None,
                 on: date) -> BatchStatus:
    """Say what a batch is on a day.

    A cancelled batch stays so. Others are RUNNING from their first to their last day and FINISHED afterwards; before,
    an open one is CLOSED once its registration has ended.
    """
    if stored == BatchStatus.CANCELLED:
        return BatchStatus.CANCELLED
    if on > last_day:
        return BatchStatus.FINISHED
    if on >= first_day:
        return BatchStatus.RUNNING
    if stored == BatchStatus.PLANNED:
        return BatchStatus.PLANNED
    if registration_until is not None and on > registration_until:
        return BatchStatus.CLOSED
    return BatchStatus.OPEN


def accepts_requests(batch: BatchDays, on: date) -> bool:
    """Whether anybody can take a seat on a day: open, not begun before that day, registration not over, a seat left."""
    return not any(_about_batch(batch, on))


def blocked_days(batch: BatchDays) -> tuple[tuple[date, date], ...]:
    """Return the spans of days that a batch takes from its participants, in order, disjoint.

    Stages of self-study and off campus leave the person at work; the first and the last day of the batch always
    count. A batch without stages takes all its days.
    """
    if not batch.stages:
        return ((batch.first_day, batch.last_day),)
    spans = [(stage.first_day, stage.last_day) for stage in batch.stages if stage.mode in _BLOCKING]
    for edge in (batch.first_day, batch.last_day):
        if not any(first <= edge <= last for first, last in spans):
            spans.append((edge, edge))
    return tuple(sorted(set(spans)))


def clash_of(one: BatchDays, other: BatchDays) -> tuple[date, date] | None:
    """Return the first span of days that two batches both take, or None when they leave each other alone."""
    shared = [(max(first, since), min(last, until))
              for first, last in blocked_days(one) for since, until in blocked_days(other)
              if first <= until and since <= last]
    return min(shared, default=None)


def meeting_clash(one: BatchDays, other: BatchDays) -> tuple[MeetingHours, MeetingHours] | None:
    """Return the first meetings of two batches, one of each, that share an hour, or None."""
    theirs: dict[date, list[MeetingHours]] = {}
    for meeting in other.meetings:
        theirs.setdefault(meeting.day, []).append(meeting)
    return min(((mine, their) for mine in one.meetings for their in theirs.get(mine.day, ())
                if mine.starts < their.ends and their.starts < mine.ends), default=None)


def missing_parts(
    condition: Condition, *, levels: Mapping[str, int], completed: Iterable[str]
) -> tuple[HasTraining | HasLevel, ...]:
    """Return what of a condition does not hold: of "all" the parts that do not, of a failed "any" all its parts."""
    held = frozenset(completed)

    def missing_leaf(leaf: Leaf) -> Condition | None:
        return None if holds(leaf, levels=levels, completed=held) else leaf

    def missing_whole(kind: type[Whole], parts: Sequence[Condition | None]) -> Condition | None:
        missing = tuple(part for part in parts if part is not None)
        if (not missing) if kind is All else len(missing) < len(parts):
            return None
        return kind(missing)

    missing = fold(condition, missing_leaf, missing_whole)
    return () if missing is None else tuple(dict.fromkeys(leaves(missing)))


def check_stages(stages: Iterable[StageDays]) -> int | None:
    """Return the place, from 1, of the first stage that ends before it begins or begins before the one before it ends.

    None when they follow each other.
    """
    until: date | None = None
    for place, stage in enumerate(stages, start=1):
        if stage.last_day < stage.first_day or (until is not None and stage.first_day <= until):
            return place
        until = stage.last_day
    return None


def refusals(
    applicant: Applicant, batch: BatchDays, training: Training, *, on: date, names: Mapping[str, str],
    by_centre: bool = False, words: Vocabulary = NO_WORDS,
) -> tuple[Refusal, ...]:
    """Return everything that speaks against a seat in a batch; empty = the person may take it.

    Parameters
    ----------
    applicant : Applicant
    batch : BatchDays
    training : Training
        That of the batch.
    on : date
        The day on which the seat is asked for.
    names : mapping of str to str
        Name of a training or competency by code; a code without one stands for itself.
    by_centre : bool
        True when the organiser enrols: it may also enrol into a training that comes with an appointment.
    words : Vocabulary
        What the codes in the batch's own condition mean.

    Returns
    -------
    tuple of Refusal
        In the order of `Reason`.

    Notes
    -----
    A batch whose condition speaks of clashes judges them by it alone; every other refuses them.
    """
    found = [refusal for refusal in _about_batch(batch, on) if refusal is not None]
    found += [refusal for refusal in (
        _already(applicant, batch), _quota(applicant, batch, on), _offer(training, by_centre),
        _golongan(applicant, training), _entry(applicant, batch, training, names)) if refusal is not None]
    found += _against(judge_conditions(applicant, batch, words=words), words)
    if not conditions.speaks_of(batch.condition, Kind.NO_CLASH):
        found += [refusal for refusal in (_clash(applicant, batch),) if refusal is not None]
    order = list(Reason)
    return tuple(sorted(found, key=lambda refusal: order.index(refusal.reason)))


def _about_batch(batch: BatchDays, on: date) -> tuple[Refusal | None, ...]:
    if batch.stored == BatchStatus.CANCELLED:
        return (Refusal(Reason.CANCELLED, say("Angkatan %(code)s dibatalkan.", code=batch.code),
                        say("Pilih angkatan lain dari pelatihan yang sama.")),)
    if on > batch.first_day:
        return (Refusal(Reason.STARTED,
                        say("Angkatan %(code)s sudah mulai %(day)s.", code=batch.code, day=batch.first_day),
                        say("Pilih angkatan yang belum mulai.")),)
    full = Refusal(Reason.FULL, say("Semua kursi angkatan %(code)s sudah terisi.", code=batch.code),
                   say("Tunggu kursi yang dilepas, atau pilih angkatan lain.")) if batch.seats_free <= 0 else None
    if batch.stored == BatchStatus.PLANNED:
        return (Refusal(Reason.PLANNED, say("Pendaftaran angkatan %(code)s belum dibuka.", code=batch.code),
                        say("Tunggu sampai penyelenggara membuka pendaftaran.")), full)
    if batch.registration_until is not None and on > batch.registration_until:
        return (Refusal(Reason.CLOSED,
                        say("Pendaftaran angkatan %(code)s ditutup %(day)s.", code=batch.code,
                            day=batch.registration_until),
                        say("Pilih angkatan lain; penyelenggara dapat memundurkan batas pendaftaran.")), full)
    return (full,) if full is not None else ()


def _already(applicant: Applicant, batch: BatchDays) -> Refusal | None:
    for given in applicant.given:
        if given.batch.code == batch.code:
            return Refusal(Reason.ENROLLED, say("Sudah terdaftar pada angkatan %(code)s.", code=batch.code),
                           say("Tidak perlu mendaftar lagi; lihat keadaannya pada halaman angkatan."))
    for given in applicant.given:
        if given.batch.training == batch.training:
            return Refusal(
                Reason.SAME_TRAINING,
                say("Sudah ada kursi untuk pelatihan ini pada angkatan %(code)s.", code=given.batch.code),
                say("Batalkan dahulu pendaftaran pada %(code)s.", code=given.batch.code))
    return None


def _quota(applicant: Applicant, batch: BatchDays, on: date) -> Refusal | None:
    if batch.seats_free <= 0 or not batch.quotas:  # a full batch says so itself
        return None
    found = quota_refusal(batch.quotas, applicant.facts.units, batch.seats_free, on)
    return Refusal(Reason.QUOTA, found.fact, found.remedy) if found is not None else None


def judge_conditions(applicant: Applicant, batch: BatchDays, *, words: Vocabulary = NO_WORDS) -> Judgement:
    """Hold the batch's own condition against a person, with what he will have passed before it begins."""
    levels, completed = _before(applicant, batch)
    clash = _clash(applicant, batch)
    return conditions.judge(batch.condition, replace(
        applicant.facts, levels=levels, completed=frozenset(completed), golongan=applicant.golongan,
        golongan_code=applicant.golongan_code, clash=clash.fact if clash else None), words)


def _against(judgement: Judgement, words: Vocabulary) -> list[Refusal]:
    """Return a refusal for each part of "all" that does not hold, one for all else that does not."""
    if judgement.holds:
        return []
    if isinstance(judgement.condition, AllOf):
        return [refusal for part in judgement.parts for refusal in _against(part, words)]
    said = conditions.condition_words(judgement.condition, words)
    if isinstance(judgement.condition, AnyOf):
        facts = tuple(part.fact for part in judgement.parts if part.fact is not None)
        return [Refusal(Reason.CONDITION, say("Syarat angkatan ini: %(demand)s. Tidak satu pun terpenuhi. %(facts)s",
                                              demand=said, facts=_after_another(facts)),
                        say("Satu di antaranya cukup."))]
    fact = judgement.fact or say("Keadaan sekarang memenuhi yang tidak boleh dipenuhi.")
    change = judgement.change or say("Cari angkatan lain dari pelatihan yang sama.")
    why = getattr(judgement.condition, "why", "")
    demand = say("Syarat angkatan ini: %(demand)s (%(why)s). %(fact)s", demand=said, why=why, fact=fact) if why else \
        say("Syarat angkatan ini: %(demand)s. %(fact)s", demand=said, fact=fact)
    return [Refusal(Reason.CONDITION, demand, change)]


def _after_another(sentences: Sequence[Message]) -> Message | str:
    whole: Message | str = ""
    for sentence in sentences:
        whole = say("%(first)s %(second)s", first=whole, second=sentence) if whole else sentence
    return whole


def _offer(training: Training, by_centre: bool) -> Refusal | None:
    if training.offered is Offered.HISTORY:
        return Refusal(Reason.HISTORY, say("%(name)s tidak lagi diselenggarakan.", name=training.name),
                       say("Pilih pelatihan penggantinya."))
    if training.offered is Offered.APPOINTMENT and not by_centre:
        return Refusal(Reason.APPOINTMENT, say("%(name)s mengikuti pengangkatan, tidak dipilih sendiri.",
                                               name=training.name),
                       say("Penyelenggara mendaftarkan peserta setelah surat keputusan pengangkatan."))
    return None


def _golongan(applicant: Applicant, training: Training) -> Refusal | None:
    if training.min_golongan is None:
        return None
    if applicant.golongan is None:
        return Refusal(Reason.GOLONGAN, say("Golongan belum tercatat, padahal %(name)s mensyaratkannya.",
                                            name=training.name),
                       say("Minta pengelola kepegawaian mencatat golongan."))
    if applicant.golongan < training.min_golongan:
        return Refusal(Reason.GOLONGAN, say("Golongan %(have)s belum mencukupi untuk %(name)s.",
                                            have=applicant.golongan_code, name=training.name),
                       say("Pelatihan terbuka setelah kenaikan pangkat."))
    return None


def _before(applicant: Applicant, batch: BatchDays) -> tuple[dict[str, int], set[str]]:
    """Return the levels and trainings that a person will have when a batch begins."""
    levels, completed = dict(applicant.levels), set(applicant.completed)
    for given in applicant.given:
        if given.batch.last_day < batch.first_day:
            completed.add(given.batch.training)
            for gain in given.training.raises if given.training is not None else ():
                levels[gain.competency] = max(levels.get(gain.competency, 0), gain.level)
    return levels, completed


def _entry(applicant: Applicant, batch: BatchDays, training: Training, names: Mapping[str, str]) -> Refusal | None:
    levels, completed = _before(applicant, batch)
    missing = missing_parts(training.entry, levels=levels, completed=completed)
    if not missing and holds(training.entry, levels=levels, completed=completed):
        return None
    words = tuple(_in_words(part, names) for part in missing)
    return Refusal(
        Reason.ENTRY, say("Syarat masuk %(name)s belum terpenuhi: %(missing)s.", name=training.name,
                          missing=words or say("tidak ada yang dapat memenuhinya")),
        say("Selesaikan semuanya sebelum %(day)s, atau pilih angkatan sesudahnya.", day=batch.first_day)
        if isinstance(training.entry, All | HasTraining | HasLevel) else
        say("Satu di antaranya cukup, sebelum %(day)s.", day=batch.first_day))


def _in_words(part: HasTraining | HasLevel, names: Mapping[str, str]) -> Message:
    if isinstance(part, HasTraining):
        return say("lulus %(name)s", name=names.get(part.code, part.code))
    return say("level %(level)s pada %(name)s", level=part.level, name=names.get(part.competency, part.competency))


def _clash(applicant: Applicant, batch: BatchDays) -> Refusal | None:
    for given in applicant.given:
        if given.batch.code == batch.code:
            continue
        fact = _shared_time(batch, given.batch)
        if fact is not None:
            return Refusal(Reason.CLASH, fact, say("Pilih angkatan lain, atau batalkan pendaftaran pada %(other)s.",
                                                   other=given.batch.code))
    return None


def _shared_time(batch: BatchDays, other: BatchDays) -> Message | None:
    """Say what time two batches both take: by the hour where both have laid out their meetings, else by days."""
    if batch.meetings and other.meetings:
        met = meeting_clash(batch, other)
        if met is None:
            return None
        mine, theirs = met
        return say("Berbenturan dengan %(other)s pada %(day)s pukul %(hour)s.", other=other.code, day=mine.day,
                   hour=_hour(max(mine.starts, theirs.starts)))
    shared = clash_of(batch, other)
    if shared is None:
        return None
    first, last = shared
    return say("Berbenturan dengan %(other)s pada %(first)s.", other=other.code, first=first) if first == last else \
        say("Berbenturan dengan %(other)s pada %(first)s sampai %(last)s.", other=other.code, first=first, last=last)


def _hour(minutes: int) -> str:
    return f"{minutes // 60:02d}.{minutes % 60:02d}"
