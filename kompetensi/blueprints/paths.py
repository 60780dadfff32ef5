"""Training paths: the question, the choices, taking one, and the paths that were taken."""

from __future__ import annotations

from datetime import date, timedelta

from flask import Blueprint, current_app, flash, redirect, request, url_for

from kompetensi.blueprints.rendering import page, translate
from kompetensi.context import actor, clock, session
from kompetensi.errors import InvalidInput
from kompetensi.forms.paths import ReadyByForm, TakePathForm, WhatIfForm
from kompetensi.messages import say
from kompetensi.services import openings, paths, what_if
from kompetensi.services.unit_of_work import transaction

blueprint = Blueprint("paths", __name__)

# A deadline later than this after the finish is not drawn: the steps would have no room.
_DRAWN_AHEAD = timedelta(days=366)


def _time_limit_s() -> float:
    return current_app.config["KOMPETENSI_PLAN_TIME_LIMIT_S"]


def _ready_by(form: ReadyByForm | TakePathForm | WhatIfForm) -> date | None:
    form.validate()
    if form.by.errors:
        raise InvalidInput(say("“%(value)s” bukan tanggal; tulis seperti 2026-11-23.",
                               value=request.values.get("by", "")), where="by")
    return form.by.data


@blueprint.get("/jalur")
def mine():
    """Show the paths that the reader took."""
    return page("paths/mine.html", taken=paths.own_paths(session(), actor(), today=clock().today()))


@blueprint.get("/jalur/<nip>/<code>")
def plan(nip: str, code: str):
    """Show the best paths of a person to a position."""
    form = ReadyByForm(request.args)
    found = paths.find_path(session(), actor(), nip, code, ready_by=_ready_by(form), today=clock().today(),
                            time_limit_s=_time_limit_s())
    return page("paths/plan.html", path=found, own=actor().person_id == found.person_id, horizon=lambda choice: _horizon(choice, found.ready_by))


def _horizon(choice: paths.Choice, ready_by: date | None) -> date:
    """Return where the drawing of a choice ends: a fortnight after its finish, or after a deadline within a year of it."""
    fortnight = timedelta(days=14)
    if ready_by is not None and choice.finish < ready_by <= choice.finish + _DRAWN_AHEAD:
        return ready_by + fortnight
    return choice.finish + fortnight


@blueprint.get("/jalur/<nip>/<code>/andai")
def suppose(nip: str, code: str):
    """Show a path as it is beside the path as it would be."""
    form = WhatIfForm(request.args)
    ready_by = _ready_by(form)
    assumptions = what_if.Assumptions(
        tuple(filter(None, form.passed.data)), tuple(filter(None, form.taken.data)), form.until.data,
        form.unlimited.data, form.golongan.data) if not form.bad_fields() else what_if.Assumptions()
    found = what_if.ask_what_if(session(), actor(), nip, code, assumptions, ready_by=ready_by, today=clock().today(),
                                time_limit_s=_time_limit_s())
    for field, message in found.refused:
        form.blame(field, message)
    return page("paths/what_if.html", found=found, form=form, own=actor().person_id == found.person_id,
                status=400 if form.bad_fields() else 200)


@blueprint.post("/jalur/<nip>/<code>/ambil")
def take(nip: str, code: str):
    """Take one of the choices and ask for its seats."""
    form = TakePathForm()
    ready_by = _ready_by(form)
    with transaction(session()):
        taken = paths.take_path(
            session(), actor(), nip, code, form.choice.data, ready_by=ready_by, today=clock().today(),
            now=clock().now(), time_limit_s=_time_limit_s())
    flash(translate("Jalur diambil; %(count)s kursi diminta kepada balai pelatihan.", count=taken.seats_asked))
    return redirect(url_for("kompetensi.paths.mine") if taken.own else
                    url_for("kompetensi.paths.taken", nip=nip), 303)


@blueprint.get("/jalur/<nip>/kesenjangan")
def gaps(nip: str):
    """Rank a person's gaps by how many positions each opens."""
    today = clock().today()
    found = openings.rank_gaps(session(), actor(), nip, on=today, today=today)
    return page("paths/gaps.html", found=found, own=actor().person_id == found.person_id)


@blueprint.get("/jalur/<nip>")
def taken(nip: str):
    """Show the paths that a person took."""
    return page("paths/mine.html", taken=paths.paths_of(session(), actor(), nip, today=clock().today()))
