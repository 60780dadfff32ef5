"""``python -m benchmarks.moves FOLDER [--json]``: the score of moves against what experts list, on real occupations.

FOLDER holds tables of the O*NET database (see kompetensi/exchange/onet.py); nothing of it is kept. For each occupation the
related ones should rank before all others of the folder: the area under the curve (AUC) is the share of pairs, one related
and one not, in which the related one scores higher, ties half. Printed is its mean over the occupations, by tier too; the
others of a tier are those that no tier lists. Our measures take the same functions and policies as the product.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

import click
import numpy as np

from kompetensi.errors import InvalidInput
from kompetensi.exchange.onet import OnetTables, read_onet
from kompetensi.exchange.reference_tables import FORMATS
from kompetensi.exchange.tables import parse_table
from kompetensi.graph.closeness import Group, closeness, coverage
from kompetensi.graph.moves import MoveRules, Part, occupation_scores

# What the elements of O*NET's content model are to us: skills are general, knowledge is technical.
_GENERAL, _TECHNICAL = ("2.A.", "2.B."), ("2.C.",)
_ALL = "all tiers"


def rules() -> MoveRules:
    """Return the policies of the reference tables."""
    table = FORMATS["policies"]
    rows = parse_table(table, files("kompetensi.reference").joinpath(table.file_name).read_bytes()).rows
    value = {row.key.removeprefix("moves."): row.value for row in rows if row.key.startswith("moves.")}
    return MoveRules({part: value[f"weight.{part.value}"] for part in Part}, value["closeness.general"],
                     value["closeness.technical"], value["class_span"], value["grade_span"], value["interest_step"])


def arrays(tables: OnetTables) -> tuple[list[str], Any, Any, tuple[Any, Any]]:
    """Return the occupations that are rated, their levels and importance, and the general and technical columns."""
    rated = [item for item in tables.ratings if item.element.startswith(_GENERAL + _TECHNICAL)]
    codes = sorted({item.occupation for item in rated})
    elements = sorted({item.element for item in rated})
    row, column = ({name: place for place, name in enumerate(names)} for names in (codes, elements))
    levels, importance = (np.zeros((len(codes), len(elements))) for _ in range(2))
    for item in rated:
        levels[row[item.occupation], column[item.element]] = item.level
        importance[row[item.occupation], column[item.element]] = item.importance
    technical = np.array([name.startswith(_TECHNICAL) for name in elements], dtype=bool)
    return codes, levels, importance, (np.flatnonzero(~technical), np.flatnonzero(technical))


def auc_by_occupation(scores: Any, listed: Any, wanted: Any) -> Any:
    """Return the AUC of each occupation that has related ones of the wanted kind, and others.

    Parameters
    ----------
    scores : array, shape (n, n)
    listed, wanted : array of bool, shape (n, n)
        What any tier lists; what counts as related here.
    """
    found = []
    for place, row in enumerate(scores):
        other = ~listed[place]
        other[place] = False
        good, bad = row[wanted[place]], np.sort(row[other])
        if good.size and bad.size:
            below = np.searchsorted(bad, good, "left") + np.searchsorted(bad, good, "right")
            found.append(below.mean() / 2 / bad.size)
    return np.array(found)


def plain_cosine(levels: Any) -> Any:
    """Return the cosine of the levels."""
    length = np.sqrt((levels * levels).sum(axis=1))
    length[length == 0] = 1
    return levels @ levels.T / np.outer(length, length)


def one_sided_gap(levels: Any) -> Any:
    """Return minus the sum of the levels that are missing."""
    return -np.stack([np.maximum(need - levels, 0).sum(axis=1) for need in levels], axis=1)


def measure(tables: OnetTables) -> list[dict[str, Any]]:
    """Return a row for each way of scoring: its name, and mean and standard error of the AUC by tier."""
    policies = rules()
    codes, levels, importance, (general, technical) = arrays(tables)
    groups = (Group(general, policies.general), Group(technical, policies.technical))
    listed, tiers = _related(tables, codes)
    scores = {
        "our score: closeness and readiness": occupation_scores(levels, importance, groups, policies),
        "our closeness": closeness(levels * importance, levels * importance, groups),
        "our readiness": coverage(levels, levels, importance),
        "plain cosine of levels": plain_cosine(levels),
        "one-sided gap of levels": one_sided_gap(levels)}
    return [{"name": name, "tiers": {tier: _summary(auc_by_occupation(found, listed, wanted))
                                     for tier, wanted in tiers.items()}} for name, found in scores.items()]


def _related(tables: OnetTables, codes: Sequence[str]) -> tuple[Any, Mapping[str, Any]]:
    place = {code: number for number, code in enumerate(codes)}
    listed = np.zeros((len(codes), len(codes)), dtype=bool)
    tiers = {_ALL: listed} | {tier: np.zeros_like(listed) for tier in sorted({item.tier for item in tables.related})}
    for item in tables.related:
        if item.occupation in place and item.other in place:
            listed[place[item.occupation], place[item.other]] = True
            tiers[item.tier][place[item.occupation], place[item.other]] = True
    return listed, tiers


def _summary(found: Any) -> dict[str, Any]:
    count = len(found)
    return {"occupations": count, "auc": round(float(found.mean()), 4) if count else None,
            "standard_error": round(float(found.std(ddof=1) / count**0.5), 4) if count > 1 else None}


def _read(folder: Path) -> OnetTables:
    try:
        return read_onet({path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()})
    except InvalidInput as error:
        lines = [f"{error.where}: {error.message}"]
        lines += [f"  baris {row.row}, kolom {row.column or '-'}: {row.message}" for row in getattr(error, "rows", ())]
        raise click.BadParameter("\n".join(lines), param_hint="FOLDER") from error


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
def main(folder: Path, as_json: bool) -> None:
    """Measure on the tables of FOLDER, and print."""
    tables = _read(folder)
    measures = measure(tables)
    if as_json:
        click.echo(json.dumps({
            "occupations": len(tables.occupations), "ratings": len(tables.ratings), "unrated": tables.unrated,
            "related": len(tables.related), "outside": tables.outside, "left_alone": tables.left_alone,
            "measures": measures}, indent=2))
        return
    click.echo(f"{len(tables.occupations)} occupations, {len(tables.ratings)} ratings ({tables.unrated} left out), "
               f"{len(tables.related)} related pairs ({tables.outside} outside of the folder)")
    tiers = list(measures[0]["tiers"])
    click.echo(f"{'mean AUC':<36}" + "".join(f"{tier:>17}" for tier in tiers))
    for item in measures:
        cells = (item["tiers"][tier] for tier in tiers)
        click.echo(f"{item['name']:<36}" + "".join(f"{_cell(cell):>17}" for cell in cells))
    counts = ", ".join(f"{tier} {measures[0]['tiers'][tier]['occupations']}" for tier in tiers)
    click.echo(f"occupations with related ones in the folder: {counts}")


def _cell(summary: Mapping[str, Any]) -> str:
    if summary["auc"] is None:
        return "-"
    error = summary["standard_error"]
    return f"{summary['auc']:.4f}" + (f" ± {error:.3f}" if error is not None else "")


if __name__ == "__main__":
    main()
