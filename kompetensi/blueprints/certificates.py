"""Pages of the area certificates: one's own, the centre's register, one certificate, its file, issuing, revoking."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import chain

from flask import Blueprint, Response, flash, redirect, request, stream_with_context, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from kompetensi.blueprints import public
from kompetensi.blueprints.rendering import page, translate
from kompetensi.blueprints.submission import status_of, submit
from kompetensi.context import actor, clock, press, session, state
from kompetensi.errors import InvalidInput, KompetensiError, Unavailable
from kompetensi.forms.base import offer
from kompetensi.forms.certificates import AwardForm, ShareForm, SigningForm, StateReasonForm
from kompetensi.jobs import Completion, complete, complete_one, order_batch
from kompetensi.messages import Message, say
from kompetensi.ports import SigningSecret
from kompetensi.services import certificate_register as register_service
from kompetensi.services import certificate_shares, certificate_wallet, verify
from kompetensi.services.certificate_register import CertificateView
from kompetensi.services.certificate_signing import find_signing_round, find_waiting, make_draft
from kompetensi.services.certificates import (
    Prepared,
    Press,
    prepare_award,
    prepare_renewal,
    prepare_replacement,
    view_laureates,
)
from kompetensi.services.unit_of_work import transaction

blueprint = Blueprint("certificates", __name__)


@blueprint.get("/sertifikat")
def wallet() -> ResponseReturnValue:
    """Show the reader's own certificates."""
    return page("certificates/wallet.html",
                wallet=certificate_wallet.own_wallet(session(), actor(), today=clock().today()))


@blueprint.get("/sertifikat/register")
def register() -> ResponseReturnValue:
    """Show the certificates that the reader's training centre has issued."""
    text, chosen = request.args.get("q", "").strip()[:120], request.args.get("keadaan", "")
    number = request.args.get("page", "1")
    if chosen and chosen not in register_service.STATUS_FILTERS:
        raise InvalidInput(say("“%(word)s” bukan keadaan sertifikat.", word=chosen), where="keadaan")
    if not number.isdecimal() or len(number) > 6:
        raise InvalidInput(say("“%(number)s” bukan nomor halaman.", number=number), where="page")
    found = register_service.list_certificates(
        session(), actor(), today=clock().today(), text=text, number=int(number),
        status=register_service.STATUS_FILTERS.get(chosen))
    kept = {name: request.args[name] for name in ("q", "keadaan") if request.args.get(name)}
    return page("certificates/register.html", found=found, text=text, chosen=chosen, kept=kept,
                filters=tuple(register_service.STATUS_FILTERS),
                attended=state().signer.attended)


def _view(token: str, *, changing: bool = False) -> CertificateView:
    with transaction(session()):
        return register_service.view_certificate(
            session(), actor(), token, today=clock().today(), now=clock().now(), changing=changing)


@blueprint.get("/sertifikat/<token>")
def certificate(token: str) -> ResponseReturnValue:
    """Show one certificate with its history."""
    return page("certificates/certificate.html", found=_view(token))


@blueprint.get("/sertifikat/<token>.pdf")
def file(token: str) -> ResponseReturnValue:
    """Hand out the frozen PDF."""
    with transaction(session()):
        name, pdf = register_service.read_certificate_file(
            session(), actor(), token, today=clock().today(), now=clock().now())
    return Response(pdf, mimetype="application/pdf", headers={
        "Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "private, no-store"})


# These note who looked at somebody else's certificate.
for _view_function in (certificate, file):
    _view_function.writes = True  # type: ignore[attr-defined]


@blueprint.post("/angkatan/<code>/sertifikat")
def issue_batch(code: str) -> ResponseReturnValue:
    """Ask for the certificates of all who passed in a batch and have none; the job's page shows how far it is."""
    with transaction(session()):
        job_id = order_batch(session(), actor(), code, press=Press(**press()), engine=state().jobs,
                             today=clock().today(), now=clock().now())
    if job_id is None:
        flash(translate("Tidak ada lagi yang menunggu sertifikat pada angkatan ini."), "success")
        return redirect(url_for("kompetensi.courses.batch", code=code, _anchor="peserta"), 303)
    return redirect(url_for("kompetensi.jobs.job", job_id=job_id), 303)


@blueprint.get("/sertifikat/tanda-tangan")
def signing_round() -> ResponseReturnValue:
    """List what waits for the reader's signature."""
    return _signing_page(SigningForm(), None)


def _signing_page(form: SigningForm, problem: Message | None, *, status: int | None = None) -> ResponseReturnValue:
    found = find_signing_round(session(), actor(), today=clock().today())
    answer = page("certificates/signing.html", status=status or status_of(form, problem), form=form, problem=problem,
                  found=found, signer=state().signer)
    answer.headers["Cache-Control"] = "no-store"
    return answer


@blueprint.post("/sertifikat/tanda-tangan")
def sign_round() -> ResponseReturnValue:
    """Sign what waits for the reader, one after the other, and tell of each as soon as it is issued.

    NIK and passphrase live as long as this request. If it is interrupted, what has been issued stays issued and the
    rest waits; then the secret is asked again.
    """
    form = SigningForm()
    if not form.validate():
        return _signing_page(form, None)
    with transaction(session()):
        ready = find_signing_round(session(), actor(), today=clock().today()).ready
    if not ready:
        return redirect(url_for("kompetensi.certificates.signing_round"), 303)
    done = complete(session(), actor(), Press(**press()), ready, clock=clock(),
                    secret=SigningSecret(form.nik.data or "", form.passphrase.data or ""))
    try:
        # Nothing has been sent yet: a secret that is refused brings the form back.
        first = next(done)
    except InvalidInput as refusal:
        problem = None if form.blame(refusal.where, refusal.message) else refusal.message
        return _signing_page(form, problem)
    except Unavailable as missing:
        return _signing_page(form, missing.message, status=503)
    answer = Response(stream_with_context(_tell(ready, first, done)), mimetype="text/html")
    answer.headers["Cache-Control"] = "no-store"
    return answer


@blueprint.get("/sertifikat/tanda-tangan/<token>.pdf")
def draft(token: str) -> ResponseReturnValue:
    """Show the sheets of one that waits for the reader's signature, marked DRAF."""
    with transaction(session()):
        waiting = find_waiting(session(), actor(), token, today=clock().today())
    return Response(make_draft(state().renderer, waiting), mimetype="application/pdf", headers={
        "Content-Disposition": f'inline; filename="draf-{waiting.facts.token}.pdf"', "Cache-Control": "private, no-store"})


# Where the page of a round is cut: what has happened is told between its two halves.
_CUT = "<!-- hasil -->"


def _tell(ready: Sequence[Prepared], first: Completion, rest: Iterator[Completion]) -> Iterator[str]:
    """Yield the page of a round in pieces, a row for each certificate when it has been settled."""
    before, after = page("certificates/signing_told.html", total=len(ready), cut=Markup(_CUT)).get_data(
        as_text=True).split(_CUT)
    yield before
    settled, issued, problem = 0, 0, None
    try:
        for done in chain((first,), rest):
            settled, issued = settled + 1, issued + (done.issued is not None)
            yield page("certificates/signing_row.html", done=done, number=settled, total=len(ready)).get_data(as_text=True)
    except KompetensiError as error:
        problem = error.message
    yield page("certificates/signing_end.html", issued=issued, failed=settled - issued, left=len(ready) - settled,
               problem=problem).get_data(as_text=True)
    yield after


@blueprint.route("/angkatan/<code>/penghargaan", methods=["GET", "POST"])
def award(code: str) -> ResponseReturnValue:
    """Ask to whom of a batch an award is given and what for, and issue it."""
    form, problem = AwardForm(), None
    found = view_laureates(session(), actor(), code, today=clock().today())
    form.nip.choices = offer([(one.nip, one.name) for one in found.people], empty=say("pilih penerimanya"))
    made = Press(**press())
    prepared: list[Prepared] = []
    if request.method == "POST":
        problem = submit(form, lambda: prepared.append(prepare_award(
            session(), actor(), made, code, form.nip.data, form.citation.data or "", today=clock().today(),
            now=clock().now())))
    if prepared:
        complete_one(session(), actor(), made, prepared[0], clock=clock())
        flash(translate("Piagam penghargaan terbit dengan nomor %(number)s.", number=prepared[0].facts.number)
              if not made.signer.attended else translate("Piagam penghargaan menunggu tanda tangan."), "success")
        return redirect(url_for("kompetensi.certificates.certificate", token=prepared[0].facts.token), 303)
    return page("certificates/award.html", status=status_of(form, problem), form=form, problem=problem, found=found)


def _with_reason(
    token: str, act: Callable[[str], str | Prepared], *, title: Message, lead: Message, button: Message, done: Message,
) -> ResponseReturnValue:
    """Ask why, and act in one transaction.

    `act` returns the code of the certificate to go to, or one that is prepared: then its document is made after the
    commit, and it is issued in a transaction of its own.
    """
    form, problem = StateReasonForm(), None
    reached: list[str | Prepared] = []
    if request.method == "POST":
        problem = submit(form, lambda: reached.append(act(form.reason.data or "")))
    if reached:
        token = reached[0]
        if isinstance(token, Prepared):
            if complete_one(session(), actor(), Press(**press()), token, clock=clock()) is None:
                done = say("Sudah disiapkan; terbit sesudah ditandatangani.")
            token = token.facts.token
        flash(translate(done), "success")
        return redirect(url_for("kompetensi.certificates.certificate", token=token), 303)
    return page("certificates/reason.html", status=status_of(form, problem), form=form, problem=problem,
                found=_view(token, changing=True), title=title, lead=lead, button=button)


@blueprint.route("/sertifikat/<token>/cabut", methods=["GET", "POST"])
def revoke(token: str) -> ResponseReturnValue:
    """Ask why a certificate is revoked, and revoke it."""
    return _with_reason(
        token, lambda reason: register_service.revoke_certificate(
            session(), actor(), token, reason, today=clock().today(), now=clock().now(), mailer=state().mailer).token,
        title=say("Cabut sertifikat"), button=say("Cabut sertifikat ini"), done=say("Sertifikat dicabut."),
        lead=say("Mulai hari ini tidak berlaku lagi, dan tingkat yang didasarkan padanya tidak dihitung lagi. Pencabutan "
                 "tidak dapat dibatalkan."))


@blueprint.route("/sertifikat/<token>/ganti", methods=["GET", "POST"])
def replace(token: str) -> ResponseReturnValue:
    """Ask why a certificate is replaced, and issue another with the facts of today."""
    return _with_reason(
        token, lambda reason: prepare_replacement(
            session(), actor(), Press(**press()), token, reason, today=clock().today(), now=clock().now()),
        title=say("Ganti sertifikat"), button=say("Terbitkan pengganti"), done=say("Pengganti terbit."),
        lead=say("Pengganti memuat data hari ini dan mendapat nomor baru. Betulkan dahulu datanya, misalnya ejaan nama; "
                 "yang lama tetap tercatat sebagai diganti."))


@blueprint.route("/sertifikat/<token>/perpanjang", methods=["GET", "POST"])
def renew(token: str) -> ResponseReturnValue:
    """Ask what a renewal rests on, and issue it."""
    return _with_reason(
        token, lambda reason: prepare_renewal(
            session(), actor(), Press(**press()), token, reason, today=clock().today(), now=clock().now()),
        title=say("Perpanjang sertifikat"), button=say("Terbitkan perpanjangan"), done=say("Perpanjangan terbit."),
        lead=say("Perpanjangan berlaku sejak hari ini, bernomor baru, dan tidak menambah JP. Yang lama tetap tercatat, "
                 "dan keduanya saling menyebut. Tulis dasarnya, misalnya uji penyegaran."))


for _view_function in (revoke, replace, renew):
    _view_function.writes = True  # type: ignore[attr-defined]


@blueprint.route("/sertifikat/<token>/bagikan", methods=["GET", "POST"])
def share(token: str) -> ResponseReturnValue:
    """Show the links to an own certificate, and make another; its address is shown this once."""
    form, problem, made = ShareForm(), None, []
    if request.method == "POST":
        problem = submit(form, lambda: made.append(certificate_shares.share_certificate(
            session(), actor(), token, label=form.label.data or "", days=form.days.data, today=clock().today(),
            now=clock().now(), randomness=state().randomness)))
    return page("certificates/share.html", status=status_of(form, problem), found=_view(token), problem=problem,
                form=ShareForm(formdata=None) if made else form, made=made[0] if made else None,
                shares=certificate_shares.list_shares(session(), actor(), token, today=clock().today()))


@blueprint.post("/sertifikat/<token>/bagikan/<int:share_id>/tarik")
def withdraw_share(token: str, share_id: int) -> ResponseReturnValue:
    """Close a link."""
    with transaction(session()):
        certificate_shares.withdraw_share(session(), actor(), token, share_id, today=clock().today(), now=clock().now())
    flash(translate("Tautan ditarik; mulai sekarang tidak terbuka lagi."), "success")
    return redirect(url_for("kompetensi.certificates.share", token=token), 303)


@blueprint.get("/berbagi/<key>")
@public
def shared(key: str) -> ResponseReturnValue:
    """Show whoever has the link the certificate and where its file is."""
    with transaction(session()):
        found = certificate_shares.open_share(session(), key, today=clock().today(), now=clock().now())
    return page("certificates/shared.html", key=key, shared=found,
                found=verify.check_code(session(), found.token, today=clock().today()))


@blueprint.get("/berbagi/<key>.pdf")
@public
def shared_file(key: str) -> ResponseReturnValue:
    """Hand out the frozen PDF to whoever has the link."""
    found = certificate_shares.read_share(session(), key, today=clock().today())
    return Response(found.pdf, mimetype="application/pdf", headers={
        "Content-Disposition": f'attachment; filename="sertifikat-{found.token}.pdf"',
        "Cache-Control": "private, no-store"})


for _view_function in (share, shared):
    _view_function.writes = True  # type: ignore[attr-defined]
