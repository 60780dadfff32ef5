"""Login of the standalone application. Inside a host nothing of this is loaded: the host's users are used."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, Flask, current_app, flash, redirect, request, url_for
from flask import session as cookie
from flask_login import LoginManager, current_user, login_user, logout_user
from werkzeug.exceptions import HTTPException

from kompetensi.blueprints import protect, public, show_http_error
from kompetensi.blueprints.admin import own_account_page
from kompetensi.blueprints.preferences import keep_preference, wanted_page
from kompetensi.blueprints.rendering import page, translate
from kompetensi.blueprints.throttle import Throttle
from kompetensi.context import EXTENSION, actor, clock, session, state
from kompetensi.errors import InvalidInput
from kompetensi.forms.admin import OwnPasswordForm
from kompetensi.forms.auth import LoginForm
from kompetensi.messages import say
from kompetensi.rules.access import ANONYMOUS, Actor
from kompetensi.services import accounts
from kompetensi.services.unit_of_work import transaction

__all__ = ["Login", "blueprint", "init_login", "register"]

THROTTLE = f"{EXTENSION}_login_throttle"
WINDOW_S = 15 * 60

blueprint = Blueprint("auth", __name__)


@dataclass(frozen=True, slots=True)
class SignedIn:
    """What Flask-Login keeps of an account for one request.

    Attributes
    ----------
    actor : Actor
    session_key : str
        Names the account and its present password: a new password ends every other session.
    """

    actor: Actor
    session_key: str
    is_active: bool = True
    is_authenticated: bool = True
    is_anonymous: bool = False

    def get_id(self) -> str:
        """Return what the cookie remembers."""
        return self.session_key


class Login:
    """What the standalone application passes to `Kompetensi` in place of a host's users."""

    def load_actor(self) -> Actor:
        """Return the actor of the current request; `ANONYMOUS` when nobody has signed in."""
        return current_user.actor if current_user.is_authenticated else ANONYMOUS

    def login_url(self, wanted: str) -> str:
        """Return the address of the login page, which leads on to `wanted` afterwards."""
        return url_for("kompetensi.auth.login", next=None if wanted == "/" else wanted)


def init_login(app: Flask) -> Login:
    """Set up Flask-Login on the standalone application."""
    manager = LoginManager(app)

    @manager.user_loader
    def load(session_key: str) -> SignedIn | None:
        found = accounts.resume(session(), session_key, today=clock().today())
        return None if found is None else SignedIn(found, session_key)

    return Login()


def register(app: Flask) -> None:
    """Give the standalone application the pages that a host has of its own: not found, and broken."""
    app.extensions[THROTTLE] = Throttle(app.config["KOMPETENSI_LOGIN_ATTEMPTS"], WINDOW_S)
    app.register_error_handler(HTTPException, _show_app_error)


def _show_app_error(error: HTTPException):
    state().db.session.rollback()
    try:
        return protect(current_app.ensure_sync(show_http_error)(error))
    except Exception:  # the page itself may need what is broken, such as the database
        current_app.logger.exception("the error page could not be shown")
        return error


@blueprint.get("/masuk")
@public
def login():
    """Show the login page; who has signed in already goes on."""
    if not actor().is_anonymous:
        return redirect(wanted_page())
    return _login_page(LoginForm())


@blueprint.post("/masuk")
@public
def sign_in():
    """Check name and password and open a fresh session."""
    form = LoginForm()
    if not form.validate():
        return _login_page(form, status=400)
    username = accounts.normal_username(form.username.data)
    throttle: Throttle = current_app.extensions[THROTTLE]
    keys = (f"name:{username}", f"address:{request.remote_addr}")
    wait_s = throttle.wait_s(*keys)
    if wait_s:
        response = _login_page(form, status=429, problem=say(
            "Terlalu banyak percobaan masuk. Coba lagi dalam %(minutes)s menit.", minutes=int(wait_s // 60) + 1))
        response.headers["Retry-After"] = str(int(wait_s) + 1)
        return response
    with transaction(session()):
        found = accounts.authenticate(session(), username, form.password.data, today=clock().today(), now=clock().now())
    if found is None:
        throttle.count(*keys)
        return _login_page(form, status=401, problem=say(
            "Nama atau kata sandi tidak cocok. Periksa keduanya; huruf besar dan kecil pada kata sandi dibedakan."))
    throttle.forget(keys[0])
    wanted = wanted_page()
    cookie.clear()
    login_user(SignedIn(found.actor, found.session_key))
    response = redirect(wanted)
    for name, value in (("lang", found.locale), ("theme", found.theme)):
        if f"kompetensi_{name}" not in request.cookies:
            keep_preference(response, name, value)
    return response


@blueprint.post("/keluar")
@public
def logout():
    """End the session."""
    logout_user()
    cookie.clear()
    return redirect(url_for("kompetensi.auth.login"))


def _login_page(form: LoginForm, *, status: int = 200, problem: object = None):
    return page("auth/login.html", status=status, form=form, problem=problem, next=request.values.get("next", ""))


@blueprint.post("/akun/sandi")
def change_password():
    """Change the reader's own password; his other sessions end, this one goes on."""
    form = OwnPasswordForm()
    if not form.validate():
        return own_account_page(form)
    try:
        with transaction(session()):
            session_key = accounts.change_own_password(
                session(), actor(), present=form.present.data, password=form.password.data, now=clock().now())
    except InvalidInput as error:
        return own_account_page(form, None if form.blame(error.where, error.message) else error.message)
    login_user(SignedIn(actor(), session_key))
    flash(translate("Kata sandi Anda diganti."))
    return redirect(url_for("kompetensi.admin.own_account"), 303)
