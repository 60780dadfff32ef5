"""What happens when a form is sent: check it, act in one transaction, and say at which field it failed."""

from __future__ import annotations

from collections.abc import Callable

from kompetensi.context import session
from kompetensi.errors import Conflict, InvalidInput
from kompetensi.forms.base import Form
from kompetensi.messages import Message
from kompetensi.services.unit_of_work import transaction

__all__ = ["status_of", "submit"]


def submit(form: Form, act: Callable[[], object]) -> Message | None:
    """Validate a form and act in one transaction; return a refusal that no field of the form is to blame for."""
    if not form.validate():
        return None
    try:
        with transaction(session()):
            act()
    except (InvalidInput, Conflict) as error:
        return None if form.blame(error.where, error.message) else error.message
    return None


def status_of(form: Form, problem: Message | None) -> int:
    """Return the status of a page that shows a form: 400 if something in it was refused."""
    return 400 if problem or form.bad_fields() else 200
