"""Lines of code of the packages: no docstrings, comments or blank lines.

``python -m tools.count_lines`` prints the table that CONTRIBUTING quotes.
"""

import ast
import io
import sys
import tokenize
from pathlib import Path

from compendium.paths import repository_root

#: What is counted together, and how many lines it may have.
BUDGET = {"lib/nasicon": 16_000, "lib": 23_000, "lib/compendium/ledger": 2_400, "tools": 1_200}
_NO_CODE = str.split("COMMENT NL NEWLINE INDENT DEDENT ENCODING ENDMARKER")


def code_lines(source: str) -> int:
    """Count the lines of Python source that hold code."""
    held: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if tokenize.tok_name[token.type] not in _NO_CODE:
            held.update(range(token.start[0], token.end[0] + 1))
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Expr) and isinstance(getattr(node.value, "value", None), str):
            held -= set(range(node.lineno, node.end_lineno + 1))
    return len(held)


def count(folder: Path) -> tuple[int, int]:
    """Return the number of modules below a folder, and their lines of code."""
    files = sorted(folder.rglob("*.py"))
    return len(files), sum(code_lines(path.read_text(encoding="utf-8")) for path in files)


def table(root: Path) -> str:
    """Return the table in Markdown: packages, rooms, parts."""
    rooms = [path for path in sorted((root / "lib").glob("*/*")) if any(path.glob("*.py"))]
    sums = [root / "lib/nasicon", root / "lib/compendium", root / "lib"]
    lines = ["| where | modules | lines of code | of at most |", "|---|---:|---:|---:|"]
    for path in (*sums, *rooms, root / "tools"):
        name, (modules, code) = path.relative_to(root).as_posix(), count(path)
        lines.append(f"| `{name}` | {modules} | {code:,} | {BUDGET.get(name, '')} |")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.stdout.write(table(repository_root()) + "\n")
