"""Pages of timetables: asked for, shown with its proof, questioned, accepted, thrown away."""

from __future__ import annotations

from datetime import date

import pytest
from factories import TODAY
from sqlalchemy import select
from sqlalchemy.orm import Session

from kompetensi.context import state
from kompetensi.models import Account, NeedsAnalysis, TimetableDraft
from kompetensi.services.accounts import load_actor

YEAR = TODAY.year + 1


@pytest.fixture
def session(app):
    """A session of its own on the application's database."""
    with app.app_context():
        engine = state().db.engine
    with Session(engine) as session:
        yield session


@pytest.fixture
def as_login(session, sign_in):
    def become(username):
        account = session.scalars(select(Account).where(Account.username == username)).one()
        return sign_in(load_actor(session, account.id, today=TODAY))

    return become


@pytest.fixture
def asked(session):
    number = session.scalars(select(NeedsAnalysis.id)).one()
    session.rollback()
    return {"name": "Jadwal uji", "unit": "75-BKPSDM", "analysis": str(number), "first_day": f"{YEAR}-01-02",
            "last_day": f"{YEAR}-03-31", "minutes": "1"}


def test_before_anything_was_asked_the_page_says_what_it_does(client, as_login):
    as_login("balai")
    text = client.get("/jadwal").text
    assert "Belum ada" in text
    assert "Susun jadwal baru" in text
    as_login("hr")
    assert client.get("/jadwal").status_code == 403


def test_a_timetable_is_asked_for_shown_and_put_away(client, as_login, session, asked):
    as_login("balai")
    made = client.post("/jadwal", data=asked)
    assert made.status_code == 303, made.text[-3000:]
    address = made.headers["Location"]
    text = client.get(address).text
    assert "Menunggu keputusan" in text
    assert "Tidak dapat diselenggarakan sendiri" in text
    answer = client.get(f"{address}.json").json
    assert answer["question"]["calendar"]["first_day"] == f"{YEAR}-01-02"
    assert answer["answer"]["format"] == "kompetensi-timetable-result/1"
    assert "Jadwal uji" in client.get("/jadwal").text
    assert client.post(f"{address}/buang").status_code == 303
    session.rollback()
    assert session.scalars(select(TimetableDraft.status)).one() == "DISCARDED"
    session.rollback()
    assert client.post(f"{address}/terima").status_code == 409


@pytest.mark.parametrize(("change", "words"), [
    ({"last_day": "2020-01-01"}, "Hari"), ({"name": ""}, "Nama"), ({"minutes": "600"}, "menit"),
    ({"first_day": date(TODAY.year - 1, 1, 1).isoformat()}, "Hari pertama")])
def test_a_wrong_form_says_at_which_field(client, as_login, asked, change, words):
    as_login("balai")
    answer = client.post("/jadwal", data=asked | change)
    assert answer.status_code == 400
    assert words in answer.text


def test_what_does_not_exist_is_not_found(client, as_login):
    as_login("balai")
    assert client.get("/jadwal/999").status_code == 404
    assert client.get("/jadwal/999.json").status_code == 404
