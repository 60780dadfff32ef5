"""Forms of recognition: what a holder hands in, and what a reviewer decides."""

from __future__ import annotations

from flask_wtf.file import FileField, FileRequired
from wtforms import RadioField, TextAreaField
from wtforms.validators import InputRequired, Length

from kompetensi.forms.base import Form, offer, strip
from kompetensi.forms.people import OutsideCertificateForm
from kompetensi.messages import say

__all__ = ["ClaimDecisionForm", "ClaimForm"]


class ClaimForm(OutsideCertificateForm):
    """An outside certificate with its document."""

    document = FileField(say("Sertifikatnya"), validators=[FileRequired(say("Pilih berkas sertifikatnya dahulu."))],
                         description=say("PDF, PNG, atau JPEG. Hanya Anda dan penelaah yang dapat membukanya."),
                         render_kw={"accept": "application/pdf,image/png,image/jpeg,.pdf,.png,.jpg,.jpeg"})
    remark = TextAreaField(say("Keterangan"), filters=[strip], validators=[Length(max=1000)], render_kw={"rows": 3})


class ClaimDecisionForm(Form):
    """What becomes of a claim, and why."""

    decision = RadioField(say("Keputusan"), choices=offer((("recognise", say("Diakui")), ("refuse", say("Belum dapat diakui")))),
                          validators=[InputRequired()])
    reason = TextAreaField(say("Alasan"), filters=[strip], validators=[Length(max=500)], render_kw={"rows": 3},
                           description=say("Wajib bila belum dapat diakui, 10 sampai 500 huruf. Pemegangnya membacanya."))
