"""What waits for HR, and what stands in the inboxes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from kompetensi.demo.batches import SOON, Held
from kompetensi.demo.careers import Invented
from kompetensi.demo.days import at_nine, plus_months
from kompetensi.demo.rows import Rows
from kompetensi.demo.structure import Seat
from kompetensi.messages import say
from kompetensi.models import Dossier, DossierDocument
from kompetensi.services.inbox import notify

__all__ = ["open_cases", "write_inboxes"]


def open_cases(
    rows: Rows, people: Sequence[Invented], seats: Sequence[Seat], asn: Invented, target_id: int, *, today: date
) -> None:
    """Open three dossiers: the walk's own, one from a regency to the province, one within the province."""
    walk_post = next(seat.id for seat in seats if seat.position_id == target_id)
    walk = rows.add(
        Dossier, person_id=asn.id, position_id=target_id, kind_code="DALAM-INSTANSI", own_request=False,
        planned_on=plus_months(today, 9).replace(day=1), opened_at=at_nine(today - timedelta(days=14)))
    for rule, number, issuer, back in (
        ("MT-18", "800/112/DIKBUD", "Dinas Pendidikan dan Kebudayaan", 6),
        ("MT-19", "800/113/DIKBUD", "Dinas Pendidikan dan Kebudayaan", 6),
    ):
        _document(rows, walk, rule, number, issuer, today - timedelta(days=back), verified=True)
    vacant = [seat for seat in seats if seat.vacant and seat.unit.startswith("75-")]
    inward = _match(vacant, people, lambda person: person.seat.unit[:3] == "750" and person.employee_type == "PNS")
    if inward is not None:
        seat, person = inward
        case = rows.add(
            Dossier, person_id=person.id, position_id=seat.position_id, kind_code="KABKOTA-KE-PROV", own_request=True,
            planned_on=plus_months(today, 4).replace(day=1), opened_at=at_nine(today - timedelta(days=31)))
        _document(rows, case, "MT-22", "000/1/2026", person.name, today - timedelta(days=32), verified=True)
        _document(rows, case, "MT-25", "821/77/SALINAN", "BKPSDM", today - timedelta(days=30), verified=False)
    leaders = [seat for seat in vacant if seat.job_class in ("ADMINISTRATOR", "PENGAWAS") and seat.id != walk_post]
    within = _match(leaders, people, lambda person: person.seat.unit.startswith("75-") and not person.username
                    and person.employee_type == "PNS" and (inward is None or person.id != inward[1].id))
    if within is not None:
        seat, person = within
        rows.add(Dossier, person_id=person.id, position_id=seat.position_id, kind_code="DALAM-INSTANSI",
                 own_request=None, planned_on=None, opened_at=at_nine(today - timedelta(days=3)))


def _match(vacant: Sequence[Seat], people: Sequence[Invented], suits) -> tuple[Seat, Invented] | None:
    """Find a vacant post and somebody of the same class elsewhere, the highest post first."""
    for seat in vacant:
        for person in people:
            if suits(person) and person.seat.job_class == seat.job_class and person.seat.unit != seat.unit:
                return seat, person
    return None


def _document(
    rows: Rows, dossier_id: int, rule: str, number: str, issuer: str, dated: date, *, verified: bool
) -> None:
    rows.add(DossierDocument, dossier_id=dossier_id, rule_id=rule, number=number, dated=dated, issued_by=issuer,
             verified_at=at_nine(dated + timedelta(days=1)) if verified else None,
             verified_by="Fitria Monoarfa" if verified else "")


def write_inboxes(
    session: Session, people: Mapping[str, Invented], batches: Sequence[Held], *, waiting: int, today: date,
    now: datetime,
) -> None:
    """Put a few messages into the inboxes of the logins."""
    batch = next(batch for batch in batches if batch.course.code == SOON and batch.first_day > today)
    before = now - timedelta(days=2)
    notify(session, people["asn"].id, say(
        "Pendaftaran %(name)s dibuka sampai %(day)s.", name=batch.course.name, day=batch.registration_until),
        link=f"/angkatan/{batch.code}", now=before)
    notify(session, people["asn"].id, say("Berkas perkara mutasi Anda sudah dibuka oleh kepegawaian."),
           link="/kesiapan", now=now - timedelta(days=14))
    notify(session, people["balai"].id, say("%(count)s permintaan kursi menunggu persetujuan.", count=waiting),
           link="/balai", now=before)
    notify(session, people["hr"].id, say("Tiga perkara mutasi menunggu berkas."), link="/mutasi", now=before)
    session.flush()
