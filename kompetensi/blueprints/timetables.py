"""Pages of the area timetables: ask the solver, watch it, ask why not elsewhere, accept, change."""

from __future__ import annotations

from datetime import date

from flask import Blueprint, Response, flash, json, redirect, request, url_for
from flask.typing import ResponseReturnValue

from kompetensi.blueprints.rendering import page, translate
from kompetensi.blueprints.submission import status_of, submit
from kompetensi.context import actor, clock, session, state
from kompetensi.forms.base import offer
from kompetensi.forms.timetables import ReplanForm, TimetableForm, WhyNotForm
from kompetensi.jobs import order_replan, order_timetable
from kompetensi.messages import Message, say
from kompetensi.planning.timetable import Refusal
from kompetensi.services import timetables
from kompetensi.services.unit_of_work import transaction

blueprint = Blueprint("timetables", __name__)

_MILLION = 1_000_000


def _to_timetable(draft_id: int) -> ResponseReturnValue:
    return redirect(url_for("kompetensi.timetables.timetable", draft_id=draft_id), 303)


def _list(form: TimetableForm, problem: Message | None) -> ResponseReturnValue:
    found, analyses, centres = timetables.list_timetables(session(), actor(), today=clock().today())
    return page("timetables/timetables.html", status=status_of(form, problem), form=form, problem=problem, found=found,
                analyses=analyses, centres=centres)


def _form() -> TimetableForm:
    _, analyses, centres = timetables.list_timetables(session(), actor(), today=clock().today())
    year = analyses[0].year if analyses else clock().today().year + 1
    form = TimetableForm(data=None if request.method == "POST" else {
        "name": translate(say("Jadwal %(year)s", year=str(year))), "first_day": max(date(year, 1, 2), clock().today()),
        "last_day": date(year, 12, 31), "minutes": 5})
    form.unit.choices = offer(centres)
    form.analysis.choices = [(one.id, say("%(year)s versi %(version)s, %(unit)s", year=str(one.year), version=one.version,
                                          unit=one.unit_name)) for one in analyses]
    return form


@blueprint.get("/jadwal")
def list_timetables() -> ResponseReturnValue:
    """List the timetables, with the form for a new one."""
    return _list(_form(), None)


@blueprint.post("/jadwal")
def order() -> ResponseReturnValue:
    """Ask for a timetable; its page shows the best so far."""
    form, made = _form(), []
    problem = submit(form, lambda: made.append(order_timetable(
        session(), actor(), form.unit.data, form.name.data or "", form.analysis.data, form.first_day.data,
        form.last_day.data, time_limit_s=60 * form.minutes.data, max_runs=form.max_runs.data,
        budget_idr=form.budget_million.data and form.budget_million.data * _MILLION, engine=state().jobs,
        randomness=state().randomness, today=clock().today(), now=clock().now())))
    return _to_timetable(made[0]) if made else _list(form, problem)


def _show(
    draft_id: int, replan: ReplanForm, problem: Message | None, *, refusals: tuple[Refusal, ...] | None = None,
    why: WhyNotForm | None = None,
) -> ResponseReturnValue:
    found = timetables.view_timetable(session(), actor(), draft_id, today=clock().today())
    replan.trainer.choices = offer(found.trainers, empty=say("tidak ada; hanya susun ulang"))
    why = why or WhyNotForm(formdata=None)
    why.run.choices = offer([(run.id, say("%(name)s, %(day)s", name=run.name, day=run.first_day)) for run in found.runs])
    why.room.choices = offer(found.rooms, empty=say("ruang mana pun"))
    why.trainer.choices = offer(found.trainers, empty=say("pengajar mana pun"))
    return page("timetables/timetable.html", status=status_of(replan, problem), found=found, replan=replan, why=why,
                problem=problem, refusals=refusals)


@blueprint.get("/jadwal/<int:draft_id>")
def timetable(draft_id: int) -> ResponseReturnValue:
    """Show a timetable, the best so far while it is looked for; ``run`` and ``day`` ask why a run is not elsewhere."""
    if not request.args.get("run"):
        return _show(draft_id, ReplanForm(formdata=None), None)
    why = WhyNotForm(request.args)
    found = timetables.view_timetable(session(), actor(), draft_id, today=clock().today())
    why.run.choices = offer([(run.id, run.name) for run in found.runs])
    why.room.choices = offer(found.rooms, empty=say("ruang mana pun"))
    why.trainer.choices = offer(found.trainers, empty=say("pengajar mana pun"))
    if not why.validate():
        return _show(draft_id, ReplanForm(formdata=None), None, why=why)
    refusals = timetables.ask_why_not(session(), actor(), draft_id, why.run.data, why.day.data, room=why.room.data or None,
                                      trainer=why.trainer.data or None, today=clock().today())
    return _show(draft_id, ReplanForm(formdata=None), None, refusals=refusals, why=why)


@blueprint.get("/jadwal/<int:draft_id>.json")
def document(draft_id: int) -> ResponseReturnValue:
    """Hand out question and answer as they can be given to ``kompetensi solve timetable``."""
    found = timetables.answer_of(session(), actor(), draft_id, today=clock().today())
    return Response(json.dumps(found, ensure_ascii=False, indent=1), mimetype="application/json", headers={
        "Content-Disposition": f'attachment; filename="jadwal-{draft_id}.json"', "Cache-Control": "private, no-store"})


@blueprint.post("/jadwal/<int:draft_id>/cukup")
def stop(draft_id: int) -> ResponseReturnValue:
    """Say that the best so far is good enough."""
    with transaction(session()):
        timetables.stop_timetable(session(), actor(), draft_id, today=clock().today(), now=clock().now())
    flash(translate("Pencarian berhenti pada langkah berikutnya; yang terbaik saat itu disimpan."), "success")
    return _to_timetable(draft_id)


@blueprint.post("/jadwal/<int:draft_id>/terima")
def accept(draft_id: int) -> ResponseReturnValue:
    """Make the timetable's runs batches."""
    with transaction(session()):
        made = timetables.accept_timetable(session(), actor(), draft_id, today=clock().today(), now=clock().now())
    flash(translate("%(count)s angkatan direncanakan. Buka pendaftarannya pada halaman angkatan.", count=len(made)), "success")
    return _to_timetable(draft_id)


@blueprint.post("/jadwal/<int:draft_id>/buang")
def discard(draft_id: int) -> ResponseReturnValue:
    """Put a timetable away."""
    with transaction(session()):
        timetables.discard_timetable(session(), actor(), draft_id, today=clock().today(), now=clock().now())
    return redirect(url_for("kompetensi.timetables.list_timetables"), 303)


@blueprint.post("/jadwal/<int:draft_id>/susun-ulang")
def change(draft_id: int) -> ResponseReturnValue:
    """Ask for a changed timetable with as few changes as possible."""
    form, made = ReplanForm(), []
    found = timetables.view_timetable(session(), actor(), draft_id, today=clock().today())
    form.trainer.choices = offer(found.trainers, empty=say("tidak ada; hanya susun ulang"))
    problem = submit(form, lambda: made.append(order_replan(
        session(), actor(), draft_id, trainer_code=form.trainer.data or None, first_away=form.first_away.data,
        last_away=form.last_away.data, engine=state().jobs, randomness=state().randomness, today=clock().today(),
        now=clock().now())))
    return _to_timetable(made[0]) if made else _show(draft_id, form, problem)
