"""Answering the rules of transfer: scope, condition, checks in their order, and what all come to."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from kompetensi.messages import say
from kompetensi.rules.mutasi.elements import Answer, Check, Eligibility, Finding, Overall, Rule, RuleVerdict, Severity
from kompetensi.rules.mutasi.facts import Facts
from kompetensi.rules.mutasi.predicates import PREDICATES
from kompetensi.rules.mutasi.scope import applies, condition_holds

__all__ = ["evaluate", "in_force", "overall_of"]


def in_force(rules: Iterable[Rule], on: date) -> tuple[Rule, ...]:
    """Return of each rule the latest version that is valid on a day, in the order of the ids."""
    chosen: dict[str, Rule] = {}
    for rule in sorted(rules, key=lambda rule: rule.version):
        if (rule.valid_from is None or rule.valid_from <= on) and (rule.valid_to is None or on <= rule.valid_to):
            chosen[rule.rule_id] = rule
    return tuple(chosen[rule_id] for rule_id in sorted(chosen))


def evaluate(rules: Iterable[Rule], facts: Facts) -> Eligibility:
    """Answer every rule for one person, one target and one day.

    Parameters
    ----------
    rules : iterable of Rule
        Those in force on the day, each id once (see `in_force`).
    facts : Facts

    Returns
    -------
    Eligibility
        One answer a rule, in the order given. The same rules and facts always give the same answers.
    """
    answers = tuple(_answer(rule, facts) for rule in rules)
    return Eligibility(overall_of(answers), answers)


def overall_of(answers: Iterable[Answer]) -> Overall:
    """Return what answers come to; rules that only advise never change it."""
    deciding = {answer.verdict for answer in answers if answer.rule.severity is Severity.MUTLAK}
    if RuleVerdict.NOT_MET in deciding:
        return Overall.NOT_ELIGIBLE
    if deciding & {RuleVerdict.NEEDS_DOCUMENT, RuleVerdict.NEEDS_PERSON, RuleVerdict.UNKNOWN}:
        return Overall.NEEDS_COMPLETION
    return Overall.ELIGIBLE


def _answer(rule: Rule, facts: Facts) -> Answer:
    finding = _find(rule, facts)
    return Answer(rule, finding.verdict, finding.fact, finding.remedy, finding.met_from)


def _find(rule: Rule, facts: Facts) -> Finding:
    if not applies(rule, facts):
        return Finding(RuleVerdict.NOT_APPLICABLE, say("Tidak berlaku untuk jenis mutasi atau jenjang ini."))
    holds = condition_holds(rule, facts)
    if holds is False:
        return Finding(RuleVerdict.NOT_APPLICABLE, say("Keadaan yang disyaratkan aturan ini tidak ada."))
    if holds is not True:
        return Finding(RuleVerdict.UNKNOWN, holds, say("Lengkapi fakta itu pada perkara atau data pegawai."))
    found: list[Finding] = []
    for check in rule.checks:
        found.append(_CHECKS[check](rule, facts))
        if found[-1].verdict is not RuleVerdict.MET:
            break
    if found[-1].verdict is RuleVerdict.MET or len(found) == 1:
        return found[-1] if len(found) == 1 else Finding(
            RuleVerdict.MET, say("%(first)s %(then)s", first=found[0].fact, then=found[-1].fact))
    # The record is in order and somebody or something is still missing: the answer tells both.
    return Finding(found[-1].verdict, say("%(first)s %(then)s", first=found[0].fact, then=found[-1].fact),
                   found[-1].remedy, found[-1].met_from)


def _record(rule: Rule, facts: Facts) -> Finding:
    predicate = PREDICATES.get(rule.rule_id)
    if predicate is None:
        return Finding(RuleVerdict.UNKNOWN, say("Belum ada pemeriksaan otomatis untuk aturan %(rule)s.",
                                                rule=rule.rule_id), say("Tetapkan pemeriksaan berkas atau orang."))
    return predicate(facts, rule)


def _document(rule: Rule, facts: Facts) -> Finding:
    document = facts.document(rule.rule_id)
    if document is None:
        return Finding(RuleVerdict.NEEDS_DOCUMENT, say("Berkas belum dicatat."),
                       say("Catat nomor dan tanggal berkasnya pada perkara, lalu minta diperiksa."))
    if document.dated > facts.on:
        return Finding(RuleVerdict.NEEDS_DOCUMENT, say("Berkas %(number)s baru bertanggal %(day)s.",
                                                       number=document.number, day=document.dated),
                       say("Tunggu tanggal berkas itu."))
    if not document.verified:
        return Finding(RuleVerdict.NEEDS_DOCUMENT, say("Berkas %(number)s tanggal %(day)s belum diperiksa.",
                                                       number=document.number, day=document.dated),
                       say("Petugas memeriksa berkas itu."))
    return Finding(RuleVerdict.MET, say("Berkas %(number)s tanggal %(day)s sudah diperiksa.", number=document.number,
                                        day=document.dated))


def _person(rule: Rule, facts: Facts) -> Finding:
    judgement = facts.judgement(rule.rule_id)
    if judgement is None:
        return Finding(RuleVerdict.NEEDS_PERSON, say("Belum dinilai oleh pejabat."),
                       say("Pejabat menilai dan menulis alasannya pada perkara."))
    fact = say("Penilaian %(who)s: %(reason)s", who=judgement.judged_by, reason=judgement.reason)
    if judgement.met:
        return Finding(RuleVerdict.MET, fact)
    return Finding(RuleVerdict.NOT_MET, fact, say("Hilangkan sebabnya, lalu minta penilaian baru."))


_CHECKS = {Check.AUTO: _record, Check.DOCUMENT: _document, Check.PERSON: _person}
