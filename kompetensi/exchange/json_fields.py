"""Reading a JSON document field by field; each refusal names its place by a JSON Pointer."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any, TypeVar

from kompetensi.errors import InvalidInput
from kompetensi.messages import Message, say

__all__ = ["ObjectReader", "escape", "read_choice", "read_code", "read_day", "read_distinct", "read_integer", "refuse"]

_LONGEST_CODE = 120
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MISSING: Any = object()
_T = TypeVar("_T")


class ObjectReader:
    """One object of the document: reads its fields by type and knows where it stands."""

    def __init__(self, value: Any, path: str, fields: Iterable[str]) -> None:
        if not isinstance(value, dict):
            raise refuse(path, say("harus berupa objek"))
        for name in value:
            if name not in fields:
                raise refuse(f"{path}/{escape(name)}", say("tidak dikenal"))
        self.value: Mapping[str, Any] = value
        self.path = path

    def at(self, name: str) -> str:
        """Return the pointer of a field."""
        return f"{self.path}/{name}"

    def take(self, name: str, default: Any = _MISSING) -> Any:
        """Return a field as it stands."""
        if name not in self.value:
            if default is _MISSING:
                raise refuse(self.at(name), say("wajib ada"))
            return default
        return self.value[name]

    def integer(self, name: str, default: Any, lowest: int, highest: int | None = None) -> Any:
        """Return a whole number between two bounds, inclusive; without `highest` it has no upper bound."""
        value = self.take(name, default)
        return default if value is default and name not in self.value else read_integer(
            value, self.at(name), lowest, highest)

    def optional_integer(self, name: str, lowest: int, highest: int) -> int | None:
        """Return a whole number, or None where it is null or absent."""
        value = self.take(name, None)
        return None if value is None else read_integer(value, self.at(name), lowest, highest)

    def code(self, name: str) -> str:
        """Return a code."""
        return read_code(self.take(name), self.at(name))

    def elements(self, name: str) -> list[Any]:
        """Return a list as it stands; an absent one is empty."""
        value = self.take(name, [])
        if not isinstance(value, list):
            raise refuse(self.at(name), say("harus berupa daftar"))
        return value

    def items(self, name: str) -> list[tuple[Any, str]]:
        """Return the elements of a list with their pointers."""
        return [(item, f"{self.at(name)}/{place}") for place, item in enumerate(self.elements(name))]

    def choice(self, name: str, kind: Any, default: Any) -> Any:
        """Return a member of an enumeration."""
        return read_choice(self.take(name, default.value), self.at(name), kind)


def refuse(path: str, message: Message) -> InvalidInput:
    """Return the error of a place."""
    return InvalidInput(message, where=path)


def escape(name: str) -> str:
    """Write a field's name as a part of a JSON Pointer."""
    return name.replace("~", "~0").replace("/", "~1")


def read_integer(value: Any, path: str, lowest: int, highest: int | None) -> int:
    """Return a whole number between two bounds, inclusive; without `highest` it has no upper bound."""
    if type(value) is not int:
        raise refuse(path, say("harus bilangan bulat"))
    if highest is None:
        if value < lowest:
            raise refuse(path, say("paling sedikit %(lowest)s", lowest=lowest))
        return value
    if not lowest <= value <= highest:
        raise refuse(path, say("harus antara %(lowest)s dan %(highest)s", lowest=lowest, highest=highest))
    return value


def read_code(value: Any, path: str) -> str:
    """Return a code."""
    if not isinstance(value, str) or not 1 <= len(value) <= _LONGEST_CODE:
        raise refuse(path, say("harus kode dengan 1 sampai %(longest)s huruf", longest=_LONGEST_CODE))
    return value


def read_choice(value: Any, path: str, kind: Any) -> Any:
    """Return a member of an enumeration."""
    if not isinstance(value, str) or value not in [member.value for member in kind]:
        raise refuse(path, say("harus salah satu dari %(choices)s", choices=[member.value for member in kind]))
    return kind(value)


def read_day(value: Any, path: str) -> date:
    """Return a date."""
    try:
        if not isinstance(value, str) or not _DAY.fullmatch(value):
            raise ValueError
        return date.fromisoformat(value)
    except ValueError:
        raise refuse(path, say("harus tanggal seperti 2026-11-23")) from None


def read_distinct(
    items: Iterable[tuple[Any, str]], read: Callable[[Any, str], _T], code_of: Callable[[_T], str], name: str
) -> tuple[_T, ...]:
    """Read the elements of a list, no two of which may have the same code; it stands in the field `name`."""
    found: dict[str, _T] = {}
    for value, path in items:
        element = read(value, path)
        code = code_of(element)
        if code in found:
            raise refuse(f"{path}/{name}", say("“%(code)s” sudah ada", code=code))
        found[code] = element
    return tuple(found.values())
