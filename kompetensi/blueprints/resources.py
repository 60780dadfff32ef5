"""Pages of the area resources: rooms, trainers, working days, ways, participants from outside."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from kompetensi.blueprints.asked import asked_day, page_number
from kompetensi.blueprints.rendering import page, translate
from kompetensi.blueprints.submission import status_of, submit
from kompetensi.context import actor, clock, session
from kompetensi.errors import InvalidInput
from kompetensi.forms import resources as forms
from kompetensi.forms.base import offer
from kompetensi.messages import Message, say
from kompetensi.rules.resources import FEATURES
from kompetensi.services import centres, outside_participants, rooms, trainers, travels, working_days
from kompetensi.services.bookings import told
from kompetensi.services.outside_participants import OutsideFacts
from kompetensi.services.rooms import RoomContent
from kompetensi.services.trainers import QualificationContent, TrainerContent
from kompetensi.services.unit_of_work import transaction

blueprint = Blueprint("resources", __name__)

_SPARE_ROWS = 2
_LONGEST_TEXT = 120


def _on() -> dict[str, Any]:
    return {"today": clock().today(), "now": clock().now()}


def _number(name: str, default: int, most: int) -> int:
    """Return the whole number from 0 that the address asks for, or the default."""
    text = request.args.get(name, "").strip()
    if not text:
        return default
    if not (text.isascii() and text.isdigit() and len(text) < 9 and int(text) <= most):
        raise InvalidInput(say("“%(text)s” bukan bilangan antara 0 dan %(most)s.", text=text[:20], most=most), where=name)
    return int(text)


def _span() -> tuple[date, date] | None:
    """Return the days between which something shall be free; None when the address asks for none."""
    if not request.args.get("dari") and not request.args.get("sampai"):
        return None
    first = asked_day("dari", clock().today())
    return first, asked_day("sampai", first)


# --- rooms -----------------------------------------------------------------------------------------------------------


def list_rooms() -> ResponseReturnValue:
    """Show the rooms, and which of them fit what is asked for."""
    features = [code for code in request.args.getlist("fasilitas") if code]
    asked = {"place": request.args.get("tempat", "")[:_LONGEST_TEXT], "seats": _number("kursi", 0, 999),
             "features": features, "free": _span(), "retired": request.args.get("semua") == "ya"}
    found = rooms.list_rooms(session(), actor(), today=clock().today(), **asked)
    return page("resources/rooms.html", found=found, asked=asked, features=FEATURES)


blueprint.add_url_rule("/ruang", "rooms", list_rooms)  # its name is that of the service's module


def _show_room(
    room_id: int, closing: forms.ClosureForm | None = None, retiring: forms.RetireForm | None = None,
    problem: Message | None = None,
) -> ResponseReturnValue:
    found = rooms.view_room(session(), actor(), room_id, today=clock().today())
    shown = closing or retiring
    return page("resources/room.html", status=status_of(shown, problem) if shown else 200, found=found, features=FEATURES,
                problem=problem, closing=closing or forms.ClosureForm(formdata=None),
                retiring=retiring or forms.RetireForm(formdata=None, data={"retired_on": found.item.retired_on}))


@blueprint.get("/ruang/<int:room_id>")
def room(room_id: int) -> ResponseReturnValue:
    """Show a room: what takes it, when it is free, when it is closed."""
    return _show_room(room_id)


@blueprint.route("/ruang/baru", methods=["GET", "POST"])
def new_room() -> ResponseReturnValue:
    """Ask what a room is, and add it."""
    centres.require_centre(session(), actor(), today=clock().today())
    return _room_form(None, forms.RoomForm(data={"seats": 30}))


@blueprint.route("/ruang/<int:room_id>/ubah", methods=["GET", "POST"])
def edit_room(room_id: int) -> ResponseReturnValue:
    """Ask what a room shall be, and change it."""
    now = rooms.room_content(session(), actor(), room_id, today=clock().today())
    return _room_form(room_id, forms.RoomForm(data={
        "name": now.name, "place": now.place, "seats": now.seats, "features": list(now.features), "unit_code": now.unit_code}))


def _room_form(room_id: int | None, form: forms.RoomForm) -> ResponseReturnValue:
    form.unit_code.choices = offer(centres.own_centres(session(), actor(), today=clock().today()))
    kept: list[int] = []
    problem = submit(form, lambda: kept.append(_keep_room(form, room_id))) if request.method == "POST" else None
    if kept:
        flash(translate("%(name)s tersimpan.", name=form.name.data), "success")
        return redirect(url_for("kompetensi.resources.room", room_id=kept[0]), 303)
    return page("resources/edit_room.html", status=status_of(form, problem), form=form, problem=problem, room_id=room_id)


def _keep_room(form: forms.RoomForm, room_id: int | None) -> int:
    content = RoomContent(form.name.data or "", form.place.data or "", form.seats.data,
                          tuple(form.features.data or ()), form.unit_code.data)
    if room_id is None:
        return rooms.create_room(session(), actor(), content, **_on())
    rooms.edit_room(session(), actor(), room_id, content, **_on())
    return room_id


@blueprint.post("/ruang/<int:room_id>/tutup")
def close_room(room_id: int) -> ResponseReturnValue:
    """Close a room for days."""
    form, touched = forms.ClosureForm(), []
    problem = submit(form, lambda: touched.append(rooms.close_room(
        session(), actor(), room_id, form.first_day.data, form.last_day.data, form.reason.data or "",
        despite=form.despite.data, **_on())))
    if not touched:
        return _show_room(room_id, closing=form, problem=problem)
    _tell(translate("Ruang ditutup."), told(touched[0]))
    return redirect(url_for("kompetensi.resources.room", room_id=room_id), 303)


def _tell(done: str, batches: Sequence[str | Message]) -> None:
    """Say what was done, and which batches somebody now has to look after."""
    if batches:
        to_do = translate(say("Perlu dipindahkan: %(batches)s.", batches=batches))
        flash(f"{done} {to_do}", "warning")
    else:
        flash(done, "success")


@blueprint.post("/ruang/penutupan/<int:closure>/buka")
def open_room(closure: int) -> ResponseReturnValue:
    """Take a closure back."""
    with transaction(session()):
        room_id = rooms.open_room(session(), actor(), closure, **_on())
    flash(translate("Penutupan ditarik kembali."), "success")
    return redirect(url_for("kompetensi.resources.room", room_id=room_id), 303)


@blueprint.post("/ruang/<int:room_id>/hentikan")
def retire_room(room_id: int) -> ResponseReturnValue:
    """Let a room no longer be used from a day on, or be used again."""
    form, done = forms.RetireForm(), []
    problem = submit(form, lambda: done.append(rooms.retire_room(
        session(), actor(), room_id, form.retired_on.data, **_on())))
    if not done:
        return _show_room(room_id, retiring=form, problem=problem)
    flash(translate("Ruang ini tidak dipakai lagi mulai hari itu.") if form.retired_on.data
          else translate("Ruang ini tetap dipakai."), "success")
    return redirect(url_for("kompetensi.resources.room", room_id=room_id), 303)


# --- trainers --------------------------------------------------------------------------------------------------------


def list_trainers() -> ResponseReturnValue:
    """Show the trainers with their load, and who may teach a training."""
    today = clock().today()
    asked = {"text": request.args.get("q", "").strip()[:_LONGEST_TEXT], "training": request.args.get("pelatihan") or None,
             "year": _year(today.year), "retired": request.args.get("semua") == "ya"}
    found = trainers.list_trainers(session(), actor(), today=today, **asked)
    trainings, _ = trainers.trainer_subjects(session())
    return page("resources/trainers.html", found=found, asked=asked, trainings=trainings)


def _year(default: int) -> int:
    year = _number("tahun", default, working_days.YEARS[-1])
    if year not in working_days.YEARS:
        raise InvalidInput(say("Tahun antara %(least)s dan %(most)s.", least=working_days.YEARS[0],
                               most=working_days.YEARS[-1]), where="tahun")
    return year


blueprint.add_url_rule("/pengajar", "trainers", list_trainers)  # its name is that of the service's module


def _show_trainer(code: str, form: forms.AbsenceForm | None = None, problem: Message | None = None) -> ResponseReturnValue:
    today = clock().today()
    found = trainers.view_trainer(session(), actor(), code, today=today, year=_year(today.year))
    return page("resources/trainer.html", status=status_of(form, problem) if form else 200, found=found, problem=problem,
                form=form or forms.AbsenceForm(formdata=None))


@blueprint.get("/pengajar/<code>")
def trainer(code: str) -> ResponseReturnValue:
    """Show a trainer: what he may teach, when he is away, his load."""
    return _show_trainer(code)


@blueprint.route("/pengajar/baru", methods=["GET", "POST"])
def new_trainer() -> ResponseReturnValue:
    """Ask who teaches, and add him."""
    centres.require_centre(session(), actor(), today=clock().today())
    return _trainer_form(None, TrainerContent("", "", ""))


@blueprint.route("/pengajar/<code>/ubah", methods=["GET", "POST"])
def edit_trainer(code: str) -> ResponseReturnValue:
    """Ask what a trainer's record shall say, and change it."""
    return _trainer_form(code, trainers.trainer_content(session(), actor(), code, today=clock().today()))


def _trainer_form(code: str | None, now: TrainerContent) -> ResponseReturnValue:
    spare: list[dict[str, Any]] = [{}] * _SPARE_ROWS
    form = forms.TrainerForm(data={
        "code": code, "name": now.name, "agency": now.agency, "external": now.external, "nip": now.nip,
        "home_place": now.home_place, "yearly_jp": now.yearly_jp, "unit_code": now.unit_code, "retired_on": now.retired_on,
        "qualifications": [*({"subject": _subject(one), "level": one.level, "valid_until": one.valid_until,
                              "source": one.source} for one in now.qualifications), *spare]})
    if code is not None:
        del form.code
    more = request.method == "POST" and "rows" in request.form
    if more:
        for _ in range(_SPARE_ROWS):
            form.qualifications.append_entry({})
    form.unit_code.choices = offer(centres.own_centres(session(), actor(), today=clock().today()))
    kept: list[str] = []
    problem = None
    if request.method == "POST" and not more:
        problem = submit(form, lambda: kept.append(_keep_trainer(form, code)))
    if kept:
        flash(translate("Data pengajar %(name)s tersimpan.", name=form.name.data), "success")
        return redirect(url_for("kompetensi.resources.trainer", code=kept[0]), 303)
    trainings, competencies = trainers.trainer_subjects(session())
    return page("resources/edit_trainer.html", status=status_of(form, problem), form=form, problem=problem, code=code,
                trainings=trainings, competencies=competencies)


def _subject(one: QualificationContent) -> str:
    """Write what a qualification names as the value of a select."""
    return f"P:{one.training}" if one.training else f"K:{one.competency}"


def _keep_trainer(form: forms.TrainerForm, code: str | None) -> str:
    content = TrainerContent(
        form.name.data or "", form.agency.data or "", form.unit_code.data, form.nip.data or "", form.external.data,
        form.home_place.data or "", form.yearly_jp.data, form.retired_on.data, tuple(
            QualificationContent(row.subject.data[2:] if row.subject.data.startswith("P:") else "",
                                 row.subject.data[2:] if row.subject.data.startswith("K:") else "", row.level.data,
                                 row.valid_until.data, row.source.data or "")
            for row in form.qualifications if row.subject.data))
    if code is None:
        return trainers.create_trainer(session(), actor(), form.code.data or "", content, **_on())
    trainers.edit_trainer(session(), actor(), code, content, **_on())
    return code


@blueprint.post("/pengajar/<code>/tidak-hadir")
def note_absence(code: str) -> ResponseReturnValue:
    """Note days on which a trainer is not there."""
    form, touched = forms.AbsenceForm(), []
    problem = submit(form, lambda: touched.append(trainers.note_absence(
        session(), actor(), code, form.first_day.data, form.last_day.data, form.reason.data or "", **_on())))
    if not touched:
        return _show_trainer(code, form, problem)
    done = translate("Ketidakhadiran dicatat.")
    if touched[0]:
        to_do = translate(say("Perlu pengajar lain: %(batches)s.", batches=told(touched[0])))
        flash(f"{done} {to_do}", "warning")
    else:
        flash(done, "success")
    return redirect(url_for("kompetensi.resources.trainer", code=code), 303)


@blueprint.post("/pengajar/tidak-hadir/<int:absence>/batal")
def end_absence(absence: int) -> ResponseReturnValue:
    """Take an absence back."""
    with transaction(session()):
        code = trainers.end_absence(session(), actor(), absence, **_on())
    flash(translate("Ketidakhadiran ditarik kembali."), "success")
    return redirect(url_for("kompetensi.resources.trainer", code=code), 303)


# --- working days ----------------------------------------------------------------------------------------------------


@blueprint.get("/hari-kerja")
def working_year() -> ResponseReturnValue:
    """Show a year of a unit: which days are worked, which are not and why, and the hours of the week."""
    today = clock().today()
    found = working_days.view_year(session(), actor(), _year(today.year), request.args.get("unit", "")[:60], today=today)
    return page("resources/working_year.html", found=found, spans=working_days.spans_text)


def _to_year(unit_code: str, day: date) -> ResponseReturnValue:
    return redirect(url_for("kompetensi.resources.working_year", tahun=day.year, unit=unit_code), 303)


def _decide(
    form: forms.DayForm | forms.HoursForm, template: str, act: Callable[[], object], done: Callable[[], ResponseReturnValue],
    **shown: Any,
) -> ResponseReturnValue:
    """Show a form, or act and go on."""
    finished: list[object] = []
    problem = submit(form, lambda: finished.append(act())) if request.method == "POST" else None
    if finished:
        batches = finished[0] if isinstance(finished[0], tuple) else ()
        _tell(translate("Keputusan tersimpan."), batches)
        return done()
    return page(template, status=status_of(form, problem), form=form, problem=problem, **shown)


@blueprint.route("/hari-kerja/hari", methods=["GET", "POST"])
def decide_day() -> ResponseReturnValue:
    """Ask for a day that is closed or worked, and keep it."""
    centres.require_centre(session(), actor(), today=clock().today())
    form = forms.DayForm(data={"confidence": "verified", "unit_code": request.args.get("unit", ""), "kind": "CLOSED"})
    form.unit_code.choices = offer(centres.own_centres(session(), actor(), today=clock().today()))
    return _decide(
        form, "resources/decide_day.html",
        lambda: working_days.set_day(
            session(), actor(), form.unit_code.data, form.day.data, form.kind.data, form.name.data or "",
            source=form.source.data or "", confidence=form.confidence.data, **_on()),
        lambda: _to_year(form.unit_code.data, form.day.data))


@blueprint.post("/hari-kerja/hari/<int:decision>/hapus")
def forget_day(decision: int) -> ResponseReturnValue:
    """Take a decision about a day back."""
    with transaction(session()):
        unit_code, day = working_days.forget_day(session(), actor(), decision, **_on())
    flash(translate(say("Keputusan untuk %(day)s ditarik kembali.", day=day)), "success")
    return _to_year(unit_code, day)


@blueprint.route("/hari-kerja/jam/<unit>", methods=["GET", "POST"])
def set_hours(unit: str) -> ResponseReturnValue:
    """Ask for the hours of the week of a unit, and keep them."""
    now = working_days.week_content(session(), actor(), unit, today=clock().today())
    form = forms.HoursForm(data={f"day_{weekday}": text for weekday, text in now.days.items()} | {
        "valid_from": now.valid_from, "confidence": "verified"})
    return _decide(
        form, "resources/set_hours.html",
        lambda: working_days.set_hours(session(), actor(), unit, working_days.WeekContent(
            {weekday: form[f"day_{weekday}"].data or "" for weekday in range(1, 8)}, form.valid_from.data,
            form.source.data or "", form.confidence.data), **_on()),
        lambda: _to_year(unit, form.valid_from.data), unit=unit)


# --- ways ------------------------------------------------------------------------------------------------------------


@blueprint.route("/waktu-tempuh", methods=["GET", "POST"])
def travel() -> ResponseReturnValue:
    """Show how long the ways between the places take, and keep one."""
    form, done = forms.TravelForm(), []
    problem = None
    if request.method == "POST":
        problem = submit(form, lambda: done.append(travels.set_travel(
            session(), actor(), form.place.data or "", form.other_place.data or "", form.minutes.data, **_on())))
    if done:
        flash(translate("Waktu tempuh tersimpan.") if done[0] else translate("Tidak ada yang berubah."), "success")
        return redirect(url_for("kompetensi.resources.travel"), 303)
    table = travels.travel_table(session(), actor(), today=clock().today())
    if request.method == "GET":
        form = forms.TravelForm(formdata=None, data={"place": request.args.get("dari", "")[:_LONGEST_TEXT],
                                                     "other_place": request.args.get("ke", "")[:_LONGEST_TEXT]})
    return page("resources/travel.html", status=status_of(form, problem), table=table, form=form, problem=problem)


# --- participants from outside ---------------------------------------------------------------------------------------


@blueprint.get("/peserta-luar")
def outside() -> ResponseReturnValue:
    """Show the participants from outside."""
    text = request.args.get("q", "").strip()[:_LONGEST_TEXT]
    found = outside_participants.list_outside_participants(
        session(), actor(), today=clock().today(), text=text, number=page_number())
    return page("resources/outside.html", found=found, text=text, size=outside_participants.PAGE_SIZE)


@blueprint.get("/peserta-luar/<nip>")
def outside_participant(nip: str) -> ResponseReturnValue:
    """Show a participant from outside with his seats and certificates."""
    with transaction(session()):
        found = outside_participants.view_outside_participant(session(), actor(), nip, **_on())
    return page("resources/outside_participant.html", found=found)


@blueprint.route("/peserta-luar/baru", methods=["GET", "POST"])
def new_outside() -> ResponseReturnValue:
    """Ask who comes from outside, and enter him."""
    centres.require_centre(session(), actor(), today=clock().today())
    return _outside_form(None, forms.outside_form(known=False))


@blueprint.route("/peserta-luar/<nip>/ubah", methods=["GET", "POST"])
def edit_outside(nip: str) -> ResponseReturnValue:
    """Ask what the record of a participant from outside shall say, and change it."""
    with transaction(session()):
        now = outside_participants.view_outside_participant(session(), actor(), nip, **_on())
    facts = now.facts
    return _outside_form(now.nip, forms.outside_form(known=True, data={
        "title_before": facts.title_before, "name": facts.name, "title_after": facts.title_after, "agency": facts.agency,
        "employee_type": facts.employee_type, "grade_code": facts.grade_code, "birth_place": facts.birth_place,
        "birth_date": facts.birth_date}))


def _outside_form(nip: str | None, form: forms.OutsideForm) -> ResponseReturnValue:
    form.grade_code.choices = offer([(code, code) for code in outside_participants.list_grades(session())],
                                    empty=say("belum diketahui"))
    if nip is None:
        form.unit_code.choices = offer(centres.own_centres(session(), actor(), today=clock().today()))
    kept: list[str] = []
    problem = submit(form, lambda: kept.append(_keep_outside(form, nip))) if request.method == "POST" else None
    if kept:
        flash(translate("Data peserta %(name)s tersimpan.", name=form.name.data), "success")
        return redirect(url_for("kompetensi.resources.outside_participant", nip=kept[0]), 303)
    return page("resources/edit_outside.html", status=status_of(form, problem), form=form, problem=problem, nip=nip)


def _keep_outside(form: forms.OutsideForm, nip: str | None) -> str:
    facts = OutsideFacts(
        form.name.data or "", form.agency.data or "", form.birth_date.data, form.birth_place.data or "",
        form.title_before.data or "", form.title_after.data or "", form.employee_type.data, form.grade_code.data or "")
    differs = {"birth_differs": form.birth_differs.data}
    if nip is None:
        return outside_participants.add_outside_participant(
            session(), actor(), form.nip.data or "", form.unit_code.data, facts, **differs, **_on())
    outside_participants.edit_outside_participant(session(), actor(), nip, facts, **differs, **_on())
    return nip


# These note who looked at a participant.
for _view_function in (outside_participant, edit_outside):
    _view_function.writes = True  # type: ignore[attr-defined]
