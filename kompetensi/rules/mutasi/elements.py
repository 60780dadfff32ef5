"""What the rules of transfer are made of: rules, answers, and the result with its explanation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from kompetensi.messages import Message

__all__ = ["Answer", "Check", "Eligibility", "Finding", "Overall", "Rule", "RuleVerdict", "Severity"]


class RuleVerdict(StrEnum):
    """What a rule answers."""

    MET = "met"
    NOT_MET = "not_met"
    NEEDS_DOCUMENT = "needs_document"
    NEEDS_PERSON = "needs_person"
    UNKNOWN = "unknown"
    NOT_APPLICABLE = "not_applicable"


class Severity(StrEnum):
    """Whether a rule decides (`MUTLAK`) or only advises (`PERTIMBANGAN`)."""

    MUTLAK = "mutlak"
    PERTIMBANGAN = "pertimbangan"


class Check(StrEnum):
    """Who can answer a rule: the record, a document, or a person's judgement."""

    AUTO = "auto"
    DOCUMENT = "document"
    PERSON = "person"


class Overall(StrEnum):
    """What all rules together come to."""

    ELIGIBLE = "eligible"
    NEEDS_COMPLETION = "needs_completion"
    NOT_ELIGIBLE = "not_eligible"


@dataclass(frozen=True, slots=True)
class Rule:
    """One version of a rule, as ``aturan_mutasi.csv`` writes it.

    Attributes
    ----------
    scope : tuple of str
        Where it applies: ``ALL``, codes of classes, ``JF``, codes of kinds, ``ANTAR-INSTANSI``; one match suffices.
    jenjang_of : str
        Whose class a code of a class means: ``current``, ``target`` or ``both``; empty when no class is named.
    when : str
        A further condition (see `kompetensi.rules.mutasi.scope`); empty = none.
    checks : tuple of Check
        In the order in which they decide.
    parameters : mapping of str to int
        Numbers that the law or an agency sets.
    valid_from, valid_to : date or None
        Both inclusive; None = open.
    """

    rule_id: str
    version: int
    category: str
    scope: tuple[str, ...]
    jenjang_of: str
    when: str
    text: str
    legal_basis: str
    data_needed: tuple[str, ...]
    severity: Severity
    checks: tuple[Check, ...]
    parameters: Mapping[str, int]
    confidence: str
    valid_from: date | None = None
    valid_to: date | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found.

    Attributes
    ----------
    fact : Message
        What the record says, with its dates and numbers.
    remedy : Message or None
        What would change the answer; None when it is met or nothing would.
    met_from : date or None
        First day on which it will be met if nothing else changes; None when that is not known.
    """

    verdict: RuleVerdict
    fact: Message
    remedy: Message | None = None
    met_from: date | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """A rule with what it answers; see `Finding` for the other attributes."""

    rule: Rule
    verdict: RuleVerdict
    fact: Message
    remedy: Message | None = None
    met_from: date | None = None

    @property
    def blocks(self) -> bool:
        """Whether this answer stands between the person and the move."""
        return self.rule.severity is Severity.MUTLAK and self.verdict not in (
            RuleVerdict.MET, RuleVerdict.NOT_APPLICABLE)


@dataclass(frozen=True, slots=True)
class Eligibility:
    """The answers of all rules in force, in the order of their ids, and what they come to."""

    overall: Overall
    answers: tuple[Answer, ...]

    def count(self, verdict: RuleVerdict, severity: Severity | None = None) -> int:
        """Return how many rules answer so, of one severity if it is given."""
        return sum(answer.verdict is verdict and severity in (None, answer.rule.severity) for answer in self.answers)

    @property
    def possible_from(self) -> date | None:
        """First day on which the deciding rules that time alone will meet are all met.

        None when no rule waits for time, or when one that is not met waits for something else.
        """
        closed = [answer for answer in self.answers if answer.blocks and answer.verdict is RuleVerdict.NOT_MET]
        days = [answer.met_from for answer in closed if answer.met_from is not None]
        return max(days) if days and len(days) == len(closed) else None
