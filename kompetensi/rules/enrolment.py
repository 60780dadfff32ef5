"""Enrolment: what a batch is on a day, which days it takes from a person, and whether he may take a seat in it.

Registration and attendance follow the batch's own dates; the entry condition is read as the planner reads it
(``docs/formats/plan.md``, Meaning 4): what will be passed before the first day counts too.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from kompetensi.graph.conditions import All, Condition, HasLevel, HasTraining, Leaf, Whole, fold, holds, leaves
from kompetensi.graph.elements import Offered, Training
from kompetensi.messages import Message, say

__all__ = ["Applicant", "BatchDays", "BatchStatus", "Given", "Reason", "Refusal", "StageDays", "accepts_requests",
           "batch_status", "blocked_days", "check_stages", "clash_of", "missing_parts", "refusals"]

# Stages during which the person stays at work take no days from him (docs/formats/plan.md, Details 4).
_BLOCKING = frozenset({"CLASSICAL", "DISTANCE"})
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
    """

    levels: Mapping[str, int]
    completed: frozenset[str]
    golongan: int | None
    golongan_code: str
    given: tuple[Given, ...] = ()


class Reason(StrEnum):
    """Why a seat is refused, in the order in which refusals are told."""

    CANCELLED = "CANCELLED"
    ENROLLED = "ENROLLED"
    STARTED = "STARTED"
    PLANNED = "PLANNED"
    CLOSED = "CLOSED"
    FULL = "FULL"
    APPOINTMENT = "APPOINTMENT"
    HISTORY = "HISTORY"
    SAME_TRAINING = "SAME_TRAINING"
    GOLONGAN = "GOLONGAN"
    ENTRY = "ENTRY"
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
    by_centre: bool = False,
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

    Returns
    -------
    tuple of Refusal
        In the order of `Reason`.
    """
    found = [refusal for refusal in _about_batch(batch, on) if refusal is not None]
    found += [refusal for refusal in (
        _already(applicant, batch), _offer(training, by_centre), _golongan(applicant, training),
        _entry(applicant, batch, training, names), _clash(applicant, batch)) if refusal is not None]
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


def _entry(applicant: Applicant, batch: BatchDays, training: Training, names: Mapping[str, str]) -> Refusal | None:
    levels, completed = dict(applicant.levels), set(applicant.completed)
    for given in applicant.given:
        if given.batch.last_day < batch.first_day:
            completed.add(given.batch.training)
            for gain in given.training.raises if given.training is not None else ():
                levels[gain.competency] = max(levels.get(gain.competency, 0), gain.level)
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
        shared = clash_of(batch, given.batch)
        if shared is not None:
            first, last = shared
            fact = say("Berbenturan dengan %(other)s pada %(first)s.", other=given.batch.code, first=first) \
                if first == last else say("Berbenturan dengan %(other)s pada %(first)s sampai %(last)s.",
                                          other=given.batch.code, first=first, last=last)
            return Refusal(Reason.CLASH, fact, say("Pilih angkatan lain, atau batalkan pendaftaran pada %(other)s.",
                                                   other=given.batch.code))
    return None
