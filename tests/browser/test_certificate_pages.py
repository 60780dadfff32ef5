"""Pages of certificates that wait: signing, awards, photos; on a desk and on a phone, in both languages, axe finds nothing."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from axe_playwright_python.sync_playwright import Axe
from graduates import PlainRenderer, press
from playwright.sync_api import expect
from sqlalchemy import select

from kompetensi.context import clock, session, state
from kompetensi.models import Batch, Certificate, Enrolment, Training
from kompetensi.rules.access import SYSTEM
from kompetensi.services.certificates import Press, find_graduates, prepare_award, prepare_many
from kompetensi.services.unit_of_work import transaction

pytestmark = pytest.mark.browser


class AttendedSigner:
    """Somebody must type a secret before anything is signed."""

    signs, attended, authority, certificates = True, True, "BSrE", ()


@pytest.fixture
def codes(served) -> dict[str, str]:
    """Certificates and an award that wait for a signature; the batch that they are of, and one of LAN's."""
    signer = AttendedSigner()
    served.extensions["kompetensi"] = replace(state(served), renderer=PlainRenderer(), signer=signer)
    made = Press(**(press() | {"signer": signer}))
    with served.app_context(), transaction(session()):
        on = {"today": clock().today(), "now": clock().now()}
        waiting = find_graduates(session(), SYSTEM, today=on["today"])
        finished = waiting[0].batch if waiting else session().scalars(
            select(Batch.code).join(Enrolment, Enrolment.batch_id == Batch.id).where(Enrolment.outcome == "PASSED")).first()
        for one in prepare_many(
                session(), SYSTEM, made, [one.enrolment_id for one in waiting if one.batch == finished][:3], **on):
            row = session().get_one(Certificate, one.id)
            # The head's post is vacant: the centre signs.
            row.facts = row.facts | {"signer": row.facts["signer"] | {"name": "", "nip": ""}}
        nip = session().scalars(select(Enrolment).join(Batch, Enrolment.batch_id == Batch.id).where(
            Batch.code == finished, Enrolment.outcome == "PASSED")).first().person.nip
        prepare_award(session(), SYSTEM, made, finished, nip, "Peserta terbaik I", **on)
        lan = session().scalars(
            select(Batch.code).join(Training, Batch.training_id == Training.id).join(Enrolment, Enrolment.batch_id == Batch.id)
            .where(Training.lan_programme, Enrolment.status == "APPROVED").order_by(Batch.code)).first()
        return {"finished": finished, "lan": lan}


@pytest.mark.parametrize("language", ["id", "en"])
@pytest.mark.parametrize("width", [1280, 390])
def test_axe_finds_nothing_where_certificates_wait(visit, served, codes, language, width):
    page = visit("balai")
    page.set_viewport_size({"width": width, "height": 900})
    if page.locator("html").get_attribute("lang") != language:  # an account keeps its language
        page.get_by_role("button", name={"en": "English", "id": "Bahasa Indonesia"}[language]).click()
    for path in ("/sertifikat/tanda-tangan", f"/angkatan/{codes['finished']}/penghargaan",
                 f"/angkatan/{codes['lan']}/sertifikat/siapkan"):
        page.goto(path)
        assert page.locator("html").get_attribute("lang") == language
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        assert ("tanda-tangan" in path) is (page.locator("a[href$='.pdf']").count() >= 3)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
        found = Axe().run(page)
        assert found.violations_count == 0, (path, found.generate_report())


def test_a_sheet_can_be_read_before_it_is_signed(visit, codes):
    page = visit("balai")
    page.goto("/sertifikat/tanda-tangan")
    address = page.get_by_role("link", name=re.compile("Lihat draf|View draft")).first.get_attribute("href")
    answer = page.request.get(address)
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.body().startswith(b"%PDF")


def test_an_award_that_waits_is_listed_beside_the_one_who_gets_it(visit, codes):
    page = visit("balai")
    page.goto(f"/angkatan/{codes['finished']}/penghargaan")
    row = page.get_by_role("row").filter(has_text="PESERTA TERBAIK I")
    expect(row).to_contain_text(re.compile("menunggu tanda tangan|awaiting signature"))
