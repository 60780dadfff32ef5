"""Pages of the area verify: anybody may ask whether a certificate is genuine; nobody is asked who he is."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from functools import cache
from importlib.resources import files

from flask import Blueprint, Response, current_app, jsonify, make_response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from kompetensi.blueprints import public
from kompetensi.blueprints.rendering import page
from kompetensi.blueprints.throttle import Throttle
from kompetensi.context import EXTENSION, clock, seal_keys, session, signature_of
from kompetensi.errors import InvalidInput
from kompetensi.exchange.certificate_payload import ALPHABET, DICTIONARY, KIND_ORDER
from kompetensi.exchange.seal_keys import write_keys
from kompetensi.forms.base import Form
from kompetensi.forms.certificates import CodeForm, FileForm, NumberForm, QrForm
from kompetensi.messages import Message, say
from kompetensi.rules.certificates import KIND_TITLES, normalise_token
from kompetensi.services import verify
from kompetensi.services.verify import Check, CheckVerdict

blueprint = Blueprint("verify", __name__)

_THROTTLE = f"{EXTENSION}_verify_throttle"
_WINDOW_S = 60
_STATIC = files("kompetensi") / "static" / "verify"


def _wait_s(*also: str) -> int:
    """Count a check of the asking address, and of what else is named; return in how many seconds it may ask, 0 = now."""
    throttle: Throttle = current_app.extensions.setdefault(
        _THROTTLE, Throttle(current_app.config["KOMPETENSI_VERIFY_PER_MINUTE"], _WINDOW_S))
    keys = (request.remote_addr or "", *also)
    wait_s = throttle.wait_s(*keys)
    if not wait_s:
        throttle.count(*keys)
    return int(wait_s) + 1 if wait_s else 0


def _forms(**asked: Form) -> dict[str, Form]:
    """Return the four ways to ask: as they were filled in, or empty."""
    return {name: asked.get(name) or form(formdata=None)
            for name, form in (("code", CodeForm), ("file", FileForm), ("number", NumberForm), ("qr", QrForm))}


def _form_page(status: int = 200, *, problem: Message | None = None, **asked: Form) -> ResponseReturnValue:
    forms = _forms(**asked)
    bad = next((form for form in forms.values() if form.bad_fields()), None)
    return page("verify/check.html", status=status, problem=problem, bad=bad, **forms)


def _too_many(wait_s: int) -> ResponseReturnValue:
    response = _form_page(429, problem=say(
        "Terlalu banyak pemeriksaan dari alamat ini. Coba lagi dalam %(seconds)s detik.", seconds=wait_s))
    response.headers["Retry-After"] = str(wait_s)
    return response


def _result(found: Check) -> ResponseReturnValue:
    return page("verify/result.html", status=404 if found.verdict is CheckVerdict.UNKNOWN else 200, found=found, **_forms())


@blueprint.get("/cek")
@public
def check() -> ResponseReturnValue:
    """Ask for a code, a file, a QR, or a number; a typed code leads to its page."""
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
    """Tell whether a PDF is one that was issued, and whether its electronic signature holds."""
    wait_s = _wait_s()
    if wait_s:
        return _too_many(wait_s)
    form = FileForm()
    if not form.validate():
        return _form_page(400, file=form)
    try:
        return _result(verify.check_file(
            session(), form.file.data.read(), today=clock().today(), signature_of=signature_of,
            max_bytes=current_app.config["KOMPETENSI_MAX_UPLOAD_BYTES"]))
    except InvalidInput as error:
        form.blame("file", error.message)
        return _form_page(400, file=form)


@blueprint.post("/cek/nomor")
@public
def check_number() -> ResponseReturnValue:
    """Tell whether there is a certificate of a number and a holder; guesses at one number are counted together."""
    form = NumberForm()
    # What is counted stays a digest: a list of numbers asked for would say who was looked up.
    asked = hashlib.sha256("".join((form.number.data or "").split()).upper().encode()).hexdigest()
    wait_s = _wait_s(asked)
    if wait_s:
        return _too_many(wait_s)
    if not form.validate():
        return _form_page(400, number=form)
    try:
        return _result(verify.check_number(session(), form.number.data, form.name.data, today=clock().today()))
    except InvalidInput as error:
        form.blame(error.where, error.message)
        return _form_page(400, number=form)


@blueprint.post("/cek/qr")
@public
def check_qr() -> ResponseReturnValue:
    """Tell whether what a QR says is ours and counts today; it is sent in the body, so that no log keeps the name."""
    wait_s = _wait_s()
    if wait_s:
        return _too_many(wait_s)
    form = QrForm()
    if not form.validate():
        return _form_page(400, qr=form)
    try:
        return _result(verify.check_qr(session(), form.qr.data, seal_keys(), today=clock().today()))
    except InvalidInput as error:
        form.blame("qr", error.message)
        return _form_page(400, qr=form)


@blueprint.get("/cek/kunci")
@public
def keys() -> ResponseReturnValue:
    """Say in words which keys answer for the QR, and how one checks without this server."""
    published = seal_keys()
    return page("verify/keys.html", keys=list(zip(write_keys(published)["keys"], published, strict=True)))


@blueprint.get("/cek/kunci.json")
@public
def keys_json() -> ResponseReturnValue:
    """Return the keys as a JSON Web Key Set; other sites may read it too."""
    response = jsonify(write_keys(seal_keys()))
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Cache-Control"] = "public, max-age=3600"
    return response


@blueprint.get("/cek/luring")
@public
def offline() -> ResponseReturnValue:
    """Show the page that checks without a server, or give it as a file; it may speak to nobody, here or kept."""
    script, style, policy = _offline_parts()
    response = make_response(page(
        "verify/offline.html", script=script, style=style, policy=policy, keys=write_keys(seal_keys())["keys"],
        alphabet=ALPHABET, dictionary=DICTIONARY.decode("ascii"), kinds=[KIND_TITLES[kind] for kind in KIND_ORDER],
        check_url=url_for("kompetensi.verify.check", _external=True)))
    response.headers["Content-Security-Policy"] = f"{policy}; frame-ancestors 'none'"
    if "unduh" in request.args:
        response.headers["Content-Disposition"] = 'attachment; filename="cek-sertifikat-luring.html"'
    return response


@cache
def _offline_parts() -> tuple[str, str, str]:
    """Return script, styles, and the policy that lets these two run and nothing else happen."""
    script, style = ((_STATIC / name).read_text(encoding="utf-8") for name in ("offline.js", "offline.css"))
    by_hash = [b64encode(hashlib.sha256(part.encode()).digest()).decode() for part in (script, style)]
    return script, style, (f"default-src 'none'; script-src 'sha256-{by_hash[0]}'; style-src 'sha256-{by_hash[1]}'; "
                           "base-uri 'none'; form-action 'none'")


@blueprint.get("/cek/luring.js")
@public
def worker() -> Response:
    """Return the worker that shows the page above when a certificate's address is opened without network."""
    response = Response((_STATIC / "worker.js").read_text(encoding="utf-8"), mimetype="text/javascript")
    # A browser asks again at each visit: a worker of yesterday would show keys of yesterday.
    response.headers["Cache-Control"] = "no-cache"
    return response
