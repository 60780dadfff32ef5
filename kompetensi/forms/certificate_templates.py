"""Forms of certificate templates: how one begins, what a version holds, and on whom it is tried."""

from __future__ import annotations

from base64 import b64encode

from flask_wtf.file import FileField
from wtforms import FieldList, FormField, SelectField, StringField, TextAreaField
from wtforms import Form as PlainForm
from wtforms.validators import InputRequired, Length

from kompetensi.errors import InvalidInput
from kompetensi.forms.base import Form, offer, strip
from kompetensi.messages import say
from kompetensi.rules.certificate_design import FIELD_TYPES, DesignField, read_field
from kompetensi.rules.certificates import KIND_TITLES
from kompetensi.services.certificate_designs import TemplateText

__all__ = ["NewTemplateForm", "VersionForm", "version_form"]

_LANGUAGES = (("id", say("Indonesia")), ("id,en", say("Indonesia, disertai Inggris")),
              ("en,id", say("Inggris, disertai Indonesia")), ("en", say("Inggris")))
_SPARE = 2
_CODE = {"rows": 12, "spellcheck": "false", "autocapitalize": "off", "wrap": "off"}


class NewTemplateForm(Form):
    """What a template is called and for what it is."""

    unit = SelectField(say("Unit penerbit"), validators=[InputRequired()])
    code = StringField(say("Kode"), filters=[strip], validators=[InputRequired(), Length(max=40)],
                       description=say("Huruf besar, angka, dan tanda hubung, misalnya STTPP-2026."))
    name = StringField(say("Nama"), filters=[strip], validators=[InputRequired(), Length(max=120)])
    kind = SelectField(say("Jenis"), choices=offer((kind.value, title) for kind, title in KIND_TITLES.items()),
                       validators=[InputRequired()])


class _FieldForm(PlainForm):
    """One field of a template's own."""

    name = StringField(say("Nama dalam templat"), filters=[strip], render_kw={"autocapitalize": "off", "spellcheck": "false"})
    label = StringField(say("Sebutan"), filters=[strip])
    type = SelectField(say("Jenis"), choices=offer(FIELD_TYPES.items()))
    value = StringField(say("Nilai"), filters=[strip])
    image = FileField(say("Gambar"), render_kw={"accept": "image/png,image/jpeg"})


class VersionForm(Form):
    """What a version holds."""

    front = TextAreaField(say("Halaman depan"), render_kw=_CODE, description=say("Kosong berarti halaman depan bawaan."))
    back = TextAreaField(say("Halaman belakang"), render_kw=_CODE,
                         description=say("Kosong berarti halaman belakang bawaan."))
    css = TextAreaField(say("Gaya (CSS)"), render_kw=_CODE | {"rows": 6},
                        description=say("Ditambahkan sesudah gaya bawaan."))
    languages = SelectField(say("Bahasa"), choices=offer(_LANGUAGES), validators=[InputRequired()])
    fields = FieldList(FormField(_FieldForm))
    note = StringField(say("Apa yang berubah"), filters=[strip], validators=[Length(max=500)])

    def text(self) -> TemplateText:
        """Return what was typed.

        Raises
        ------
        InvalidInput
            If a field of the template's own has no value of its type; it names ``fields``.
        """
        return TemplateText(
            (self.front.data or "").replace("\r\n", "\n"), (self.back.data or "").replace("\r\n", "\n"),
            (self.css.data or "").replace("\r\n", "\n"), tuple((self.languages.data or "").split(",")),
            tuple(_read(entry.form) for entry in self.fields if entry.form.name.data))


def _read(entry: _FieldForm) -> DesignField:
    value = entry.value.data or ""
    if entry.type.data == "image" and entry.image.data:
        content = entry.image.data.read()
        if content:
            value = f"data:{entry.image.data.mimetype};base64,{b64encode(content).decode()}"
    try:
        return read_field(entry.name.data or "", entry.label.data or entry.name.data or "", entry.type.data or "", value)
    except InvalidInput as error:
        raise InvalidInput(error.message, where="fields") from error


def version_form(text: TemplateText | None = None) -> VersionForm:
    """Return the form as it was sent, or filled with a version; two empty rows wait for further fields."""
    if text is None:
        return VersionForm()
    form = VersionForm(formdata=None, data={
        "front": text.front, "back": text.back, "css": text.css, "languages": ",".join(text.languages)})
    for field in text.fields:
        form.fields.append_entry({"name": field.name, "label": field.label, "type": field.type, "value": _written(field)})
    for _ in range(_SPARE):
        form.fields.append_entry()
    return form


def _written(field: DesignField) -> str:
    return {True: "ya", False: "tidak"}[field.value] if isinstance(field.value, bool) else str(field.value)
