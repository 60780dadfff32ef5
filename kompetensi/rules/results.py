"""Results of a batch: what attendance and score speak for, and whether a remedial attempt is open."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from kompetensi.messages import Hundredths, Message, say
from kompetensi.rules.attendance import Share

__all__ = ["Attempt", "Minimums", "Proposal", "RemedialRules", "capped_score", "propose", "remedial_refusal"]


@dataclass(frozen=True, slots=True)
class Minimums:
    """What a pass takes.

    Attributes
    ----------
    percent : float or None
        Attendance, 0..100; None = none is asked.
    score_hundredths : int or None
        Score times 100; None = none is asked.
    """

    percent: float | None
    score_hundredths: int | None


@dataclass(frozen=True, slots=True)
class Proposal:
    """What attendance and score speak for; a human decides.

    Attributes
    ----------
    outcome : str or None
        PASSED, FAILED or ABSENT; None = something is not known yet.
    reasons : tuple of Message
        At least one: each fact with its bound.
    """

    outcome: str | None
    reasons: tuple[Message, ...]

    def speaks_against(self, outcome: str) -> bool:
        """Whether an outcome is a pass that the proposal does not support."""
        return outcome == "PASSED" and self.outcome in ("FAILED", "ABSENT")


@dataclass(frozen=True, slots=True)
class Attempt:
    """One judgement; `kind` is FINAL, REMEDIAL or CORRECTION, `outcome` PASSED, FAILED or ABSENT."""

    kind: str
    outcome: str
    score_hundredths: int | None
    on: date
    note: str = ""
    recorded_by: str = ""


@dataclass(frozen=True, slots=True)
class RemedialRules:
    """When and how often who failed may try again.

    Attributes
    ----------
    days : int or None
        Last day, counted from the day of the failed result; None = no limit.
    attempts : int
        How many; 0 = there is no remedial.
    most_hundredths : int or None
        Highest score times 100 that it can give; None = no limit.
    """

    days: int | None
    attempts: int
    most_hundredths: int | None


def propose(share: Share | None, score_hundredths: int | None, minimums: Minimums) -> Proposal:
    """Propose how a batch ends for a participant.

    Who was there for nothing that was recorded was absent. Otherwise each minimum that is asked for must be reached;
    one that is missed is enough to fail, and one that cannot be judged leaves the proposal open.

    Parameters
    ----------
    share : Share or None
        None = nothing was recorded.
    score_hundredths : int or None
        Score times 100; None = there is none.
    """
    reasons: list[Message] = []
    missed = unknown = False
    if minimums.percent is not None:
        if share is None:
            unknown = True
            reasons.append(say("Kehadiran belum dicatat."))
        else:
            values: dict[str, object] = {"percent": share.tenths / 10, "least": _plain(minimums.percent)}
            reached = share.reaches(minimums.percent)
            missed = not reached
            reasons.append(say("Hadir %(percent)s %%, paling sedikit %(least)s %%.", **values) if reached else
                           say("Hadir hanya %(percent)s %%, padahal paling sedikit %(least)s %%.", **values))
    if share is not None and share.attended == 0:
        return Proposal("ABSENT", (say("Tidak tercatat hadir sama sekali."),))
    if minimums.score_hundredths is not None:
        if score_hundredths is None:
            unknown = True
            reasons.append(say("Nilai belum ada."))
        else:
            values = {"score": Hundredths(score_hundredths), "least": Hundredths(minimums.score_hundredths)}
            reached = score_hundredths >= minimums.score_hundredths
            missed = missed or not reached
            reasons.append(say("Nilai %(score)s, paling sedikit %(least)s.", **values) if reached else
                           say("Nilai hanya %(score)s, padahal paling sedikit %(least)s.", **values))
    if missed:
        return Proposal("FAILED", tuple(reasons))
    if unknown:
        return Proposal(None, tuple(reasons))
    return Proposal("PASSED", tuple(reasons) or (say("Tidak ada batas kehadiran atau nilai yang ditetapkan."),))


def _plain(percent: float) -> object:
    return int(percent) if float(percent).is_integer() else float(percent)


def remedial_refusal(attempts: Sequence[Attempt], rules: RemedialRules, on: date) -> Message | None:
    """Return why a remedial attempt on a day is not open; None = it is.

    Parameters
    ----------
    attempts : sequence of Attempt
        In the order in which they were recorded; empty = there is no result yet.
    on : date
        Day of the remedial attempt.
    """
    if not attempts or attempts[-1].outcome != "FAILED":
        return say("Remedial hanya bagi peserta yang belum lulus.")
    taken = sum(attempt.kind == "REMEDIAL" for attempt in attempts)
    if taken >= rules.attempts:
        return say("Remedial paling banyak %(most)s kali; sudah %(taken)s kali.", most=rules.attempts, taken=taken)
    failed_on = next(attempt.on for attempt in reversed(attempts) if attempt.kind != "REMEDIAL")
    if on < failed_on:
        return say("Remedial paling awal pada hari hasilnya, %(day)s.", day=failed_on)
    if rules.days is not None and on > failed_on + timedelta(days=rules.days):
        return say("Remedial paling lambat %(day)s, %(days)s hari setelah hasilnya.",
                   day=failed_on + timedelta(days=rules.days), days=rules.days)
    return None


def capped_score(score_hundredths: int | None, rules: RemedialRules) -> int | None:
    """Return the score that a remedial attempt gives; None = there is none."""
    if score_hundredths is None or rules.most_hundredths is None:
        return score_hundredths
    return min(score_hundredths, rules.most_hundredths)
