"""The mask of a QR code, chosen with arrays.

ISO/IEC 18004 section 7.8 has all eight masks tried and scored. segno does that module by module, which takes most of
the time that a code takes; here the eight are scored at once. The choice, and so the code, is segno's.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import segno
from numpy.typing import NDArray
from segno import encoder

__all__ = ["make_qr"]

_FINDER = np.array((1, 0, 1, 1, 1, 0, 1), np.uint8)


def make_qr(content: str | Sequence[Any], *, error: str) -> segno.QRCode:
    """Return a QR code, as ``segno.make(content, error=error, micro=False)`` does.

    Parameters
    ----------
    content : str or sequence
        As segno takes it; a sequence holds segments.
    error : str
        Level of error correction: ``l``, ``m``, ``q``, ``h``.

    Raises
    ------
    segno.DataOverflowError
        If the content is longer than a QR code holds.
    """
    code = encoder.encode(content, error=error, micro=False, mask=0)
    data, masks, blank = _regions(len(code.matrix))
    drawn = np.array([list(row) for row in code.matrix], np.uint8)
    # What says which mask and version it is stands outside of the data, and is not scored.
    candidates = np.where(data, drawn ^ masks[0] ^ masks, blank)
    mask = int(np.argmin(_penalties(candidates)))
    matrix = tuple(bytearray(row.tobytes()) for row in np.where(data, candidates[mask], drawn))
    encoder.add_format_info(matrix, code.version, code.error, mask)
    return segno.QRCode(code._replace(matrix=matrix, mask=mask))


@lru_cache(maxsize=16)
def _regions(size: int) -> tuple[NDArray[np.bool_], NDArray[np.uint8], NDArray[np.uint8]]:
    """Return where the data stand, the eight masks, and a code without data."""
    empty = encoder.make_matrix(size, size)
    encoder.add_finder_patterns(empty, size, size)
    encoder.add_alignment_patterns(empty, size, size)
    blank = np.array([list(row) for row in empty], np.uint8)
    row, column = np.indices((size, size))
    product = row * column
    masks = np.stack([
        (row + column) % 2, row % 2, column % 3, (row + column) % 3, (row // 2 + column // 3) % 2,
        product % 2 + product % 3, (product % 2 + product % 3) % 2, ((row + column) % 2 + product % 3) % 2]) == 0
    return blank > 1, masks.astype(np.uint8), blank


def _penalties(codes: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Return the penalty of each code, by the four features of table 11."""
    columns = codes.transpose(0, 2, 1)
    # Both directions of the same code behind each other, as one batch of lines.
    lines = np.concatenate((codes, columns), axis=1)
    same = lines[:, :, 1:] == lines[:, :, :-1]
    five = same[:, :, 3:] & same[:, :, 2:-1] & same[:, :, 1:-2] & same[:, :, :-3]
    starts = five.copy()
    starts[:, :, 1:] &= ~five[:, :, :-1]
    # A run of n has n - 4 places where five are the same, and counts n - 2.
    runs = five.sum((1, 2)) + 2 * starts.sum((1, 2))
    beside = codes[:, :, 1:] == codes[:, :, :-1]
    blocks = 3 * (beside[:, 1:] & beside[:, :-1] & (codes[:, 1:, 1:] == codes[:, :-1, 1:])).sum((1, 2))
    share = codes.sum((1, 2)) / codes.shape[1] ** 2
    balance = 10 * (np.abs(share * 100 - 50) / 5).astype(np.int64)
    return np.asarray(runs + blocks + balance + 40 * _finders(lines))


def _finders(lines: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Count in each code what looks like a finder: its pattern with four light modules before or after."""
    size = lines.shape[2]
    found = np.ones((*lines.shape[:2], size - 6), bool)
    for place, dark in enumerate(_FINDER):
        found &= lines[:, :, place:size - 6 + place] == dark
    padded = np.pad(lines, ((0, 0), (0, 0), (4, 4)))
    code, line, place = found.nonzero()
    four = place[:, None] + np.arange(4)
    light = np.array([padded[code[:, None], line[:, None], four + shift].any(1) for shift in (0, 11)]).all(0) == 0
    # The next one may not use the modules of one that counts, and only the last three of one that does not.
    counted, last, end = [], None, 0
    for index, (at, start, counts) in enumerate(zip((code * lines.shape[1] + line).tolist(), place.tolist(),
                                                    light.tolist(), strict=True)):
        if at == last and start < end:
            continue
        last, end = at, start + (7 if counts else 4)
        if counts:
            counted.append(index)
    return np.bincount(code[counted], minlength=len(lines))
