"""JSON text to Python values, strictly: however deep it nests, however long its numbers are, no field twice.

The standard library's decoder is quick, but goes down with what it reads. Where that goes too deep for it, the same text
is read again with the way down kept in a list.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

__all__ = ["FieldTwice", "decode", "decode_object"]

_SPACE = re.compile(r"[ \t\n\r]*")
_CLOSING = {"[": "]", "{": "}"}
# Python refuses to convert longer numbers in one go, because its time grows with the square of their length.
_DIGITS_AT_ONCE = 4_000


class FieldTwice(ValueError):
    """An object has a field twice; `name` is the field."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


def decode(text: str) -> Any:
    """Decode one JSON document.

    Raises
    ------
    json.JSONDecodeError
        If the text is not JSON (RFC 8259), at its `pos`.
    FieldTwice
        If an object has a field twice.
    ValueError
        If it has one of the words ``NaN``, ``Infinity`` and ``-Infinity``, which JSON has not; the word is its text.
    """
    value, end = _value(text, _after_space(text, 0))
    _expect_end(text, end)
    return value


def decode_object(text: str, known: Mapping[str, tuple[str, Any]]) -> tuple[Any, dict[str, slice]]:
    """Decode one JSON document, and take over those fields of its outermost object that are known word for word.

    Parameters
    ----------
    known : mapping of str to (str, object)
        By field the text and the value that it may have. The text is that of an object, list or string, so it ends
        where its last sign says: wherever a value begins with this text, this text is the value.

    Returns
    -------
    object
        As `decode`, except that a field with a known text has the known value.
    dict of str to slice
        Where in the text the value of each field of the outermost object stands; empty if it is no object.

    Raises
    ------
    json.JSONDecodeError, FieldTwice, ValueError
        As `decode`.
    """
    at = _after_space(text, 0)
    if not text.startswith("{", at):
        return decode(text), {}
    pairs: list[tuple[str, Any]] = []
    places: dict[str, slice] = {}
    at = _after_space(text, at + 1)
    more = not text.startswith("}", at)
    while more:
        name, at = _name(text, at)
        words, value = known.get(name, ("", None))
        if words and text.startswith(words, at):
            end = at + len(words)
        else:
            value, end = _value(text, at)
        pairs.append((name, value))
        places[name] = slice(at, end)
        at = _after_space(text, end)
        more = not text.startswith("}", at)
        if more:
            at = _after_comma(text, at)
    _expect_end(text, at + 1)
    return _object(pairs), places


def _value(text: str, at: int) -> tuple[Any, int]:
    """Return the value that begins at a place, and the place after it."""
    try:
        return _DECODER.raw_decode(text, at)
    except RecursionError:
        return _deep_value(text, at)


def _deep_value(text: str, at: int) -> tuple[Any, int]:
    opened: list[tuple[str, list[str], list[Any]]] = []
    while True:
        if text.startswith(("[", "{"), at):
            bracket = text[at]
            opened.append((bracket, [], []))
            at = _after_space(text, at + 1)
            begins = not text.startswith(_CLOSING[bracket], at)
        else:
            value, at = _DECODER.raw_decode(text, at)
            if not opened:
                return value, at
            opened[-1][2].append(value)
            at = _after_space(text, at)
            begins = False
        while not begins:
            bracket, names, values = opened[-1]
            if text.startswith(_CLOSING[bracket], at):
                opened.pop()
                whole = values if bracket == "[" else _object(list(zip(names, values, strict=True)))
                if not opened:
                    return whole, at + 1
                opened[-1][2].append(whole)
                at = _after_space(text, at + 1)
            else:
                at = _after_comma(text, at)
                begins = True
        if opened[-1][0] == "{":
            name, at = _name(text, at)
            opened[-1][1].append(name)


def _name(text: str, at: int) -> tuple[str, int]:
    """Return the name of a field, and the place of its value."""
    if not text.startswith('"', at):
        raise json.JSONDecodeError("Expecting a field in double quotes", text, at)
    name, at = _DECODER.raw_decode(text, at)
    at = _after_space(text, at)
    if not text.startswith(":", at):
        raise json.JSONDecodeError("Expecting ':'", text, at)
    return name, _after_space(text, at + 1)


def _after_comma(text: str, at: int) -> int:
    if not text.startswith(",", at):
        raise json.JSONDecodeError("Expecting ','", text, at)
    return _after_space(text, at + 1)


def _after_space(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    assert found is not None  # no space at all is space too
    return found.end()


def _expect_end(text: str, at: int) -> None:
    at = _after_space(text, at)
    if at < len(text):
        raise json.JSONDecodeError("Expecting the end", text, at)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) < len(pairs):
        names: set[str] = set()
        raise FieldTwice(next(name for name, _ in pairs if name in names or names.add(name)))
    return value


def _integer(digits: str) -> int:
    if len(digits) <= _DIGITS_AT_ONCE:
        return int(digits)
    if digits.startswith("-"):
        return -_integer(digits[1:])
    half = len(digits) // 2
    return _integer(digits[:-half]) * 10**half + _integer(digits[-half:])


def _no_constant(name: str) -> float:
    raise ValueError(name)


_DECODER = json.JSONDecoder(parse_constant=_no_constant, object_pairs_hook=_object, parse_int=_integer)
