"""``kompetensi report``: the reports of the training centre as table, JSON, or workbook."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from kompetensi.cli.edge import JSON, Edge, edge, print_json, print_table
from kompetensi.errors import InvalidInput
from kompetensi.exchange.spreadsheets import CellKind, write_workbook
from kompetensi.messages import Rupiah, format_number, format_value, say
from kompetensi.services.course_reports import TITLES, Report, ReportName, course_report

__all__ = ["COMMANDS"]


@click.command("report")
@click.argument("name", type=click.Choice([name.value for name in ReportName]))
@click.option("--year", type=int, default=None, help="Tahun; bawaan: tahun ini.")
@click.option("--training", default="", metavar="CODE", help="Hanya pelatihan ini.")
@click.option("--agency", default="", metavar="UNIT", help="Hanya pegawai unit ini dan yang di bawahnya.")
@click.option("--xlsx", type=click.Path(dir_okay=False, path_type=Path), default=None, help="Tulis tabelnya ke berkas ini.")
@JSON
@edge()
def report(here: Edge, name: str, year: int | None, training: str, agency: str, xlsx: Path | None, as_json: bool) -> None:
    """Laporan balai pelatihan: keterisian, kelulusan, biaya, JP, kebutuhan dan kursi, daftar tunggu."""
    found = course_report(here.session, here.actor, ReportName(name), today=here.clock.today(), now=here.clock.now(),
                          year=year, training=training, agency=agency)
    if xlsx is not None:
        content = write_workbook(TITLES[found.name][0], here.clock.now(), [found.sheet], str)
        try:
            xlsx.write_bytes(content)
        except OSError as error:
            raise InvalidInput(say("Berkas %(path)s tidak dapat ditulis: %(reason)s.", path=str(xlsx),
                                   reason=error.strerror or ""), where="--xlsx") from error
    if as_json:
        print_json(_document(found))
        return
    click.echo(str(found.answer).replace("**", ""))
    print_table("", [str(column.title) for column in found.sheet.columns], (
        [_cell(value, column.kind) for value, column in zip(row, found.sheet.columns, strict=True)]
        for row in found.sheet.rows))
    if xlsx is not None:
        click.echo(str(say("%(count)s baris ditulis ke %(path)s.", count=len(found.sheet.rows), path=str(xlsx))))


def _document(found: Report) -> dict[str, Any]:
    document = asdict(found)
    document["answer"] = str(found.answer).replace("**", "")
    document["definition"] = found.definition
    document["source"] = found.source
    document["totals"] = [{"text": text, "value": value} for text, value in found.totals]
    document["columns"] = [{"title": column.title, "kind": column.kind} for column in found.sheet.columns]
    document["rows"] = document.pop("sheet")["rows"]
    document["bars"] = [{"label": bar.label, "value": bar.value, "whole": bar.whole} for bar in found.bars]
    return document


def _cell(value: Any, kind: CellKind) -> str:
    if value is None:
        return "–"
    if kind is CellKind.SHARE:
        return f"{format_number(100 * value, digits=1)} %"
    if kind is CellKind.RUPIAH:
        return format_value(Rupiah(value))
    if kind is CellKind.MONTH:
        return f"{value:%Y-%m}"
    return format_value(value)


COMMANDS = {"report": report}
