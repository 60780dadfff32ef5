"""Pages of the preparation of certificates: photos and LAN's registration codes of a batch's participants."""

from __future__ import annotations

from flask import Blueprint, Response, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from kompetensi.blueprints.rendering import page, translate
from kompetensi.blueprints.submission import status_of, submit
from kompetensi.context import actor, clock, session
from kompetensi.forms.certificate_preparation import preparation_form
from kompetensi.services.certificate_preparation import (
    PreparationEntry,
    read_photo,
    view_preparation,
    write_preparation,
)

blueprint = Blueprint("certificate_preparation", __name__)


@blueprint.route("/angkatan/<code>/sertifikat/siapkan", methods=["GET", "POST"])
def prepare(code: str) -> ResponseReturnValue:
    """Ask for photo and code of each participant, and keep what was given."""
    found = view_preparation(session(), actor(), code, today=clock().today())
    form, problem = preparation_form([(row.nip, row.name, row.lan_registration_no) for row in found.rows]), None
    if request.method == "POST":
        # A field that a request leaves out changes nothing; no file chosen means that the photo stays.
        entries = [PreparationEntry(
            row.nip, form[f"lan-{row.nip}"].data if f"lan-{row.nip}" in request.form else None,
            photo.read() if (photo := form[f"photo-{row.nip}"].data) else None) for row in found.rows]
        problem = submit(form, lambda: write_preparation(
            session(), actor(), code, entries, today=clock().today(), now=clock().now()))
        if not problem and not form.bad_fields():
            flash(translate("Tersimpan. Sertifikat yang sudah terbit tidak berubah."), "success")
            return redirect(url_for("kompetensi.certificate_preparation.prepare", code=code), 303)
    return page("certificates/prepare.html", status=status_of(form, problem), found=found, form=form, problem=problem)


@blueprint.get("/angkatan/<code>/sertifikat/pasfoto/<nip>.jpg")
def photo(code: str, nip: str) -> ResponseReturnValue:
    """Hand out a participant's photo as certificates print it."""
    return Response(read_photo(session(), actor(), code, nip, today=clock().today()), mimetype="image/jpeg",
                    headers={"Cache-Control": "private, no-store"})
