"""Give the compendium its public address: ``make publish [URL=https://github.com/OWNER/REPO]``.

Writes the Binder badge and the links (executed notebooks, issues, citation) between the
markers of README and landing notebook, and the address into CITATION.cff and codemeta.json.
Without a URL it takes the git remote; where there is none it says what to give and writes
nothing, so that no dead badge gets into a README.
"""

import argparse
import json
import re
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import quote

from compendium import normalize
from compendium.paths import repository_root
from nasicon.core.atomic import write_atomically

LANDING = "notebooks/index.ipynb"
REMOTE = re.compile(r"(?:https?://(?:[^@/]+@)?|ssh://git@|git@)github\.com[/:](.+?)(?:\.git)?/?")
BEGIN, END = "<!-- published: begin -->", "<!-- published: end -->"
ADDRESS = re.compile(r'^repository-code: "(.+)"\n', re.MULTILINE)
SAY = "say make publish URL=https://github.com/OWNER/REPO"
#: What the landing page offers to open live.
LIVE = {
    "Nyquist plots and their sliders": "notebooks/latp_fig2_nyquist.ipynb",
    "the ledger": "notebooks/audit.ipynb",
}


class PublishError(SystemExit):
    """Nothing can be written; the program ends with what is missing."""


def web(remote: str) -> str:
    """Address of the page of a git repository on GitHub, given by https or ssh.

    Raises
    ------
    PublishError
        It is none.
    """
    match = REMOTE.fullmatch(remote.strip())
    if match is None:
        raise PublishError(f"{remote!r} is no repository on github.com; {SAY}")
    return f"https://github.com/{match[1]}"


def binder(remote: str, revision: str = "HEAD", path: str = LANDING) -> str:
    """Address that opens a notebook of a repository in JupyterLab on Binder.

    Parameters
    ----------
    remote : str
        Address of the git repository.
    revision : str
        Branch, tag or commit.
    path : str
        The notebook, relative to the repository's root.
    """
    project = web(remote).removeprefix("https://github.com/")
    address = f"https://mybinder.org/v2/gh/{project}/{quote(revision, safe='')}"
    return f"{address}?urlpath=lab/tree/{quote(path)}"


def block(remote: str, revision: str = "HEAD") -> str:
    """Markdown of badge and links."""
    page = web(remote)
    live = ", ".join(f"[{what}]({binder(remote, revision, path)})" for what, path in LIVE.items())
    return "\n".join(
        [
            BEGIN,
            f"[![Binder](https://mybinder.org/badge_logo.svg)]({binder(remote, revision)})",
            "",
            f"Open live, nothing to install: [this page]({binder(remote, revision)}), {live}. "
            f"Look first: [executed notebooks]({page}/tree/{revision}/results). "
            f"Say what is wrong, or send a file that should read: [issues]({page}/issues). "
            f"Cite: [CITATION.cff]({page}/blob/{revision}/CITATION.cff).",
            END,
        ]
    )


def filled(text: str, words: str, name: str, marks: tuple[str, str] = (BEGIN, END)) -> str:
    """Replace what stands between the markers of a text, and the markers.

    Raises
    ------
    PublishError
        The markers are not there, once each.
    """
    between = re.compile(".*?".join(map(re.escape, marks)), re.DOTALL)
    if len(between.findall(text)) != 1:
        raise PublishError(f"{name} must hold {' and '.join(marks)} once each, filled in between")
    return between.sub(lambda _: words, text)


def publish(root: Path, remote: str, revision: str = "HEAD") -> list[str]:
    """Write the links everywhere; the names of the files. All or nothing."""
    words = block(remote, revision)
    texts = {"README.md": filled((root / "README.md").read_text("utf-8"), words, "README.md")}
    notebook = normalize.read(root / LANDING)
    cells = [c for c in notebook["cells"] if BEGIN in "".join(c["source"])]
    if len(cells) != 1:
        raise PublishError(f"{LANDING} must hold {BEGIN} in one cell")
    source = filled("".join(cells[0]["source"]), words, LANDING)
    cells[0]["source"] = source.splitlines(keepends=True)
    texts[LANDING] = normalize.as_text(notebook)
    citation = ADDRESS.sub("", (root / "CITATION.cff").read_text("utf-8"))
    line = f'repository-code: "{web(remote)}"\n'
    texts["CITATION.cff"] = citation.replace("license: MIT\n", f"license: MIT\n{line}", 1)
    meta = json.loads((root / "codemeta.json").read_text("utf-8")) | {"codeRepository": web(remote)}
    texts["codemeta.json"] = json.dumps(meta, indent=2, ensure_ascii=False) + "\n"
    for name, text in texts.items():
        write_atomically(root / name, text)
    return list(texts)


def origin(root: Path) -> str:
    """Address of the remote ``origin`` of this clone."""
    command = ["git", "-C", str(root), "remote", "get-url", "origin"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise PublishError(f"this copy has no git remote 'origin'; {SAY}")
    return done.stdout.strip()


def main(arguments: Iterable[str] | None = None) -> None:
    """Write the links, or say what is missing."""
    parser = argparse.ArgumentParser(prog="tools.publish", description=__doc__)
    parser.add_argument("--url", default="", help="default: the git remote origin")
    parser.add_argument("--revision", default="HEAD", help="branch, tag or commit")
    options = parser.parse_args(arguments)
    root = repository_root()
    written = publish(root, options.url or origin(root), options.revision)
    sys.stdout.write(f"links written into {', '.join(written)}: look at them and commit\n")


if __name__ == "__main__":
    main()
