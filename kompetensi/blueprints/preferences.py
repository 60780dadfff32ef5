"""A reader's choice of language and theme: kept in a cookie, and with his account where he has one here."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask.wrappers import Response

from kompetensi.blueprints.rendering import PREFERENCES
from kompetensi.context import actor, session
from kompetensi.errors import InvalidInput
from kompetensi.messages import say
from kompetensi.services.accounts import save_preference
from kompetensi.services.unit_of_work import transaction

__all__ = ["is_local", "keep_preference", "set_preference", "wanted_page"]

_YEAR_S = 365 * 24 * 3600


def set_preference() -> ResponseReturnValue:
    """Keep the choice that a reader, signed in or not, has made, and lead back to the page he was on."""
    name, value = request.form.get("name", ""), request.form.get("value", "")
    if value not in PREFERENCES.get(name, ()):
        raise InvalidInput(say("Pilihan tampilan ini tidak ada."), where="value")
    with transaction(session()):
        save_preference(session(), actor(), name, value)
    response = redirect(wanted_page(), 303)
    keep_preference(response, name, value)
    return response


def keep_preference(response: Response, name: str, value: str) -> None:
    """Keep a choice in a cookie for a year."""
    response.set_cookie(f"kompetensi_{name}", value, max_age=_YEAR_S, samesite="Lax", httponly=True,
                        secure=request.is_secure)


def wanted_page() -> str:
    """Return where the reader wanted to go (``next``), if that is a page of this site; his home otherwise."""
    wanted = request.values.get("next", "")
    return request.script_root + wanted if is_local(wanted) else url_for("kompetensi.home")


def is_local(address: str) -> bool:
    """Tell whether an address is a path of this site; what browsers would read as another site is not."""
    if not address.startswith("/") or address.startswith("//") or "\\" in address or not address.isprintable():
        return False
    parts = urlsplit(address)
    return not parts.scheme and not parts.netloc
