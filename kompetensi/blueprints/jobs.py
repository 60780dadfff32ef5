"""Pages of the area jobs: the list, one job with its progress, stop, go on, what it has issued as one file."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from typing import IO

from flask import Blueprint, Response, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from kompetensi.blueprints.rendering import page, translate
from kompetensi.context import actor, clock, session, state
from kompetensi.errors import InvalidInput, Unavailable
from kompetensi.exchange.certificate_bundle import write_print_file, write_zip
from kompetensi.jobs import watch
from kompetensi.messages import say
from kompetensi.ports import write_intent
from kompetensi.services import jobs as service
from kompetensi.services.certificate_register import JobFiles, open_job_files, read_job_files
from kompetensi.services.unit_of_work import after_commit, transaction

blueprint = Blueprint("jobs", __name__)

_PIECE_BYTES = 256 * 1024


def _page_number() -> int:
    number = request.args.get("page", "1")
    if not number.isdecimal() or len(number) > 6:
        raise InvalidInput(say("“%(number)s” bukan nomor halaman.", number=number), where="page")
    return int(number)


@blueprint.get("/pekerjaan")
def jobs() -> ResponseReturnValue:
    """Show the jobs of the reader's training centre."""
    return page("jobs/jobs.html", found=service.list_jobs(session(), actor(), today=clock().today(), number=_page_number()))


@blueprint.get("/pekerjaan/<job_id>")
def job(job_id: str) -> ResponseReturnValue:
    """Show how far a job is, and what came of each person."""
    return page("jobs/job.html", found=service.view_job(
        session(), actor(), job_id, watch=watch(), today=clock().today(), number=_page_number()))


@blueprint.post("/pekerjaan/<job_id>/henti")
def cancel(job_id: str) -> ResponseReturnValue:
    """Stop a job."""
    with transaction(session()):
        service.cancel_job(session(), actor(), job_id, today=clock().today(), now=clock().now())
    flash(translate("Pekerjaan dihentikan; yang sedang dikerjakan diselesaikan dahulu."), "success")
    return redirect(url_for("kompetensi.jobs.job", job_id=job_id), 303)


@blueprint.post("/pekerjaan/<job_id>/lanjut")
def resume(job_id: str) -> ResponseReturnValue:
    """Let a job go on that failed, was stopped or lost its process."""
    engine = state().jobs
    if engine is None:
        raise Unavailable(say("Pemasangan ini tidak menjalankan pekerjaan."))
    with transaction(session()):
        service.requeue_job(session(), actor(), job_id, watch=watch(), today=clock().today(), now=clock().now())
        after_commit(session(), lambda: engine.start(job_id))
    return redirect(url_for("kompetensi.jobs.job", job_id=job_id), 303)


def _hand_out(
    job_id: str, write: Callable[[JobFiles, IO[bytes]], object], media_type: str, name: str
) -> ResponseReturnValue:
    """Note who takes the files of a job, write them into one, and hand it out."""
    with transaction(session()):
        files = open_job_files(session(), actor(), job_id, today=clock().today(), now=clock().now())
    write_intent.set(False)  # what follows only reads, and may take a while
    content = tempfile.TemporaryFile(prefix="kompetensi-")  # noqa: SIM115  (closed when it has been sent)
    try:
        write(files, content)
    except BaseException:
        content.close()
        raise
    size = content.tell()
    return Response(_pieces(content), mimetype=media_type, headers={
        "Content-Length": str(size), "Cache-Control": "private, no-store",
        "Content-Disposition": f'attachment; filename="{name % files.name}"'})


def _pieces(content: IO[bytes]) -> Iterator[bytes]:
    with content:
        content.seek(0)
        yield from iter(lambda: content.read(_PIECE_BYTES), b"")


@blueprint.get("/pekerjaan/<job_id>/sertifikat.zip")
def archive(job_id: str) -> ResponseReturnValue:
    """Hand out the files that a job has issued, as they are."""
    return _hand_out(job_id, lambda files, content: write_zip(read_job_files(session(), files), content),
                     "application/zip", "sertifikat-%s.zip")


@blueprint.get("/pekerjaan/<job_id>/cetak.pdf")
def print_file(job_id: str) -> ResponseReturnValue:
    """Hand out what a job has issued as one PDF for the printer."""
    return _hand_out(
        job_id, lambda files, content: write_print_file(
            (pdf for _, pdf in read_job_files(session(), files)), content,
            title=translate("Sertifikat %(name)s untuk dicetak", name=files.name)),
        "application/pdf", "cetak-%s.pdf")


# These note whose certificates were taken.
for _view_function in (archive, print_file):
    _view_function.writes = True  # type: ignore[attr-defined]
