"""How a certificate looks: templates of its two sides, style sheet, languages, and the typed fields that fill it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

__all__ = ["LANGUAGES", "CertificateDesign"]

LANGUAGES = ("id", "en")


@dataclass(frozen=True, slots=True)
class CertificateDesign:
    """One version of a template, ready to be followed.

    Attributes
    ----------
    front, back : str
        Sandboxed Jinja that gives the HTML inside of a side; `back` empty = the back that comes with kompetensi.
    css : str
        Follows the style sheet that comes with kompetensi.
    languages : tuple of str
        One or two of `LANGUAGES`; the first one leads.
    values : mapping of str to object
        Values of the template's own fields.
    version_id : int or None
        Row of the version; None for one that is being tried and is not stored.
    """

    front: str
    back: str = ""
    css: str = ""
    languages: tuple[str, ...] = ("id",)
    values: Mapping[str, Any] = field(default_factory=dict)
    version_id: int | None = None
