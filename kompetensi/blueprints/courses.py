"""Pages of the area courses: the centre's day, batches, who takes part."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from kompetensi.blueprints.rendering import page, translate
from kompetensi.blueprints.submission import status_of, submit
from kompetensi.context import actor, clock, session, state
from kompetensi.errors import Conflict, InvalidInput, NotFound
from kompetensi.forms import courses as forms
from kompetensi.messages import Message, say
from kompetensi.rules.access import Role
from kompetensi.rules.enrolment import BatchStatus
from kompetensi.services import batch_cancellations, batch_changes, batches, centre_day, enrolments
from kompetensi.services.batch_changes import BatchContent, QuotaContent, StageContent
from kompetensi.services.batches import BatchView
from kompetensi.services.calendar import lane_month
from kompetensi.services.enrolments import EnrolmentRow
from kompetensi.services.unit_of_work import transaction

blueprint = Blueprint("courses", __name__)

# Empty rows that a form offers beyond those that are filled.
_SPARE_ROWS = 2
_AHEAD = (BatchStatus.OPEN, BatchStatus.CLOSED, BatchStatus.PLANNED, BatchStatus.RUNNING)
# Filters of the list: value in the address -> statuses that it shows.
_FILTERS: dict[str, tuple[BatchStatus, ...]] = {
    "": _AHEAD, "dibuka": (BatchStatus.OPEN,), "berjalan": (BatchStatus.RUNNING,),
    "selesai": (BatchStatus.FINISHED,), "dibatalkan": (BatchStatus.CANCELLED,)}


def _on() -> dict[str, Any]:
    return {"today": clock().today(), "now": clock().now()}


def _to_batch(code: str, anchor: str | None = None) -> ResponseReturnValue:
    return redirect(url_for("kompetensi.courses.batch", code=code, _anchor=anchor), 303)


# --- looking ---------------------------------------------------------------------------------------------------------


def _month(text: str) -> date:
    try:
        return date.fromisoformat(f"{text}-01")
    except ValueError:
        raise InvalidInput(say("“%(text)s” bukan bulan; tulis seperti 2027-01.", text=text), where="bulan") from None


@blueprint.get("/balai")
def home() -> ResponseReturnValue:
    """Show the training centre's day."""
    today = clock().today()
    text = request.args.get("bulan")
    day = centre_day.centre_day(session(), actor(), today=today)
    month = lane_month(session(), actor(), _month(text) if text else today, today=today)
    return page("courses/home.html", day=day, month=month)


def list_batches() -> ResponseReturnValue:
    """List batches."""
    text, chosen = request.args.get("q", "").strip()[:120], request.args.get("keadaan", "")
    month, number = request.args.get("bulan"), request.args.get("page", "1")
    if chosen not in _FILTERS:
        raise InvalidInput(say("“%(word)s” bukan keadaan angkatan.", word=chosen), where="keadaan")
    if not number.isdecimal() or len(number) > 6:
        raise InvalidInput(say("“%(number)s” bukan nomor halaman.", number=number), where="page")
    first = _month(month) if month else None
    found = batches.list_batches(
        session(), actor(), today=clock().today(), text=text, number=int(number), size=batches.PAGE_SIZE,
        statuses=() if first and not chosen else _FILTERS[chosen], training=request.args.get("pelatihan") or None,
        first=first, until=(first + timedelta(days=31)).replace(day=1) - timedelta(days=1) if first else None)
    kept = {name: request.args[name] for name in ("q", "keadaan", "bulan", "pelatihan") if request.args.get(name)}
    return page("courses/batches.html", found=found, text=text, chosen=chosen, filters=tuple(_FILTERS), kept=kept,
                month=first, may_create=actor().has_role(Role.TRAINING_CENTRE))


blueprint.add_url_rule("/angkatan", "batches", list_batches)  # its name is that of the service's module


def _view(code: str) -> BatchView:
    with transaction(session()):
        return batches.view_batch(session(), actor(), code, **_on())


def _show_batch(code: str, *, form: forms.EnrolForm | None = None, problem: Message | None = None,
                status: int = 200) -> ResponseReturnValue:
    form = form or forms.EnrolForm(formdata=None)
    return page("courses/batch.html", status=status, batch=_view(code), form=form, problem=problem, words=forms)


@blueprint.get("/angkatan/<code>")
def batch(code: str) -> ResponseReturnValue:
    """Show a batch: what, when, where; to its organiser also who takes part."""
    return _show_batch(code)


@blueprint.get("/pendaftaran")
def mine() -> ResponseReturnValue:
    """Show the reader's own seats and results."""
    return page("courses/mine.html", seats=batches.my_enrolments(session(), actor(), today=clock().today()))


# --- seats -----------------------------------------------------------------------------------------------------------


@blueprint.post("/angkatan/<code>/daftar")
def request_seat(code: str) -> ResponseReturnValue:
    """Ask for a seat for the reader himself."""
    try:
        with transaction(session()):
            row = enrolments.request_own_seat(session(), actor(), code, mailer=state().mailer, **_on())
    except Conflict as refused:
        return _show_batch(code, problem=refused.message, status=409)
    flash(translate("Kursi diminta. Anda diberi tahu setelah diputuskan."), "success")
    return _to_batch(row.batch)


@blueprint.post("/angkatan/<code>/peserta")
def enrol(code: str) -> ResponseReturnValue:
    """Enrol a person by his NIP."""
    form = forms.EnrolForm()
    rows: list[EnrolmentRow] = []
    problem = None
    if form.validate():
        try:
            with transaction(session()):
                rows.append(enrolments.enrol(session(), actor(), form.nip.data or "", code, mailer=state().mailer, **_on()))
        except (InvalidInput, Conflict) as error:
            if isinstance(error, NotFound) and error.where == "BATCH":
                raise
            problem = None if error.where == "NIP" and form.blame("nip", error.message) else error.message
    if rows:
        flash(translate("%(name)s terdaftar dan diberi tahu.", name=rows[0].name), "success")
        return _to_batch(code, "peserta")
    return _show_batch(code, form=form, problem=problem, status=409 if problem else 400)


@blueprint.post("/pendaftaran/<int:enrolment>/setujui")
def approve(enrolment: int) -> ResponseReturnValue:
    """Approve a request."""
    with transaction(session()):
        row = enrolments.decide_enrolment(session(), actor(), enrolment, approve=True, mailer=state().mailer, **_on())
    flash(translate("%(name)s disetujui dan diberi tahu.", name=row.name), "success")
    return _to_batch(row.batch, "permintaan")


@blueprint.post("/angkatan/<code>/setujui")
def approve_all(code: str) -> ResponseReturnValue:
    """Approve all requests that wait for a batch."""
    with transaction(session()):
        count = enrolments.approve_requests(session(), actor(), code, mailer=state().mailer, **_on())
    flash(translate("%(count)s permintaan disetujui; semuanya diberi tahu.", count=count), "success")
    return _to_batch(code, "peserta")


@blueprint.route("/pendaftaran/<int:enrolment>/tolak", methods=["GET", "POST"])
def refuse(enrolment: int) -> ResponseReturnValue:
    """Ask why a seat is refused, and give it back to the batch."""
    row = enrolments.view_enrolment(session(), actor(), enrolment, deciding=True, today=clock().today())
    form, problem = forms.ReasonForm(), None
    if request.method == "POST":
        problem = submit(form, lambda: enrolments.decide_enrolment(
            session(), actor(), enrolment, approve=False, reason=form.reason.data or "", mailer=state().mailer, **_on()))
        if not problem and not form.bad_fields():
            flash(translate("Kursi %(name)s dilepas; ia diberi tahu beserta alasannya.", name=row.name), "success")
            return _to_batch(row.batch, "peserta")
    return page("courses/refuse.html", status=status_of(form, problem), form=form, problem=problem, row=row)


@blueprint.post("/pendaftaran/<int:enrolment>/lepas")
def give_back(enrolment: int) -> ResponseReturnValue:
    """Give a seat back before the batch begins."""
    with transaction(session()):
        row = enrolments.cancel_enrolment(session(), actor(), enrolment, mailer=state().mailer, **_on())
    flash(translate("Pendaftaran dibatalkan; kursinya dilepas."), "success")
    return _to_batch(row.batch)


# --- batches -----------------------------------------------------------------------------------------------------------


@blueprint.route("/angkatan/baru", methods=["GET", "POST"])
def new_batch() -> ResponseReturnValue:
    """Ask for a new batch of a training, and plan it."""
    offered = batch_changes.list_choices(session(), actor(), on=clock().today())
    training = request.values.get("pelatihan", "")
    if not training:
        return page("courses/choose_training.html", trainings=offered.trainings)
    draft = batch_changes.draft_content(session(), actor(), training, on=clock().today())
    return _batch_form(draft, offered, None, training)


@blueprint.route("/angkatan/<code>/ubah", methods=["GET", "POST"])
def edit_batch(code: str) -> ResponseReturnValue:
    """Ask for what a batch shall be, and change it."""
    now = batch_changes.batch_content(session(), actor(), code, on=clock().today())
    return _batch_form(now, batch_changes.list_choices(session(), actor(), on=clock().today()), code, "")


def _batch_form(
    now: BatchContent, offered: batch_changes.BatchChoices, code: str | None, training: str
) -> ResponseReturnValue:
    form = forms.BatchForm(data=_fields(now))
    _offer(form, offered)
    rows = request.form.get("rows") if request.method == "POST" else None
    if rows in ("stages", "subjects", "trainers", "quotas"):
        for _ in range(_SPARE_ROWS):
            form[rows].append_entry({})
        _offer(form, offered)
    done: list[str] = []
    problem = None
    if request.method == "POST" and rows is None:
        problem = submit(form, lambda: done.append(_keep(form, code, training)))
    if done:
        flash(translate("Angkatan %(code)s tersimpan.", code=done[0]), "success")
        return _to_batch(done[0])
    numbers = batch_changes.proposed_numbers(session(), actor(), training, on=clock().today()) if code is None else ()
    return page("courses/edit_batch.html", status=status_of(form, problem), form=form, problem=problem, code=code,
                numbers=numbers, training=training, training_name=dict(offered.trainings).get(training.upper(), training),
                total=sum(row.form["jp"].data or 0 for row in form.subjects))


def _offer(form: forms.BatchForm, offered: batch_changes.BatchChoices) -> None:
    none = ("", say("tidak ada"))
    form.room_id.choices = [none, *offered.rooms]
    form.organiser_code.choices = list(offered.organisers)
    for row in form.trainers:
        row.form["code"].choices = [none, *offered.trainers]
    for row in form.quotas:
        row.unit_code.choices = [none, *offered.agencies]


def _fields(now: BatchContent) -> dict[str, Any]:
    spare: list[dict[str, Any]] = [{}] * _SPARE_ROWS
    return {
        "status": now.status, "seats": now.seats, "min_participants": now.min_participants, "cost_idr": now.cost_idr,
        "registration_until": now.registration_until, "room_id": now.room_id, "place": now.place,
        "organiser_code": now.organiser_code,
        "stages": [*({"name": stage.name, "mode": stage.mode, "first_day": stage.first_day, "last_day": stage.last_day}
                     for stage in now.stages), *spare],
        "subjects": [*({"name": name, "jp": jp} for name, jp in now.subjects), *spare],
        "trainers": [*({"code": code, "role": role} for code, role in now.trainers), *spare],
        "kind": now.kind, "run_cost_idr": now.run_cost_idr,
        "quotas": [*({"unit_code": quota.unit_code, "reserved": quota.reserved, "reserved_until": quota.reserved_until,
                      "most": quota.most} for quota in now.quotas), *spare]}


def _content(form: forms.BatchForm) -> BatchContent:
    return BatchContent(
        form.status.data, form.seats.data, form.min_participants.data, form.cost_idr.data,
        form.registration_until.data, form.place.data or "", form.room_id.data, form.organiser_code.data,
        tuple(StageContent(row.form["name"].data or "", row.mode.data, row.first_day.data, row.last_day.data)
              for row in form.stages if row.mode.data),
        tuple((row.form["name"].data, row.jp.data or 0) for row in form.subjects if row.form["name"].data),
        tuple(sorted((row.code.data, row.role.data) for row in form.trainers if row.code.data)), form.kind.data,
        form.run_cost_idr.data,
        tuple(sorted((QuotaContent(row.unit_code.data, row.reserved.data or 0, row.reserved_until.data, row.most.data)
                      for row in form.quotas if row.unit_code.data), key=lambda quota: quota.unit_code)))


def _keep(form: forms.BatchForm, code: str | None, training: str) -> str:
    if code is None:
        return batch_changes.create_batch(
            session(), actor(), training, _content(form), number=form.number.data, **_on())
    batch_changes.edit_batch(session(), actor(), code, _content(form), mailer=state().mailer, **_on())
    return code


@blueprint.route("/angkatan/<code>/batalkan", methods=["GET", "POST"])
def cancel_batch(code: str) -> ResponseReturnValue:
    """Show what each participant loses, ask why the batch is cancelled, and cancel it."""
    form, problem, told = forms.ReasonForm(), None, []
    if request.method == "POST":
        problem = submit(form, lambda: told.append(batch_cancellations.cancel_batch(
            session(), actor(), code, form.reason.data or "", mailer=state().mailer, **_on())))
    if told:
        flash(translate("Angkatan %(code)s dibatalkan; %(count)s orang diberi tahu.", code=code, count=told[0]),
              "success")
        return _to_batch(code)
    shown = _view(code)
    if not shown.may_edit:
        batch_changes.batch_content(session(), actor(), code, on=clock().today())
        return page("courses/cancel_batch.html", form=form, problem=problem, batch=shown, found=None)
    found = batch_cancellations.view_cancellation(session(), actor(), code, today=clock().today())
    return page("courses/cancel_batch.html", status=status_of(form, problem), form=form, problem=problem, batch=shown,
                found=found)


# These note who looked at the participants.
for _view_function in (batch, cancel_batch):
    _view_function.writes = True  # type: ignore[attr-defined]
