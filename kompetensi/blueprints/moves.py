"""Pages of the area moves: a person's natural next moves, who could move to a position, and stated interests."""

from __future__ import annotations

from datetime import date

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from kompetensi.blueprints.rendering import page, translate
from kompetensi.blueprints.submission import status_of, submit
from kompetensi.context import actor, clock, session
from kompetensi.errors import InvalidInput
from kompetensi.forms.moves import chosen_of, interest_form
from kompetensi.messages import say
from kompetensi.services import interests, moves
from kompetensi.services.unit_of_work import transaction

blueprint = Blueprint("moves", __name__)

_TOP = 20


def _asked_day(today: date) -> date:
    text = request.args.get("on", "").strip()
    if not text:
        return today
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InvalidInput(say("“%(value)s” bukan tanggal; tulis seperti 2026-11-23.", value=text), where="on") from None


@blueprint.route("/langkah/minat", methods=["GET", "POST"])
def state_interests() -> ResponseReturnValue:
    """Ask the reader for what he is interested in, and keep it."""
    own = interests.own_interests(session(), actor(), today=clock().today())
    form, problem = interest_form(own.catalogue, own.stated), None
    if request.method == "POST":
        problem = submit(form, lambda: interests.state_own_interests(
            session(), actor(), chosen_of(form), today=clock().today(), now=clock().now()))
        if not problem and not form.bad_fields():
            flash(translate("Minat Anda tersimpan."), "success")
            return redirect(url_for("kompetensi.moves.person", nip=own.nip), 303)
    return page("moves/interests.html", status=status_of(form, problem), form=form, problem=problem, nip=own.nip)


@blueprint.get("/langkah/<nip>")
def person(nip: str) -> ResponseReturnValue:
    """Show the natural next moves of a person."""
    today = clock().today()
    with transaction(session()):
        found = moves.view_next_moves(
            session(), actor(), nip, top=_TOP, on=_asked_day(today), today=today, now=clock().now(),
            vacant_only=request.args.get("lowong") == "1")
    return page("moves/person.html", found=found, words=moves.PARTS, today=today)


@blueprint.get("/langkah/jabatan/<path:code>")
def position(code: str) -> ResponseReturnValue:
    """Show who could move to a position."""
    today = clock().today()
    with transaction(session()):
        found = moves.view_candidates(session(), actor(), code, top=_TOP, on=_asked_day(today), today=today,
                                      now=clock().now())
    return page("moves/position.html", found=found, words=moves.PARTS, today=today)


for _view in (person, position):  # both note who looked
    _view.writes = True  # type: ignore[attr-defined]
