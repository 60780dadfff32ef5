"""Transfer (*mutasi*): all rules answered from facts, with the law behind each and what would change it."""

from kompetensi.rules.mutasi.elements import Answer, Check, Eligibility, Finding, Overall, Rule, RuleVerdict, Severity
from kompetensi.rules.mutasi.evaluate import evaluate, in_force, overall_of
from kompetensi.rules.mutasi.facts import Facts
from kompetensi.rules.mutasi.frozen import freeze, hash_of
from kompetensi.rules.mutasi.scope import WITHIN_AGENCY, kind_between

__all__ = ["WITHIN_AGENCY", "Answer", "Check", "Eligibility", "Facts", "Finding", "Overall", "Rule", "RuleVerdict",
           "Severity", "evaluate", "freeze", "hash_of", "in_force", "kind_between", "overall_of"]
