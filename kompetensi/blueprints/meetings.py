"""Pages of the area meetings: the curriculum of a batch by the hour, changed by hand or filled in, and what clashes."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from kompetensi.blueprints.rendering import page, translate
from kompetensi.blueprints.submission import status_of, submit
from kompetensi.context import actor, clock, session, state
from kompetensi.errors import Conflict, InvalidInput
from kompetensi.forms.courses import MODE_WORDS
from kompetensi.forms.meetings import MeetingForm, clock_time, minutes_of
from kompetensi.messages import Message, say
from kompetensi.services import meetings
from kompetensi.services.meetings import MeetingChoices, MeetingContent
from kompetensi.services.unit_of_work import transaction

blueprint = Blueprint("meetings", __name__)

# Empty rows that the form offers beyond those that are filled.
_SPARE_ROWS = 1
_CLASH_DAYS = 90


def _on() -> dict[str, Any]:
    return {"today": clock().today(), "now": clock().now()}


def _to_list(code: str) -> ResponseReturnValue:
    return redirect(url_for("kompetensi.meetings.list_meetings", code=code), 303)


def _day(name: str, default: date) -> date:
    text = request.args.get(name, "")
    if not text:
        return default
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InvalidInput(say("“%(text)s” bukan tanggal; tulis seperti 2026-11-23.", text=text), where=name) from None


@blueprint.get("/angkatan/<code>/pertemuan")
def list_meetings(code: str) -> ResponseReturnValue:
    """Show the meetings of a batch by stage, with the lesson hours of subjects and trainers."""
    return page("meetings/list.html", found=meetings.view_meetings(session(), actor(), code, today=clock().today()),
                mode_words=MODE_WORDS)


@blueprint.get("/benturan")
def clashes() -> ResponseReturnValue:
    """Show what clashes in the meetings of the coming months."""
    first = _day("dari", clock().today())
    last = _day("sampai", first + timedelta(days=_CLASH_DAYS))
    found = meetings.list_clashes(session(), actor(), first=first, last=last, today=clock().today())
    return page("meetings/clashes.html", found=found, first=first, last=last)


@blueprint.route("/angkatan/<code>/pertemuan/baru", methods=["GET", "POST"])
def new_meeting(code: str) -> ResponseReturnValue:
    """Ask for a new meeting of a batch, and add it."""
    offered = meetings.meeting_choices(session(), actor(), code, today=clock().today())
    view = meetings.view_meetings(session(), actor(), code, today=clock().today())
    last = view.meetings[-1] if view.meetings else None
    missing = next((line for line in view.subjects if line.missing > 0), None)
    starts = last.ends if last else 8 * 60
    jp = min(2, missing.missing) if missing else 1
    draft = MeetingContent(
        missing.place if missing else None, "", last.day if last else max(view.first_day, clock().today()), starts,
        min(starts + jp * offered.minutes, 24 * 60 - 1), jp)
    return _form(draft, offered, None)


@blueprint.route("/pertemuan/<int:meeting>/ubah", methods=["GET", "POST"])
def edit_meeting(meeting: int) -> ResponseReturnValue:
    """Ask for what a meeting shall be, and change it."""
    code, now = meetings.meeting_content(session(), actor(), meeting, today=clock().today())
    return _form(now, meetings.meeting_choices(session(), actor(), code, today=clock().today()), meeting)


def _form(now: MeetingContent, offered: MeetingChoices, meeting: int | None) -> ResponseReturnValue:
    form = MeetingForm(data=_fields(now))
    _offer(form, offered)
    more = request.method == "POST" and request.form.get("rows") == "trainers"
    if more:
        form.trainers.append_entry({})
        _offer(form, offered)
    saved: list[str] = []
    problem = None
    if request.method == "POST" and not more:
        problem = submit(form, lambda: saved.append(_keep(form, offered.code, meeting)))
    if saved:
        flash(translate("Pertemuan tersimpan."), "success")
        return _to_list(offered.code)
    return page("meetings/edit.html", status=status_of(form, problem), form=form, problem=problem, code=offered.code,
                meeting=meeting, minutes=offered.minutes)


def _offer(form: MeetingForm, offered: MeetingChoices) -> None:
    form.subject.choices = [("", say("tanpa mata pelatihan")), *offered.subjects]
    form.room_id.choices = [("", say("tidak ada")), *offered.rooms]
    for row in form.trainers:
        row.form["code"].choices = [("", say("tidak ada")), *offered.trainers]


def _fields(now: MeetingContent) -> dict[str, Any]:
    spare: list[dict[str, Any]] = [{}] * _SPARE_ROWS
    return {
        "subject": now.subject, "title": now.title, "day": now.day, "starts": clock_time(now.starts),
        "ends": clock_time(now.ends), "jp": now.jp, "room_id": now.room_id,
        "trainers": [*({"code": code, "jp": jp} for code, jp in now.trainers), *spare]}


def _keep(form: MeetingForm, code: str, meeting: int | None) -> str:
    jp = form.jp.data or 0
    content = MeetingContent(
        form.subject.data, form.title.data or "", form.day.data, minutes_of(form.starts.data), minutes_of(form.ends.data),
        jp, form.room_id.data,
        tuple((row.code.data, jp if row.jp.data is None else row.jp.data) for row in form.trainers if row.code.data))
    if meeting is None:
        meetings.add_meeting(session(), actor(), code, content, accept=form.accept.data, mailer=state().mailer, **_on())
        return code
    return meetings.edit_meeting(
        session(), actor(), meeting, content, accept=form.accept.data, mailer=state().mailer, **_on())


@blueprint.route("/pertemuan/<int:meeting>/batalkan", methods=["GET", "POST"])
def cancel_meeting(meeting: int) -> ResponseReturnValue:
    """Ask whether a meeting shall fall away, and cancel it."""
    code, now = meetings.meeting_content(session(), actor(), meeting, today=clock().today())
    if request.method == "POST":
        with transaction(session()):
            meetings.cancel_meeting(session(), actor(), meeting, mailer=state().mailer, **_on())
        flash(translate("Pertemuan dibatalkan; peserta dan pengajarnya diberi tahu."), "success")
        return _to_list(code)
    view = meetings.view_meetings(session(), actor(), code, today=clock().today())
    row = next(one for one in view.meetings if one.id == meeting)
    return page("meetings/cancel.html", code=code, row=row, meeting=meeting, content=now)


@blueprint.route("/angkatan/<code>/pertemuan/susun", methods=["GET", "POST"])
def fill_meetings(code: str) -> ResponseReturnValue:
    """Show which meetings would be filled in, and fill them in."""
    problem: Message | None = None
    plan = None
    try:
        if request.method == "POST":
            with transaction(session()):
                done = meetings.fill_meetings(session(), actor(), code, mailer=state().mailer, **_on())
            flash(translate("%(count)s pertemuan disusun.", count=len(done.meetings)), "success")
            return _to_list(code)
        plan = meetings.plan_meetings(session(), actor(), code, today=clock().today())
    except Conflict as refused:
        problem = refused.message
    view = meetings.view_meetings(session(), actor(), code, today=clock().today())
    offered = meetings.meeting_choices(session(), actor(), code, today=clock().today())
    return page("meetings/fill.html", status=409 if problem and request.method == "POST" else 200, plan=plan,
                problem=problem, found=view, rooms=dict(offered.rooms), trainers=dict(offered.trainers),
                subjects={line.place: line.name for line in view.subjects})
