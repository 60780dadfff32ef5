"""How a certificate looks: templates of its two sides, style sheet, languages, and the typed fields that fill it."""

from __future__ import annotations

import re
from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from kompetensi.errors import InvalidInput
from kompetensi.messages import Message, say

__all__ = ["BLOCKS", "FIELD_TYPES", "LANGUAGES", "LISTS", "NAMES", "PHOTO_SIZE", "CertificateDesign", "DesignField", "read_field"]

LANGUAGES = ("id", "en")
# Dots of every photo that is printed: 30 x 40 mm at 300 dots an inch.
PHOTO_SIZE = (354, 472)

# The lists that a template may repeat over, and what each of their entries has.
LISTS: Mapping[str, frozenset[str]] = {
    "subjects": frozenset({"name", "jp"}),
    "competences": frozenset({"name", "level"}),
    "trainers": frozenset({"name"}),
}

# Prepared pieces in the present language: what is tedious to write or must not be left out.
BLOCKS: Mapping[str, Message] = {
    "pasfoto": say("pasfoto 3 × 4, bila pelatihannya memerlukannya"),
    "lambang": say("lambang di kepala"), "judul": say("nama dokumen"), "pembuka": say("kalimat pembuka dengan dasar hukum"),
    "nama": say("nama pemegang, yang mengecil bila panjang"),
    "identitas": say("NIP, kelahiran, pangkat, jabatan, unit, dan instansi"), "hasil": say("LULUS atau TELAH MENGIKUTI, dengan predikat"),
    "penyelenggaraan": say("oleh siapa, cara, tempat, waktu, dan jam pelajaran"), "pemeriksaan": say("kode QR dan kode cetak"),
    "penandatangan": say("tempat, tanggal, jabatan, dan nama penanda tangan"), "mata_pelatihan": say("tabel mata pelatihan"),
}

# What a template may print, with what stands before the first dot.
NAMES: Mapping[str, frozenset[str]] = {
    "sertifikat": frozenset({
        "number", "token", "verify_url", "issued_on", "issued_place", "government", "institution", "legal_basis",
        "holder_name", "nip", "birth_place", "birth_date", "rank", "golongan", "position", "unit", "agency",
        "status_phrase", "predicate", "training_code", "training_name", "batch_label", "organiser", "first_day",
        "last_day", "mode_phrase", "place", "jp", "valid_until", "signed", "demo", "lan_registration_no", "signer.post", "signer.name",
        "signer.rank", "signer.nip", "organiser_signer.post", "organiser_signer.name", "organiser_signer.rank",
        "organiser_signer.nip"}),
    "isian": frozenset(),
    "blok": frozenset(BLOCKS),
}

FIELD_TYPES: Mapping[str, Message] = {
    "text": say("teks"), "number": say("bilangan bulat"), "date": say("tanggal"), "flag": say("ya atau tidak"),
    "image": say("gambar"),
}
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}\Z")
_LONGEST_TEXT = 500
_LARGEST_IMAGE = 512 * 1024
_IMAGE = re.compile(r"data:image/(png|jpeg);base64,([A-Za-z0-9+/=]+)\Z")
_SIGNATURES = {"png": b"\x89PNG\r\n\x1a\n", "jpeg": b"\xff\xd8\xff"}


@dataclass(frozen=True, slots=True)
class DesignField:
    """A field of a template's own, with the value that its version prints.

    Attributes
    ----------
    name : str
        What the template calls it, after ``isian.``; small letters, digits and underscores.
    label : str
        What people read in the editor.
    type : str
        Key of `FIELD_TYPES`.
    value : str, int, date or bool
        Of that type; an image is a ``data:`` address of PNG or JPEG.
    """

    name: str
    label: str
    type: str
    value: Any


def read_field(name: str, label: str, type: str, text: str) -> DesignField:
    """Read a field as it was typed.

    Raises
    ------
    InvalidInput
        If the name or type is none, or `text` is no value of the type; it names the field.
    """
    if not _NAME.match(name):
        raise InvalidInput(say("Nama isian terdiri atas huruf kecil, angka, dan garis bawah, misalnya kota_terbit."),
                           where=name or "name")
    if not 1 <= len(label.strip()) <= 120:
        raise InvalidInput(say("Sebutan isian harus 1 sampai 120 huruf."), where=name)
    if type not in FIELD_TYPES:
        raise InvalidInput(say("Jenis isian “%(type)s” tidak dikenal.", type=type), where=name)
    try:
        return DesignField(name, label.strip(), type, _READERS[type](text.strip()))
    except (ValueError, Base64Error) as error:
        raise InvalidInput(say("“%(name)s” harus berupa %(type)s.", name=label.strip(), type=FIELD_TYPES[type]),
                           where=name) from error


def _text(text: str) -> str:
    if len(text) > _LONGEST_TEXT:
        raise ValueError("too long")
    return text


_FLAGS = {"ya": True, "true": True, "1": True, "tidak": False, "false": False, "0": False, "": False}


def _flag(text: str) -> bool:
    if text.casefold() not in _FLAGS:
        raise ValueError("neither yes nor no")
    return _FLAGS[text.casefold()]


def _image(text: str) -> str:
    found = _IMAGE.match(text)
    if found is None or len(text) > _LARGEST_IMAGE * 4 // 3:
        raise ValueError("no PNG or JPEG, or too large")
    if not b64decode(found.group(2), validate=True).startswith(_SIGNATURES[found.group(1)]):
        raise ValueError("not the image that it says it is")
    return text


_READERS: Mapping[str, Callable[[str], Any]] = {
    "text": _text, "number": int, "date": date.fromisoformat, "flag": _flag, "image": _image}


@dataclass(frozen=True, slots=True)
class CertificateDesign:
    """One version of a template, ready to be followed.

    Attributes
    ----------
    front, back : str
        Sandboxed Jinja that gives the HTML inside of a side; empty = the side that comes with kompetensi.
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
