"""Parts of the report's pages as HTML: documents, notebooks with their figures, the library."""

from __future__ import annotations

import ast
import html
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from latex2mathml.converter import convert
from markdown_it import MarkdownIt
from mdit_py_plugins.anchors import anchors_plugin
from mdit_py_plugins.dollarmath import dollarmath_plugin
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import get_lexer_by_name

LIGHT, DARK = "github-light-high-contrast", "github-dark-high-contrast"
#: What a cell gave, the richest first.
KINDS = ("text/html", "text/markdown", "text/plain")
SLIDERS = "\n\n*Its sliders move in JupyterLab (`make lab`), not on this page.*"
#: What pandas writes about looks, which are the site's own.
LOOKS = re.compile(r'<style.*?</style>| (?:style|border|class)="[^"]*"(?=[^<>]*>)', re.DOTALL)
SECTION = re.compile(r"\n\s*\n(?=[A-Z][A-Za-z ]+\n-{3,}\n)")  # of a docstring


@dataclass
class Picture:
    """One figure of an executed notebook: its finding as HTML, what it is."""

    notebook: str
    stem: str
    says: str
    title: str = ""

    @property
    def evidence(self) -> str:
        """Level that ends the file's name."""
        return self.stem.rsplit("_", 1)[-1]

    @property
    def finding(self) -> str:
        """The finding as plain text, without what it rests on."""
        words = re.split(r"<a |ledger: ", self.says)[0]
        return html.unescape(re.sub("<[^>]+>", "", words)).strip()

    @property
    def alt(self) -> str:
        """What a reader who does not see the figure is told."""
        return f"{self.title}, {self.evidence}. {self.finding}".strip()


@cache
def _renderer() -> MarkdownIt:
    def equation(text: str, options: Mapping[str, bool]) -> str:
        if not options["display_mode"]:
            return convert(text)
        return f'<div class="equation" tabindex="0">{convert(text, display="block")}</div>'

    parser = MarkdownIt("commonmark", {"html": True, "highlight": _highlighted}).enable("table")
    parser.use(anchors_plugin, max_level=3)
    return parser.use(dollarmath_plugin, allow_digits=False, renderer=equation)


def markdown(text: str) -> str:
    """HTML of a document: tables, LaTeX as MathML, anchors at its headings."""
    return scrolling(_renderer().render(text))


def scrolling(text: str) -> str:
    """Tables that are wider than a phone scroll in a frame of their own."""
    frame = '<div class="scroll" tabindex="0" role="group" aria-label="table"><table'
    return text.replace("<table", frame).replace("</table>", "</table></div>")


def _highlighted(code: str, language: str, _: str = "") -> str:
    return highlight(code, get_lexer_by_name(language or "text"), HtmlFormatter(nowrap=True))


def code_style() -> str:
    """Colours of code with enough contrast, light and dark."""
    dark = HtmlFormatter(style=DARK).get_style_defs("pre")
    return (
        f"{HtmlFormatter(style=LIGHT).get_style_defs('pre')}\n"
        f"@media (prefers-color-scheme: dark) {{\n{dark}\n}}\n"
    )


def title(notebook: dict) -> str:
    """First heading of a notebook, with which it begins."""
    return "".join(notebook["cells"][0]["source"]).split("\n", 1)[0].removeprefix("# ").strip()


def model(notebook: dict) -> str:
    """The equations of a notebook, its section "The model"; empty where there is none."""
    for cell in notebook["cells"]:
        source = "".join(cell["source"])
        if cell["cell_type"] == "markdown" and source.startswith("## The model"):
            return markdown(source)
    return ""


def pictures(notebook: dict, name: str) -> Iterator[Picture]:
    """Figures of an executed notebook, each with the finding that stands under it."""
    for cell in notebook["cells"]:
        outputs = cell.get("outputs", [])
        for output, below in zip(outputs, [*outputs[1:], {}], strict=False):
            if stem := _stem(output):
                says = "".join(below.get("data", {}).get("text/markdown", ""))
                yield Picture(name, stem, _caption(says))


def _stem(output: dict) -> str:
    """File name of the figure that an output is; empty for what was never saved."""
    return output.get("metadata", {}).get("image/png", {}).get("alt", "").replace(" ", "_")


def cells(notebook: dict, own: Mapping[str, Picture], fold: str = "") -> Iterator[str]:
    """HTML of the cells of a notebook: text, code folded (or ``open``), and what it gave."""
    for cell in notebook["cells"]:
        source = "".join(cell["source"]).strip()
        if cell["cell_type"] == "markdown":
            yield markdown(source + SLIDERS * source.startswith("## Move it yourself"))
            continue
        code = _highlighted(source, "python")
        lines = f"{source.count(chr(10)) + 1} lines of code"
        if source:
            yield f"<details {fold}><summary>{lines}</summary><pre>{code}</pre></details>"
        shown = ""
        for output in cell.get("outputs", []):
            data = output.get("data") or {"text/plain": output.get("text", "")}
            kind = next(kind for kind in KINDS if kind in data)
            text = "".join(data[kind])
            if stem := _stem(output):
                shown = own[stem].says
                yield figure(own[stem])
            elif kind == "text/markdown":
                words = _caption(text)
                yield "" if words == shown else f"<p>{words}</p>"
            elif kind == "text/html":
                yield scrolling(LOOKS.sub("", text))
            else:
                yield f"<pre>{html.escape(text)}</pre>"


def figure(picture: Picture) -> str:
    """A figure with its finding; a click gives the SVG."""
    file = f"{picture.stem}.svg"
    return (
        f'<figure id="{picture.stem}"><a href="{file}"><img src="{file}" loading="lazy" '
        f'alt="{html.escape(picture.alt)}"></a><figcaption>{picture.says}</figcaption></figure>'
    )


def _caption(text: str) -> str:
    """A finding as HTML: its functions by their place in the module, its rows one by one."""

    def rows(match: re.Match) -> str:
        return "ledger: " + ", ".join(f"<code>{i}</code>" for i in match[1].split(", "))

    def function(match: re.Match) -> str:
        name = match[3].rpartition(f"{match[2]}.")[2]
        return f'{match[1]}{match[2]}.py#{name}"><code>{match[3]}</code>'

    words = _renderer().renderInline(text)
    words = re.sub(r"ledger: <a href[^>]*>([^<]+)</a>", rows, words)
    return re.sub(r'(href="[^"]*lib/[\w/]*?)(\w+)\.py"><code>([\w.]+)</code>', function, words)


def modules(library: Path) -> dict[str, dict]:
    """Every module of the packages by its dotted name, from its source alone."""
    found = {}
    for path in sorted(library.rglob("*.py"), key=lambda p: ("nasicon" not in p.parts, p)):
        file = path.relative_to(library)
        if path.stem != "__main__":
            source = path.read_text(encoding="utf-8")
            tree, lines = ast.parse(source), source.splitlines()
            entries = [_entry(node, name, lines) for name, node in _public(tree)]
            name = ".".join(file.with_suffix("").parts).removesuffix(".__init__")
            found[name] = {"file": file, "about": _docstring(tree), "entries": entries}
    return found


def _public(node: ast.AST, inside: str = "") -> Iterator[tuple[str, ast.AST]]:
    """Public functions and classes of a module, and the methods of these."""
    for item in node.body:
        if isinstance(item, ast.FunctionDef | ast.ClassDef) and item.name[0] != "_":
            yield f"{inside}{item.name}", item
            if isinstance(item, ast.ClassDef):
                yield from _public(item, f"{inside}{item.name}.")


def _entry(node: ast.FunctionDef | ast.ClassDef, name: str, lines: list[str]) -> dict[str, str]:
    """Name, signature, docstring and source (of a method none: it stands in that of its class)."""
    signature = f"({ast.unparse(node.args)})" if isinstance(node, ast.FunctionDef) else ""
    start = min([node.lineno, *(d.lineno for d in node.decorator_list)]) - 1
    source = "" if "." in name else html.escape("\n".join(lines[start : node.end_lineno]))
    return {"name": name, "signature": signature, "about": _docstring(node), "source": source}


def _docstring(node: ast.AST) -> str:
    """A numpydoc docstring as HTML: prose as Markdown, its sections as they stand."""
    text = re.sub(r":\w+:`~?([^`]+)`", r"`\1`", ast.get_docstring(node) or "")
    prose, *rest = SECTION.split(text)
    shown = [markdown(prose)]
    for section in rest:
        head, _, body = section.partition("\n")
        words = re.sub("`+([^`]+)`+", r"<code>\1</code>", html.escape(body.partition("\n")[2]))
        shown.append(f'<p class="part">{head}</p><div class="lines">{words}</div>')
    return "\n".join(shown)
