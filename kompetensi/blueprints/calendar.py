"""Pages of the area calendar: what is held when, links for calendar programs, and what they read."""

from __future__ import annotations

import hashlib
from urllib.parse import urlsplit

from flask import Blueprint, Response, current_app, flash, make_response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from kompetensi.blueprints import public
from kompetensi.blueprints.asked import asked_day
from kompetensi.blueprints.rendering import page, translate
from kompetensi.blueprints.throttle import Throttle
from kompetensi.context import EXTENSION, actor, clock, public_url, session, state
from kompetensi.errors import Conflict, InvalidInput, NotFound
from kompetensi.exchange.icalendar_feed import MEDIA_TYPE
from kompetensi.messages import Message, say
from kompetensi.services import calendar_links
from kompetensi.services.calendar import CalendarViewKind, calendar_view
from kompetensi.services.calendar_links import CalendarFile, CalendarKind
from kompetensi.services.unit_of_work import transaction

blueprint = Blueprint("calendar", __name__)

_THROTTLE = f"{EXTENSION}_calendar_throttle"
_WINDOW_S = 60
# Words of the address, by kind of calendar.
_KINDS = {"pegawai": CalendarKind.PERSON, "pengajar": CalendarKind.TRAINER, "ruang": CalendarKind.ROOM}


@blueprint.get("/kalender")
def home() -> ResponseReturnValue:
    """Show the calendar in one of its views."""
    text = request.args.get("tampilan", CalendarViewKind.MONTH.value)
    try:
        kind = CalendarViewKind(text)
    except ValueError:
        raise InvalidInput(say("“%(word)s” bukan tampilan kalender.", word=text[:40]), where="tampilan") from None
    asked = {name: request.args.get(name, "").strip()[:120] for name in ("pelatihan", "tempat", "balai")}
    found = calendar_view(
        session(), actor(), kind, asked_day("hari", clock().today()), today=clock().today(),
        training=asked["pelatihan"], place=asked["tempat"], centre=asked["balai"])
    kept = {name: value for name, value in asked.items() if value}
    return page("calendar/home.html", found=found, kinds=tuple(CalendarViewKind), asked=asked, kept=kept)


# --- links -------------------------------------------------------------------------------------------------------------


def _kind(word: str) -> CalendarKind:
    if word not in _KINDS:
        raise NotFound(say("Kalender itu tidak ada."), where="owner")
    return _KINDS[word]


def _links_page(
    word: str, owner_id: int, *, token: str = "", problem: Message | None = None, status: int = 200
) -> ResponseReturnValue:
    owner, links = calendar_links.list_links(session(), actor(), _kind(word), owner_id, today=clock().today())
    address = url_for("kompetensi.calendar.feed", token=token, _external=True) if token else ""
    answer = page("calendar/links.html", status=status, owner=owner, links=links, word=word, address=address,
                  problem=problem)
    answer.headers["Cache-Control"] = "no-store"  # the address is shown this once
    return answer


@blueprint.get("/kalender/tautan")
def own_links() -> ResponseReturnValue:
    """Lead the reader to the links of his own calendar."""
    person_id = actor().person_id
    if person_id is None:
        raise NotFound(say("Akun ini tidak terhubung dengan data pegawai, jadi tidak mempunyai kalender sendiri."))
    return redirect(url_for("kompetensi.calendar.links", word="pegawai", owner_id=person_id), 303)


@blueprint.get("/kalender/tautan/<word>/<int:owner_id>")
def links(word: str, owner_id: int) -> ResponseReturnValue:
    """Show the open links of a calendar."""
    return _links_page(word, owner_id)


@blueprint.post("/kalender/tautan/<word>/<int:owner_id>")
def make_link(word: str, owner_id: int) -> ResponseReturnValue:
    """Make a link and show its address, once."""
    try:
        with transaction(session()):
            made = calendar_links.make_link(
                session(), actor(), _kind(word), owner_id, today=clock().today(), now=clock().now(),
                randomness=state().randomness)
    except Conflict as refused:
        return _links_page(word, owner_id, problem=refused.message, status=409)
    return _links_page(word, owner_id, token=made.token)


@blueprint.post("/kalender/tautan/<int:link_id>/cabut")
def withdraw_link(link_id: int) -> ResponseReturnValue:
    """Close a link."""
    with transaction(session()):
        owner = calendar_links.withdraw_link(session(), actor(), link_id, today=clock().today(), now=clock().now())
    flash(translate("Tautan dicabut; program yang memakainya tidak lagi mendapat kalender ini."), "success")
    word = next(word for word, kind in _KINDS.items() if kind is owner.kind)
    return redirect(url_for("kompetensi.calendar.links", word=word, owner_id=owner.id), 303)


# --- files -------------------------------------------------------------------------------------------------------------


def _where() -> dict[str, str]:
    """Return what addresses in a calendar are made of; the host is the configured one, so that UIDs stay as they are."""
    configured = current_app.config["KOMPETENSI_PUBLIC_URL"]
    return {"base_url": public_url(), "host": urlsplit(configured).hostname or "kompetensi"}


def _download(file: CalendarFile) -> Response:
    return Response(file.content, mimetype=MEDIA_TYPE, headers={
        "Content-Disposition": f'attachment; filename="{file.name}"', "Cache-Control": "private, no-store"})


@blueprint.get("/kalender/berkas/<word>/<int:owner_id>.ics")
def owner_file(word: str, owner_id: int) -> ResponseReturnValue:
    """Hand out a calendar as a file."""
    return _download(calendar_links.owner_calendar(
        session(), actor(), _kind(word), owner_id, today=clock().today(), **_where()))


@blueprint.get("/kalender/angkatan/<code>.ics")
def batch_file(code: str) -> ResponseReturnValue:
    """Hand out the meetings of a batch as a file."""
    return _download(calendar_links.batch_calendar(session(), actor(), code, today=clock().today(), **_where()))


@blueprint.get("/kalender/pertemuan/<int:meeting_id>.ics")
def meeting_file(meeting_id: int) -> ResponseReturnValue:
    """Hand out one meeting as a file."""
    return _download(calendar_links.meeting_calendar(session(), actor(), meeting_id, today=clock().today(), **_where()))


@blueprint.get("/kalender/langganan/<token>.ics")
@public
def feed(token: str) -> ResponseReturnValue:
    """Give a calendar to whoever has its link; a program that has it already is told so in few bytes."""
    throttle: Throttle = current_app.extensions.setdefault(
        _THROTTLE, Throttle(current_app.config["KOMPETENSI_CALENDAR_PER_MINUTE"], _WINDOW_S))
    # Many programs of one office share an address, so reading counts by link, and only trying counts by address.
    address, link = f"alamat {request.remote_addr}", hashlib.sha256(token.encode()).hexdigest()
    wait_s = throttle.wait_s(address, link)
    if wait_s:
        answer = make_response(translate("Terlalu banyak permintaan. Coba lagi dalam %(seconds)s detik.",
                                         seconds=int(wait_s) + 1), 429)
        answer.headers["Retry-After"] = str(int(wait_s) + 1)
        answer.mimetype = "text/plain"
        return answer
    try:
        with transaction(session()):
            file = calendar_links.read_calendar(session(), token, today=clock().today(), now=clock().now(), **_where())
    except NotFound:
        throttle.count(address)
        raise
    throttle.count(link)
    answer = Response(file.content, mimetype=MEDIA_TYPE, headers={"Cache-Control": "private, no-cache"})
    answer.set_etag(file.tag)
    return answer.make_conditional(request)


feed.writes = True  # type: ignore[attr-defined]
