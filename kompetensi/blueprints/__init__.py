"""The web edge: one parent blueprint that nests the areas, denies by default and checks every form's token.

A view parses its input, calls one service and renders. What it may not do is written in ``setup.cfg``.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any, TypeVar

from flask import Blueprint, Flask, abort, current_app, redirect, request, url_for
from flask_wtf.csrf import validate_csrf
from werkzeug.exceptions import HTTPException
from wtforms import ValidationError

from kompetensi.blueprints.preferences import set_preference
from kompetensi.blueprints.rendering import make_environment, page, translate
from kompetensi.context import EXTENSION, actor, state
from kompetensi.errors import Conflict, InvalidInput, KompetensiError, NotAllowed, NotFound, Unavailable
from kompetensi.messages import say

AREAS = (
    "catalogue",
    "people",
    "readiness",
    "matching",
    "moves",
    "paths",
    "courses",
    "attendance",
    "results",
    "evaluations",
    "meetings",
    "calendar",
    "course_reports",
    "resources",
    "enrolments",
    "mutasi",
    "certificates",
    "certificate_preparation",
    "certificate_templates",
    "recognition",
    "demand",
    "timetables",
    "jobs",
    "badges",
    "verify",
    "admin",
)
_LARGEST_ID = 2**31 - 1
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
STATUS = ((NotFound, 404), (NotAllowed, 403), (Conflict, 409), (Unavailable, 503), (InvalidInput, 400))

ViewFunction = TypeVar("ViewFunction", bound=Callable[..., Any])


def public(view: ViewFunction) -> ViewFunction:
    """Mark a view that visitors may see without signing in; all others are closed."""
    view.is_public = True  # type: ignore[attr-defined]
    return view


def build(app: Flask) -> Blueprint:
    """Make the blueprint of one application, with the areas that this installation has."""
    parent = Blueprint("kompetensi", __name__, static_folder="../static", static_url_path="/static")
    # Only the files of Bootstrap-Flask are used. The extension itself would put globals and templates into the host,
    # and a host that uses it has registered it already.
    parent.register_blueprint(
        Blueprint("bootstrap", "flask_bootstrap", static_folder="static/bootstrap5", static_url_path="/bootstrap"))
    for area in AREAS:
        parent.register_blueprint(import_module(f"kompetensi.blueprints.{area}").blueprint)
    if state(app).standalone:  # inside a host the host's users sign in on the host's own pages
        parent.register_blueprint(import_module("kompetensi.blueprints.auth").blueprint)
    parent.before_request(_refuse_unstorable)
    parent.before_request(_demand_sign_in)
    parent.before_request(_check_token)
    parent.after_request(protect)
    parent.register_error_handler(KompetensiError, _show_error)
    parent.register_error_handler(HTTPException, show_http_error)
    parent.add_url_rule("/", "home", home)
    parent.add_url_rule("/tampilan", "set_preference", public(set_preference), methods=["POST"])
    app.extensions[f"{EXTENSION}_templates"] = make_environment(app)
    return parent


def home():
    """Send each reader to the home of his role."""
    who = actor()
    for role, endpoint in (("HR", "mutasi.home"), ("TRAINING_CENTRE", "courses.home"), ("ADMIN", "admin.home")):
        if who.has_role(role):
            return redirect(url_for(f"kompetensi.{endpoint}"))
    return redirect(url_for("kompetensi.readiness.home"))


def _demand_sign_in():
    view = current_app.view_functions.get(request.endpoint or "")
    if getattr(view, "is_public", False) or (request.endpoint or "").endswith(".static"):
        return None
    if not actor().is_anonymous:
        return None
    login_url = state().login_url
    if login_url is None:
        abort(401)
    return redirect(login_url(request.full_path.rstrip("?") if request.method in SAFE_METHODS else "/"))


def _refuse_unstorable() -> None:
    """Refuse numbers that no row can have, and the character NUL, which PostgreSQL cannot store."""
    if any(isinstance(value, int) and value > _LARGEST_ID for value in (request.view_args or {}).values()):
        abort(404)
    if "\0" in request.path or any("\0" in value for value in request.values.values()):
        raise InvalidInput(say("Permintaan ini memuat huruf yang tidak dapat disimpan."))


def _check_token() -> None:
    if request.method in SAFE_METHODS or not current_app.config.get("WTF_CSRF_ENABLED", True):
        return
    try:
        validate_csrf(request.form.get("csrf_token") or request.headers.get("X-CSRFToken"))
    except ValidationError:
        raise InvalidInput(say(
            "Formulir ini sudah terlalu lama terbuka atau bukan dari halaman kami. Muat ulang halaman, lalu kirim "
            "lagi.")) from None


def protect(response):
    """Set the headers of our own pages; a host's pages are not ours to touch."""
    response.headers.setdefault(
        "Content-Security-Policy",
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; font-src 'self'; "
        "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'")
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("Referrer-Policy", "same-origin")
    response.headers.setdefault("X-Frame-Options", "DENY")
    if response.mimetype == "text/html":
        response.headers.setdefault("Cache-Control", "private, no-store")
    return response


def _show_error(error: KompetensiError):
    status = next(status for kind, status in (*STATUS, (KompetensiError, 500)) if isinstance(error, kind))
    state().db.session.rollback()
    return page(f"errors/{status}.html", status=status, error=error, code=status)


def show_http_error(error: HTTPException):
    """Show an error of the web itself (no such page, too large) as a page of ours."""
    if error.code is None or error.code < 400 or error.response is not None:
        return error
    messages = {
        400: say("Permintaan ini tidak dapat dibaca."),
        401: say("Halaman ini hanya untuk pengguna yang sudah masuk."),
        403: say("Anda tidak berwenang untuk halaman ini."),
        404: say("Tidak ada halaman dengan alamat ini."),
        405: say("Halaman ini tidak menerima cara permintaan itu."),
        413: say("Berkas terlalu besar; batasnya %(limit)s byte.",
                 limit=current_app.config["KOMPETENSI_MAX_UPLOAD_BYTES"]),
        429: say("Terlalu banyak permintaan. Tunggu satu menit, lalu coba lagi."),
    }
    shown = error.code if error.code in (400, 403, 404, 409, 500, 503) else 400
    problem = KompetensiError(messages.get(error.code, say("Permintaan ini tidak dapat dilayani.")))
    return page(f"errors/{shown}.html", status=error.code, error=problem, code=error.code)


__all__ = ["SAFE_METHODS", "build", "protect", "public", "show_http_error", "translate"]
