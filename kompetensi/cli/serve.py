"""``kompetensi serve``: the server of the standalone application."""

from __future__ import annotations

import errno
import socket

import click
from flask import Flask

from kompetensi.adapters.dbos_jobs import DbosJobs
from kompetensi.cli.edge import application, refuse_plainly
from kompetensi.context import state
from kompetensi.errors import Conflict, Unavailable
from kompetensi.messages import say
from kompetensi.services import migrations

__all__ = ["COMMANDS", "serve_application"]

# How many ports after the first are tried, and how many requests are served at once.
_TRIES = 50
_THREADS = 8


@click.command("serve")
@click.option("--host", default="127.0.0.1", show_default=True, help="Alamat yang didengarkan.")
@click.option("--port", type=click.IntRange(1, 65535), default=8075, show_default=True,
              help="Port pertama yang dicoba; bila terpakai, yang berikutnya.")
@refuse_plainly
def serve(host: str, port: int) -> None:
    """Jalankan server pada basis data yang ada."""
    with application() as app:
        if not state().standalone:
            raise Conflict(say("Di dalam aplikasi lain, servernya dijalankan oleh aplikasi itu."))
        if migrations.current_revision(state().db.engine) is None:
            raise Conflict(say("Basis data masih kosong. Jalankan dahulu `kompetensi db upgrade` atau "
                               "`kompetensi demo`."))
        if not state().signer.signs:
            click.echo(str(say("Belum ada kunci penanda tangan: sertifikat terbit tanpa tanda tangan elektronik, dan "
                               "menyebutkannya.")), err=True)
        state().db.session.remove()  # no transaction stays open behind the server's back
        serve_application(app, host=host, port=port)


def serve_application(app: Flask, *, host: str, port: int) -> None:
    """Serve until interrupted, on the first free port, and print the address.

    Raises
    ------
    kompetensi.errors.Unavailable
        If none of the ports tried is free, or the address is not one of this machine.
    """
    from waitress import create_server  # only the server needs it

    listener = _listen(host, port)
    server = create_server(app, sockets=[listener], threads=_THREADS, ident=None)
    name = f"[{host}]" if ":" in host else host
    click.echo(str(say("\nAlamat: %(address)s (hentikan dengan Ctrl+C)",
                       address=f"http://{name}:{listener.getsockname()[1]}/")))
    jobs = state().jobs
    if isinstance(jobs, DbosJobs):
        try:
            jobs.launch()
        except Unavailable as problem:
            click.echo(str(problem), err=True)
    try:
        server.run()
    except KeyboardInterrupt:
        pass
    finally:
        server.close()
        if isinstance(jobs, DbosJobs):
            jobs.close()


def _listen(host: str, port: int) -> socket.socket:
    """Bind the first free port from `port` on; the socket is handed to the server, so nobody can take it between."""
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except OSError as error:
        raise Unavailable(say("Alamat %(host)s tidak dikenal: %(reason)s.", host=host, reason=str(error)),
                          where="--host") from None
    for number in range(port, min(port + _TRIES, 65536)):
        listener = socket.socket(family, socket.SOCK_STREAM)
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind((address[0], number))
            listener.listen()
            return listener
        except PermissionError:
            listener.close()
        except OSError as error:
            listener.close()
            if error.errno != errno.EADDRINUSE:
                raise Unavailable(say("Alamat %(host)s tidak dapat didengarkan: %(reason)s.", host=host,
                                      reason=str(error)), where="--host") from None
    raise Unavailable(say("Port %(first)s sampai %(last)s terpakai semua. Pilih yang lain dengan --port.",
                          first=str(port), last=str(port + _TRIES - 1)), where="--port")


COMMANDS = {"serve": serve}
