"""Issuing certificates: numbers without gaps, frozen facts, evidence, refusals."""

from __future__ import annotations

from factories import NOW, TODAY
from graduates import make_finished_batch, make_graduate, press

from kompetensi.models import Certificate
from kompetensi.rules.access import SYSTEM
from kompetensi.services.certificates import issue_certificate


def test_passing_gives_a_number_a_file_and_the_expected_levels(session):
    enrolment = make_graduate(session, make_finished_batch(session), name="Siti Botutihe", title_after="S.Kep.")
    issued = issue_certificate(session, SYSTEM, enrolment.id, today=TODAY, now=NOW, **press())
    row = session.get_one(Certificate, issued.id)
    assert row.number.startswith("0001/STTP/")
