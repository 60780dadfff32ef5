"""Pages of the area demand: the yearly needs analysis in its versions, and the people behind its numbers."""

from __future__ import annotations

from flask import Blueprint, Response, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from kompetensi.blueprints.asked import page_number
from kompetensi.blueprints.rendering import page, translate
from kompetensi.blueprints.submission import status_of, submit
from kompetensi.context import actor, clock, session, state
from kompetensi.exchange.spreadsheets import write_workbook
from kompetensi.forms.base import offer
from kompetensi.forms.demand import AnalysisDecisionForm, AnalysisForm, TargetForm
from kompetensi.jobs import order_analysis
from kompetensi.messages import Message
from kompetensi.services import demand, targets
from kompetensi.services.demand_sheets import sheets_of, title_of
from kompetensi.services.targets import SOURCE_WORDS, SOURCES
from kompetensi.services.unit_of_work import transaction

blueprint = Blueprint("demand", __name__)

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def _to_analysis(analysis_id: int) -> ResponseReturnValue:
    return redirect(url_for("kompetensi.demand.analysis", analysis_id=analysis_id), 303)


def _list(form: AnalysisForm, problem: Message | None) -> ResponseReturnValue:
    analyses, centres = demand.list_analyses(session(), actor(), today=clock().today())
    form.unit.choices = offer([(centre.code, centre.name) for centre in centres])
    return page("demand/analyses.html", status=status_of(form, problem), form=form, problem=problem, analyses=analyses,
                centres=centres)


def _form() -> AnalysisForm:
    form = AnalysisForm(data=None if request.method == "POST" else {
        "year": clock().today().year + 1, "sources": list(SOURCES)})
    form.sources.choices = offer([(source, SOURCE_WORDS[source]) for source in SOURCES])
    return form


@blueprint.get("/kebutuhan")
def analyses() -> ResponseReturnValue:
    """List the analyses, with the form for a new version."""
    return _list(_form(), None)


@blueprint.post("/kebutuhan")
def order() -> ResponseReturnValue:
    """Begin a new version; its page shows how far it is."""
    form, made = _form(), []
    _, centres = demand.list_analyses(session(), actor(), today=clock().today())
    form.unit.choices = offer([(centre.code, centre.name) for centre in centres])
    problem = submit(form, lambda: made.append(order_analysis(
        session(), actor(), form.unit.data, form.year.data, sources=form.sources.data, engine=state().jobs,
        randomness=state().randomness, today=clock().today(), now=clock().now())))
    return _to_analysis(made[0]) if made else _list(form, problem)


def _show(analysis_id: int, form: AnalysisDecisionForm, problem: Message | None) -> ResponseReturnValue:
    found = demand.view_analysis(session(), actor(), analysis_id, today=clock().today())
    return page("demand/analysis.html", status=status_of(form, problem), found=found, form=form, problem=problem)


@blueprint.get("/kebutuhan/<int:analysis_id>")
def analysis(analysis_id: int) -> ResponseReturnValue:
    """Show one version: what is needed, by training and month and by agency."""
    return _show(analysis_id, AnalysisDecisionForm(formdata=None), None)


@blueprint.get("/kebutuhan/<int:analysis_id>/orang")
def people(analysis_id: int) -> ResponseReturnValue:
    """Show who stands behind the numbers."""
    training, agency = request.args.get("pelatihan") or None, request.args.get("opd") or None
    is_open = request.args.get("terbuka") == "1"
    with transaction(session()):
        found = demand.list_people(
            session(), actor(), analysis_id, training_code=training, agency_code=agency, open_only=is_open,
            today=clock().today(), now=clock().now(), number=page_number())
    return page("demand/people.html", found=found, analysis_id=analysis_id, training=training, agency=agency,
                is_open=is_open)


people.writes = True  # type: ignore[attr-defined]


@blueprint.get("/kebutuhan/<int:analysis_id>.xlsx")
def sheet(analysis_id: int) -> ResponseReturnValue:
    """Hand out a version as a spreadsheet."""
    found = demand.view_analysis(session(), actor(), analysis_id, today=clock().today())
    name = f"AKPK-{found.item.year}-v{found.item.version}.xlsx"
    return Response(write_workbook(title_of(found), found.item.created_at, sheets_of(found), translate), mimetype=_XLSX, headers={
        "Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "private, no-store"})


@blueprint.post("/kebutuhan/<int:analysis_id>/usulkan")
def propose(analysis_id: int) -> ResponseReturnValue:
    """Hand a draft in for approval."""
    with transaction(session()):
        demand.propose_analysis(session(), actor(), analysis_id, today=clock().today(), now=clock().now())
    flash(translate("Analisis diusulkan. Orang lain yang berwenang memutuskannya."), "success")
    return _to_analysis(analysis_id)


@blueprint.post("/kebutuhan/<int:analysis_id>/putuskan")
def decide(analysis_id: int) -> ResponseReturnValue:
    """Approve what was proposed, or return it."""
    form, done = AnalysisDecisionForm(), []
    problem = submit(form, lambda: done.append(demand.decide_analysis(
        session(), actor(), analysis_id, approve=form.decision.data == "approve", reason=form.reason.data or "",
        today=clock().today(), now=clock().now())))
    if not done:
        return _show(analysis_id, form, problem)
    flash(translate("Keputusan tersimpan."), "success")
    return _to_analysis(analysis_id)


@blueprint.route("/pegawai/<nip>/disiapkan", methods=["GET", "POST"])
def person_targets(nip: str) -> ResponseReturnValue:
    """Show for which positions somebody is prepared, and let HR add one."""
    form, problem, done = TargetForm(), None, []
    if request.method == "POST":
        problem = submit(form, lambda: done.append(targets.set_target(
            session(), actor(), nip, form.position.data or "", form.source.data, ready_by=form.ready_by.data,
            today=clock().today(), now=clock().now())))
    if done:
        flash(translate("Jabatan sasaran tersimpan dan orangnya diberi tahu."), "success")
        return redirect(url_for("kompetensi.demand.person_targets", nip=nip), 303)
    found = targets.list_targets(session(), actor(), nip, today=clock().today())
    return page("demand/targets.html", status=status_of(form, problem), found=found, form=form, problem=problem)


@blueprint.post("/pegawai/<nip>/disiapkan/<int:target_id>/cabut")
def withdraw_target(nip: str, target_id: int) -> ResponseReturnValue:
    """Give a target up."""
    with transaction(session()):
        targets.withdraw_target(session(), actor(), target_id, today=clock().today(), now=clock().now())
    flash(translate("Jabatan sasaran dicabut."), "success")
    return redirect(url_for("kompetensi.demand.person_targets", nip=nip), 303)
