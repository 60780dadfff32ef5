"""Occupations of the O*NET database (U.S. Department of Labor, CC BY 4.0): tables in, plain dataclasses out.

A table is recognised by its header, whatever its file is called: comma-separated with short names, or tab-separated as O*NET
publishes it, one row for each scale. Other tables of the same folder are left alone and named.

=============  =========================================================  =================================================
table          short names                                                O*NET's names
=============  =========================================================  =================================================
occupations    soc, title, description                                    O*NET-SOC Code, Title, Description
ratings        soc, element_id, importance_1_5, level_0_7, not_relevant   O*NET-SOC Code, Element ID, Scale ID (IM or LV),
                                                                          Data Value, Not Relevant
related        soc, related_soc, tier, index                              O*NET-SOC Code, Related O*NET-SOC Code,
                                                                          Relatedness Tier, Index
=============  =========================================================  =================================================
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from kompetensi.errors import InvalidInput, InvalidRows, RowError
from kompetensi.exchange.tables import CellRefused, decode, split
from kompetensi.messages import Message, say

__all__ = ["IMPORTANCE_MAX", "LEVEL_MAX", "Occupation", "OnetTables", "Rating", "RelatedOccupation", "read_onet"]

IMPORTANCE_MAX = 400
LEVEL_MAX = 700
# Skills.txt of the whole database has some 6 MB.
_LARGEST_BYTES = 64_000_000
# A damaged file is told by its first faults.
_MOST_FAULTS = 20
_CODE = re.compile(r"\d\d-\d{4}(\.\d\d)?\Z", re.ASCII)
_ELEMENT = re.compile(r"\d(\.[A-Za-z0-9]+)+\Z", re.ASCII)
_TABLES: Mapping[str, Sequence[tuple[str, ...]]] = {
    "related": (("soc", "related_soc", "tier"), ("O*NET-SOC Code", "Related O*NET-SOC Code", "Relatedness Tier")),
    "ratings": (("soc", "element_id", "importance_1_5", "level_0_7", "not_relevant"),
                ("O*NET-SOC Code", "Element ID", "Scale ID", "Data Value", "Not Relevant")),
    "occupations": (("soc", "title", "description"), ("O*NET-SOC Code", "Title", "Description"))}


@dataclass(frozen=True, slots=True)
class Occupation:
    """An occupation by its O*NET-SOC code."""

    code: str
    title: str


@dataclass(frozen=True, slots=True)
class Rating:
    """What an occupation asks of one element (a skill, a piece of knowledge).

    Attributes
    ----------
    importance : int
        Hundredths above *not important*: 0 (scale value 1) to 400 (5).
    level : int
        Hundredths, 0 to 700; 0 where the source says that the level is not relevant.
    """

    occupation: str
    element: str
    importance: int
    level: int


@dataclass(frozen=True, slots=True)
class RelatedOccupation:
    """An occupation that experts list as related to another one."""

    occupation: str
    other: str
    tier: str


@dataclass(frozen=True, slots=True)
class OnetTables:
    """What a folder holds.

    Attributes
    ----------
    occupations, ratings, related : tuple
        By code; ratings by code and element; related by code and code.
    unrated : int
        Ratings without an importance or a level; they are left out.
    outside : int
        Related occupations that the folder does not have; they are left out.
    left_alone : tuple of str
        Files that hold another table, by name.
    """

    occupations: tuple[Occupation, ...]
    ratings: tuple[Rating, ...]
    related: tuple[RelatedOccupation, ...]
    unrated: int
    outside: int
    left_alone: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Row:
    """A row of a recognised table: its cells by our short names, and what its file calls them."""

    line: int
    cells: Mapping[str, str]
    names: Mapping[str, str]

    def fault(self, column: str, message: Message) -> RowError:
        """Return the refusal of a cell."""
        return RowError(self.line, self.names[column], message)


def read_onet(files: Mapping[str, bytes]) -> OnetTables:
    """Read the tables of a folder.

    Parameters
    ----------
    files : mapping of str to bytes
        Content by file name; the order does not matter.

    Raises
    ------
    InvalidInput
        If a file is too large, or a table is not among them; `where` names the file.
    InvalidRows
        If a row of a table cannot be read; with row and column, `where` names the file.
    """
    rows: dict[str, list[tuple[str, tuple[_Row, ...]]]] = {name: [] for name in _TABLES}
    left_alone = []
    for name in sorted(files):
        table, found = _recognise(name, files[name])
        if table:
            rows[table].append((name, found))
        else:
            left_alone.append(name)
    for table, names in _TABLES.items():
        if not any(found for _, found in rows[table]):
            raise InvalidInput(say(
                "Tidak ada tabel dengan kolom %(short)s (atau %(long)s) yang berisi baris di antara %(count)s berkas.",
                short=names[0], long=names[1], count=len(files)), where=table)
    occupations = _occupations(rows["occupations"])
    ratings, unrated = _ratings(rows["ratings"], occupations)
    related, outside = _related(rows["related"], occupations)
    return OnetTables(tuple(occupations[code] for code in sorted(occupations)), ratings, related, unrated, outside,
                      tuple(left_alone))


def _recognise(name: str, content: bytes) -> tuple[str, tuple[_Row, ...]]:
    """Return the name of the table and its rows; an empty name for another kind of file."""
    if len(content) > _LARGEST_BYTES:
        raise InvalidInput(say("Berkas berukuran %(size)s bita; batasnya %(most)s.", size=len(content), most=_LARGEST_BYTES),
                           where=name)
    first = content.split(b"\n", 1)[0].decode("utf-8-sig", errors="replace")
    delimiter = "\t" if "\t" in first else ","
    head = [cell.strip().strip('"') for cell in first.split(delimiter)]
    table, columns = _columns(head)
    if not table:
        return "", ()
    try:
        lines = split(decode(content), delimiter)
    except InvalidRows as error:
        raise InvalidRows(error.rows, where=name) from error
    faults = [RowError(line, "", say("Baris ini berisi %(have)s kolom; perlu %(need)s.", have=len(cells), need=len(head)))
              for line, cells in lines if len(cells) != len(head)]
    _refuse(name, faults)
    names = {short: head[place] for short, place in columns.items()}
    return table, tuple(_Row(line, {short: cells[place].strip() for short, place in columns.items()}, names)
                        for line, cells in lines[1:])


def _columns(head: Sequence[str]) -> tuple[str, Mapping[str, int]]:
    for table, (short, long) in _TABLES.items():
        for names in (short, long):
            if set(names) <= set(head):
                ours = short if names is short or table != "ratings" else ("soc", "element_id", "scale", "value", "not_relevant")
                return table, {our: head.index(name) for our, name in zip(ours, names, strict=True)}
    return "", {}


def _refuse(name: str, faults: Sequence[RowError]) -> None:
    if faults:
        raise InvalidRows(faults[:_MOST_FAULTS], where=name)


def _occupations(tables: Sequence[tuple[str, tuple[_Row, ...]]]) -> dict[str, Occupation]:
    found: dict[str, Occupation] = {}
    for name, rows in tables:
        faults: list[RowError] = []
        for row in rows:
            code = row.cells["soc"]
            if not _CODE.match(code):
                faults.append(_no_code(row, "soc"))
            elif code in found:
                faults.append(row.fault("soc", say("%(code)s ditulis lebih dari sekali.", code=code)))
            else:
                found[code] = Occupation(code, row.cells["title"])
        _refuse(name, faults)
    return found


def _no_code(row: _Row, column: str) -> RowError:
    return row.fault(column, say("“%(cell)s” bukan kode O*NET-SOC; tulis seperti 11-1011.00.", cell=row.cells[column]))


def _ratings(
    tables: Sequence[tuple[str, tuple[_Row, ...]]], occupations: Mapping[str, Occupation]
) -> tuple[tuple[Rating, ...], int]:
    found: dict[tuple[str, str], dict[str, int | None]] = {}
    for name, rows in tables:
        faults: list[RowError] = []
        for row in rows:
            code, element = row.cells["soc"], row.cells["element_id"]
            if code not in occupations:
                faults.append(row.fault("soc", say("Tidak ada pekerjaan berkode “%(code)s” dalam tabel pekerjaan.",
                                                            code=code)))
            if not _ELEMENT.match(element):
                faults.append(row.fault("element_id", say("“%(cell)s” bukan kode unsur; tulis seperti 2.A.1.a.",
                                                                   cell=element)))
            known = found.setdefault((code, element), {})
            try:
                for scale, value in _values(row):
                    if scale in known:
                        faults.append(row.fault("element_id", say("%(code)s ditulis lebih dari sekali.",
                                                                           code=f"{code} {element}")))
                    known[scale] = value
            except _Fault as fault:
                faults.append(row.fault(fault.column, fault.message))
        _refuse(name, faults)
    ratings = [Rating(code, element, importance, level) for (code, element), values in sorted(found.items())
               if (importance := values.get("IM")) is not None and (level := values.get("LV")) is not None]
    return tuple(ratings), len(found) - len(ratings)


class _Fault(CellRefused):
    """A refused cell and its column."""

    def __init__(self, column: str, message: Message) -> None:
        super().__init__(message)
        self.column = column


def _values(row: _Row) -> Iterator[tuple[str, int | None]]:
    """Yield the scales of a row with their values; None = blank."""
    irrelevant = row.cells["not_relevant"].upper()
    if irrelevant not in ("", "Y", "N", "N/A"):
        raise _Fault("not_relevant", say("“%(cell)s” tidak dikenal; pilihannya: %(words)s.",
                                         cell=row.cells["not_relevant"], words=["Y", "N", "n/a", "(kosong)"]))
    if "scale" not in row.cells:
        yield "IM", _hundredths(row, "importance_1_5", 1, 5)
        level = _hundredths(row, "level_0_7", 0, 7)
        yield "LV", 0 if irrelevant == "Y" else level
    elif row.cells["scale"] == "IM":
        yield "IM", _hundredths(row, "value", 1, 5)
    elif row.cells["scale"] == "LV":
        level = _hundredths(row, "value", 0, 7)
        yield "LV", 0 if irrelevant == "Y" else level
    else:
        raise _Fault("scale", say("“%(cell)s” tidak dikenal; pilihannya: %(words)s.", cell=row.cells["scale"],
                                  words=["IM", "LV"]))


def _hundredths(row: _Row, column: str, least: int, most: int) -> int | None:
    """Return a value above the least one, times 100, rounded; None for a blank cell."""
    cell = row.cells[column]
    if not cell:
        return None
    try:
        value = Decimal(cell)
    except InvalidOperation:
        value = Decimal("nan")
    if not value.is_finite() or not least <= value <= most:
        raise _Fault(column, say("“%(cell)s” bukan angka %(least)s sampai %(most)s.", cell=cell, least=least, most=most))
    return round((value - least) * 100)


def _related(
    tables: Sequence[tuple[str, tuple[_Row, ...]]], occupations: Mapping[str, Occupation]
) -> tuple[tuple[RelatedOccupation, ...], int]:
    found: dict[tuple[str, str], RelatedOccupation] = {}
    outside = 0
    for name, rows in tables:
        faults: list[RowError] = []
        for row in rows:
            code, other, tier = (row.cells[column] for column in ("soc", "related_soc", "tier"))
            faults += [_no_code(row, column) for column in ("soc", "related_soc") if not _CODE.match(row.cells[column])]
            if not tier:
                faults.append(row.fault("tier", say("Sel ini wajib diisi.")))
            if (code, other) in found:
                faults.append(row.fault("related_soc", say("%(code)s ditulis lebih dari sekali.",
                                                                    code=f"{code} {other}")))
            if code in occupations and other in occupations and code != other:
                found[code, other] = RelatedOccupation(code, other, tier)
            else:
                outside += 1
        _refuse(name, faults)
    return tuple(found[pair] for pair in sorted(found)), outside
