"""A needs analysis laid out in tables, for a spreadsheet."""

from __future__ import annotations

from datetime import date

from kompetensi.exchange.spreadsheets import CellKind, Column, Sheet
from kompetensi.messages import Message, say
from kompetensi.services.demand import NeedsView

__all__ = ["sheets_of", "title_of"]

_MONTHS = 12


def title_of(found: NeedsView) -> Message:
    """Return the title of an analysis."""
    return say("Kebutuhan pelatihan %(year)s, versi %(version)s", year=str(found.item.year), version=found.item.version)


def sheets_of(found: NeedsView) -> tuple[Sheet, ...]:
    """Return summary, trainings by month, and agencies."""
    item = found.item
    code, people = Column(say("Kode"), width=18), Column(say("Orang"), CellKind.NUMBER, 9)
    ready, jp = Column(say("Menjadi siap"), CellKind.NUMBER, 10), Column(say("JP"), CellKind.NUMBER, 10)
    cost = Column(say("Biaya (rupiah)"), CellKind.RUPIAH, 18)
    months = tuple(Column(say("%(year)s-%(month)s", year=str(item.year), month=f"{number:02d}"), CellKind.NUMBER, 8)
                   for number in range(1, _MONTHS + 1))
    return (
        Sheet(say("Ringkasan"), (Column(say("Isi"), width=34), Column(say("Nilai"), CellKind.NUMBER, 44)), (
            (say("Balai pelatihan"), item.unit_name), (say("Tahun"), str(item.year)), (say("Versi"), item.version),
            (say("Keadaan"), item.status_words), (say("Dihitung per"), _day(found.asked_on)),
            (say("Pegawai dengan jabatan sasaran"), item.people), (say("Sudah siap"), item.ready_already),
            (say("Memerlukan pelatihan"), item.need_training), (say("Menjadi siap pada waktunya"), item.become_ready),
            (say("Pelatihan"), item.trainings), (say("Kursi"), item.places), (say("JP"), item.jp),
            (say("Biaya (rupiah)"), item.cost_idr))),
        Sheet(say("Pelatihan"), (code, Column(say("Pelatihan"), width=46), *months, people, ready, jp, cost,
                                 Column(say("Versi sebelumnya"), CellKind.NUMBER, 12)), tuple(
            (row.code, row.name, *row.months, row.people, row.become_ready, row.jp, row.cost_idr, row.before)
            for row in found.trainings)),
        Sheet(say("Perangkat daerah"), (code, Column(say("Perangkat daerah"), width=46), people,
                                        Column(say("Kursi"), CellKind.NUMBER, 9), ready, jp, cost), tuple(
            (row.code, row.name, row.people, row.places, row.become_ready, row.jp, row.cost_idr) for row in found.agencies)),
    )


def _day(day: date) -> Message:
    return say("%(day)s", day=day)


