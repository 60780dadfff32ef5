"""What the pages of attendance send: ticks of days, states of a meeting, a code."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from wtforms import StringField
from wtforms.validators import InputRequired, Length

from kompetensi.errors import InvalidInput
from kompetensi.forms.base import Form, strip
from kompetensi.messages import say

__all__ = ["BearerForm", "attendance_of", "states_of"]

_STATE = "keadaan-"


class BearerForm(Form):
    """The code of a participant, typed or read by a scanner."""

    code = StringField(say("Kode peserta"), filters=[strip], validators=[InputRequired(), Length(max=300)],
                       description=say("Pindai kartu hadir peserta, atau ketik sepuluh huruf dan angkanya."),
                       render_kw={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"})


def attendance_of(days: Iterable[str], present: Iterable[str]) -> dict[date, set[str]]:
    """Return the NIPs of those present, by day.

    Parameters
    ----------
    days : iterable of str
        The days that the form showed, ISO.
    present : iterable of str
        One ``DAY/NIP`` for each tick.

    Raises
    ------
    InvalidInput
        If a day is none, or a tick belongs to no day of the form.
    """
    try:
        found: dict[date, set[str]] = {date.fromisoformat(day): set() for day in days}
        for tick in present:
            day, _, nip = tick.partition("/")
            found[date.fromisoformat(day)].add(nip)
    except (ValueError, KeyError):
        raise InvalidInput(say("Daftar hadir ini tidak dapat dibaca. Muat ulang halaman, lalu kirim lagi.")) from None
    return found


def states_of(fields: Mapping[str, str]) -> dict[str, str]:
    """Return the states that were chosen, by NIP.

    Parameters
    ----------
    fields : mapping of str to str
        ``keadaan-NIP`` for each choice; each ``nip-NIP`` without one gets ``sisanya``, unless that is empty.
    """
    chosen = {name.removeprefix(_STATE): value for name, value in fields.items() if name.startswith(_STATE) and value}
    rest = fields.get("sisanya", "")
    if rest:
        for name in fields:
            if name.startswith("nip-"):
                chosen.setdefault(name.removeprefix("nip-"), rest)
    return chosen
