"""Sentences in the database: template and typed values, so that each reader reads them in his own language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from kompetensi.messages import Hundredths, Message, Rupiah

__all__ = ["message_from_json", "message_to_json", "value_from_json", "value_to_json"]


def message_to_json(message: Message) -> dict[str, Any]:
    """Return a sentence as JSON values."""
    return {"message": message.template, "params": {name: value_to_json(value) for name, value in message.params}}


def message_from_json(stored: Mapping[str, Any]) -> Message:
    """Return the sentence that `message_to_json` wrote."""
    return Message(stored["message"], tuple((name, value_from_json(value)) for name, value in stored["params"].items()))


def value_to_json(value: object) -> object:
    """Keep the type of a value across JSON, so that it is written in the reader's language when it is read."""
    if isinstance(value, datetime):
        return {"datetime": value.isoformat()}
    if isinstance(value, date):
        return {"date": value.isoformat()}
    if isinstance(value, Rupiah):
        return {"rupiah": int(value)}
    if isinstance(value, Hundredths):
        return {"hundredths": int(value)}
    if isinstance(value, Message):
        return message_to_json(value)
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [value_to_json(item) for item in value]
    return value if isinstance(value, int | float | str | bool) or value is None else str(value)


def value_from_json(stored: object) -> object:
    """Return the value that `value_to_json` wrote."""
    if isinstance(stored, list):
        return tuple(value_from_json(item) for item in stored)
    if not isinstance(stored, dict):
        return stored
    if "datetime" in stored:
        return datetime.fromisoformat(stored["datetime"])
    if "date" in stored:
        return date.fromisoformat(stored["date"])
    if "rupiah" in stored:
        return Rupiah(stored["rupiah"])
    if "hundredths" in stored:
        return Hundredths(stored["hundredths"])
    return message_from_json(stored)
