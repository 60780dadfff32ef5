"""Pages of the area attendance: days or meetings of a batch, the list of a meeting, checking in by code."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from kompetensi.adapters.qr_mask import make_qr
from kompetensi.blueprints.rendering import page, translate
from kompetensi.blueprints.submission import submit
from kompetensi.context import actor, check_in_key, clock, public_url, session
from kompetensi.errors import Conflict, InvalidInput, NotFound
from kompetensi.forms import attendance as forms
from kompetensi.messages import Message
from kompetensi.rules.attendance import STATE_WORDS
from kompetensi.services import meeting_attendance as service
from kompetensi.services.batches import view_batch
from kompetensi.services.meeting_attendance import CheckIn, ParticipantCard
from kompetensi.services.results import record_attendance
from kompetensi.services.unit_of_work import transaction

blueprint = Blueprint("attendance", __name__)

_DAYS_OF_A_GRID = 7
# The room's page is read again at least so often, to show who has come.
_LONGEST_DISPLAY_S = 60


def _on() -> dict[str, Any]:
    return {"today": clock().today(), "now": clock().now()}


def _to_meeting(code: str, meeting: int, anchor: str | None = None) -> ResponseReturnValue:
    return redirect(url_for("kompetensi.attendance.meeting", code=code, meeting=meeting, _anchor=anchor), 303)


def _picture(text: str) -> str:
    """Return a QR as the address of a picture, black on white also in the dark."""
    return make_qr(text, error="m").svg_data_uri(border=4, light="#fff", omitsize=True)


# --- the batch ---------------------------------------------------------------------------------------------------------


@blueprint.route("/angkatan/<code>/kehadiran", methods=["GET", "POST"])
def attendance(code: str) -> ResponseReturnValue:
    """Show the attendance of a batch: its meetings as a matrix, or without meetings a week of days as a form."""
    if service.has_meetings(session(), code) and request.method == "GET":
        with transaction(session()):
            return page("attendance/matrix.html", found=service.view_matrix(session(), actor(), code, **_on()))
    return _days(code)


def _days(code: str) -> ResponseReturnValue:
    if request.method == "POST":
        present = forms.attendance_of(request.form.getlist("hari"), request.form.getlist("hadir"))
        with transaction(session()):
            count = record_attendance(session(), actor(), code, present, **_on())
        flash(translate("Kehadiran %(count)s hari tersimpan.", count=count), "success")
        return redirect(url_for("kompetensi.attendance.attendance", code=code,
                                hari=min(present).isoformat() if present else None), 303)
    with transaction(session()):
        shown = view_batch(session(), actor(), code, recording=True, **_on())
    held = [day for day in shown.meeting_days if day <= clock().today()]
    grids = [held[at:at + _DAYS_OF_A_GRID] for at in range(0, len(held), _DAYS_OF_A_GRID)]
    wanted = request.args.get("hari", "")
    at = next((number for number, grid in enumerate(grids) if wanted in [day.isoformat() for day in grid]),
              len(grids) - 1)
    return page("attendance/days.html", batch=shown, days=grids[at] if grids else [], grids=grids, at=at)


@blueprint.get("/angkatan/<code>/kehadiran/kartu")
def cards(code: str) -> ResponseReturnValue:
    """Show the codes of all participants, to be printed and handed out."""
    with transaction(session()):
        found = service.batch_cards(session(), actor(), code, check_in_key(), **_on())
    return page("attendance/cards.html", code=code, cards=[(card, _picture(_address_of(card))) for card in found])


def _address_of(card: ParticipantCard) -> str:
    return f"{public_url()}/hadir/peserta/{card.batch}/{card.code}"


@blueprint.get("/angkatan/<code>/kartu")
def card(code: str) -> ResponseReturnValue:
    """Show the reader the code that he carries through a batch."""
    found = service.own_card(session(), actor(), code, check_in_key(), today=clock().today())
    return page("attendance/card.html", card=found, picture=_picture(_address_of(found)))


# --- one meeting -------------------------------------------------------------------------------------------------------


def _show_meeting(
    code: str, number: int, *, form: forms.BearerForm | None = None, problem: Message | None = None, status: int = 200
) -> ResponseReturnValue:
    with transaction(session()):
        sheet = service.view_meeting(session(), actor(), code, number, **_on())
    return page("attendance/meeting.html", status=status, sheet=sheet, words=STATE_WORDS, problem=problem,
                form=form or forms.BearerForm(formdata=None))


@blueprint.route("/angkatan/<code>/kehadiran/<int:meeting>", methods=["GET", "POST"])
def meeting(code: str, meeting: int) -> ResponseReturnValue:
    """Show the list of a meeting as one form, and keep it."""
    if request.method == "GET":
        return _show_meeting(code, meeting)
    with transaction(session()):
        count = service.record_meeting(session(), actor(), code, meeting, forms.states_of(request.form), **_on())
    flash(translate("Daftar hadir tersimpan; %(count)s catatan baru atau berubah.", count=count), "success")
    return _to_meeting(code, meeting)


@blueprint.get("/angkatan/<code>/kehadiran/<int:meeting>/lembar")
def sheet(code: str, meeting: int) -> ResponseReturnValue:
    """Show the sign-in sheet of a meeting, for the printer."""
    with transaction(session()):
        return page("attendance/sheet.html", sheet=service.view_meeting(session(), actor(), code, meeting, **_on()))


@blueprint.post("/angkatan/<code>/kehadiran/<int:meeting>/kode")
def bearer(code: str, meeting: int) -> ResponseReturnValue:
    """Write down that the bearer of a code is there, and wait for the next one."""
    form, done = forms.BearerForm(), []
    problem = submit(form, lambda: done.append(service.check_in_by_code(
        session(), actor(), code, meeting, form.code.data or "", check_in_key(), **_on())))
    if not done:
        return _show_meeting(code, meeting, form=form, problem=problem, status=409 if problem else 400)
    flash(_entered(done[0]), "success")
    return _to_meeting(code, meeting, "kode")


def _entered(found: CheckIn) -> str:
    if found.again:
        return translate("%(name)s sudah tercatat sebelumnya: %(state)s.", name=found.name,
                         state=translate(STATE_WORDS[found.state]))
    return translate("%(name)s tercatat: %(state)s.", name=found.name, state=translate(STATE_WORDS[found.state]))


@blueprint.get("/angkatan/<code>/kehadiran/<int:meeting>/qr")
def display(code: str, meeting: int) -> ResponseReturnValue:
    """Show a room the QR by which participants check in; the page reads itself again when the code changes."""
    found = service.display_check_in(session(), actor(), code, meeting, check_in_key(), **_on())
    address = f"{public_url()}/hadir/{found.token}" if found.token else ""
    answer = page("attendance/display.html", found=found, address=address, picture=_picture(address) if address else "")
    left = (found.renewed_at - clock().now()).total_seconds() if found.renewed_at else _LONGEST_DISPLAY_S
    answer.headers["Refresh"] = str(max(1, min(_LONGEST_DISPLAY_S, int(left) + 1)))
    return answer


# --- whoever scans -----------------------------------------------------------------------------------------------------


@blueprint.route("/hadir/<token>", methods=["GET", "POST"])
def check_in(token: str) -> ResponseReturnValue:
    """Ask the participant who has scanned the room's QR whether it is he, and write down that he is there."""
    try:
        if request.method == "GET":
            found = service.view_check_in(session(), actor(), token, check_in_key(), **_on())
            return page("attendance/check_in.html", found=found, done=found.again, token=token, problem=None)
        with transaction(session()):
            found = service.check_in(session(), actor(), token, check_in_key(), **_on())
        return page("attendance/check_in.html", found=found, done=True, token=token, problem=None)
    except (Conflict, InvalidInput) as error:
        return page("attendance/check_in.html", status=409 if isinstance(error, Conflict) else 400, found=None,
                    done=False, token=token, problem=error.message)


@blueprint.route("/hadir/peserta/<code>/<secret>", methods=["GET", "POST"])
def scanned(code: str, secret: str) -> ResponseReturnValue:
    """Let the centre, having scanned a participant's QR, choose the meeting of today at which he is."""
    problem = None
    if request.method == "POST":
        number = request.form.get("pertemuan", "")
        try:
            with transaction(session()):
                found = service.check_in_by_code(session(), actor(), code, int(number) if number.isdecimal() and len(number) < 10 else 0,
                                                 secret, check_in_key(), **_on())
            flash(_entered(found), "success")
            return redirect(url_for("kompetensi.attendance.scanned", code=code, secret=secret), 303)
        except Conflict as error:
            problem = error.message
    try:
        card, meetings = service.meetings_of_code(session(), actor(), code, secret, check_in_key(), today=clock().today())
    except NotFound as error:
        if error.where != "code":
            raise
        return page("attendance/scanned.html", status=404, card=None, meetings=(), problem=error.message, code=code,
                    secret=secret)
    return page("attendance/scanned.html", status=409 if problem else 200, card=card, meetings=meetings, problem=problem,
                code=code, secret=secret)


# These note who looked at the participants.
for _view_function in (attendance, cards, meeting, sheet, bearer):
    _view_function.writes = True  # type: ignore[attr-defined]
