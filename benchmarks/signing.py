"""``python -m benchmarks.signing [--certificates N]``: our signatures against stock pyHanko's, RSA-3072, one process.

Both sign the same files with the same key, loaded once, in turns of one run. Stock is pyHanko as its documentation has
it: `SimpleSigner` from a PKCS#12 file and `sign_pdf`, PAdES, no timestamp. Without a stamp both signatures are
invisible; with one, ours shows name, day and QR, and pyHanko's its own text.
"""

from __future__ import annotations

import io
import logging
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import click
import pikepdf
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import PdfSignatureMetadata, PdfSigner, SimpleSigner
from pyhanko.sign.fields import SigFieldSpec, SigSeedSubFilter

from kompetensi.adapters.authority import Authority, find_or_make_authority
from kompetensi.adapters.signature_stamp import STAMP_BOX
from kompetensi.rules.signature_stamp import SignatureStamp

__all__ = ["SigningFigures", "measure_signing"]

AT = datetime(2026, 11, 23, 1, 14, tzinfo=UTC)
REASON = "Penerbitan sertifikat nomor 0218"
STAMP = SignatureStamp("https://sertifikat.example/cek/7K4M-Q9XD-2RTB", "Gorontalo")


@dataclass(frozen=True, slots=True)
class SigningFigures:
    """Medians of one run, milliseconds a certificate, and bytes that a signature adds.

    Attributes
    ----------
    stock, ours : float
        Without a stamp.
    stock_stamped, ours_stamped : float
    """

    stock: float
    ours: float
    stock_stamped: float
    ours_stamped: float
    bytes_stock: int
    bytes_ours: int
    bytes_stock_stamped: int
    bytes_ours_stamped: int


def measure_signing(authority: Authority, files: Sequence[bytes]) -> SigningFigures:
    """Sign each file in four ways, one way after the other file by file, so that noise meets all alike."""
    ours, stock = authority.signer(), _stock(authority)
    ways: tuple[Callable[[bytes], bytes], ...] = (
        lambda pdf: stock(pdf, stamped=False),
        lambda pdf: ours.sign(pdf, reason=REASON, at=AT),
        lambda pdf: stock(pdf, stamped=True),
        lambda pdf: ours.sign(pdf, reason=REASON, at=AT, stamp=STAMP))
    times: tuple[list[float], ...] = ([], [], [], [])
    sizes = [len(way(files[0])) - len(files[0]) for way in ways]  # warms everything up
    for pdf in files:
        for way, taken in zip(ways, times, strict=True):
            start = time.perf_counter()
            way(pdf)
            taken.append(time.perf_counter() - start)
    return SigningFigures(*(statistics.median(taken) * 1000 for taken in times), *sizes)


def _stock(authority: Authority) -> Callable[..., bytes]:
    logging.getLogger("pyhanko").setLevel(logging.ERROR)
    signer = SimpleSigner.load_pkcs12(str(authority.pkcs12), passphrase=authority.passphrase.encode())
    assert signer is not None
    metadata = PdfSignatureMetadata(field_name="TandaTangan", subfilter=SigSeedSubFilter.PADES, reason=REASON,
                                    location="Gorontalo", md_algorithm="sha256")

    def sign(pdf: bytes, *, stamped: bool) -> bytes:
        spec = SigFieldSpec("TandaTangan", box=STAMP_BOX if stamped else None)
        written = PdfSigner(metadata, signer, new_field_spec=spec).sign_pdf(IncrementalPdfFileWriter(io.BytesIO(pdf)))
        return bytes(written.getvalue())

    return sign


def make_files(count: int) -> list[bytes]:
    """Return files that carry different identifiers and hold as much as a certificate does."""
    return [_make_file(number) for number in range(count)]


def _make_file(number: int) -> bytes:
    with pikepdf.new() as document:
        for _ in range(2):
            document.add_blank_page(page_size=(842, 595))
            document.pages[-1].Contents = document.make_stream(b"% " + number.to_bytes(8, "big").hex().encode() * 1250)
        document.trailer.ID = pikepdf.Array([pikepdf.String(f"{number:04d}-0000-0000"), pikepdf.String("x")])
        written = io.BytesIO()
        document.save(written, compress_streams=False)
    return written.getvalue()


@click.command()
@click.option("--certificates", default=20, show_default=True, type=click.IntRange(min=2))
def main(certificates: int) -> None:
    """Measure and print."""
    files = make_files(certificates)
    with tempfile.TemporaryDirectory() as folder:
        found = measure_signing(find_or_make_authority(Path(folder)), files)
        print(f"without a stamp   stock {found.stock:7.1f} ms   ours {found.ours:6.1f} ms   "
              f"{found.stock / found.ours:5.1f} times   + {found.bytes_stock} / {found.bytes_ours} bytes")
        print(f"with a stamp      stock {found.stock_stamped:7.1f} ms   ours {found.ours_stamped:6.1f} ms   "
              f"{found.stock_stamped / found.ours_stamped:5.1f} times   + {found.bytes_stock_stamped} / "
              f"{found.bytes_ours_stamped} bytes")


if __name__ == "__main__":
    main()
