"""An invented folder in the form of the O*NET tables: six occupations of two families, four elements."""

from __future__ import annotations

_ROWS = {
    "99-0001.00": ("Rice Growers", (4, 1, 5, 1)), "99-0002.00": ("Maize Growers", (2, 1.5, 2, 1)),
    "99-0003.00": ("Seed Keepers", (3.5, 2, 4, 1.5)), "99-0004.00": ("Boat Clerks", (1.5, 2, 1, 2)),
    "99-0005.00": ("Harbour Clerks", (1, 4, 1.5, 4)), "99-0006.00": ("Net Accountants", (2, 5, 1, 5))}
_ELEMENTS = ("2.A.1.a", "2.B.1.a", "2.C.1.a", "2.C.1.b")
_FAMILIES = (("99-0001.00", "99-0002.00", "99-0003.00"), ("99-0004.00", "99-0005.00", "99-0006.00"))
_TIERS = ("Primary-Short", "Supplemental")


def short_tables() -> dict[str, bytes]:
    """Return comma-separated tables with short names."""
    ratings = [f"{code},{element},{value},{value + 1},N," for code, (_, values) in _ROWS.items()
               for element, value in zip(_ELEMENTS, values, strict=True)]
    return {
        "occupations.csv": _text("soc,title,job_zone,description", [f'{code},{name},3,"Made up, for tests."'
                                                                    for code, (name, _) in _ROWS.items()]),
        "ratings.csv": _text("soc,element_id,importance_1_5,level_0_7,not_relevant,low_precision", ratings),
        "related.csv": _text("soc,related_soc,tier,index", [
            f"{code},{other},{tier},{index}" for code, index, (other, tier) in _pairs()])}


def long_tables() -> dict[str, bytes]:
    """Return the same, tab-separated with O*NET's names, a row for each scale."""
    head = "O*NET-SOC Code\tElement ID\tElement Name\tScale ID\tData Value\tRecommend Suppress\tNot Relevant"
    rows = [row for code, (_, values) in _ROWS.items() for element, value in zip(_ELEMENTS, values, strict=True)
            for row in (f"{code}\t{element}\tx\tIM\t{value}\tN\tn/a", f"{code}\t{element}\tx\tLV\t{value + 1}\tN\tN")]
    return {
        "Occupation Data.txt": _text("O*NET-SOC Code\tTitle\tDescription", [f"{code}\t{name}\tMade up."
                                                                             for code, (name, _) in _ROWS.items()]),
        "Skills.txt": _text(head, [row for row in rows if "\t2.C." not in row]),
        "Knowledge.txt": _text(head, [row for row in rows if "\t2.C." in row]),
        "Related Occupations.txt": _text("O*NET-SOC Code\tRelated O*NET-SOC Code\tRelatedness Tier\tIndex", [
            f"{code}\t{other}\t{tier}\t{index}" for code, index, (other, tier) in _pairs()])}


def _pairs():
    for family in _FAMILIES:
        for code in family:
            others = [other for other in family if other != code]
            for index, pair in enumerate(zip(others, _TIERS, strict=True), 1):
                yield code, index, pair


def _text(head: str, rows: list[str]) -> bytes:
    return "\n".join([head, *rows, ""]).encode()
