"""Reminders before a certificate's validity ends: each once, whoever asks and how often."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session, aliased

from kompetensi.messages import say
from kompetensi.models import Certificate, CertificateReminder, Person, Training
from kompetensi.ports import Mailer
from kompetensi.rules.access import Actor
from kompetensi.services.access import require
from kompetensi.services.inbox import notify
from kompetensi.services.policies import certificate_reminder_days

__all__ = ["SentReminder", "send_reminders"]


@dataclass(frozen=True, slots=True)
class SentReminder:
    """A reminder that has just been sent.

    Attributes
    ----------
    days_left : int
        Days until the last day of validity; 0 = it is today.
    """

    nip: str
    number: str
    training_name: str
    valid_until: date
    days_left: int


def send_reminders(
    session: Session, actor: Actor, *, today: date, now: datetime, mailer: Mailer | None = None
) -> tuple[SentReminder, ...]:
    """Remind the holders whose certificates end soon, in the inbox and by mail; return whom, soonest first.

    The policy ``certificate.reminder_days`` says how many days before. Whoever is past several of those days at once,
    because nobody asked for a while, gets one reminder. A certificate that has been renewed, revoked or replaced needs
    none. Asked again on the same day, or by two processes at once, nobody is reminded twice.

    Raises
    ------
    NotAllowed
        If the actor is not the system.
    Unavailable
        If the policy is missing or unreadable.
    """
    require(session, actor, "certificates.remind", on=today)
    steps = certificate_reminder_days(session, today)
    if not steps:
        return ()
    renewal = aliased(Certificate)
    rows = session.execute(
        select(Certificate, Person.nip, func.coalesce(Training.name, Certificate.training_code))
        .join(Person, Person.id == Certificate.person_id)
        .outerjoin(Training, Training.code == Certificate.training_code)
        .where(Certificate.state == "ISSUED", Certificate.valid_until.between(today, today + timedelta(days=steps[0])),
               ~select(renewal.id).where(renewal.renews_id == Certificate.id, renewal.state == "ISSUED").exists())
        .order_by(Certificate.valid_until, Certificate.id)).all()
    sent = []
    for certificate, nip, training_name in rows:
        days_left = (certificate.valid_until - today).days
        reached = [step for step in steps if days_left <= step]
        if not _claim(session, certificate.id, reached, now):
            continue
        notify(session, certificate.person_id, say(
            "Sertifikat %(training)s berlaku sampai %(day)s, %(left)s hari lagi. Perbarui sebelum masa itu berakhir "
            "supaya kesiapan Anda tidak turun.", training=training_name, day=certificate.valid_until, left=days_left),
            link=f"/sertifikat/{certificate.token}", now=now, mailer=mailer)
        sent.append(SentReminder(nip, certificate.number, training_name, certificate.valid_until, days_left))
    session.flush()
    return tuple(sent)


def _claim(session: Session, certificate_id: int, steps: list[int], now: datetime) -> bool:
    """Note that the reminders of these days are sent; whether the last of them had not been sent before."""
    insert = postgresql_insert if session.get_bind().dialect.name == "postgresql" else sqlite_insert
    written = session.scalars(
        insert(CertificateReminder)
        .values([{"certificate_id": certificate_id, "days_before": step, "sent_at": now} for step in steps])
        .on_conflict_do_nothing().returning(CertificateReminder.days_before)).all()
    return steps[-1] in written
