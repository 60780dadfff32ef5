"""Attendance of days, and results of batches: what is proposed, what was judged, who may try again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from kompetensi.errors import Conflict, InvalidInput, InvalidRows, RowError
from kompetensi.exchange.result_sheet import ResultRow, read_results
from kompetensi.messages import say
from kompetensi.models import Attendance, Batch, Certificate, Enrolment, EnrolmentEvent, Person, ResultAttempt
from kompetensi.rules.access import Actor
from kompetensi.rules.attendance import Share
from kompetensi.rules.certificates import CertificateKind, kind_for_development
from kompetensi.rules.enrolment import LIVE
from kompetensi.rules.results import Attempt, Minimums, Proposal, capped_score, propose, remedial_refusal
from kompetensi.services.access import require
from kompetensi.services.audit import record, stored_actor
from kompetensi.services.batches import BatchView, Participant, view_batch
from kompetensi.services.course_policies import attendance_minimum, read_minimums, remedial_rules
from kompetensi.services.enrolment_rows import OUTCOME_WORDS, EnrolmentRow, batch_link, enrolment_row
from kompetensi.services.inbox import notify
from kompetensi.services.lookup import batch_by_code, person_by_nip
from kompetensi.services.meeting_attendance import attendance_shares, has_meetings
from kompetensi.services.policies import PolicyInForce, find_policy

__all__ = ["ImportedResults", "ResultEntry", "ResultLine", "ResultsView", "import_results", "match_rows",
           "record_attendance", "record_result", "record_results", "view_results"]

_BEST_SCORE = 10_000
_LONGEST_NOTE = 300


@dataclass(frozen=True, slots=True)
class ResultEntry:
    """How a batch ended for one participant.

    Attributes
    ----------
    outcome : str
        PASSED, FAILED or ABSENT.
    score_hundredths : int or None
        Score times 100, as it was earned; a remedial one is capped by the policy.
    remedial : bool
        Whether it comes from a remedial attempt; otherwise it is the final result, or corrects one.
    note : str
        Why; a pass that attendance or score do not support needs one.
    """

    nip: str
    outcome: str
    score_hundredths: int | None = None
    remedial: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True)
class ResultLine:
    """A participant on the page of results.

    Attributes
    ----------
    share : Share or None
        How much he attended; None = nothing was recorded.
    proposal : Proposal
        What attendance and score speak for.
    attempts : tuple of Attempt
        What was judged, in order; empty = nothing yet.
    remedial_open : bool
        Whether a remedial attempt can be recorded today.
    """

    participant: Participant
    share: Share | None
    proposal: Proposal
    attempts: tuple[Attempt, ...]
    remedial_open: bool


@dataclass(frozen=True, slots=True)
class ResultsView:
    """Results of a batch with what they rest on.

    Attributes
    ----------
    lines : tuple of ResultLine
        Participants whose seat was approved, by name.
    minimums : Minimums
    attendance_policy, score_policy : PolicyInForce or None
        Where the minimums come from; None = none is asked.
    """

    batch: BatchView
    lines: tuple[ResultLine, ...]
    minimums: Minimums
    attendance_policy: PolicyInForce | None
    score_policy: PolicyInForce | None


def view_results(
    session: Session, actor: Actor, batch_code: str, *, scores: Mapping[str, int | None] | None = None, today: date,
    now: datetime,
) -> ResultsView:
    """Show the results of a batch, with what attendance and score speak for.

    Parameters
    ----------
    scores : mapping of str to (int or None), optional
        Scores times 100 by NIP that are being typed in; proposals are made from them.

    Raises
    ------
    NotFound
        If there is no batch of that code.
    NotAllowed
        If the batch is not organised in the actor's training centre.
    """
    shown = view_batch(session, actor, batch_code, today=today, now=now, recording=True)
    batch = batch_by_code(session, batch_code)
    minimums = _minimums(session, batch, today)
    people = shown.with_status("APPROVED", "COMPLETED")
    attempts = _attempts(session, [one.enrolment_id for one in people])
    rules = remedial_rules(session, today)
    lines = []
    for one in people:
        score = scores[one.nip] if scores is not None and one.nip in scores else one.score_hundredths
        judged = attempts[one.enrolment_id] or _kept(one.outcome, one.score_hundredths, one.result_on)
        lines.append(ResultLine(
            one, one.share, propose(one.share, score, minimums), judged,
            one.certificate_number is None and remedial_refusal(judged, rules, today) is None))
    return ResultsView(shown, tuple(lines), minimums, attendance_minimum(session, today) if minimums.percent is not None else None,
                       find_policy(session, "results.pass_score", today) if minimums.score_hundredths is not None else None)


def match_rows(
    found: ResultsView, rows: Iterable[ResultRow]
) -> tuple[dict[str, ResultRow], tuple[RowError, ...]]:
    """Sort the rows of a table into those of participants, by NIP, and those that cannot be taken, with the reason.

    Rows that would change a result on which a certificate rests cannot.
    """
    lines = {line.participant.nip: line for line in found.lines}
    taken: dict[str, ResultRow] = {}
    refused: list[RowError] = []
    for row in rows:
        line = lines.get(row.nip)
        if line is None:
            refused.append(RowError(row.line, "nip", say("NIP %(nip)s bukan peserta angkatan %(code)s.", nip=row.nip,
                                                         code=found.batch.item.code)))
        elif row.outcome == "ABSENT" and row.score_hundredths is not None:
            refused.append(RowError(row.line, "nilai", say("Peserta yang tidak hadir tidak mempunyai nilai.")))
        elif line.participant.certificate_number is not None and (
                line.participant.outcome, line.participant.score_hundredths) != (row.outcome, row.score_hundredths):
            refused.append(RowError(row.line, "hasil", say(
                "Sertifikat %(number)s sudah terbit atas hasil ini; cabut dahulu sertifikatnya.",
                number=line.participant.certificate_number)))
        elif row.remedial and not line.remedial_open:
            refused.append(RowError(row.line, "remedial", say("Remedial tidak terbuka bagi peserta ini.")))
        elif _speaks_against(found, line, row) and not row.note:
            refused.append(RowError(row.line, "catatan", say(
                "Kehadiran atau nilainya belum mencapai batas; tulis alasannya untuk meluluskan.")))
        else:
            taken[row.nip] = row
    return taken, tuple(refused)


@dataclass(frozen=True, slots=True)
class ImportedResults:
    """What a table of results did, or would do: rows, how many were recorded, how many changed nothing."""

    batch: str
    rows: int
    recorded: int
    unchanged: int


def import_results(
    session: Session, actor: Actor, batch_code: str, content: bytes, *, on: date, early: bool = False, today: date,
    now: datetime, dry_run: bool,
) -> ImportedResults:
    """Record the results of a table, all or none.

    Raises
    ------
    InvalidRows
        If a row cannot be read or taken; each is named with its reason, and nothing is written.
    NotFound, NotAllowed, InvalidInput, Conflict
        As `record_results`.
    """
    read = read_results(content)
    found = view_results(session, actor, batch_code, today=today, now=now)
    taken, refused = match_rows(found, read.rows)
    if read.errors or refused:
        raise InvalidRows(sorted((*read.errors, *refused), key=lambda error: error.row))
    known = {line.participant.nip: (line.participant.outcome, line.participant.score_hundredths) for line in found.lines}
    changed = [row for row in taken.values() if row.remedial or known[row.nip] != (row.outcome, row.score_hundredths)]
    with session.begin_nested() as rehearsal:
        record_results(session, actor, batch_code, [
            ResultEntry(row.nip, row.outcome, row.score_hundredths, row.remedial, row.note) for row in changed],
            on=on, today=today, now=now, early=early)
        if dry_run:
            rehearsal.rollback()
    return ImportedResults(found.batch.item.code, len(taken), len(changed), len(taken) - len(changed))


def _speaks_against(found: ResultsView, line: ResultLine, row: ResultRow) -> bool:
    """Whether a row passes somebody whom attendance or the row's score do not support."""
    return propose(line.share, row.score_hundredths, found.minimums).speaks_against(row.outcome)


def _minimums(session: Session, batch: Batch, on: date) -> Minimums:
    needs_score = kind_for_development(batch.training.siasn_jenis_diklat_id) is CertificateKind.STTPP
    return read_minimums(session, on, needs_score=needs_score)


def _attempts(session: Session, enrolment_ids: Iterable[int]) -> dict[int, tuple[Attempt, ...]]:
    found: dict[int, list[Attempt]] = defaultdict(list)
    for row in session.scalars(select(ResultAttempt).where(ResultAttempt.enrolment_id.in_(enrolment_ids))
                               .order_by(ResultAttempt.enrolment_id, ResultAttempt.seq)):
        found[row.enrolment_id].append(Attempt(row.kind, row.outcome, row.score_hundredths, row.on, row.note,
                                               row.recorded_by))
    return defaultdict(tuple, {enrolment_id: tuple(rows) for enrolment_id, rows in found.items()})


def _kept(outcome: str | None, score_hundredths: int | None, on: date | None) -> tuple[Attempt, ...]:
    """Return a result from before attempts were kept as what it was: the final one."""
    return () if outcome is None or on is None else (Attempt("FINAL", outcome, score_hundredths, on),)


def record_attendance(
    session: Session, actor: Actor, batch_code: str, present: Mapping[date, Collection[str]], *, today: date,
    now: datetime,
) -> int:
    """Record who was there on some days of a batch; participants who are not named were absent.

    Parameters
    ----------
    present : mapping of date to collection of str
        NIPs by day. What was recorded for these days before is replaced, other days stay.

    Returns
    -------
    int
        How many days were recorded.

    Raises
    ------
    NotAllowed
        If the batch is not organised in the actor's training centre.
    InvalidInput
        If a day is no day of the batch or still to come, or a NIP is no participant's.
    Conflict
        If the batch has meetings: then attendance is theirs.
    """
    batch = batch_by_code(session, batch_code)
    require(session, actor, "courses.record_result", on=today, unit_id=batch.organiser_id)
    people = dict(session.execute(
        select(Person.nip, Enrolment.id).join(Enrolment, Enrolment.person_id == Person.id)
        .where(Enrolment.batch_id == batch.id, Enrolment.status.in_(("APPROVED", "COMPLETED")))).all())
    if present and has_meetings(session, batch.code):
        raise Conflict(say("Kehadiran angkatan %(code)s dicatat pada setiap pertemuannya, bukan per hari.", code=batch.code))
    for day, nips in present.items():
        if not batch.first_day <= day <= min(batch.last_day, today):
            raise InvalidInput(say(
                "%(day)s bukan hari angkatan %(code)s yang sudah berlangsung.", day=day, code=batch.code), where="day")
        unknown = sorted(set(nips) - people.keys())
        if unknown:
            raise InvalidInput(say("NIP %(nip)s bukan peserta angkatan %(code)s.", nip=unknown[0], code=batch.code),
                               where="NIP")
    if not present or not people:
        return 0
    session.execute(delete(Attendance).where(
        Attendance.enrolment_id.in_(people.values()), Attendance.day.in_(present)))
    session.execute(insert(Attendance), [
        {"enrolment_id": enrolment_id, "day": day, "present": nip in nips}
        for day, nips in present.items() for nip, enrolment_id in people.items()])
    record(session, actor, "courses.record_result:attendance", "batch", batch.code, now=now, detail={
        "present": {day.isoformat(): sorted(nips) for day, nips in sorted(present.items())},
        "participants": len(people)})
    session.flush()
    return len(present)


def record_result(
    session: Session, actor: Actor, batch_code: str, nip: str, outcome: str, *, score_hundredths: int | None = None,
    on: date, today: date, now: datetime, early: bool = False, remedial: bool = False, note: str = "",
) -> EnrolmentRow:
    """Record how a batch ended for one participant; see `record_results`."""
    return record_results(session, actor, batch_code, [ResultEntry(nip, outcome, score_hundredths, remedial, note)], on=on,
                          today=today, now=now, early=early)[0]


def record_results(
    session: Session, actor: Actor, batch_code: str, entries: Sequence[ResultEntry], *, on: date, today: date,
    now: datetime, early: bool = False,
) -> tuple[EnrolmentRow, ...]:
    """Record how a batch ended for some participants.

    Results come on the last day of the batch or later. A batch can end for a participant before that, when he was
    assessed early or the last days fell away; then `early` says that this is meant, and the audit log keeps it. A
    result can be corrected as long as no certificate rests on it. Each judgement is kept; the last one counts. One that
    changes nothing is not written again, except a remedial attempt.

    Parameters
    ----------
    on : date
        Day of the result, not after today; not before the batch's last day unless `early`.
    early : bool
        True when a result before the batch's last day is meant.

    Returns
    -------
    tuple of EnrolmentRow
        In the order of the entries.

    Raises
    ------
    NotFound, InvalidInput
        If code or NIP names nothing, the outcome is none, the score not in 0..10000, or the day not in its bounds.
    NotAllowed
        If the batch is not organised in the actor's training centre.
    Conflict
        If the batch has not ended and `early` is False, the batch is cancelled, the person is no approved
        participant, a certificate was issued already, a remedial attempt is not open, or a pass that attendance or
        score do not support has no note.
    """
    batch = batch_by_code(session, batch_code)
    require(session, actor, "courses.record_result", on=today, unit_id=batch.organiser_id)
    if batch.status == "CANCELLED":
        raise Conflict(say("Angkatan %(code)s dibatalkan; tidak ada hasil yang dapat dicatat.", code=batch.code))
    if today < batch.last_day and not early:
        raise Conflict(say("Angkatan %(code)s baru berakhir %(day)s. Hasil sebelum hari itu hanya dicatat bila "
                           "ditegaskan bahwa pesertanya selesai lebih awal.", code=batch.code, day=batch.last_day),
                       where="early")
    if on > today or (on < batch.last_day and not early):
        raise InvalidInput(say("Tanggal hasil harus antara %(first)s dan %(last)s.", first=batch.last_day, last=today)
                           if not early else say("Tanggal hasil paling akhir hari ini, %(today)s.", today=today),
                           where="on")
    minimums, shares = _minimums(session, batch, on), attendance_shares(session, batch.id)
    rows = []
    for entry in entries:
        _check_result(entry)
        person = person_by_nip(session, entry.nip)
        enrolment = session.scalars(
            select(Enrolment).where(Enrolment.person_id == person.id, Enrolment.batch_id == batch.id,
                                    Enrolment.status.in_(LIVE)).with_for_update()).one_or_none()
        if enrolment is None:
            raise Conflict(say("%(name)s bukan peserta angkatan %(code)s.", name=person.name, code=batch.code), where="NIP")
        if enrolment.status not in ("APPROVED", "COMPLETED"):
            raise Conflict(say("Pendaftaran %(name)s pada %(code)s belum disetujui; setujui dahulu.", name=person.name,
                               code=batch.code), where="NIP")
        proposal = propose(shares.get(enrolment.id), entry.score_hundredths, minimums)
        _set_result(session, actor, enrolment, person, batch, entry, proposal, on, now)
        rows.append((enrolment, person))
    session.flush()
    return tuple(enrolment_row(session, enrolment, person, batch, on) for enrolment, person in rows)


def _check_result(entry: ResultEntry) -> None:
    if entry.outcome not in OUTCOME_WORDS:
        raise InvalidInput(say("“%(word)s” bukan hasil; pakai %(words)s.", word=entry.outcome, words=tuple(OUTCOME_WORDS)),
                           where="outcome")
    if entry.score_hundredths is not None and not 0 <= entry.score_hundredths <= _BEST_SCORE:
        raise InvalidInput(say("Nilai harus 0 sampai 100."), where="score")
    if entry.score_hundredths is not None and entry.outcome == "ABSENT":
        raise InvalidInput(say("Peserta yang tidak hadir tidak mempunyai nilai."), where="score")
    if len(entry.note) > _LONGEST_NOTE:
        raise InvalidInput(say("Alasan paling panjang %(most)s huruf.", most=_LONGEST_NOTE), where="note")


def _set_result(
    session: Session, actor: Actor, enrolment: Enrolment, person: Person, batch: Batch, entry: ResultEntry,
    proposal: Proposal, on: date, now: datetime,
) -> None:
    before = (enrolment.outcome, enrolment.score_hundredths)
    if before == (entry.outcome, entry.score_hundredths) and not entry.remedial:
        return
    number = session.scalars(select(Certificate.number).where(
        Certificate.enrolment_id == enrolment.id, Certificate.state.not_in(("REVOKED", "REPLACED", "VOID")))).first()
    if number is not None:
        raise Conflict(say("Sertifikat %(number)s sudah terbit atas hasil ini; cabut dahulu sertifikatnya.",
                           number=number), where="NIP")
    earlier = _judged_before(session, enrolment, now)
    kind = ("REMEDIAL" if entry.remedial else "CORRECTION") if earlier else "FINAL"
    score = entry.score_hundredths
    if entry.remedial:
        rules = remedial_rules(session, on)
        refused = remedial_refusal(earlier, rules, on)
        if refused is not None:
            raise Conflict(say("%(name)s: %(reason)s", name=person.name, reason=refused), where="results")
        kind, score = "REMEDIAL", capped_score(score, rules)
    note = entry.note.strip()
    if proposal.speaks_against(entry.outcome) and not note:
        raise Conflict(say("%(name)s diusulkan %(proposed)s: %(reasons)s Untuk meluluskannya tulis alasannya.",
                           name=person.name, proposed=OUTCOME_WORDS[proposal.outcome or "FAILED"],
                           reasons=tuple(proposal.reasons)), where="results")
    session.add(ResultAttempt(enrolment_id=enrolment.id, seq=len(earlier) + 1, kind=kind, outcome=entry.outcome,
                              score_hundredths=score, on=on, note=note, recorded_at=now, recorded_by=actor.label[:120]))
    if enrolment.status != "COMPLETED":
        session.add(EnrolmentEvent(enrolment_id=enrolment.id, at=now, actor=stored_actor(actor), status="COMPLETED"))
    enrolment.status, enrolment.outcome = "COMPLETED", entry.outcome
    enrolment.score_hundredths, enrolment.result_on = score, on
    record(session, actor, "courses.record_result", "enrolment", enrolment.id, now=now, person_id=person.id, detail={
        "batch": batch.code, "before": list(before), "after": [entry.outcome, score], "kind": kind, "note": note,
        "on": on.isoformat(), "early": on < batch.last_day})
    notify(session, person.id, say("Hasil Anda pada %(training)s, angkatan %(code)s: %(outcome)s.",
                                   training=batch.training.name, code=batch.code, outcome=OUTCOME_WORDS[entry.outcome]),
           link=batch_link(batch.code), now=now)


def _judged_before(session: Session, enrolment: Enrolment, now: datetime) -> tuple[Attempt, ...]:
    """Return the judgements so far; a result from before they were kept becomes the first of them."""
    earlier = _attempts(session, [enrolment.id])[enrolment.id]
    if earlier or enrolment.outcome is None:
        return earlier
    kept = _kept(enrolment.outcome, enrolment.score_hundredths, enrolment.result_on)
    for seq, attempt in enumerate(kept, 1):
        session.add(ResultAttempt(enrolment_id=enrolment.id, seq=seq, kind=attempt.kind, outcome=attempt.outcome,
                                  score_hundredths=attempt.score_hundredths, on=attempt.on, recorded_at=now,
                                  recorded_by=""))
    return kept
