"""Where a rule applies, and which kind of transfer two agencies make."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from kompetensi.messages import Message, say
from kompetensi.rules.mutasi.elements import Rule
from kompetensi.rules.mutasi.facts import ClassFact, Facts, GovernmentFact

__all__ = ["BETWEEN_AGENCIES", "WITHIN_AGENCY", "applies", "condition_holds", "kind_between"]

WITHIN_AGENCY = "DALAM-INSTANSI"
BETWEEN_AGENCIES = "ANTAR-INSTANSI"


def applies(rule: Rule, facts: Facts) -> bool:
    """Tell whether one of the scopes of a rule matches; who holds no post has no current class.

    `condition_holds` asks what the rule demands beyond its scope.
    """
    return any(_matches(word, rule.jenjang_of, facts) for word in rule.scope)


def _matches(word: str, jenjang_of: str, facts: Facts) -> bool:
    if word == "ALL" or word == facts.kind:
        return True
    if word == BETWEEN_AGENCIES:
        return facts.kind != WITHIN_AGENCY
    current = facts.current.job_class if facts.current is not None else None
    target = facts.target.job_class
    asked: Mapping[str, tuple[ClassFact | None, ...]] = {
        "current": (current,), "target": (target,), "both": (current, target)}
    return jenjang_of in asked and all(
        job_class is not None and (job_class.code == word or (word == "JF" and job_class.is_functional))
        for job_class in asked[jenjang_of])


def _own_request(facts: Facts) -> bool | Message:
    if facts.own_request is None:
        return say("Belum dicatat apakah mutasi ini atas permintaan sendiri (own_request).")
    return facts.own_request


def _from_other_group(facts: Facts) -> bool | Message:
    if facts.current is None:
        return _no_post()
    return facts.current.job_class.group != facts.target.job_class.group


def _from_jpt(facts: Facts) -> bool | Message:
    return facts.current is not None and facts.current.job_class.group == "JPT"


def _higher_jenjang_in_same_jf(facts: Facts) -> bool | Message:
    """Two classes of one JF carry its name before that of the class: *Auditor Ahli Muda*, *Auditor Ahli Madya*."""
    if facts.current is None:
        return _no_post()
    now, then = facts.current.job_class, facts.target.job_class
    return (now.is_functional and then.is_functional and then.order > now.order
            and _jf_name(facts.current.position, now.name) == _jf_name(facts.target.name, then.name))


def _jf_name(position: str, class_name: str) -> str:
    return position.casefold().replace(class_name.removeprefix("JF ").casefold(), "").strip()


def _no_post() -> Message:
    return say("Jabatan sekarang belum tercatat (riwayat_jabatan).")


CONDITIONS: Mapping[str, Callable[[Facts], bool | Message]] = {
    "own_request": _own_request, "from_other_group": _from_other_group, "from_jpt": _from_jpt,
    "higher_jenjang_in_same_jf": _higher_jenjang_in_same_jf}


def condition_holds(rule: Rule, facts: Facts) -> bool | Message:
    """Tell whether the condition `when` of a rule holds; a message names the fact that is missing."""
    return CONDITIONS[rule.when](facts) if rule.when else True


def kind_between(origin: GovernmentFact, target: GovernmentFact) -> str:
    """Return the code of the kind of transfer that two regional governments make (PP 11/2017 Ps 191-193)."""
    if origin.code == target.code:
        return WITHIN_AGENCY
    if origin.province != target.province:
        return "ANTAR-PROVINSI"
    if target.kind == "PROV":
        return "KABKOTA-KE-PROV"
    return "PROV-KE-KABKOTA" if origin.kind == "PROV" else "ANTAR-KABKOTA"
