"""Pages of the area enrolments: the superior's word, one enrolment, waiting lists, conditions, lists of participants."""

from __future__ import annotations

import base64
import zlib

from flask import Blueprint, current_app, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from kompetensi.blueprints.rendering import page, translate
from kompetensi.blueprints.submission import status_of, submit
from kompetensi.context import actor, clock, session, state
from kompetensi.errors import Conflict, InvalidInput, InvalidRows
from kompetensi.forms import enrolments as forms
from kompetensi.messages import Message, say
from kompetensi.services import (
    batch_conditions,
    endorsements,
    enrolment_history,
    enrolments,
    participant_import,
    waiting_list,
)
from kompetensi.services.participant_import import ParticipantImport
from kompetensi.services.unit_of_work import transaction

blueprint = Blueprint("enrolments", __name__)

_SPARE_ROWS = 3
_LARGEST_KEPT = 2**20


def _to(enrolment: int) -> ResponseReturnValue:
    return redirect(url_for("kompetensi.enrolments.enrolment", enrolment=enrolment), 303)


# --- the superior's word ---------------------------------------------------------------------------------------------------


@blueprint.get("/permintaan-bawahan")
def to_endorse() -> ResponseReturnValue:
    """Show the requests that wait for the reader's word."""
    return page("enrolments/to_endorse.html",
                found=endorsements.list_requests_to_endorse(session(), actor(), today=clock().today()))


@blueprint.post("/pendaftaran/<int:enrolment>/dukung")
def endorse(enrolment: int) -> ResponseReturnValue:
    """Endorse a subordinate's request."""
    with transaction(session()):
        row = enrolments.endorse_enrolment(session(), actor(), enrolment, endorse=True, today=clock().today(),
                                           now=clock().now(), mailer=state().mailer)
    flash(translate("Permintaan %(name)s didukung dan diteruskan ke penyelenggara.", name=row.name), "success")
    return redirect(url_for("kompetensi.enrolments.to_endorse"), 303)


@blueprint.route("/pendaftaran/<int:enrolment>/keberatan", methods=["GET", "POST"])
def object_to(enrolment: int) -> ResponseReturnValue:
    """Ask why a superior does not endorse a request, and give the seat back."""
    shown = _history(enrolment)
    form, problem = forms.WordForm(), None
    if request.method == "POST":
        problem = submit(form, lambda: enrolments.endorse_enrolment(
            session(), actor(), enrolment, endorse=False, reason=form.reason.data or "", today=clock().today(),
            now=clock().now(), mailer=state().mailer))
        if not problem and not form.bad_fields():
            flash(translate("Permintaan %(name)s tidak didukung; ia diberi tahu beserta alasannya.", name=shown.name), "success")
            return redirect(url_for("kompetensi.enrolments.to_endorse"), 303)
    return page("enrolments/object.html", status=status_of(form, problem), form=form, problem=problem, row=shown)


# --- one enrolment -----------------------------------------------------------------------------------------------------------


def _history(enrolment: int) -> enrolment_history.EnrolmentHistory:
    with transaction(session()):
        return enrolment_history.view_history(session(), actor(), enrolment, today=clock().today(), now=clock().now())


@blueprint.get("/pendaftaran/<int:enrolment>")
def enrolment(enrolment: int) -> ResponseReturnValue:
    """Show an enrolment with its steps."""
    return page("enrolments/enrolment.html", row=_history(enrolment), sources=forms.SOURCE_WORDS)


@blueprint.route("/pendaftaran/<int:enrolment>/setujui-langsung", methods=["GET", "POST"])
def approve_directly(enrolment: int) -> ResponseReturnValue:
    """Ask why a request is approved without the superior's word, and approve it."""
    shown = _history(enrolment)
    form, problem = forms.DirectForm(), None
    if request.method == "POST":
        problem = submit(form, lambda: enrolments.decide_enrolment(
            session(), actor(), enrolment, approve=True, reason=form.reason.data or "", today=clock().today(),
            now=clock().now(), mailer=state().mailer))
        if not problem and not form.bad_fields():
            flash(translate("%(name)s disetujui; ia dan atasannya diberi tahu.", name=shown.name), "success")
            return redirect(url_for("kompetensi.courses.batch", code=shown.batch, _anchor="permintaan"), 303)
    return page("enrolments/approve_directly.html", status=status_of(form, problem), form=form, problem=problem, row=shown)


@blueprint.route("/pendaftaran/<int:enrolment>/pindah", methods=["GET", "POST"])
def move(enrolment: int) -> ResponseReturnValue:
    """Ask which batch of the training a seat moves to, and move it."""
    shown = _history(enrolment)
    targets = enrolments.list_move_targets(session(), actor(), enrolment, today=clock().today())
    form, problem, moved = forms.MoveForm(), None, []
    form.batch.choices = [(target.code, target.code) for target in targets if not target.refusals]
    if request.method == "POST":
        problem = submit(form, lambda: moved.append(enrolments.move_enrolment(
            session(), actor(), enrolment, form.batch.data or "", reason=form.reason.data or "", today=clock().today(),
            now=clock().now(), mailer=state().mailer)))
        if moved:
            flash(translate("Kursi pindah ke angkatan %(code)s.", code=moved[0].batch), "success")
            return _to(moved[0].id)
    return page("enrolments/move.html", status=status_of(form, problem), form=form, problem=problem, row=shown, targets=targets)


@blueprint.post("/pendaftaran/<int:enrolment>/terima")
def accept(enrolment: int) -> ResponseReturnValue:
    """Accept a seat that is offered."""
    with transaction(session()):
        waiting_list.accept_offer(session(), actor(), enrolment, today=clock().today(), now=clock().now(),
                                  mailer=state().mailer)
    flash(translate("Kursi diterima. Permintaan ini kini berjalan seperti permintaan lain."), "success")
    return _to(enrolment)


@blueprint.post("/pendaftaran/<int:enrolment>/lewatkan")
def decline(enrolment: int) -> ResponseReturnValue:
    """Decline a seat that is offered."""
    with transaction(session()):
        waiting_list.decline_offer(session(), actor(), enrolment, today=clock().today(), now=clock().now(),
                                   mailer=state().mailer)
    flash(translate("Tawaran dilepas; kursinya ditawarkan kepada yang berikutnya."), "success")
    return _to(enrolment)


# --- waiting lists -------------------------------------------------------------------------------------------------------------


def _waiting_page(code: str, *, problem: Message | None = None, status: int = 200) -> ResponseReturnValue:
    with transaction(session()):
        shown = waiting_list.view_waiting_list(session(), actor(), code, today=clock().today(), now=clock().now(),
                                               mailer=state().mailer)
    return page("enrolments/waiting_list.html", status=status, list=shown, problem=problem)


@blueprint.get("/angkatan/<code>/tunggu")
def waiting(code: str) -> ResponseReturnValue:
    """Show the waiting list of a batch."""
    return _waiting_page(code)


@blueprint.post("/angkatan/<code>/tunggu")
def wait(code: str) -> ResponseReturnValue:
    """Let the reader wait for a seat."""
    try:
        with transaction(session()):
            waiting_list.join_own(session(), actor(), code, today=clock().today(), now=clock().now())
    except Conflict as refused:
        return _waiting_page(code, problem=refused.message, status=409)
    flash(translate("Anda masuk daftar tunggu. Bila ada kursi untuk Anda, kami memberi tahu."), "success")
    return redirect(url_for("kompetensi.enrolments.waiting", code=code), 303)


@blueprint.post("/angkatan/<code>/tunggu/tawarkan")
def settle(code: str) -> ResponseReturnValue:
    """Offer the seats that are free."""
    with transaction(session()):
        settled = waiting_list.settle_batch(session(), actor(), code, today=clock().today(), now=clock().now(),
                                            mailer=state().mailer)
    flash(translate("%(offered)s kursi ditawarkan, %(skipped)s orang dilewati, %(expired)s tawaran berakhir.",
                    offered=settled.offered, skipped=settled.skipped, expired=settled.expired), "success")
    return redirect(url_for("kompetensi.enrolments.waiting", code=code), 303)


# --- conditions -----------------------------------------------------------------------------------------------------------------


@blueprint.route("/angkatan/<code>/syarat", methods=["GET", "POST"])
def conditions(code: str) -> ResponseReturnValue:
    """Show the conditions of a batch as a form, and change them."""
    now = batch_conditions.view_conditions(session(), actor(), code, today=clock().today())
    form = forms.ConditionsForm(data=forms.fields_of(now.condition, now.stored))
    problem, done = None, []
    if request.method == "POST" and request.form.get("rows") == "more":
        for _ in range(_SPARE_ROWS):
            form.rows.append_entry({})
    elif request.method == "POST":
        problem = submit(form, lambda: done.append(batch_conditions.change_conditions(
            session(), actor(), code, forms.stored_of(form), today=clock().today(), now=clock().now())))
    if done:
        flash(translate("Syarat angkatan %(code)s tersimpan: %(words)s.", code=now.batch, words=done[0].words), "success")
        return redirect(url_for("kompetensi.courses.batch", code=now.batch), 303)
    return page("enrolments/conditions.html", status=status_of(form, problem), form=form, problem=problem, now=now,
                kinds=forms.KIND_WORDS)


# --- lists of participants ---------------------------------------------------------------------------------------------------


@blueprint.route("/angkatan/<code>/impor", methods=["GET", "POST"])
def import_list(code: str) -> ResponseReturnValue:
    """Rehearse a list of participants, or enrol those who fit of one that was rehearsed."""
    form, writes = forms.ParticipantsForm(), request.form.get("tulis") == "ya"
    report: ParticipantImport | None = None
    problem: Message | None = None
    rows: tuple = ()
    if request.method == "POST":
        try:
            content = _uploaded(form)
            with transaction(session()):
                report = participant_import.import_participants(
                    session(), actor(), code, content, dry_run=not writes, today=clock().today(), now=clock().now(),
                    mailer=state().mailer)
        except InvalidRows as error:
            problem, rows = error.message, error.rows
        except (InvalidInput, Conflict) as error:
            if error.where == "BATCH":
                raise
            problem = None if form.blame(error.where, error.message) else error.message
        if report is not None and writes:
            flash(translate("%(count)s peserta terdaftar dan diberi tahu; %(refused)s baris tidak disentuh.",
                            count=len(report.fitting), refused=len(report.refused)), "success")
            return redirect(url_for("kompetensi.courses.batch", code=report.batch, _anchor="peserta"), 303)
        if report is not None:
            form.kept.data = _packed(content)
    shown = participant_import.require_import(session(), actor(), code, today=clock().today())
    return page("enrolments/import.html", status=status_of(form, problem), form=form, problem=problem, rows=rows,
                report=report, batch=shown, words=forms.VERDICT_WORDS)


def _packed(content: bytes) -> str:
    """Pack a list to travel in a hidden field; empty when it would be too large."""
    packed = base64.b64encode(zlib.compress(content, 9)).decode()
    return packed if len(packed) <= _LARGEST_KEPT else ""


def _uploaded(form: forms.ParticipantsForm) -> bytes:
    if form.file.data:
        return form.file.data.read()
    if not form.kept.data:
        raise InvalidInput(say("Pilih berkas CSV atau XLSX."), where="file")
    limit = current_app.config["KOMPETENSI_MAX_UPLOAD_BYTES"]
    try:
        return zlib.decompressobj().decompress(base64.b64decode(form.kept.data, validate=True), limit)
    except (ValueError, zlib.error):
        raise InvalidInput(say("Berkas yang digladi tidak dapat dibaca lagi. Pilih berkasnya sekali lagi."),
                           where="file") from None


# These note who looked, or settle a waiting list first.
for _view_function in (enrolment, object_to, approve_directly, move, waiting):
    _view_function.writes = True  # type: ignore[attr-defined]
