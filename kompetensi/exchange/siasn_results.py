"""Results of trainings in the shape that SIASN takes: ``kursus/save`` and ``diklat/save``, as JSON Lines and as a workbook.

The field sets and the rule which of the two is meant are those of docs/formats/siasn-results.md. Nothing is sent.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from kompetensi.messages import Message, say

__all__ = ["SiasnRefusal", "SiasnResult", "body_of", "endpoint_of", "to_json_lines", "to_workbook"]

_STRUCTURAL = 1
# jenisKursusSertipikat by jenisDiklatId; all others are T.
_LETTERS = {2: "F", 4: "P", 7: "P", 9: "P"}
# latihanStrukturalId knows the old names only; a programme of today is told by the one that it took over from.
_STRUCTURAL_IDS = {"PKP": "2", "PIM4": "2", "PKA": "3", "PIM3": "3", "PKN2": "4", "PKN1": "5"}
_OTHER_STRUCTURAL = "8"
_SHEETS = {"/diklat/save": "diklat", "/kursus/save": "kursus"}


@dataclass(frozen=True, slots=True)
class SiasnResult:
    """A passed training of one person.

    Attributes
    ----------
    pns_orang_id : str
        Id of the person in SIASN.
    form : int
        jenisDiklatId, 1..25.
    jp : int
        Lesson hours.
    """

    nip: str
    name: str
    pns_orang_id: str
    form: int
    training: str
    training_name: str
    certificate_number: str
    organiser: str
    jp: int
    first_day: date
    last_day: date


@dataclass(frozen=True, slots=True)
class SiasnRefusal:
    """A result that cannot be reported, and why."""

    nip: str
    name: str
    batch: str
    reason: Message


def endpoint_of(result: SiasnResult) -> str:
    """Return where a result goes: structural training to ``/diklat/save``, everything else to ``/kursus/save``."""
    return "/diklat/save" if result.form == _STRUCTURAL else "/kursus/save"


def _day(day: date) -> str:
    return f"{day:%d-%m-%Y}"


def body_of(result: SiasnResult, *, agency_id: str = "") -> dict[str, Any]:
    """Return the fields of a result by their SIASN names; what we do not know is null.

    Parameters
    ----------
    agency_id : str
        instansiId of the agency that reports; empty = null.
    """
    if result.form == _STRUCTURAL:
        return {
            "bobot": None, "id": None, "institusiPenyelenggara": result.organiser, "jenisKompetensi": None,
            "jumlahJam": result.jp, "latihanStrukturalId": _STRUCTURAL_IDS.get(result.training, _OTHER_STRUCTURAL),
            "nomor": result.certificate_number, "pnsOrangId": result.pns_orang_id, "tahun": result.last_day.year,
            "tanggal": _day(result.first_day), "tanggalSelesai": _day(result.last_day)}
    return {
        "id": None, "instansiId": agency_id or None, "institusiPenyelenggara": result.organiser,
        "jenisDiklatId": str(result.form), "jenisKursus": None,
        "jenisKursusSertipikat": _LETTERS.get(result.form, "T"), "jumlahJam": result.jp, "lokasiId": None,
        "namaKursus": result.training_name, "nomorSertipikat": result.certificate_number,
        "pnsOrangId": result.pns_orang_id, "tahunKursus": result.last_day.year, "tanggalKursus": _day(result.first_day),
        "tanggalSelesaiKursus": _day(result.last_day)}


def to_json_lines(results: Sequence[SiasnResult], *, agency_id: str = "") -> str:
    """Return one JSON object a line: ``endpoint``, ``nip`` and ``body``; empty without results."""
    return "".join(json.dumps({"endpoint": endpoint_of(result), "nip": result.nip,
                               "body": body_of(result, agency_id=agency_id)}, ensure_ascii=False) + "\n"
                   for result in results)


def to_workbook(
    results: Sequence[SiasnResult], refused: Sequence[SiasnRefusal], *, agency_id: str = "",
    translate: Callable[[Message], str] = str,
) -> bytes:
    """Return a workbook: a sheet for each endpoint with its fields as columns, and one of what is left out."""
    import xlsxwriter  # only where a workbook is written

    out = io.BytesIO()
    # Texts stay texts: a NIP is no number, and a name that begins with = no formula.
    with xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as book:
        bold = book.add_format({"bold": True})
        for endpoint, name in _SHEETS.items():
            bodies = [{"nip": result.nip, "nama": result.name} | body_of(result, agency_id=agency_id)
                      for result in results if endpoint_of(result) == endpoint]
            _write(book.add_worksheet(name), bodies, bold)
        _write(book.add_worksheet(translate(say("tidak diekspor"))), [
            {"nip": one.nip, "nama": one.name, translate(say("angkatan")): one.batch,
             translate(say("alasan")): translate(one.reason)} for one in refused], bold)
    return out.getvalue()


def _write(sheet: Any, rows: Sequence[Mapping[str, Any]], head: Any) -> None:
    for column, name in enumerate(rows[0] if rows else ()):
        sheet.write_string(0, column, name, head)
    for line, row in enumerate(rows, 1):
        for column, value in enumerate(row.values()):
            if isinstance(value, int):
                sheet.write_number(line, column, value)
            elif value is not None:
                sheet.write_string(line, column, value)
    sheet.freeze_panes(1, 0)
    sheet.autofit()
