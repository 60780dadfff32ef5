"""Pages of certificate templates: list, write, try, publish, retire."""

from __future__ import annotations

from base64 import b64encode

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from kompetensi.blueprints.rendering import page, translate
from kompetensi.blueprints.submission import status_of, submit
from kompetensi.context import actor, clock, press, session, state
from kompetensi.errors import Conflict, InvalidInput
from kompetensi.forms.base import offer
from kompetensi.forms.certificate_templates import NewTemplateForm, VersionForm, version_form
from kompetensi.messages import Message
from kompetensi.rules.certificate_design import BLOCKS, LISTS, NAMES
from kompetensi.rules.certificates import CertificateKind
from kompetensi.services import certificate_templates as templates
from kompetensi.services.certificate_designs import STARTER
from kompetensi.services.certificate_templates import Preview, TemplateView
from kompetensi.services.unit_of_work import transaction

blueprint = Blueprint("certificate_templates", __name__)


@blueprint.get("/templat-sertifikat")
def index() -> ResponseReturnValue:
    """Show the templates of the reader's training centres."""
    return page("certificate_templates/list.html",
                items=templates.list_templates(session(), actor(), today=clock().today()))


@blueprint.route("/templat-sertifikat/baru", methods=["GET", "POST"])
def create() -> ResponseReturnValue:
    """Ask what a template is called, and begin it."""
    form, problem = NewTemplateForm(), None
    form.unit.choices = offer(templates.owner_units(session(), actor(), today=clock().today()))
    made: list[int] = []
    if request.method == "POST":
        problem = submit(form, lambda: made.append(templates.create_template(
            session(), actor(), unit=form.unit.data, code=form.code.data or "", name=form.name.data or "",
            kind=CertificateKind(form.kind.data), text=STARTER, today=clock().today(), now=clock().now())))
    if made:
        return redirect(url_for("kompetensi.certificate_templates.edit", template_id=made[0]), 303)
    return page("certificate_templates/new.html", status=status_of(form, problem), form=form, problem=problem)


def _view(template_id: int, number: int | None = None) -> TemplateView:
    return templates.view_template(session(), actor(), template_id, number=number, renderer=state().renderer,
                                   today=clock().today())


@blueprint.get("/templat-sertifikat/<int:template_id>")
def template(template_id: int) -> ResponseReturnValue:
    """Show a template: which version is in use, what is wrong with the newest, and its history."""
    number = request.args.get("versi", type=int)
    return page("certificate_templates/template.html", found=_view(template_id, number))


@blueprint.route("/templat-sertifikat/<int:template_id>/ubah", methods=["GET", "POST"])
def edit(template_id: int) -> ResponseReturnValue:
    """Write a version: try it on real participants as often as one likes, then save it."""
    found = _view(template_id, request.args.get("versi", type=int))
    batch, problem, previews = request.form.get("angkatan", "").strip(), None, ()
    if request.method == "GET":
        return _editor(found, version_form(found.text), batch="")
    form = version_form()
    if "coba" not in request.form:
        saved: list[int] = []
        problem = submit(form, lambda: saved.append(templates.save_version(
            session(), actor(), template_id, form.text(), note=form.note.data or "", today=clock().today(),
            now=clock().now())))
        if saved:
            flash(translate("Versi %(number)s tersimpan.", number=saved[0]), "success")
            return redirect(url_for("kompetensi.certificate_templates.template", template_id=template_id), 303)
    elif form.validate():
        try:
            previews = templates.preview_template(
                session(), actor(), template_id, form.text(), batch_code=batch, verify_base=press()["verify_base"],
                renderer=state().renderer, today=clock().today())
        except (InvalidInput, Conflict) as error:
            problem = error.message
    return _editor(found, form, batch=batch, problem=problem, previews=previews)


def _editor(
    found: TemplateView, form: VersionForm, *, batch: str, problem: Message | None = None,
    previews: tuple[Preview, ...] = (),
) -> ResponseReturnValue:
    try:
        problems = templates.check_text(form.text())
    except InvalidInput as error:
        problems, problem = (), problem or error.message
    return page("certificate_templates/edit.html", status=status_of(form, problem), found=found, form=form, batch=batch,
                problem=problem, problems=problems, names=sorted(NAMES["sertifikat"]), lists=LISTS, blocks=BLOCKS,
                previews=[(one, b64encode(one.pdf).decode() if one.pdf else "") for one in previews])


@blueprint.post("/templat-sertifikat/<int:template_id>/terbitkan/<int:number>")
def publish(template_id: int, number: int) -> ResponseReturnValue:
    """Make certificates with a version from now on."""
    with transaction(session()):
        templates.publish_version(session(), actor(), template_id, number, renderer=state().renderer,
                                  today=clock().today(), now=clock().now())
    flash(translate("Versi %(number)s dipakai mulai sekarang.", number=number), "success")
    return redirect(url_for("kompetensi.certificate_templates.template", template_id=template_id), 303)


@blueprint.post("/templat-sertifikat/<int:template_id>/hentikan")
def retire(template_id: int) -> ResponseReturnValue:
    """Offer a template no longer."""
    with transaction(session()):
        templates.retire_template(session(), actor(), template_id, today=clock().today(), now=clock().now())
    flash(translate("Templat ini tidak dipakai lagi; sertifikat yang sudah terbit tidak berubah."), "success")
    return redirect(url_for("kompetensi.certificate_templates.template", template_id=template_id), 303)
