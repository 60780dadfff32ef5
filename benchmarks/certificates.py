"""``python -m benchmarks.certificates [--people N] [--stock N]``: certificates in bulk, in one run.

Each certificate is made as a batch makes it: sealed, so that its QR carries the payload that proves it without a server;
laid out; signed. What is held against what: the press against WeasyPrint one by one; press and held key against WeasyPrint
and pyHanko as its manual signs; two processes against one. They take turns, because a shared machine changes its speed within
seconds; figures of one process are its processor time, medians over turns. Speed is taken with names as a batch in
Gorontalo has them; both pages of certificates with the longest and oddest names are compared pixel by pixel at 100 dpi.
"""

from __future__ import annotations

import io
import logging
import resource
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from hashlib import sha256
from pathlib import Path

import click

from kompetensi.adapters.authority import Authority, find_or_make_authority
from kompetensi.adapters.certificate_pool import CertificatePool, Finish
from kompetensi.adapters.pades import PadesSigner
from kompetensi.adapters.weasyprint_renderer import WeasyPrintRenderer
from kompetensi.exchange.certificate_payload import seal_facts
from kompetensi.exchange.portrait import read_portrait
from kompetensi.rules.certificates import CertificateFacts
from kompetensi.rules.signature_stamp import stamp_for
from tests.participants import FACTS, participants
from tests.portraits import draw_portrait
from tests.seals import OpenSeal

_REASON = "Sertifikat pelatihan"
_AT = datetime(2026, 10, 12, 1, tzinfo=UTC)
_TURN = 20
_ROUNDS = 5
_SEAL = OpenSeal()
_SIGNED = replace(FACTS, signed=True, authority="Balai Sertifikasi Elektronik (BSrE) BSSN")


def sealed(facts: CertificateFacts) -> CertificateFacts:
    """Return facts with the payload of their QR."""
    return seal_facts(facts, _SEAL)


def pixels(pdf: bytes) -> bytes:
    """Return both pages as poppler draws them at 100 dpi."""
    return subprocess.run(["pdftoppm", "-r", "100", "-"], input=pdf, capture_output=True, check=True).stdout


def sign_by_the_manual(authority: Authority) -> Callable[[bytes], bytes]:
    """Return signing as pyHanko's manual shows it, with the key loaded once."""
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
    from pyhanko.sign import PdfSignatureMetadata, SimpleSigner, sign_pdf
    from pyhanko.sign.fields import SigSeedSubFilter

    signer = SimpleSigner.load_pkcs12(str(authority.pkcs12), passphrase=authority.passphrase.encode())
    how = PdfSignatureMetadata(field_name="Signature1", reason=_REASON, md_algorithm="sha256",
                               subfilter=SigSeedSubFilter.PADES)
    return lambda pdf: sign_pdf(IncrementalPdfFileWriter(io.BytesIO(pdf)), how, signer=signer).getvalue()


def open_signer(path: Path, passphrase: str) -> Finish:
    """Return what signs a certificate with a key that is held."""
    signer = PadesSigner(path, passphrase)
    return lambda pdf, facts: signer.sign(pdf, reason=_REASON, at=_AT, stamp=stamp_for(facts))


def seconds(call: Callable[[], object]) -> float:
    """Return the processor's time of one call in seconds."""
    start = time.process_time()
    call()
    return time.process_time() - start


def memory_mb() -> float:
    """Return the memory that this process holds now, in MB."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def measure_speed(people: list[CertificateFacts], stock: int, authority: Authority) -> Iterator[str]:
    """Measure one process, on people as a batch has them."""
    plain_way, press = WeasyPrintRenderer(), WeasyPrintRenderer()
    plain_way.render_certificate(sealed(_SIGNED))
    press.render_certificate(sealed(_SIGNED))
    by_manual, held = sign_by_the_manual(authority), open_signer(authority.pkcs12, authority.passphrase)
    held(plain_way.render_certificate(_SIGNED), _SIGNED)
    times: dict[str, list[float]] = {name: [] for name in ("plain", "press", "manual", "held")}
    memory = []
    for start in range(0, len(people), _TURN):
        turn = people[start:start + _TURN]
        begin = time.process_time()
        made = list(press.render_many(map(sealed, turn)))
        times["press"].append((time.process_time() - begin) / len(turn))
        memory.append(memory_mb())
        some = turn[:max(1, stock * _TURN // len(people))]
        for facts, one in zip(some, made, strict=False):
            assert one.pdf is not None
            begin = time.process_time()
            alone = plain_way.render_certificate(sealed(facts))
            times["plain"].append(time.process_time() - begin)
            times["manual"].append(seconds(partial(by_manual, alone)))
            times["held"].append(seconds(partial(held, one.pdf, facts)))
    ms = {name: statistics.median(values) * 1000 for name, values in times.items()}
    whole = {name: statistics.mean(times[name]) * 1000 for name in ("plain", "press")}
    yield (f"one by one {ms['plain']:.0f} ms, press {ms['press']:.1f} ms: {ms['plain'] / ms['press']:.1f} x (goal 10); "
           f"with the making of the formes {whole['press']:.1f} ms: {whole['plain'] / whole['press']:.1f} x")
    yield (f"signed, RSA-3072: one by one and by the manual {ms['plain'] + ms['manual']:.0f} ms, press and held key "
           f"{ms['press'] + ms['held']:.1f} ms: {(ms['plain'] + ms['manual']) / (ms['press'] + ms['held']):.1f} x "
           f"(goal 20); signing alone {ms['manual']:.0f} and {ms['held']:.1f} ms")
    half = len(memory) // 2
    yield (f"memory after {half * _TURN} certificates {memory[half - 1]:.0f} MB, after {len(people)} "
           f"{memory[-1]:.0f} MB")


def measure_identity(people: list[CertificateFacts]) -> Iterator[str]:
    """Compare press and plain way, on names as odd as they come; the formes that so few people need weigh most here."""
    plain_way, press = WeasyPrintRenderer(), WeasyPrintRenderer()
    differing, taken, sizes, times = [], 0, [], [0.0, 0.0]
    for facts in map(sealed, people):
        begin = time.process_time()
        (made,) = press.render_many([facts])
        between = time.process_time()
        alone = plain_way.render_certificate(facts)
        times = [times[0] + between - begin, times[1] + time.process_time() - between]
        assert made.pdf is not None
        taken += made.plain
        sizes.append(len(made.pdf) / len(alone))
        if pixels(made.pdf) != pixels(alone):
            differing.append(facts.holder_name)
    yield (f"odd names: {len(differing)} of {len(people)} certificates differ in a pixel (goal 0), {taken} took the plain "
           f"way; {times[1] / times[0]:.1f} x as fast all the same {differing[:5] or ''}")
    yield f"files are {statistics.mean(sizes):.3f} times as large, at most {max(sizes):.3f} (goal 1.2)"


def measure_photos(people: list[CertificateFacts]) -> Iterator[str]:
    """Compare press and plain way where each certificate carries a photo of its own."""
    plain_way, press = WeasyPrintRenderer(), WeasyPrintRenderer()
    pictured = []
    for number, facts in enumerate(people[:2 * _TURN]):
        jpeg = read_portrait(draw_portrait(number * 5))
        pictured.append(replace(facts, photo=jpeg, photo_sha256=sha256(jpeg).hexdigest(), lan_registration_no=f"LAN-{number:05d}"))
    plain_way.render_certificate(sealed(pictured[0]))
    list(press.render_many(map(sealed, pictured)))  # makes the formes
    times: dict[str, list[float]] = {"plain": [], "press": []}
    differing, taken = 0, 0
    for facts in pictured[:_TURN]:
        begin = time.process_time()
        (made,) = press.render_many([sealed(facts)])
        between = time.process_time()
        alone = plain_way.render_certificate(sealed(facts))
        times["press"].append(between - begin)
        times["plain"].append(time.process_time() - between)
        assert made.pdf is not None
        taken += made.plain
        differing += pixels(made.pdf) != pixels(alone)
    ms = {name: statistics.median(values) * 1000 for name, values in times.items()}
    yield (f"with a photo: one by one {ms['plain']:.0f} ms, press {ms['press']:.1f} ms: {ms['plain'] / ms['press']:.1f} x; "
           f"{differing} of {_TURN} differ in a pixel (goal 0), {taken} took the plain way")


def measure_processes(people: list[CertificateFacts], authority: Authority) -> Iterator[str]:
    """Measure one process and two, printing and signing."""
    opening = partial(open_signer, authority.pkcs12, authority.passphrase)
    with CertificatePool(1, open_finish=opening) as one, CertificatePool(2, open_finish=opening) as two:
        times: dict[CertificatePool, list[float]] = {one: [], two: []}
        for pool in (one, two) * _ROUNDS:
            begin = time.perf_counter()
            for _ in pool.render_many(map(sealed, people)):
                pass
            times[pool].append(time.perf_counter() - begin)
        # The first round makes the formes.
        alone, both = (statistics.median(times[pool][1:]) for pool in (one, two))
    yield (f"{len(people)} signed with one process {alone:.2f} s, with two {both:.2f} s: {alone / both:.2f} x "
           f"(goal 1.8), {both / len(people) * 1000:.1f} ms each")


@click.command()
@click.option("--people", type=click.IntRange(min=_TURN), default=200, show_default=True)
@click.option("--stock", type=click.IntRange(min=1), default=20, show_default=True,
              help="How many are also signed as pyHanko's manual shows.")
def main(people: int, stock: int) -> None:
    """Measure, and print."""
    usual, odd = (list(participants(_SIGNED, people, odd=odd)) for odd in (False, True))
    logging.getLogger("weasyprint").setLevel(logging.ERROR)
    with tempfile.TemporaryDirectory() as folder:
        authority = find_or_make_authority(Path(folder))
        for line in measure_speed(usual, stock, authority):
            click.echo(line)
        for line in measure_identity(odd):
            click.echo(line)
        for line in measure_photos(usual):
            click.echo(line)
        for line in measure_processes(usual, authority):
            click.echo(line)


if __name__ == "__main__":
    main()
