"""The canonical text of a decision: rules, facts and result as they were, so that anybody can check the hash."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import fields, is_dataclass
from datetime import date
from enum import Enum
from typing import Any

from kompetensi.messages import Message
from kompetensi.rules.mutasi.elements import Eligibility, Rule
from kompetensi.rules.mutasi.facts import Facts

__all__ = ["FORMAT", "freeze", "hash_of"]

FORMAT = 1


def freeze(rules: Iterable[Rule], facts: Facts, result: Eligibility) -> str:
    """Return rules, facts and result as canonical JSON: sorted keys, no blanks, ISO days, Indonesian sentences."""
    return json.dumps({
        "format": FORMAT, "rules": _plain(list(rules)), "facts": _plain(facts),
        "result": {"verdict": result.overall.value, "answers": [
            {"rule_id": answer.rule.rule_id, "version": answer.rule.version, "verdict": answer.verdict.value,
             "fact": str(answer.fact), "remedy": _plain(answer.remedy), "met_from": _plain(answer.met_from)}
            for answer in result.answers]}}, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def hash_of(frozen: str) -> str:
    """Return the SHA-256 of the canonical text, 64 small hexadecimal digits."""
    return hashlib.sha256(frozen.encode()).hexdigest()


def _plain(value: Any) -> Any:
    if isinstance(value, Message):
        return str(value)
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value
