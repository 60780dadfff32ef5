"""CSV tables in general: bytes in, rows with typed cells out, and every refusal with its row and column.

A table is UTF-8 (a byte order mark is allowed), comma-separated, with a header row; lists are joined by ``;`` and
pairs by ``:``. Nothing here knows what a table is about: that is said by a `TableFormat`.
"""

from __future__ import annotations

import csv
import io
import json
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Generic, TypeVar

from kompetensi.errors import InvalidRows, RowError
from kompetensi.messages import Message, say

__all__ = ["CellRefused", "Column", "ParsedTable", "TableFormat", "choice", "code", "code_list", "day", "decode",
           "flag", "integer", "name_list", "number_pairs", "optional", "pair_list", "parse_table", "single_value", "split", "text",
           "words_of"]

RowT = TypeVar("RowT")

_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9./_-]*\Z")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}\Z", re.ASCII)
_DIGITS = re.compile(r"\d{1,9}\Z", re.ASCII)
_NUMBER_NAME = re.compile(r"[a-z][a-z0-9_]*\Z")


class CellRefused(ValueError):
    """A cell that its column cannot read.

    Attributes
    ----------
    message : Message
        What was wrong and what would be right.
    """

    def __init__(self, message: Message) -> None:
        super().__init__(str(message))
        self.message = message


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table.

    Attributes
    ----------
    name : str
        As the header says it.
    read : callable
        From the stripped text of a cell to its value; raises `CellRefused`.
    field : str
        Name of the row's attribute; empty = the column is checked but not kept.
    may_lack : bool
        True when a file may leave the column out; its cells are then empty.
    """

    name: str
    read: Callable[[str], object]
    field: str = ""
    may_lack: bool = False


@dataclass(frozen=True, slots=True)
class TableFormat(Generic[RowT]):
    """What a table looks like.

    Attributes
    ----------
    kind : str
        Name of the table on the command line.
    file_name : str
        Name of the table among the reference data.
    make : callable
        Builds a row from ``line`` and the columns' fields.
    columns : tuple of Column
    key : tuple of str
        Columns whose cells together name a row; no two rows may share them.
    """

    kind: str
    file_name: str
    make: Callable[..., RowT]
    columns: tuple[Column, ...]
    key: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ParsedTable(Generic[RowT]):
    """A table as it was read.

    Attributes
    ----------
    rows : tuple
        Rows without a refused cell, in the order of the file.
    errors : tuple of RowError
        In the order of the file; empty when the whole table was read.
    keys : frozenset of str
        First key cell of every row, refused ones included, so that a reference to a row with another fault is not
        called unknown as well.
    count : int
        How many rows the file holds.
    """

    rows: tuple[RowT, ...]
    errors: tuple[RowError, ...]
    keys: frozenset[str]
    count: int


def parse_table(table: TableFormat[RowT], content: bytes) -> ParsedTable[RowT]:
    """Read a table.

    Parameters
    ----------
    table : TableFormat
    content : bytes

    Returns
    -------
    ParsedTable
        With the refusals of its cells; the caller adds those that need the database.

    Raises
    ------
    InvalidRows
        If the file is no table at all: not UTF-8, empty, broken quotes, wrong header. Then no row can be judged.
    """
    lines = split(decode(content))
    if not lines:
        raise InvalidRows([RowError(1, "", say("Berkas kosong; baris pertama harus berisi nama kolom: %(columns)s.",
                                               columns=[column.name for column in table.columns]))])
    places = _read_header(table, lines[0][1])
    if len(lines) == 1:
        raise InvalidRows([RowError(1, "", say("Berkas hanya berisi nama kolom; tidak ada baris data."))])
    rows: list[RowT] = []
    errors: list[RowError] = []
    keys: set[str] = set()
    first_lines: dict[tuple[str, ...], int] = {}
    for line, cells in lines[1:]:
        if len(cells) != len(lines[0][1]):
            errors.append(RowError(line, "", say("Baris ini berisi %(have)s kolom; perlu %(need)s.",
                                                 have=len(cells), need=len(lines[0][1]))))
            continue
        raw = {name: cells[place].strip() for name, place in places.items()}
        key = tuple(raw[name] for name in table.key)
        keys.add(key[0])
        values, refused = _read_cells(table, line, raw)
        if key in first_lines and any(key):
            refused.append(RowError(line, table.key[0], say(
                "“%(key)s” sudah ada pada baris %(line)s; satu baris saja untuk setiap kunci.",
                key=" / ".join(key), line=str(first_lines[key]))))
        first_lines.setdefault(key, line)
        if refused:
            errors.extend(refused)
        else:
            rows.append(table.make(line=line, **values))
    return ParsedTable(tuple(rows), tuple(errors), frozenset(keys), len(lines) - 1)


def decode(content: bytes) -> str:
    """Return the text of a table; refuse what is not UTF-8, with the line."""
    try:
        decoded = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise InvalidRows([RowError(line, "", say(
            "Berkas bukan UTF-8 (bita ke-%(place)s); simpan ulang sebagai CSV UTF-8.",
            place=str(error.start + 1)))]) from error
    if "\x00" in decoded:
        line = decoded.count("\n", 0, decoded.index("\x00")) + 1
        raise InvalidRows([RowError(line, "", say("Berkas berisi bita nol; ini bukan CSV UTF-8."))])
    return decoded


def split(decoded: str, delimiter: str = ",") -> list[tuple[int, list[str]]]:
    """Return the filled rows, each with the line on which it starts; refuse broken quotes, with the line."""
    reader = csv.reader(io.StringIO(decoded, newline=""), delimiter=delimiter, strict=True)
    lines: list[tuple[int, list[str]]] = []
    start = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                lines.append((start, cells))
            start = reader.line_num + 1
    except csv.Error as error:
        raise InvalidRows([RowError(start, "", say(
            "Baris ini bukan CSV yang utuh; periksa tanda kutipnya."))]) from error
    return lines


def _read_header(table: TableFormat[RowT], cells: Sequence[str]) -> Mapping[str, int]:
    names = [cell.strip() for cell in cells]
    known = {column.name for column in table.columns}
    if len(names) == 1 and ";" in names[0]:
        raise InvalidRows([RowError(1, "", say("Pemisah kolom harus koma; berkas ini memakai titik koma."))])
    errors = [RowError(1, column.name, say("Kolom “%(column)s” tidak ada.", column=column.name))
              for column in table.columns if column.name not in names and not column.may_lack]
    for place, name in enumerate(names):
        if name not in known:
            errors.append(RowError(1, name, say("Kolom “%(column)s” tidak dikenal; kolom tabel ini: %(columns)s.",
                                                column=name, columns=[column.name for column in table.columns])))
        elif name in names[:place]:
            errors.append(RowError(1, name, say("Kolom “%(column)s” ditulis dua kali.", column=name)))
    if errors:
        raise InvalidRows(errors)
    return {name: place for place, name in enumerate(names)}


def _read_cells(
    table: TableFormat[RowT], line: int, raw: Mapping[str, str]
) -> tuple[dict[str, object], list[RowError]]:
    values: dict[str, object] = {}
    refused: list[RowError] = []
    for column in table.columns:
        cell = raw.get(column.name, "")
        try:
            value = column.read(cell)
        except CellRefused as error:
            refused.append(RowError(line, column.name, error.message))
            continue
        if column.field:
            values[column.field] = value
    return values, refused


def _no_constant(name: str) -> object:
    raise ValueError(name)  # NaN and the infinities are Python's, not JSON's


# --- what a cell may hold ------------------------------------------------------------------------------------------


def text(longest: int, *, required: bool = False) -> Callable[[str], str]:
    """Read words of at most `longest` characters; without line breaks or other control characters."""

    def read(cell: str) -> str:
        if required and not cell:
            raise CellRefused(say("Sel ini wajib diisi."))
        if len(cell) > longest:
            raise CellRefused(say("Isi terlalu panjang: %(have)s huruf, paling banyak %(most)s.",
                                  have=len(cell), most=longest))
        if any(unicodedata.category(letter) == "Cc" for letter in cell):
            raise CellRefused(say("Isi memuat ganti baris atau tanda kendali; tulis dalam satu baris."))
        return cell

    return read


def code(longest: int) -> Callable[[str], str]:
    """Read a code: letters, digits and ``. / _ -``, beginning with a letter or digit."""
    read_text = text(longest, required=True)

    def read(cell: str) -> str:
        read_text(cell)
        if not _CODE.match(cell):
            raise CellRefused(say("“%(cell)s” bukan kode; pakai huruf, angka, titik, garis miring atau tanda hubung.",
                                  cell=cell))
        return cell

    return read


def optional(read: Callable[[str], object]) -> Callable[[str], object]:
    """Read an empty cell as None and any other by `read`."""

    def read_filled(cell: str) -> object:
        return read(cell) if cell else None

    return read_filled


def integer(least: int, most: int) -> Callable[[str], int]:
    """Read a whole number, both bounds inclusive."""

    def read(cell: str) -> int:
        if not _DIGITS.match(cell) or not least <= int(cell) <= most:
            raise CellRefused(say("“%(cell)s” bukan bilangan bulat %(least)s sampai %(most)s.",
                                  cell=cell, least=least, most=most))
        return int(cell)

    return read


def day(cell: str) -> date | None:
    """Read a date written like ``2026-11-23``; an empty cell is None."""
    if not cell:
        return None
    try:
        if _DAY.match(cell):
            return date.fromisoformat(cell)
    except ValueError:
        pass
    raise CellRefused(say("“%(cell)s” bukan tanggal; tulis seperti 2026-11-23.", cell=cell))


def flag(cell: str) -> bool:
    """Read ``yes`` or ``no``."""
    return choice("yes", "no")(cell) == "yes"


def choice(*words: str) -> Callable[[str], str]:
    """Read one of some words; an empty word among them lets the cell be empty."""

    def read(cell: str) -> str:
        if cell not in words:
            raise CellRefused(say("“%(cell)s” tidak dikenal; pilihannya: %(words)s.",
                                  cell=cell, words=[word or "(kosong)" for word in words]))
        return cell

    return read


def _parts(cell: str, separator: str = ";") -> list[str]:
    parts = [part.strip() for part in cell.split(separator)] if cell else []
    if "" in parts:
        raise CellRefused(say("Daftar “%(cell)s” memuat bagian kosong; pisahkan isinya dengan satu “%(separator)s”.",
                              cell=cell, separator=separator))
    return parts


def _refuse_twice(names: Sequence[str]) -> None:
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise CellRefused(say("%(names)s ditulis lebih dari sekali.", names=twice))


def code_list(longest: int, *, separator: str = ";") -> Callable[[str], tuple[str, ...]]:
    """Read codes joined by `separator`, each once; an empty cell is an empty tuple."""
    read_code = code(longest)

    def read(cell: str) -> tuple[str, ...]:
        codes = [read_code(part) for part in _parts(cell, separator)]
        _refuse_twice(codes)
        return tuple(codes)

    return read


def name_list(longest: int) -> Callable[[str], tuple[str, ...]]:
    """Read names joined by ``;``, each once; an empty cell is an empty tuple."""
    read_name = text(longest, required=True)

    def read(cell: str) -> tuple[str, ...]:
        names = [read_name(part) for part in _parts(cell)]
        _refuse_twice(names)
        return tuple(names)

    return read


def pair_list(read_value: Callable[[str], object], *, example: str) -> Callable[[str], tuple[tuple[str, object], ...]]:
    """Read ``CODE:value`` pairs joined by ``;``, each code once, in the order of the cell."""
    read_code = code(40)

    def read(cell: str) -> tuple[tuple[str, object], ...]:
        pairs: list[tuple[str, object]] = []
        for part in _parts(cell):
            name, colon, value = part.partition(":")
            if not colon:
                raise CellRefused(say("“%(part)s” bukan pasangan; tulis seperti %(example)s.",
                                      part=part, example=example))
            pairs.append((read_code(name.strip()), read_value(value.strip())))
        _refuse_twice([name for name, _ in pairs])
        return tuple(pairs)

    return read


def number_pairs(cell: str) -> str:
    """Read ``name:number`` pairs joined by ``;`` and return the cell as it is, for who interprets it later."""
    names = []
    for part in _parts(cell):
        name, _, number = part.partition(":")
        if not _NUMBER_NAME.match(name.strip()) or not _DIGITS.match(number.strip()):
            raise CellRefused(say("“%(part)s” bukan pasangan; tulis seperti %(example)s.",
                                  part=part, example="min_months:24"))
        names.append(name.strip())
    _refuse_twice(names)
    return cell


def words_of(words: Sequence[str], *, separator: str) -> Callable[[str], str]:
    """Read words out of a list joined by `separator`, at least one, and return the cell as it is."""
    read_word = choice(*words)

    def read(cell: str) -> str:
        parts = _parts(cell, separator)
        if not parts:
            raise CellRefused(say("Sel ini wajib diisi."))
        for part in parts:
            read_word(part)
        _refuse_twice(parts)
        return cell

    return read


def single_value(cell: str) -> object:
    """Read a number, ``true``, ``false``, ``null`` or a quoted word; an empty cell is refused."""
    try:
        value = json.loads(cell, parse_constant=_no_constant)
    except ValueError as error:
        raise CellRefused(say("“%(cell)s” bukan nilai; tulis angka, true, false, null atau \"kata\".",
                              cell=cell)) from error
    if isinstance(value, (dict, list)):
        raise CellRefused(say("“%(cell)s” bukan satu nilai; tulis setiap nilai pada barisnya sendiri.", cell=cell))
    return value
