"""``kompetensi certificates``: issue, replace, renew, list, verify, export, and show by what they can be checked."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from flask import current_app

from kompetensi.adapters.clock import SystemClock
from kompetensi.adapters.qr_reader import read_qr_texts
from kompetensi.cli.edge import DAY, Edge, application, edge, print_json, print_table, refuse_plainly
from kompetensi.context import press, seal_keys, signature_of, state
from kompetensi.errors import InvalidInput
from kompetensi.exchange.certificate_payload import SealKey, find_payload
from kompetensi.exchange.seal_keys import read_keys
from kompetensi.messages import Message, say
from kompetensi.rules.certificates import KIND_TITLES, CertificateStatus
from kompetensi.services.badge_files import BadgeForm, BadgeVerdict, check_badge, read_badge
from kompetensi.services.certificate_register import (
    STATUS_FILTERS,
    CertificateItem,
    list_certificates,
    read_certificate_file,
)
from kompetensi.services.certificate_reminders import send_reminders
from kompetensi.services.unit_of_work import transaction
from kompetensi.services.verify import (
    Check,
    CheckVerdict,
    PayloadCheck,
    check_code,
    check_file,
    check_payload,
)

if TYPE_CHECKING:
    from kompetensi.services.certificates import IssuedCertificate, Prepared

__all__ = ["COMMANDS"]

_STATUSES = {status.value: status for status in STATUS_FILTERS.values()}


@click.group("certificates")
def certificates() -> None:
    """Sertifikat: terbitkan, ganti, perpanjang, daftar, periksa, keluarkan, kunci umum."""


@certificates.command("issue")
@click.argument("batch", required=False)
@click.option("--year", type=click.IntRange(1990, 2200), default=None, metavar="Y",
              help="Semua angkatan tahun ini, sebagai ganti BATCH.")
@click.option("--nip", default=None, help="Hanya peserta ini; bawaan: semua yang lulus dan belum menerima.")
@click.option("--json", "as_json", is_flag=True, help="Satu dokumen JSON.")
@edge()
def issue(here: Edge, batch: str | None, year: int | None, nip: str | None, as_json: bool) -> None:
    """Terbitkan sertifikat peserta yang lulus pada angkatan BATCH, atau pada semua angkatan tahun Y."""
    from kompetensi.cli.jobs import run_here  # only where certificates are written
    from kompetensi.jobs import order_batch, order_year
    from kompetensi.services.certificates import Press
    from kompetensi.services.jobs import ItemState

    if (batch is None) == (year is None) or (year is not None and nip is not None):
        raise InvalidInput(say("Sebutkan satu angkatan (BATCH, dengan --nip bila hanya seorang) atau satu tahun (--year)."),
                           where="BATCH")
    with transaction(here.session):
        at = {"press": Press(**press()), "engine": None, "today": here.clock.today(), "now": here.clock.now()}
        job_id = (order_year(here.session, here.actor, year, **at) if year is not None
                  else order_batch(here.session, here.actor, batch or "", nip=nip, **at))
    done = run_here(here, job_id, quiet=as_json) if job_id is not None else ()
    issued, failed = ([item for item in done if item.state is state] for state in (ItemState.DONE, ItemState.FAILED))
    found = {row.token: row for row in _issued(here, [item.outcome for item in issued])}
    rows = [found[item.outcome] for item in issued if item.outcome in found]
    if as_json:
        print_json([_issued_document(row) for row in rows])
    else:
        if rows:
            print_table("", ["Nomor", "Nama", "Kode"], [(row.number, row.holder_name, row.token) for row in rows])
        click.echo(str(say("%(count)s sertifikat terbit.", count=len(rows))))
    if len(rows) < len(issued):
        _tell_waiting(len(issued) - len(rows))
    for item in failed:
        click.echo(f"{item.label}: {item.problem}", err=True)
    if failed:
        sys.exit(1)


def _issued(here: Edge, tokens: list[str]) -> tuple[IssuedCertificate, ...]:
    from kompetensi.services.certificates import find_issued

    with transaction(here.session):
        return find_issued(here.session, here.actor, tokens, today=here.clock.today())


@certificates.command("award")
@click.argument("batch")
@click.argument("nip")
@click.option("--for", "citation", required=True, help="Penghargaan sebagai apa, misalnya “Peserta Terbaik I”.")
@click.option("--json", "as_json", is_flag=True, help="Satu dokumen JSON.")
@edge()
def award(here: Edge, batch: str, nip: str, citation: str, as_json: bool) -> None:
    """Terbitkan piagam penghargaan bagi peserta NIP pada angkatan BATCH, di samping sertifikatnya."""
    from kompetensi.services.certificates import prepare_award

    _issue_anew(here, lambda session, actor, made, code, text, **on: prepare_award(
        session, actor, made, code, nip, text, **on), batch, citation, as_json)


@certificates.command("replace")
@click.argument("code")
@click.option("--reason", required=True, help="Alasan, 10 sampai 500 huruf; siapa pun yang memeriksa membacanya.")
@click.option("--json", "as_json", is_flag=True, help="Satu dokumen JSON.")
@edge()
def replace(here: Edge, code: str, reason: str, as_json: bool) -> None:
    """Terbitkan pengganti sertifikat CODE dengan data hari ini; yang lama tetap tercatat."""
    from kompetensi.services.certificates import prepare_replacement

    _issue_anew(here, prepare_replacement, code, reason, as_json)


@certificates.command("renew")
@click.argument("code")
@click.option("--reason", required=True, help="Dasarnya, 10 sampai 500 huruf, misalnya uji penyegaran.")
@click.option("--json", "as_json", is_flag=True, help="Satu dokumen JSON.")
@edge()
def renew(here: Edge, code: str, reason: str, as_json: bool) -> None:
    """Perpanjang sertifikat CODE sejak hari ini, tanpa JP baru; keduanya tetap tercatat."""
    from kompetensi.services.certificates import prepare_renewal

    _issue_anew(here, prepare_renewal, code, reason, as_json)


def _issue_anew(here: Edge, prepare: Callable[..., Prepared], code: str, reason: str, as_json: bool) -> None:
    from kompetensi.jobs import complete_one  # only where a certificate is written
    from kompetensi.services.certificates import Press

    made = Press(**press())
    with transaction(here.session):
        prepared = prepare(here.session, here.actor, made, code, reason, today=here.clock.today(), now=here.clock.now())
    issued = complete_one(here.session, here.actor, made, prepared, clock=here.clock)
    if issued is None:
        _tell_waiting(1)
        if as_json:
            print_json(None)
        return
    if as_json:
        print_json(_issued_document(issued))
        return
    click.echo(str(say("Sertifikat nomor %(number)s terbit, kode %(code)s.", number=issued.number, code=issued.token)))


def _tell_waiting(count: int) -> None:
    click.echo(str(say("%(count)s sertifikat bernomor dan menunggu tanda tangan pejabatnya.", count=count)), err=True)


def _issued_document(row: IssuedCertificate) -> dict[str, Any]:
    return {"code": row.token, "number": row.number, "nip": row.nip, "name": row.holder_name,
            "training": row.training_code, "issued_on": row.issued_on, "valid_until": row.valid_until,
            "sha256": row.sha256, "url": row.verify_url}


@certificates.command("list")
@click.option("--batch", default=None, metavar="CODE", help="Hanya angkatan ini.")
@click.option("--nip", default=None, help="Hanya pegawai ini.")
@click.option("--status", type=click.Choice(sorted(_STATUSES)), default=None, help="Hanya yang berstatus ini hari ini.")
@click.option("--json", "as_json", is_flag=True, help="Satu dokumen JSON.")
@edge()
def list_(here: Edge, batch: str | None, nip: str | None, status: str | None, as_json: bool) -> None:
    """Daftar sertifikat yang diterbitkan, terbaru dahulu."""
    found = _all(here, batch, nip, status)
    if as_json:
        print_json([_document(item) for item in found])
        return
    print_table("", ["Nomor", "Nama", "Pelatihan", "Terbit", "Kode", "Status"], [
        (item.number, item.holder_name, item.training_name, item.issued_on, item.token, item.status.value)
        for item in found])
    click.echo(str(say("%(count)s sertifikat.", count=len(found))))


def _all(here: Edge, batch: str | None, nip: str | None, status: str | None = None) -> tuple[CertificateItem, ...]:
    return list_certificates(here.session, here.actor, today=here.clock.today(), batch=batch, nip=nip,
                             status=_STATUSES[status] if status else None, size=None).items


def _document(item: CertificateItem) -> dict[str, Any]:
    return {
        "code": item.token, "number": item.number, "nip": item.nip, "name": item.holder_name,
        "training": item.training_code, "training_name": item.training_name, "batch": item.batch, "jp": item.jp,
        "finished_on": item.finished_on, "issued_on": item.issued_on, "valid_until": item.valid_until,
        "status": item.status.value}


@certificates.command("verify")
@click.argument("file_or_code", metavar="FILE|CODE|QR")
@click.option("--offline", is_flag=True, help="Tanpa register: periksa kode QR (teks, gambar atau PDF) dengan kunci penerbit.")
@click.option("--key", "keys", metavar="FILE", type=click.Path(path_type=Path),
              help="Daftar kunci untuk --offline (kunci.json); bawaan: kunci pemasangan ini.")
@click.option("--on", "on", type=DAY, default=None, help="Hari untuk --offline; bawaan: hari ini.")
@click.option("--json", "as_json", is_flag=True, help="Satu dokumen JSON.")
@refuse_plainly
def verify(file_or_code: str, offline: bool, keys: Path | None, on: date | None, as_json: bool) -> None:
    """Periksa berkas PDF atau kode: status keluar 0 hanya bila sah dan berlaku, 1 bila tidak, 2 bila tidak terbaca.

    Dengan --offline tidak ada basis data yang dibuka: pernyataan dalam kode QR diperiksa dengan tanda tangannya.
    """
    if offline:
        _verify_offline(file_or_code, keys, on, as_json)
        return
    if keys is not None or on is not None:
        raise InvalidInput(say("--key dan --on hanya berlaku bersama --offline."), where="--offline")
    _verify_here(file_or_code, as_json)


@edge()
def _verify_here(here: Edge, file_or_code: str, as_json: bool) -> None:
    today, path = here.clock.today(), Path(file_or_code)
    if path.exists() or path.suffix or len(path.parts) > 1:
        found = check_file(here.session, _read(path), today=today, signature_of=signature_of,
                           max_bytes=current_app.config["KOMPETENSI_MAX_UPLOAD_BYTES"])
    else:
        found = check_code(here.session, file_or_code, today=today)
    if as_json:
        print_json(_answer(found))
    else:
        _print(found)
    if found.verdict is not CheckVerdict.VALID:
        sys.exit(1)


def _verify_offline(text_or_file: str, key_file: Path | None, on: date | None, as_json: bool) -> None:
    keys = _keys(key_file)
    if not keys:
        raise InvalidInput(say("Tidak ada kunci untuk memeriksa. Ambil kunci.json dari halaman cek sertifikat penerbitnya, "
                               "lalu sebut dengan --key."), where="--key")
    found = check_payload(_qr_text(text_or_file), keys, today=on or SystemClock().today())
    if as_json:
        print_json(_offline_answer(found))
    else:
        _print_offline(found)
    if found.payload is None or found.expired:
        sys.exit(1)


def _keys(path: Path | None) -> tuple[SealKey, ...]:
    if path is not None:
        try:
            return read_keys(_read(path, where="--key").decode())
        except UnicodeDecodeError as error:
            raise InvalidInput(say("Berkas kunci %(path)s bukan teks.", path=str(path)), where="--key") from error
    with application():
        return seal_keys()


def _qr_text(text_or_file: str) -> str:
    """Return the text itself, or what the QR of the named file says."""
    if find_payload(text_or_file) is not None or "://" in text_or_file:
        return text_or_file
    path = Path(text_or_file)
    if not path.suffix and not path.exists():
        return text_or_file
    content = _read(path)
    if content[:1] == b"K" or b"#K" in content[:200]:
        return content.decode("utf-8", "replace")
    texts = read_qr_texts(content)
    if not texts:
        raise InvalidInput(say("Tidak ada kode QR yang terbaca pada %(path)s. Pindai lebih tajam, paling sedikit 150 dpi.",
                               path=str(path)), where="FILE")
    # A signed file has a second QR, in its stamp, with the address alone.
    return next((text for text in texts if find_payload(text) is not None), texts[0])


def _offline_answer(found: PayloadCheck) -> dict[str, Any]:
    shown = found.payload
    return {
        "verdict": found.standing.value, "expired": found.expired, "answer": str(found.answer),
        "explanation": str(found.explanation), "key": found.key,
        "certificate": None if shown is None else {
            "kind": shown.kind.value, "code": shown.token, "number": shown.number, "name": shown.holder_name,
            "nip": shown.masked_nip, "training_name": shown.training_name, "batch": shown.batch_label,
            "first_day": shown.first_day, "last_day": shown.last_day, "jp": shown.jp, "issuer": shown.issuer,
            "issued_on": shown.issued_on, "valid_until": shown.valid_until, "result": shown.result, "demo": shown.demo}}


def _print_offline(found: PayloadCheck) -> None:
    click.echo(f"{found.answer}. {found.explanation}")
    shown = found.payload
    if shown is not None:
        click.echo(str(say("%(kind)s: %(name)s (NIP %(nip)s), %(training)s, %(batch)s, %(jp)s JP, nomor %(number)s, kode %(code)s",
                           kind=KIND_TITLES[shown.kind], name=shown.holder_name, nip=shown.masked_nip or "-",
                           training=shown.training_name, batch=shown.batch_label, jp=shown.jp, number=shown.number,
                           code=shown.token)))
        click.echo(str(say("Berlaku sampai %(day)s.", day=shown.valid_until) if shown.valid_until
                       else say("Berlaku tanpa batas waktu.")))


def _read(path: Path, *, where: str = "FILE") -> bytes:
    if not path.exists():
        raise InvalidInput(say("Tidak ada berkas %(path)s.", path=str(path)), where=where)
    if not path.is_file():
        raise InvalidInput(say("%(path)s bukan berkas.", path=str(path)), where=where)
    try:
        return path.read_bytes()
    except OSError as error:
        raise InvalidInput(say("Berkas %(path)s tidak boleh dibaca oleh pengguna ini.", path=str(path)),
                           where=where) from error


def _answer(found: Check) -> dict[str, Any]:
    shown = found.certificate
    return {
        "verdict": found.verdict.value, "answer": str(found.answer), "explanation": str(found.explanation),
        "file_sha256": found.file_sha256,
        "signature": None if found.signature is None else {
            "verdict": found.signature.verdict.value, "signer": found.signature.signer,
            "signed_at": found.signature.signed_at and found.signature.signed_at.isoformat()},
        "certificate": None if shown is None else {
            "kind": shown.kind, "code": shown.token, "number": shown.number, "name": shown.holder_name,
            "nip": shown.masked_nip, "training_name": shown.training_name, "batch": shown.batch_label, "first_day": shown.first_day,
            "last_day": shown.last_day, "jp": shown.jp, "issuer": shown.issuer, "issued_on": shown.issued_on,
            "valid_until": shown.valid_until, "ended_on": shown.state_on, "reason": shown.reason or None,
            "replaced_by": shown.replaced_by, "sha256": shown.pdf_sha256}}


def _print(found: Check) -> None:
    click.echo(f"{found.answer}. {found.explanation}")
    shown = found.certificate
    if shown is not None:
        click.echo(str(say("%(name)s, %(training)s, nomor %(number)s, kode %(code)s", name=shown.holder_name,
                           training=shown.training_name, number=shown.number, code=shown.token)))
        if shown.reason:
            click.echo(str(say("Alasan: %(reason)s", reason=shown.reason)))
    if found.signature is not None:
        click.echo(": ".join(filter(None, (str(found.signature_words), found.signature.signer))))


@certificates.command("export")
@click.option("--to", "folder", required=True, metavar="DIR", type=click.Path(path_type=Path, file_okay=False),
              help="Folder tujuan; dibuat bila belum ada.")
@click.option("--batch", default=None, metavar="CODE", help="Hanya angkatan ini.")
@click.option("--nip", default=None, help="Hanya pegawai ini.")
@click.option("--json", "as_json", is_flag=True, help="Satu dokumen JSON.")
@edge(writes=True)
def export(here: Edge, folder: Path, batch: str | None, nip: str | None, as_json: bool) -> None:
    """Tulis PDF sertifikat seperti yang diterbitkan ke folder DIR."""
    written = []
    for item in _all(here, batch, nip):
        if item.status is CertificateStatus.NOT_ISSUED:
            continue  # a number that waits or is void has no file
        name, pdf = read_certificate_file(here.session, here.actor, item.token, today=here.clock.today(),
                                          now=here.clock.now())
        written.append({"code": item.token, "number": item.number, "file": str(_write(folder, name, pdf)),
                        "status": item.status.value})
    if as_json:
        print_json(written)
        return
    click.echo(str(say("%(count)s berkas ditulis ke %(folder)s.", count=len(written), folder=str(folder))))


@certificates.command("remind")
@click.option("--json", "as_json", is_flag=True, help="Satu dokumen JSON.")
@edge(writes=True)
def remind(here: Edge, as_json: bool) -> None:
    """Ingatkan pemegang sertifikat yang segera berakhir; yang sudah diingatkan tidak diingatkan lagi.

    Jalankan sekali sehari, misalnya dari cron.
    """
    sent = send_reminders(here.session, here.actor, today=here.clock.today(), now=here.clock.now(),
                          mailer=state().mailer)
    if as_json:
        print_json([{"nip": row.nip, "number": row.number, "training_name": row.training_name,
                     "valid_until": row.valid_until, "days_left": row.days_left} for row in sent])
        return
    if sent:
        print_table("", ["NIP", "Pelatihan", "Nomor", "Berlaku sampai", "Sisa hari"], [
            (row.nip, row.training_name, row.number, row.valid_until, row.days_left) for row in sent])
    click.echo(str(say("%(count)s pemegang diingatkan.", count=len(sent))))


class _Badge(click.Group):
    """``badge CODE`` is short for ``badge write CODE``: a code is never the name of a command."""

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        return super().resolve_command(ctx, args if args[0] in self.commands else ["write", *args])


@certificates.group("badge", cls=_Badge)
def badge() -> None:
    """Lencana Open Badges 3.0: `badge KODE --to BERKAS` menulisnya, `badge verify BERKAS` memeriksanya."""


@badge.command("write")
@click.argument("code")
@click.option("--to", "file", required=True, metavar="FILE", type=click.Path(path_type=Path, dir_okay=False),
              help="Berkas .json, .png atau .svg.")
@click.option("--json", "as_json", is_flag=True, help="Satu dokumen JSON.")
@edge(writes=True)
def write_badge(here: Edge, code: str, file: Path, as_json: bool) -> None:
    """Tulis lencana sertifikat CODE: JSON, atau gambar yang membawanya."""
    form = file.suffix.removeprefix(".").lower()
    if form not in set(BadgeForm):
        raise InvalidInput(say("Nama berkas %(file)s harus berakhiran .json, .png atau .svg.", file=str(file)), where="--to")
    found = read_badge(here.session, here.actor, code, BadgeForm(form), today=here.clock.today(), now=here.clock.now())
    written = str(_write(file.parent, file.name, found.content))
    if as_json:
        print_json({"file": written, "media_type": found.media_type, "bytes": len(found.content)})
    else:
        click.echo(str(say("Lencana ditulis ke %(file)s.", file=written)))


@badge.command("verify")
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Satu dokumen JSON.")
@edge()
def verify_badge(here: Edge, file: Path, as_json: bool) -> None:
    """Periksa lencana: status keluar 0 hanya bila sah dan berlaku, 1 bila tidak, 2 bila tidak terbaca."""
    keys = [key.public_key for key in seal_keys()]
    found = check_badge(here.session, _read(file), public_keys=keys, now=here.clock.now(),
                        max_bytes=current_app.config["KOMPETENSI_MAX_UPLOAD_BYTES"])
    shown = found.badge
    if as_json:
        print_json({
            "verdict": found.verdict.value, "answer": str(found.answer), "explanation": str(found.explanation),
            "badge": None if shown is None else {
                "url": shown.url, "issuer": shown.issuer, "issuer_name": shown.issuer_name, "number": shown.number,
                "name": shown.holder_name, "training": shown.training_code, "training_name": shown.training_name,
                "jp": shown.jp, "valid_from": shown.valid_from, "valid_until": shown.valid_until}})
    else:
        click.echo(f"{found.answer}. {found.explanation}")
        if shown is not None:
            click.echo(str(say("%(name)s, %(training)s, nomor %(number)s", name=shown.holder_name,
                               training=shown.training_name, number=shown.number)))
    if found.verdict is not BadgeVerdict.VALID:
        sys.exit(1)


def _write(folder: Path, name: str, pdf: bytes) -> Path:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / name
        path.write_bytes(pdf)
    except OSError as error:
        raise InvalidInput(say("Folder %(path)s tidak dapat ditulisi.", path=str(folder)), where="DIR") from error
    return path


@certificates.command("authority")
@click.option("--json", "as_json", is_flag=True, help="Satu dokumen JSON.")
@edge()
def authority(here: Edge, as_json: bool) -> None:
    """Tampilkan sertifikat umum penanda tangan dan kunci umum segel (PEM), agar pihak lain dapat memeriksa.

    PEM keluar di stdout, keterangannya di stderr. Status keluar 1 bila pemasangan ini tidak menandatangani.
    """
    signer, seal = here.state.signer, here.state.seal
    found = signer.certificates
    sealed = _public_pem(seal.public_key) if seal is not None else None
    if as_json:
        print_json({"signs": signer.signs, "attended": signer.attended, "authority": signer.authority or None,
                    "certificates": list(found), "seal": sealed})
    else:
        click.echo(str(_about(here)), err=True)
        click.echo("".join((*found, sealed or "")), nl=False)
    if not signer.signs:
        sys.exit(1)


def _about(here: Edge) -> Message:
    signer = here.state.signer
    if not signer.signs:
        return say("Pemasangan ini tidak menandatangani: sertifikat terbit tanpa tanda tangan elektronik, dan menyebutkannya. "
                   "Isi KOMPETENSI_SIGNING_PKCS12 atau KOMPETENSI_BSRE_URL.")
    if signer.attended:
        return say("Sertifikat ditandatangani pejabatnya sendiri melalui %(authority)s; sertifikat elektroniknya ada di dalam "
                   "setiap berkas.", authority=signer.authority)
    return say("Sertifikat ditandatangani dengan kunci yang disahkan %(authority)s.", authority=signer.authority)


def _public_pem(key: bytes) -> str:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    return Ed25519PublicKey.from_public_bytes(key).public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


COMMANDS = {"certificates": certificates}
