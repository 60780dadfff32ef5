"""Pages of the area verify: anybody may ask whether a certificate is genuine; nobody is asked who he is."""

from __future__ import annotations

from flask import Blueprint, current_app, redirect, request, url_for
from flask.typing import ResponseReturnValue

from kompetensi.blueprints import public
from kompetensi.blueprints.rendering import page
from kompetensi.blueprints.throttle import Throttle
from kompetensi.context import EXTENSION, clock, session
from kompetensi.errors import InvalidInput
from kompetensi.forms.certificates import CodeForm, FileForm
from kompetensi.messages import Message, say
from kompetensi.rules.certificates import normalise_token
from kompetensi.services import verify
from kompetensi.services.verify import Check, CheckVerdict

blueprint = Blueprint("verify", __name__)

_THROTTLE = f"{EXTENSION}_verify_throttle"
_WINDOW_S = 60


def _wait_s() -> int:
    """Count a check of the asking address; return in how many seconds it may ask, 0 = now."""
    throttle: Throttle = current_app.extensions.setdefault(
        _THROTTLE, Throttle(current_app.config["KOMPETENSI_VERIFY_PER_MINUTE"], _WINDOW_S))
    address = request.remote_addr or ""
    wait_s = throttle.wait_s(address)
    if not wait_s:
        throttle.count(address)
    return int(wait_s) + 1 if wait_s else 0


def _form_page(status: int = 200, *, code: CodeForm | None = None, file: FileForm | None = None,
               problem: Message | None = None) -> ResponseReturnValue:
    return page("verify/check.html", status=status, code=code or CodeForm(formdata=None),
                file=file or FileForm(formdata=None), problem=problem)


def _too_many(wait_s: int) -> ResponseReturnValue:
    response = _form_page(429, problem=say(
        "Terlalu banyak pemeriksaan dari alamat ini. Coba lagi dalam %(seconds)s detik.", seconds=wait_s))
    response.headers["Retry-After"] = str(wait_s)
    return response


def _result(found: Check) -> ResponseReturnValue:
    return page("verify/result.html", status=404 if found.verdict is CheckVerdict.UNKNOWN else 200, found=found,
                code=CodeForm(formdata=None), file=FileForm(formdata=None))


@blueprint.get("/cek")
@public
def check() -> ResponseReturnValue:
    """Ask for a code or a file; a typed code leads to its page."""
    if "kode" not in request.args:
        return _form_page()
    form = CodeForm(request.args)
    if not form.validate():
        return _form_page(400, code=form)
    try:
        code = normalise_token(form.kode.data or "")
    except InvalidInput as error:
        form.blame("kode", error.message)
        return _form_page(400, code=form)
    return redirect(url_for("kompetensi.verify.certificate", token=code), 303)


@blueprint.get("/cek/<token>")
@public
def certificate(token: str) -> ResponseReturnValue:
    """Tell whether the certificate of a code is genuine and counts today."""
    wait_s = _wait_s()
    if wait_s:
        return _too_many(wait_s)
    try:
        return _result(verify.check_code(session(), token, today=clock().today()))
    except InvalidInput as error:
        form = CodeForm(formdata=None, data={"kode": token})
        form.blame("kode", error.message)
        return _form_page(400, code=form)


@blueprint.post("/cek/berkas")
@public
def check_file() -> ResponseReturnValue:
    """Tell whether a PDF is one that was issued."""
    wait_s = _wait_s()
    if wait_s:
        return _too_many(wait_s)
    form = FileForm()
    if not form.validate():
        return _form_page(400, file=form)
    try:
        return _result(verify.check_file(session(), form.file.data.read(), today=clock().today(),
                                         max_bytes=current_app.config["KOMPETENSI_MAX_UPLOAD_BYTES"]))
    except InvalidInput as error:
        form.blame("file", error.message)
        return _form_page(400, file=form)
