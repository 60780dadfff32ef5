"""Templates of certificates that training centres write: what they may hold, what is wrong with one, and filling it.

A template is Jinja in a cage. It may print names, choose by ``if`` and repeat over the lists that a certificate has;
it can call nothing, count to nothing and load nothing, so that it always ends and never reaches beyond the facts. The
whole of it is checked before anything is printed, hence every unknown name is reported at once and with its line,
also the one in a branch that today's participants do not take.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Any

from jinja2 import StrictUndefined, TemplateSyntaxError, nodes
from jinja2.exceptions import UndefinedError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from kompetensi.errors import InvalidInput
from kompetensi.messages import Message, format_date, say
from kompetensi.rules.certificate_design import LISTS, NAMES, CertificateDesign
from kompetensi.rules.certificates import CertificateFacts, group_nip
from kompetensi.rules.numerals import words

__all__ = ["DesignProblem", "check_design", "fill", "printable"]

_LARGEST_BYTES = 64 * 1024
_ALLOWED = (
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.Getattr, nodes.Const, nodes.If, nodes.For,
    nodes.Filter, nodes.Test, nodes.Compare, nodes.Operand, nodes.And, nodes.Or, nodes.Not, nodes.CondExpr,
    nodes.Concat, nodes.Tuple)
_FILTERS = ("tanggal", "nip", "terbilang", "upper", "lower", "title", "default")
_TESTS = ("defined", "none")
# Elements that run, load or nest other documents; WeasyPrint would ignore some and fetch for others.
_ELEMENTS = frozenset({"script", "iframe", "object", "embed", "link", "base", "meta", "form", "style", "frame", "audio",
                       "video", "source", "input", "button"})
_LOADING = frozenset({"src", "href", "xlink:href", "data", "poster", "background", "srcset"})
_IMAGES = re.compile(r"data:image/(?:png|jpeg|svg\+xml);base64,[A-Za-z0-9+/=\s]*\Z")
_CSS_URL = re.compile(r"url\(\s*(['\"]?)(.*?)\1\s*\)", re.IGNORECASE | re.DOTALL)
_CSS_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_OWN_FILES = frozenset({"frame.svg", "rosette.svg", "stitches.svg"})


@dataclass(frozen=True, slots=True)
class DesignProblem:
    """One thing that keeps a design from being used.

    Attributes
    ----------
    part : str
        ``front``, ``back`` or ``css``.
    line : int
        In that part, from 1.
    """

    part: str
    line: int
    message: Message


def _environment() -> ImmutableSandboxedEnvironment:
    environment = ImmutableSandboxedEnvironment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.globals.clear()
    environment.filters = {name: environment.filters[name] for name in _FILTERS if name in environment.filters} | {
        "tanggal": format_date, "nip": group_nip, "terbilang": words}
    environment.tests = {name: environment.tests[name] for name in _TESTS}
    return environment


_ENVIRONMENT = _environment()


def check_design(design: CertificateDesign) -> tuple[DesignProblem, ...]:
    """Return everything that is wrong with a design, front before back before style sheet, each by line.

    Empty means that it can be filled with any certificate: each name it prints exists, nothing is called or loaded.
    What only the page shows, such as text that runs over its edge, is for the renderer to refuse.
    """
    found: list[DesignProblem] = []
    for part, source in (("front", design.front), ("back", design.back)):
        once = {(problem.line, str(problem.message)): problem
                for problem in _problems_of(part, source, frozenset(design.values))}
        found.extend(once[key] for key in sorted(once))
    found.extend(_css_problems(design.css))
    return tuple(found)


def _problems_of(part: str, source: str, fields: frozenset[str]) -> Iterator[DesignProblem]:
    if len(source.encode()) > _LARGEST_BYTES:
        yield DesignProblem(part, 1, say("Templat ini lebih besar dari %(limit)s bita.", limit=_LARGEST_BYTES))
        return
    try:
        tree = _ENVIRONMENT.parse(source)
    except TemplateSyntaxError as error:
        yield DesignProblem(part, error.lineno, say("Templat tidak dapat dibaca pada baris ini: periksa pasangan "
                                                    "{{ }} dan {%% %%}, endif, dan endfor."))
        return
    yield from _unknown(part, tree, {"sertifikat", "isian", "blok"}, {}, fields, depth=0)
    reader = _Elements(part)
    # What stands between the marks of Jinja is no HTML; blanks of the same length keep the lines where they are.
    reader.feed(re.sub(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", _blank, source, flags=re.DOTALL))
    reader.close()
    yield from reader.problems


def _blank(found: re.Match[str]) -> str:
    return re.sub(r"[^\n]", " ", found.group())


def _unknown(
    part: str, node: nodes.Node, names: set[str], items: Mapping[str, str], fields: frozenset[str], *, depth: int
) -> Iterator[DesignProblem]:
    """Walk the tree: only what is allowed, only names that exist. `items` maps a loop's name to its list."""
    if not isinstance(node, _ALLOWED):
        yield DesignProblem(part, node.lineno, say("Bagian templat ini tidak diizinkan: templat hanya mencetak isian, "
                                                   "memilih dengan if, dan mengulang daftar sertifikat dengan for."))
        return
    if isinstance(node, nodes.For):
        yield from _loop(part, node, names, items, fields, depth)
        return
    if isinstance(node, nodes.Getattr):
        path = _path(node)
        if path is None or path[0] not in names:
            yield DesignProblem(part, node.lineno, say("Templat hanya mengenal sertifikat.…, isian.…, dan blok.…."))
        elif not _known(path, items, fields):
            yield DesignProblem(part, node.lineno, say("“%(name)s” tidak dikenal.", name=".".join(path)))
        return
    if isinstance(node, nodes.Name):
        if node.name not in names or node.name in ("sertifikat", "isian", "blok"):
            yield DesignProblem(part, node.lineno, say("“%(name)s” tidak dikenal.", name=node.name))
        return
    if isinstance(node, nodes.Filter) and node.name not in _FILTERS:
        yield DesignProblem(part, node.lineno, say("Saringan “%(name)s” tidak dikenal; yang ada: %(known)s.",
                                                   name=node.name, known=list(_FILTERS)))
    if isinstance(node, nodes.Test) and node.name not in _TESTS:
        yield DesignProblem(part, node.lineno, say("Uji “%(name)s” tidak dikenal; yang ada: %(known)s.",
                                                   name=node.name, known=list(_TESTS)))
    for child in node.iter_child_nodes():
        yield from _unknown(part, child, names, items, fields, depth=depth)


def _loop(
    part: str, node: nodes.For, names: set[str], items: Mapping[str, str], fields: frozenset[str], depth: int
) -> Iterator[DesignProblem]:
    path = _path(node.iter)
    over = path[1] if path is not None and len(path) == 2 and path[0] == "sertifikat" else ""
    if over not in LISTS or not isinstance(node.target, nodes.Name) or node.recursive or depth:
        yield DesignProblem(part, node.lineno, say(
            "Pengulangan hanya atas %(lists)s, satu nama setiap kali, dan tidak di dalam pengulangan lain.",
            lists=[f"sertifikat.{name}" for name in LISTS]))
        return
    inside = names | {node.target.name}
    known = {**items, node.target.name: over}
    for child in (*node.body, *node.else_, *([node.test] if node.test is not None else [])):
        yield from _unknown(part, child, inside, known, fields, depth=depth + 1)


def _path(node: nodes.Node) -> tuple[str, ...] | None:
    """Return ``("sertifikat", "signer", "name")`` for ``sertifikat.signer.name``; None for anything else."""
    tail: list[str] = []
    while isinstance(node, nodes.Getattr):
        tail.append(node.attr)
        node = node.node
    return (node.name, *reversed(tail)) if isinstance(node, nodes.Name) else None


def _known(path: tuple[str, ...], items: Mapping[str, str], fields: frozenset[str]) -> bool:
    root, *rest = path
    if root in items:
        return len(rest) == 1 and rest[0] in LISTS[items[root]]
    if root == "isian":
        return len(rest) == 1 and rest[0] in fields
    return ".".join(rest) in NAMES[root]


class _Elements(HTMLParser):
    """Finds elements and attributes that a certificate may not have."""

    def __init__(self, part: str) -> None:
        super().__init__()
        self.part = part
        self.problems: list[DesignProblem] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        line = self.getpos()[0]
        if tag in _ELEMENTS:
            self.problems.append(DesignProblem(self.part, line, say("Unsur <%(tag)s> tidak dipakai pada sertifikat.",
                                                                    tag=tag)))
        for name, value in attrs:
            text = (value or "").strip()
            if name.startswith("on"):
                self.problems.append(DesignProblem(self.part, line, say(
                    "Atribut %(name)s tidak dipakai pada sertifikat.", name=name)))
            elif name in _LOADING and text and not (_IMAGES.match(text) or text.startswith("#")):
                self.problems.append(DesignProblem(self.part, line, say(
                    "Sertifikat tidak memuat apa pun dari luar. Pasang gambar sebagai isian bergambar.")))
            elif name == "style":
                self.problems.extend(DesignProblem(self.part, line, problem.message) for problem in _css_problems(text))


def _css_problems(css: str) -> Iterator[DesignProblem]:
    if len(css.encode()) > _LARGEST_BYTES:
        yield DesignProblem("css", 1, say("Templat ini lebih besar dari %(limit)s bita.", limit=_LARGEST_BYTES))
        return
    plain = _CSS_COMMENT.sub(_blank, css)
    # An escape could spell url or @import otherwise; no certificate needs one.
    for place in re.finditer(r"\\|@import|@font-face|image-set|\bsrc\s*\(|</", plain, re.IGNORECASE):
        yield DesignProblem("css", _line(plain, place.start()), say("“%(text)s” tidak dipakai pada gaya sertifikat.",
                                                                    text=place.group()))
    for address in _CSS_URL.finditer(plain):
        if address.group(2) not in _OWN_FILES and not _IMAGES.match(address.group(2)):
            yield DesignProblem("css", _line(plain, address.start()), say(
                "Sertifikat tidak memuat apa pun dari luar. Pasang gambar sebagai isian bergambar."))


def _line(text: str, place: int) -> int:
    return text.count("\n", 0, place) + 1


def printable(facts: CertificateFacts) -> Mapping[str, Any]:
    """Return the facts as a template sees them: by name, and each list as entries with names."""
    known = {name: getattr(facts, name) for name in (path.partition(".")[0] for path in NAMES["sertifikat"])}
    return known | {
        "subjects": [{"name": subject.name, "jp": subject.jp} for subject in facts.subjects],
        "competences": [{"name": name, "level": level} for name, level in facts.competences],
        "trainers": [{"name": name} for name in facts.trainers]}


def fill(source: str, *, sertifikat: Any, isian: Mapping[str, Any], blok: Mapping[str, Any]) -> str:
    """Fill one side of a checked design.

    Raises
    ------
    InvalidInput
        If a name is missing after all.
    """
    try:
        return _ENVIRONMENT.from_string(source).render(sertifikat=sertifikat, isian=isian, blok=blok)
    except UndefinedError as error:
        raise InvalidInput(say("Templat memakai nama yang tidak ada: %(error)s.", error=str(error))) from error
