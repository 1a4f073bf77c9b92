"""Notebook files in one canonical form, so that only their content can change them.

``python -m compendium.normalize [--check] [NOTEBOOK ...]`` strips notebooks
of their outputs in place (by default all of ``notebooks/``).
"""

import argparse
import json
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from compendium.paths import repository_root
from nasicon.core.atomic import write_atomically

# As JupyterLab writes them on the reference Python: opening a notebook there changes nothing.
METADATA = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {
        "codemirror_mode": {"name": "ipython", "version": 3},
        "file_extension": ".py",
        "mimetype": "text/x-python",
        "name": "python",
        "nbconvert_exporter": "python",
        "pygments_lexer": "ipython3",
        "version": "3.11.7",
    },
}
UUID = re.compile(r"[0-9a-f]{8}([-_]?)[0-9a-f]{4}\1[0-9a-f]{4}\1[0-9a-f]{4}\1[0-9a-f]{12}")
STYLER = re.compile(r"\bT_[0-9a-f]{5}(?![0-9a-f])")  # the id of a pandas table
WRAPPED = re.compile(r"^(\w+) = \(\n\s+(.+)\n\)$", re.MULTILINE)  # by papermill's formatter
ADDRESS = re.compile(r"\b0x[0-9a-f]{8,16}\b")


def stripped(notebook: Mapping) -> dict:
    """Return a notebook without outputs, counts and an editor's traces.

    Of the metadata only the cells' tags stay, which papermill reads.
    """
    cells = []
    for position, cell in enumerate(notebook["cells"]):
        tags = cell.get("metadata", {}).get("tags", [])
        clean = {key: cell[key] for key in ("cell_type", "attachments") if key in cell}
        clean["id"] = cell.get("id", f"cell-{position:03d}")
        clean["metadata"] = {"tags": tags} if tags else {}
        clean["source"] = _lines(cell["source"])
        if cell["cell_type"] == "code":
            clean |= {"execution_count": None, "outputs": []}
        cells.append(clean)
    return {"cells": cells, "metadata": METADATA, "nbformat": 4, "nbformat_minor": 5}


def executed(notebook: Mapping, replacements: Mapping[str, str]) -> dict:
    """Return an executed notebook without what differs from run to run.

    Outputs and counts stay. Timings, papermill's records and random ids go,
    memory addresses become ``0x0``, UUIDs and table ids are numbered in order of appearance.

    Parameters
    ----------
    notebook : mapping
        As read from the file.
    replacements : mapping
        Texts of this machine (its folders) and what to write instead, also where source or
        an output holds them escaped.
    """
    forms = {form: new for old, new in replacements.items() for form in _spelled(old)}
    clean = stripped(notebook)
    for cell, source in zip(clean["cells"], notebook["cells"], strict=True):
        if "injected-parameters" in cell["metadata"].get("tags", []):
            cell["id"] = "injected-parameters"
            cell["source"] = _lines(WRAPPED.sub(r"\1 = \2", "".join(cell["source"])))
        if cell["cell_type"] == "code":
            cell["execution_count"] = source["execution_count"]
            cell["outputs"] = _outputs(source["outputs"])
    numbered: dict[str, str] = {}

    def number(match: re.Match) -> str:
        return numbered.setdefault(match[0], f"id-{len(numbered) + 1:04d}")

    def clean_text(value: object) -> object:
        if isinstance(value, str):
            for old, new in forms.items():
                value = value.replace(old, new)
            return STYLER.sub(number, UUID.sub(number, ADDRESS.sub("0x0", value)))
        if isinstance(value, list):
            return [clean_text(item) for item in value]
        if isinstance(value, dict):
            return {
                key: item if key.startswith("image/png") else clean_text(item)
                for key, item in value.items()
            }
        return value

    for cell in clean["cells"]:
        cell["source"] = clean_text(cell["source"])
        if "outputs" in cell:
            cell["outputs"] = clean_text(cell["outputs"])
    return clean


def _spelled(text: str) -> list[str]:
    """A text as it stands, as papermill writes it into a cell, and as Python and JSON escape it."""
    escaped = text.encode("unicode_escape").decode("ascii")
    papermill = escaped.replace('"', r"\"")
    return [text, papermill, escaped, repr(text)[1:-1], json.dumps(text)[1:-1]]


def _outputs(outputs: Sequence[Mapping]) -> list[dict]:
    """Drop timings, and join what one stream wrote: how it was chunked is chance."""
    joined: list[dict] = []
    for output in outputs:
        output = dict(output)
        if "metadata" in output:
            output["metadata"] = {k: v for k, v in output["metadata"].items() if k != "execution"}
        before = joined[-1] if joined else {}
        if output["output_type"] == before.get("output_type") == "stream" and (
            output["name"] == before["name"]
        ):
            before["text"] = _lines([*before["text"], *output["text"]])
        else:
            joined.append(output)
    return joined


def _lines(source: str | Sequence[str]) -> list[str]:
    return "".join(source).splitlines(keepends=True)


def as_text(notebook: Mapping) -> str:
    """Return the file's text, laid out as Jupyter itself writes it."""
    return json.dumps(notebook, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def read(path: Path) -> dict:
    """Read a notebook of format 4.

    Raises
    ------
    ValueError
        If the file is no notebook of that format.
    """
    try:
        notebook = json.loads(path.read_text(encoding="utf-8"))
    except json.JSONDecodeError as error:
        raise ValueError(f"{path} is no notebook: {error}") from error
    if notebook.get("nbformat") != 4:
        raise ValueError(f"{path} must be of nbformat 4, got {notebook.get('nbformat')!r}")
    return notebook


def strip_on_save(model: dict, path: str, contents_manager: object, **_: object) -> None:
    """Jupyter's pre-save hook: this repository's notebooks are saved without outputs.

    The browser keeps showing them; the file stays the one that was committed,
    so looking at a figure in JupyterLab does not make any result out of date.
    """
    if model["type"] != "notebook" or model["content"].get("nbformat") != 4:
        return
    saved = Path(contents_manager.root_dir, path.lstrip("/")).resolve()
    if saved.parent == (repository_root() / "notebooks").resolve():
        model["content"] = stripped(model["content"])


def main(arguments: Iterable[str] | None = None) -> int:
    """Strip notebooks in place, or with ``--check`` only say which would change."""
    parser = argparse.ArgumentParser(prog="compendium.normalize", description=__doc__)
    parser.add_argument("notebooks", nargs="*", type=Path, help="default: notebooks/*.ipynb")
    parser.add_argument("--check", action="store_true", help="change nothing, fail if needed")
    options = parser.parse_args(arguments)
    paths = options.notebooks or sorted((repository_root() / "notebooks").glob("*.ipynb"))
    changed = 0
    for path in paths:
        text = as_text(stripped(read(path)))
        if text == path.read_text(encoding="utf-8"):
            continue
        changed += 1
        if not options.check:
            write_atomically(path, text)
        sys.stdout.write(f"{'has outputs' if options.check else 'stripped'}: {path.name}\n")
    return 1 if options.check and changed else 0


if __name__ == "__main__":
    sys.exit(main())
