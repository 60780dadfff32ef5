"""Pages of the area moves: a person's natural next moves, who could move to a position, and stated interests."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from kompetensi.blueprints.asked import asked_day
from kompetensi.blueprints.rendering import page, translate
from kompetensi.blueprints.submission import status_of, submit
from kompetensi.context import actor, clock, session
from kompetensi.forms.moves import chosen_of, interest_form
from kompetensi.services import interests, moves
from kompetensi.services.unit_of_work import transaction

blueprint = Blueprint("moves", __name__)

_TOP = 20


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
            session(), actor(), nip, top=_TOP, on=asked_day("on", today), today=today, now=clock().now(),
            vacant_only=request.args.get("lowong") == "1")
    return page("moves/person.html", found=found, words=moves.PARTS, today=today)


@blueprint.get("/langkah/jabatan/<path:code>")
def position(code: str) -> ResponseReturnValue:
    """Show who could move to a position."""
    today = clock().today()
    with transaction(session()):
        found = moves.view_candidates(session(), actor(), code, top=_TOP, on=asked_day("on", today), today=today,
                                      now=clock().now())
    return page("moves/position.html", found=found, words=moves.PARTS, today=today)


for _view in (person, position):  # both note who looked
    _view.writes = True  # type: ignore[attr-defined]
