"""The page of a job while it runs: it draws itself anew, a screen reader is told, axe finds nothing, no script is needed."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from axe_playwright_python.sync_playwright import Axe
from graduates import PlainRenderer, press
from playwright.sync_api import expect
from sqlalchemy import select

from kompetensi.context import clock, session, state
from kompetensi.jobs import JobRunner, order_batch
from kompetensi.models import Batch, Enrolment
from kompetensi.rules.access import SYSTEM
from kompetensi.services.certificates import Press, without_certificate
from kompetensi.services.unit_of_work import transaction

pytestmark = pytest.mark.browser


@pytest.fixture
def job(served) -> str:
    """A job for the demo's finished batch that nobody has started."""
    served.extensions["kompetensi"] = replace(state(served), renderer=PlainRenderer())
    with served.app_context(), transaction(session()):
        code = session().scalars(select(Batch.code).join(Enrolment, Enrolment.batch_id == Batch.id).where(
            Enrolment.outcome == "PASSED", without_certificate())).first()
        return order_batch(session(), SYSTEM, code, press=Press(**press()), engine=None, today=clock().today(),
                           now=clock().now())


def test_it_draws_itself_anew_until_the_job_has_ended(visit, served, job):
    page = visit("balai")
    page.goto(f"/pekerjaan/{job}")
    heading = page.get_by_role("heading", level=1)
    expect(heading).to_have_text(re.compile("menunggu giliran"))
    assert page.locator("[aria-live=polite]").inner_text().startswith("0 dari")
    assert Axe().run(page).violations_count == 0
    page.get_by_role("button", name="Hentikan").focus()  # what has the focus keeps it while the count moves
    page.wait_for_timeout(3500)
    assert page.evaluate("document.activeElement.textContent").strip() == "Hentikan"
    JobRunner(served).run(job, "here:0:test")
    expect(heading).to_have_text(re.compile("sertifikat terbit"), timeout=15_000)
    assert Axe().run(page).violations_count == 0
    assert page.get_by_role("link", name="Unduh semua (ZIP)").is_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
