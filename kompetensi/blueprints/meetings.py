"""Pages of the area meetings: the curriculum of a batch by the hour, changed by hand or filled in, and what clashes."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from flask import Blueprint, Response, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from kompetensi.blueprints.kept_upload import pack, uploaded
from kompetensi.blueprints.rendering import page, translate
from kompetensi.blueprints.submission import status_of, submit
from kompetensi.context import actor, clock, session, state
from kompetensi.errors import Conflict, InvalidInput, InvalidRows, RowError
from kompetensi.forms.courses import MODE_WORDS
from kompetensi.forms.meetings import CopyForm, MeetingForm, MeetingImportForm, clock_time, minutes_of
from kompetensi.messages import Message, say
from kompetensi.services import batch_copies, meeting_imports, meetings
from kompetensi.services.batch_copies import BatchCopy, CopyDraft
from kompetensi.services.meeting_imports import MeetingImport
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
    last = _day("sampai", first + timedelta(days=min(_CLASH_DAYS, (date.max - first).days)))
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
                done = meetings.fill_meetings(
                    session(), actor(), code, partly=request.form.get("sebagian") == "ya", mailer=state().mailer, **_on())
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


@blueprint.route("/angkatan/<code>/pertemuan/impor", methods=["GET", "POST"])
def import_meetings(code: str) -> ResponseReturnValue:
    """Rehearse a table of meetings row by row, and write its good rows."""
    offered = meetings.meeting_choices(session(), actor(), code, today=clock().today())
    form = MeetingImportForm()
    form.file.flags.required = True  # a rehearsed table is the exception, and asks for no file
    writes = request.form.get("tulis") == "ya"
    done: list[MeetingImport] = []
    rows: tuple[RowError, ...] = ()
    problem: Message | None = None
    if request.method == "POST" and form.validate():
        try:
            content = uploaded(form.file, form.kept.data, say("Pilih berkas CSV atau XLSX."))
            form.kept.data = pack(content)
            with transaction(session()):
                done.append(meeting_imports.import_meetings(
                    session(), actor(), offered.code, content, dry_run=not writes, accept=form.accept.data,
                    mailer=state().mailer, **_on()))
        except InvalidRows as error:
            rows, problem = error.rows, error.message
        except (InvalidInput, Conflict) as error:
            problem = None if form.blame(error.where, error.message) else error.message
            if form.accept.errors:
                done.append(meeting_imports.import_meetings(session(), actor(), offered.code, content, dry_run=True, **_on()))
    if done and writes and not form.bad_fields():
        flash(translate("%(count)s pertemuan ditulis; %(left)s baris tidak.", count=done[0].written, left=len(done[0].bad)),
              "success")
        return _to_list(offered.code)
    return page("meetings/import.html", status=status_of(form, problem), form=form, problem=problem, code=offered.code,
                found=done[0] if done else None, rows=rows, columns=meeting_imports.COLUMNS,
                rooms=dict(offered.rooms))


@blueprint.get("/angkatan/<code>/pertemuan/templat")
def import_template(code: str) -> ResponseReturnValue:
    """Send the header of a table of meetings as a CSV to fill in."""
    meetings.meeting_choices(session(), actor(), code, today=clock().today())
    answer = Response(",".join(meeting_imports.COLUMNS) + "\n", mimetype="text/csv")
    answer.headers["Content-Disposition"] = "attachment; filename=pertemuan.csv"
    return answer


@blueprint.route("/angkatan/<code>/salin", methods=["GET", "POST"])
def copy_batch(code: str) -> ResponseReturnValue:
    """Ask from which day on a batch is held again, show its stages on the new days, and copy it."""
    view = meetings.view_meetings(session(), actor(), code, today=clock().today())
    form = CopyForm(data={"first_day": max(view.last_day, clock().today()) + timedelta(days=7)})
    done: list[BatchCopy] = []
    draft: list[CopyDraft] = []
    look = request.method == "GET" or request.form.get("lihat") == "ya"

    def act() -> None:
        if look:
            draft.append(batch_copies.draft_copy(session(), actor(), code, form.first_day.data, today=clock().today()))
        else:
            done.append(batch_copies.copy_batch(
                session(), actor(), code, form.first_day.data, number=form.number.data, **_on()))

    if request.method == "GET":
        act()
        problem = None
    else:
        problem = submit(form, act)
    if done:
        copy = done[0]
        flash(translate("Angkatan %(code)s dibuat: %(kept)s pertemuan ikut pindah, %(laid)s disusun baru.", code=copy.code,
                        kept=copy.kept, laid=copy.laid), "success")
        if copy.missing:
            flash(translate("%(jp)s JP belum mendapat waktu; lihat pertemuannya.",
                            jp=sum(jp for _, jp in copy.missing)), "warning")
        return redirect(url_for("kompetensi.courses.batch", code=copy.code), 303)
    return page("meetings/copy.html", status=status_of(form, problem), form=form, problem=problem, found=view,
                draft=draft[0] if draft else None, mode_words=MODE_WORDS)
