"""A needs analysis laid out in tables, for a spreadsheet."""

from __future__ import annotations

from kompetensi.exchange.needs_sheet import Sheet
from kompetensi.messages import MONTHS, say
from kompetensi.services.demand import NeedsView

__all__ = ["sheets_of"]


def sheets_of(found: NeedsView, locale: str) -> tuple[Sheet, ...]:
    """Return summary, trainings by month, and agencies; months are named in the language of `locale`."""
    item = found.item
    code, people, seats = (say("Kode"), 18), (say("Orang"), 9), (say("Kursi"), 9)
    last = ((say("Menjadi siap"), 10), ("JP", 10), (say("Biaya (rupiah)"), 18))
    months = tuple((name[:3], 6) for name in MONTHS[locale])
    return (
        Sheet(say("Ringkasan"), ((say("Isi"), 34), (say("Nilai"), 44)), (
            (say("Balai pelatihan"), item.unit_name), (say("Tahun"), str(item.year)), (say("Versi"), item.version),
            (say("Keadaan"), item.status_words), (say("Dihitung per"), say("%(day)s", day=found.asked_on)),
            (say("Pegawai dengan jabatan sasaran"), item.people), (say("Sudah siap"), item.ready_already),
            (say("Memerlukan pelatihan"), item.need_training), (say("Menjadi siap pada waktunya"), item.become_ready),
            (say("Pelatihan"), item.trainings), (say("Kursi"), item.places), ("JP", item.jp),
            (say("Biaya (rupiah)"), item.cost_idr))),
        Sheet(say("Pelatihan"), (code, (say("Pelatihan"), 46), *months, people, *last, (say("Versi sebelumnya"), 12)), tuple(
            (row.code, row.name, *row.months, row.people, row.become_ready, row.jp, row.cost_idr,
             "" if row.before is None else row.before) for row in found.trainings)),
        Sheet(say("Perangkat daerah"), (code, (say("Perangkat daerah"), 46), people, seats, *last), tuple(
            (row.code, row.name, row.people, row.places, row.become_ready, row.jp, row.cost_idr) for row in found.agencies)),
    )
