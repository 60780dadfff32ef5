"""Pages of the area evaluations: answering, what a batch or a trainer is told, and the editor of the forms."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from kompetensi.blueprints.rendering import page, translate
from kompetensi.blueprints.submission import status_of, submit
from kompetensi.context import actor, clock, session, state
from kompetensi.errors import Conflict, InvalidInput
from kompetensi.forms import evaluations as forms
from kompetensi.forms.base import offer
from kompetensi.messages import Message
from kompetensi.services import evaluations as service
from kompetensi.services.evaluations import FormView
from kompetensi.services.unit_of_work import transaction

blueprint = Blueprint("evaluations", __name__)

_SPARE_ROWS = 3


def _on() -> dict[str, Any]:
    return {"today": clock().today(), "now": clock().now()}


# --- answering ---------------------------------------------------------------------------------------------------------


@blueprint.route("/angkatan/<code>/evaluasi", methods=["GET", "POST"])
def answer(code: str) -> ResponseReturnValue:
    """Ask a participant about a batch, once, and keep his answers apart from his name."""
    given = forms.answers_of(request.form)
    problem: Message | None = None
    where, status = "", 200
    if request.method == "POST":
        try:
            with transaction(session()):
                service.answer(session(), actor(), code, given, randomness=state().randomness, **_on())
            return redirect(url_for("kompetensi.evaluations.answer", code=code), 303)
        except Conflict:
            status = 409  # the page itself says why
        except InvalidInput as error:
            if error.where == "BATCH":
                raise
            problem, where, status = error.message, error.where, 400
    sheet = service.view_answer_sheet(session(), actor(), code, **_on())
    return page("evaluations/answer.html", status=status, sheet=sheet, given=given, problem=problem, where=where,
                scale=forms.SCALE_WORDS)


# --- what they say -----------------------------------------------------------------------------------------------------


@blueprint.get("/angkatan/<code>/evaluasi/hasil")
def summary(code: str) -> ResponseReturnValue:
    """Show the centre what the participants of a batch said together."""
    with transaction(session()):
        return page("evaluations/summary.html", found=service.view_summary(session(), actor(), code, **_on()))


@blueprint.get("/evaluasi/pengajar")
def mine() -> ResponseReturnValue:
    """Show a trainer what was said of himself."""
    return page("evaluations/trainer.html", found=service.own_trainer_view(session(), actor(), **_on()), own=True)


@blueprint.get("/evaluasi/pengajar/<code>")
def trainer(code: str) -> ResponseReturnValue:
    """Show what was said of a trainer."""
    with transaction(session()):
        return page("evaluations/trainer.html", found=service.view_trainer(session(), actor(), code, **_on()), own=False)


# --- forms -------------------------------------------------------------------------------------------------------------


@blueprint.get("/evaluasi/formulir")
def list_forms() -> ResponseReturnValue:
    """List the evaluation forms of the reader's training centres."""
    return page("evaluations/forms.html", found=service.list_forms(session(), actor(), today=clock().today()))


@blueprint.route("/evaluasi/formulir/baru", methods=["GET", "POST"])
def new_form() -> ResponseReturnValue:
    """Ask for a new form, beginning with the usual questions."""
    return _editor(service.draft_form(session(), actor(), today=clock().today()))


@blueprint.route("/evaluasi/formulir/<int:form>", methods=["GET", "POST"])
def edit_form(form: int) -> ResponseReturnValue:
    """Show a version of a form, and publish the next one."""
    return _editor(service.view_form(session(), actor(), form, today=clock().today()))


def _editor(draft: FormView) -> ResponseReturnValue:
    spare: list[dict[str, Any]] = [{}] * _SPARE_ROWS
    form = forms.EvaluationFormForm(data={
        "name": draft.name, "unit_code": draft.unit_code,
        "questions": [*({"code": one.code, "text": one.text, "kind": one.kind.value, "about": one.about.value}
                        for one in draft.questions), *spare]})
    form.unit_code.choices = offer(draft.units)
    if request.method == "POST" and request.form.get("rows"):
        for _ in range(_SPARE_ROWS):
            form.questions.append_entry({})
        return page("evaluations/edit_form.html", form=form, draft=draft, problem=None)
    problem = None
    if request.method == "POST":
        done: list[int] = []
        problem = submit(form, lambda: done.append(service.publish_form(
            session(), actor(), name=form.name.data or "", questions=forms.questions_of(form),
            unit_code=form.unit_code.data or "", follows=draft.id, **_on())))
        if done:
            flash(translate("Formulir tersimpan. Jawaban atas versi sebelumnya tetap pada versinya."), "success")
            return redirect(url_for("kompetensi.evaluations.list_forms"), 303)
    return page("evaluations/edit_form.html", status=status_of(form, problem), form=form, draft=draft, problem=problem)


@blueprint.post("/evaluasi/formulir/<int:form>/akhiri")
def retire_form(form: int) -> ResponseReturnValue:
    """Use a form no longer."""
    with transaction(session()):
        service.retire_form(session(), actor(), form, **_on())
    flash(translate("Formulir tidak dipakai lagi mulai hari ini."), "success")
    return redirect(url_for("kompetensi.evaluations.list_forms"), 303)


# These note who looked.
for _view_function in (summary, trainer):
    _view_function.writes = True  # type: ignore[attr-defined]
