"""Pages of the area readiness: the home of a civil servant, and one person against one position."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from kompetensi.blueprints.asked import asked_day
from kompetensi.blueprints.rendering import page, translate
from kompetensi.context import actor, clock, session
from kompetensi.services import overview, people_edits, readiness
from kompetensi.services.unit_of_work import transaction

blueprint = Blueprint("readiness", __name__)


@blueprint.get("/kesiapan")
def home() -> ResponseReturnValue:
    """Show the reader's own readiness, or say kindly that the account belongs to nobody of the register."""
    found = overview.own_overview(session(), actor(), today=clock().today())
    if found is None:
        return page("readiness/no_person.html")
    return page("readiness/home.html", own=found)


@blueprint.post("/kesiapan/sasaran")
def choose_target() -> ResponseReturnValue:
    """Keep the position that the reader wishes to be ready for; an empty one gives up the wish."""
    code = request.form.get("position", "").strip() or None
    with transaction(session()):
        people_edits.choose_own_target(session(), actor(), code, today=clock().today(), now=clock().now())
    flash(translate("Sasaran Anda tersimpan.") if code else translate("Sasaran Anda dilepas."), "success")
    return redirect(url_for("kompetensi.readiness.home"), 303)


@blueprint.get("/kesiapan/<nip>/<path:code>")
def position(nip: str, code: str) -> ResponseReturnValue:
    """Show a person against a position on a day, for a purpose."""
    today = clock().today()
    with transaction(session()):
        found = readiness.view_readiness(
            session(), actor(), nip, code, on=asked_day("on", today), purpose=request.args.get("purpose") or "filling",
            today=today, now=clock().now())
    return page("readiness/position.html", found=found, result=found.readiness, trail_of=readiness.trail_of)


position.writes = True  # type: ignore[attr-defined]  # it notes who looked at somebody else's readiness
