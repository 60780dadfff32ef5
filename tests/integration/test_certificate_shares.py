"""Links to a certificate: made and withdrawn by its holder alone, ending by themselves, telling nothing when closed."""

from __future__ import annotations

from datetime import timedelta

import pytest
from factories import NOW, TODAY
from graduates import CountingRandomness, make_finished_batch, make_graduate, press
from sqlalchemy import select

from kompetensi.errors import InvalidInput, NotAllowed, NotFound, Unavailable
from kompetensi.models import CertificateFile, CertificateShare
from kompetensi.rules.access import SYSTEM, Actor
from kompetensi.services.certificate_shares import list_shares, open_share, share_certificate, withdraw_share
from kompetensi.services.certificates import issue_certificate

ON = {"today": TODAY, "now": NOW}


@pytest.fixture
def issued(session):
    enrolment = make_graduate(session, make_finished_batch(session))
    return issue_certificate(session, SYSTEM, enrolment.id, **ON, **press()), enrolment.person_id


def holder(person_id):
    return Actor("account:3", "Pemegang", person_id=person_id)


def share(session, issued, **changed):
    certificate, person_id = issued
    actor = changed.pop("actor", holder(person_id))
    return share_certificate(session, actor, certificate.token, randomness=CountingRandomness(), **ON, **changed)


def test_whoever_has_the_link_gets_the_frozen_file_and_the_opening_is_counted(session, issued):
    link = share(session, issued, label="Panitia seleksi")
    shown = open_share(session, link.key, **ON)
    certificate, person_id = issued
    assert shown.token == certificate.token
    assert shown.pdf == session.scalars(select(CertificateFile.pdf)).one()
    [listed] = list_shares(session, holder(person_id), certificate.token, today=TODAY)
    assert (listed.label, listed.opened, listed.is_open) == ("Panitia seleksi", 1, True)


def test_the_secret_of_a_link_is_not_stored(session, issued):
    link = share(session, issued)
    assert link.key not in repr(session.execute(select(CertificateShare.__table__)).all())


def test_a_withdrawn_an_ended_and_an_unknown_link_are_answered_alike(session, issued):
    certificate, person_id = issued
    ended, withdrawn = share(session, issued, days=1), share(session, issued)
    newest = list_shares(session, holder(person_id), certificate.token, today=TODAY)[0]
    withdraw_share(session, holder(person_id), certificate.token, newest.id, **ON)
    withdraw_share(session, holder(person_id), certificate.token, newest.id, **ON)
    answers = set()
    for key, day in ((withdrawn.key, TODAY), (ended.key, TODAY + timedelta(days=2)), ("tidak-ada", TODAY)):
        with pytest.raises(NotFound) as refusal:
            open_share(session, key, today=day, now=NOW)
        answers.add(str(refusal.value))
    assert len(answers) == 1
    assert open_share(session, ended.key, today=TODAY + timedelta(days=1), now=NOW).token == certificate.token


@pytest.mark.parametrize("days", [0, 91])
def test_a_link_opens_for_a_day_up_to_what_the_policy_allows(session, issued, days):
    with pytest.raises(InvalidInput, match="90"):
        share(session, issued, days=days)


def test_only_the_holder_shares_and_withdraws(session, issued):
    certificate, person_id = issued
    share(session, issued)
    [listed] = list_shares(session, holder(person_id), certificate.token, today=TODAY)
    stranger = holder(person_id + 1)
    with pytest.raises(NotAllowed):
        share(session, issued, actor=stranger)
    with pytest.raises(NotAllowed):
        withdraw_share(session, stranger, certificate.token, listed.id, **ON)


def test_a_file_that_was_changed_in_the_store_is_not_shown(session, issued):
    link = share(session, issued)
    session.scalars(select(CertificateFile)).one().pdf = b"%PDF-1.7 other"
    session.flush()
    with pytest.raises(Unavailable):
        open_share(session, link.key, **ON)
