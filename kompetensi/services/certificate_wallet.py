"""A person's own certificates: what counts, what ends soon, and the lesson hours of each year against the duty."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from itertools import groupby

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kompetensi.models import Certificate, CertificateShare, Person
from kompetensi.rules.access import Actor
from kompetensi.rules.certificates import CertificateStatus
from kompetensi.services.certificate_register import GIVEN_STATES, CertificateItem, list_items
from kompetensi.services.policies import certificate_reminder_days, jp_duty
from kompetensi.services.recognition import ClaimItem, claims_of

__all__ = ["Wallet", "YearHours", "own_wallet"]


@dataclass(frozen=True, slots=True)
class YearHours:
    """The lesson hours (JP) of one calendar year against what was owed in it.

    Attributes
    ----------
    jp : int
        Of the certificates whose training ended in the year and that are neither revoked nor replaced; counted whole
        in the year of the last day, for JP are not split across years (handbook section D).
    min_jp, max_jp : int or None
        None = no bound.
    min_source, min_confidence : str
        Where the duty comes from, and how sure that is; empty without a duty.
    certificates : tuple of CertificateItem
        Those counted, newest first.
    """

    year: int
    jp: int
    min_jp: int | None
    max_jp: int | None
    min_source: str
    min_confidence: str
    certificates: tuple[CertificateItem, ...]

    @property
    def missing(self) -> int:
        """Lesson hours that are still owed; 0 when the duty is done or there is none."""
        return max(0, (self.min_jp or 0) - self.jp)


@dataclass(frozen=True, slots=True)
class Wallet:
    """All certificates of the reader, newest first.

    Attributes
    ----------
    has_record : bool
        Whether the reader's account belongs to a person at all.
    valid : int
        How many count today.
    ending : tuple of CertificateItem
        Valid ones that end within the longest time of the reminders, soonest first.
    years : tuple of YearHours
        This year, and each former one that has a certificate; newest first.
    claims : tuple of ClaimItem
        Outside certificates handed in for recognition, newest first.
    shared : int
        How many links to these certificates are open today.
    """

    has_record: bool
    items: tuple[CertificateItem, ...] = ()
    valid: int = 0
    ending: tuple[CertificateItem, ...] = ()
    years: tuple[YearHours, ...] = ()
    claims: tuple[ClaimItem, ...] = ()
    shared: int = 0


def own_wallet(session: Session, actor: Actor, *, today: date) -> Wallet:
    """Return the reader's own certificates; empty for an account without a person record."""
    if actor.person_id is None:
        return Wallet(False)
    items = tuple(list_items(
        session, [Certificate.person_id == actor.person_id, Certificate.state.in_(GIVEN_STATES)], today))
    valid = [item for item in items if item.status is CertificateStatus.VALID]
    soon = max(certificate_reminder_days(session, today), default=0)
    ending = sorted((item for item in valid if item.valid_until is not None and (item.valid_until - today).days <= soon),
                    key=lambda item: (item.valid_until or date.max, item.number))
    shared = session.scalar(
        select(func.count()).select_from(CertificateShare)
        .join(Certificate, Certificate.id == CertificateShare.certificate_id)
        .where(Certificate.person_id == actor.person_id, CertificateShare.withdrawn_at.is_(None),
               CertificateShare.expires_on >= today)) or 0
    person = session.get_one(Person, actor.person_id)
    return Wallet(True, items, len(valid), tuple(ending), _years(session, person.employee_type, items, today),
                  claims_of(session, actor), shared)


def _years(
    session: Session, employee_type: str, items: tuple[CertificateItem, ...], today: date
) -> tuple[YearHours, ...]:
    counted = sorted((item for item in items if item.status in (CertificateStatus.VALID, CertificateStatus.EXPIRED)),
                     key=lambda item: (-item.finished_on.year, -item.finished_on.toordinal(), item.number))
    by_year = {year: tuple(found) for year, found in groupby(counted, key=lambda item: item.finished_on.year)}
    by_year.setdefault(today.year, ())
    years = []
    for year in sorted(by_year, reverse=True):
        duty = jp_duty(session, employee_type, min(date(year, 12, 31), today))
        owed = duty.min_jp.value is not None
        years.append(YearHours(
            year, sum(item.jp for item in by_year[year]), duty.min_jp.value, duty.max_jp.value,
            duty.min_jp.source if owed else "", duty.min_jp.confidence if owed else "", by_year[year]))
    return tuple(years)
