"""What the ``measure_*`` notebooks share: their parameters, their files, and the way out."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING

from compendium import normalize, parameters, provenance
from compendium.inputs import input_files, needed, number_list, one_of, pair, require, text_list
from compendium.paths import repository_root
from nasicon.core.files import labels

if TYPE_CHECKING:
    from nasicon.core.report import Report

__all__ = [
    "checked",
    "labelled",
    "needed",
    "number_list",
    "one_of",
    "optional_files",
    "own_files",
    "pair",
    "require",
    "show",
    "text_list",
    "write",
]

_uploaded: list[Path] = []  # by the button, in this kernel


def checked(notebook: str, cell: Mapping[str, object]) -> SimpleNamespace:
    """Return the parameters of this notebook, typed and checked, however they were set.

    >>> given = checked("measure_eis", globals())  # doctest: +SKIP
    """
    source = repository_root() / "notebooks" / f"{notebook}.ipynb"
    found = parameters.checked(notebook, cell, normalize.read(source))
    provenance.refuse_committed(found.out_dir)
    return found


def own_files(given: SimpleNamespace, *example: str) -> tuple[list[Path], str]:
    """Return the files to analyse and their evidence level.

    Those that ``data_file`` names, else those uploaded by the button that JupyterLab shows
    here, else the compendium's small example, whose numbers are ``simulated``.
    """
    if given.data_file:
        return input_files(given.data_file), "measured"
    if "JPY_SESSION_NAME" in os.environ:
        _show_button()
    if _uploaded:
        provenance.note_inputs(_uploaded)
        return list(dict.fromkeys(_uploaded)), "measured"
    return input_files("", *example), "simulated"


def optional_files(names: str) -> list[Path]:
    """Files that a parameter names; none where it is empty."""
    return input_files(names) if names else []


def _show_button() -> None:
    import ipywidgets
    from IPython.display import display

    button = ipywidgets.FileUpload(multiple=True, description="Upload files", tooltip="your own")
    word = ipywidgets.Label("then run this cell and those below again")

    def keep(_: object) -> None:
        folder = Path(tempfile.mkdtemp(prefix="nasicon-"))
        for item in button.value:
            path = folder / Path(item["name"]).name
            path.write_bytes(bytes(item["content"]))
            _uploaded.append(path)

    button.observe(keep, names="value")
    display(ipywidgets.HBox([button, word]))


def labelled(files: list[Path], read: Callable[[Path], object]) -> dict[str, object]:
    """Read every file; the labels are unique even where files share a name."""
    return {label: read(path) for label, path in zip(labels(files), files, strict=True)}


def show(report: Report) -> None:
    """Show every figure of a report."""
    import matplotlib.pyplot as plt
    from IPython.display import display

    for draw in report.figures.values():
        figure = draw()
        display(figure)
        plt.close(figure)


def write(report: Report, given: SimpleNamespace) -> Path | None:
    """Write the report to ``out_dir``; nothing where that is empty.

    Returns
    -------
    Path or None
        Of ``report.html``.
    """
    if not given.out_dir:
        return None
    provenance.refuse_committed(given.out_dir)
    # files are named by their contents below: folders are nobody's business
    named = {k: v for k, v in vars(given).items() if k not in ("out_dir", "data_file")}
    record = {"parameters": named, **provenance.current()}
    return report.write(given.out_dir, record)
