"""Reminders before a certificate ends: in time, once, and only to whom they still concern."""

from __future__ import annotations

from datetime import timedelta

import pytest
from applications import build_app
from candidates import make_certificate
from factories import NOW, TODAY, make_person
from sqlalchemy import select

from kompetensi.context import state
from kompetensi.errors import NotAllowed
from kompetensi.jobs import JobRunner
from kompetensi.jobs.reminders import order_reminders
from kompetensi.models import CertificateReminder, Job, Notification
from kompetensi.rules.access import SYSTEM, Actor
from kompetensi.services.certificate_reminders import send_reminders
from kompetensi.services.unit_of_work import transaction


def remind(session, on=TODAY, actor=SYSTEM):
    return send_reminders(session, actor, today=on, now=NOW)


def ending(session, days, **changed):
    certificate = make_certificate(session, make_person(session), "YANLIK-PRIMA", valid_until=TODAY + timedelta(days=days))
    for name, value in changed.items():
        setattr(certificate, name, value)
    session.flush()
    return certificate


@pytest.mark.parametrize(("days", "reminded"), [(91, False), (90, True), (31, True), (0, True), (-1, False)])
def test_who_has_at_most_ninety_days_left_is_reminded(session, days, reminded):
    certificate = ending(session, days)
    assert [(sent.number, sent.days_left) for sent in remind(session)] == ([(certificate.number, days)] if reminded else [])


def test_the_same_reminder_is_sent_once_and_the_next_step_brings_another(session):
    ending(session, 40)
    assert len(remind(session)) == 1
    assert remind(session) == remind(session, TODAY + timedelta(days=9)) == ()
    assert [sent.days_left for sent in remind(session, TODAY + timedelta(days=10))] == [30]
    assert [sent.days_left for sent in remind(session, TODAY + timedelta(days=35))] == [5]
    assert len(session.scalars(select(Notification)).all()) == 3


def test_after_a_long_silence_there_is_one_reminder_not_three(session):
    ending(session, 3)
    assert len(remind(session)) == 1
    assert sorted(session.scalars(select(CertificateReminder.days_before))) == [7, 30, 90]
    assert remind(session, TODAY + timedelta(days=2)) == ()


@pytest.mark.parametrize("state", ["REVOKED", "REPLACED", "VOID", "READY_TO_SIGN"])
def test_what_counts_no_longer_or_not_yet_reminds_nobody(session, state):
    ending(session, 20, state=state)
    assert remind(session) == ()


def test_a_renewed_certificate_reminds_nobody(session):
    old = ending(session, 20)
    ending(session, 400, renews_id=old.id)
    assert remind(session) == ()


def test_the_soonest_comes_first(session):
    ending(session, 60)
    ending(session, 5)
    assert [sent.days_left for sent in remind(session)] == [5, 60]


def test_only_the_system_sends_reminders(session):
    with pytest.raises(NotAllowed):
        remind(session, actor=Actor("account:1", "Ningsih", person_id=1))


def test_a_server_asks_for_the_reminders_of_a_day_once(databases, reference_url):
    app = build_app(databases.new(template=reference_url))
    with app.app_context():
        session = state().db.session
        with transaction(session):
            certificate = ending(session, 20)
            now, today = state().clock.now(), state().clock.today()
            certificate.valid_until = today + timedelta(days=20)
    runner = JobRunner(app)
    [job_id] = runner.abandoned()
    runner.run(job_id, "penguji")
    assert runner.abandoned() == JobRunner(app).abandoned() == ()
    with app.app_context():
        session = state().db.session
        assert session.scalars(select(Job.state)).all() == ["DONE"]
        assert len(session.scalars(select(Notification)).all()) == 1
        assert order_reminders(session, today=today, now=now) is None
