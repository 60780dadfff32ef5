"""How alike two profiles are, and how much of one the other covers: for positions and for occupations of other catalogues.

How the measure was chosen, and what it was compared with on real occupations, stands in docs/performance.md.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["FULL", "Group", "closeness", "coverage"]

FULL = 1000
"""Profiles of the same proportions; all of what is needed."""

Strengths = NDArray[np.float64]
Whole = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Group:
    """Columns of a profile that are compared by themselves, and what their closeness weighs.

    Attributes
    ----------
    columns : array of int64
    weight : int
        At least 0.
    """

    columns: Whole
    weight: int



def closeness(one: Strengths, other: Strengths, groups: Sequence[Group]) -> Whole:
    """Measure how alike profiles are, whoever stands higher: angles between their strengths, group by group.

    Parameters
    ----------
    one : array of float64, shape (n, elements)
        Strengths: level times importance, whole numbers of at least 0.
    other : array of float64, shape (m, elements)
    groups : sequence of Group
        A group in which neither profile has any strength is left out of the pair.

    Returns
    -------
    array of int64, shape (n, m)
        0..1,000: the weighted mean of ``1 - 2 angle / pi``, rounded. 1,000 = the same proportions in each group; 0 = nothing in
        common, or nothing to compare.

    Notes
    -----
    Symmetric, and the same whatever the order of the elements: the sums are of whole numbers below 2**53, so exact.
    One minus it is a mean of angular distances, a metric on the proportions. It needs no other profile than the two.
    """
    likeness = np.zeros((len(one), len(other)))
    weight = np.zeros((len(one), len(other)))
    for group in groups:
        left, right = one[:, group.columns], other[:, group.columns]
        size, other_size = (left * left).sum(axis=1), (right * right).sum(axis=1)
        squares = np.outer(size, other_size)
        cosine = np.zeros(squares.shape)
        np.divide(left @ right.T, np.sqrt(squares), out=cosine, where=squares > 0)
        likeness += group.weight * (1 - 2 / math.pi * np.arccos(np.minimum(cosine, 1)))
        weight += group.weight * np.logical_or.outer(size > 0, other_size > 0)
    mean = np.zeros(likeness.shape)
    np.divide(likeness, weight, out=mean, where=weight > 0)
    return np.rint(FULL * mean).astype(np.int64)


def coverage(have: Strengths, need: Strengths, importance: Strengths) -> Whole:
    """Measure how much of what is needed is there: one-sided, more than needed does not help.

    Parameters
    ----------
    have : array of float64, shape (n, elements)
        Levels, at least 0.
    need, importance : array of float64, shape (m, elements)
        Levels, and what each weighs.

    Returns
    -------
    array of int64, shape (n, m)
        0..1,000: the weighted mean of ``min(have, need) / need`` over what is needed, rounded down; 0 where nothing is needed.
        For levels 1..5 and shares of 1,000 it is the score of readiness.
    """
    covered = np.zeros((len(have), len(need)), dtype=np.int64)
    for place, (levels, weights) in enumerate(zip(need, importance, strict=True)):
        asked = np.flatnonzero((levels > 0) & (weights > 0))
        if asked.size:
            shares = np.minimum(have[:, asked], levels[asked]) / levels[asked] @ weights[asked] / weights[asked].sum()
            # What floating point lost must not cost a point.
            covered[:, place] = np.floor(FULL * shares + 1e-9)
    return covered
