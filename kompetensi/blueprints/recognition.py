"""Pages of the area recognition: hand in an outside certificate, follow it, review those of others."""

from __future__ import annotations

from flask import Blueprint, Response, current_app, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from kompetensi.blueprints.rendering import page, translate
from kompetensi.blueprints.submission import status_of, submit
from kompetensi.context import actor, clock, session, state
from kompetensi.forms.base import offer
from kompetensi.forms.recognition import ClaimDecisionForm, ClaimForm
from kompetensi.messages import say
from kompetensi.services import recognition
from kompetensi.services.outside_certificates import OutsideCertificate
from kompetensi.services.recognition import ClaimView
from kompetensi.services.unit_of_work import transaction

blueprint = Blueprint("recognition", __name__)


@blueprint.get("/pengakuan")
def review() -> ResponseReturnValue:
    """Show the claims that wait for the reader's review."""
    return page("recognition/review.html", claims=recognition.claims_to_review(session(), actor(), today=clock().today()))


@blueprint.route("/pengakuan/baru", methods=["GET", "POST"])
def submit_claim() -> ResponseReturnValue:
    """Ask for an outside certificate, and hand it in."""
    form, problem = ClaimForm(), None
    form.training.choices = offer(
        recognition.list_trainings(session(), actor(), today=clock().today()), empty=say("pilih pelatihannya"))
    made: list[int] = []
    if request.method == "POST":
        problem = submit(form, lambda: made.append(recognition.submit_claim(
            session(), actor(), OutsideCertificate(
                form.training.data, form.issuer.data or "", form.number.data or "", form.finished_on.data,
                form.jp.data, form.valid_until.data), remark=form.remark.data or "",
            document_name=form.document.data.filename or "", document=form.document.data.read(),
            max_bytes=current_app.config["KOMPETENSI_MAX_UPLOAD_BYTES"], today=clock().today(), now=clock().now())))
    if made:
        flash(translate("Usulan Anda diajukan. Anda diberi tahu begitu diputuskan."), "success")
        return redirect(url_for("kompetensi.recognition.claim", claim_id=made[0]), 303)
    return page("recognition/submit.html", status=status_of(form, problem), form=form, problem=problem)


def _view(claim_id: int) -> ClaimView:
    with transaction(session()):
        return recognition.view_claim(session(), actor(), claim_id, today=clock().today(), now=clock().now())


@blueprint.get("/pengakuan/<int:claim_id>")
def claim(claim_id: int) -> ResponseReturnValue:
    """Show a claim with its history, and to a reviewer what he may do."""
    return page("recognition/claim.html", found=_view(claim_id), form=ClaimDecisionForm(formdata=None), problem=None)


@blueprint.get("/pengakuan/<int:claim_id>/berkas")
def document(claim_id: int) -> ResponseReturnValue:
    """Hand out the document of a claim."""
    with transaction(session()):
        name, kind, content = recognition.read_document(
            session(), actor(), claim_id, today=clock().today(), now=clock().now())
    response = Response(content, mimetype=kind, headers={"Cache-Control": "private, no-store"})
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return response


for _view_function in (claim, document):
    _view_function.writes = True  # type: ignore[attr-defined]


@blueprint.post("/pengakuan/<int:claim_id>/tarik")
def withdraw(claim_id: int) -> ResponseReturnValue:
    """Take an own claim back."""
    with transaction(session()):
        recognition.withdraw_claim(session(), actor(), claim_id, today=clock().today(), now=clock().now())
    flash(translate("Usulan ditarik."), "success")
    return redirect(url_for("kompetensi.recognition.claim", claim_id=claim_id), 303)


@blueprint.post("/pengakuan/<int:claim_id>/telaah")
def start_review(claim_id: int) -> ResponseReturnValue:
    """Begin to review a claim."""
    with transaction(session()):
        recognition.start_review(session(), actor(), claim_id, today=clock().today(), now=clock().now())
    return redirect(url_for("kompetensi.recognition.claim", claim_id=claim_id, _anchor="keputusan"), 303)


@blueprint.post("/pengakuan/<int:claim_id>/putusan")
def decide(claim_id: int) -> ResponseReturnValue:
    """Decide a claim."""
    form, done = ClaimDecisionForm(), []
    problem = submit(form, lambda: done.append(recognition.decide_claim(
        session(), actor(), claim_id, recognised=form.decision.data == "recognise", reason=form.reason.data or "",
        today=clock().today(), now=clock().now(), randomness=state().randomness, mailer=state().mailer)))
    if done:
        flash(translate("Keputusan tersimpan dan pemegangnya diberi tahu."), "success")
        return redirect(url_for("kompetensi.recognition.claim", claim_id=claim_id), 303)
    return page("recognition/claim.html", status=status_of(form, problem), found=_view(claim_id), form=form,
                problem=problem)
