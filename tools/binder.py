"""Badge and link that open the compendium on Binder: ``make binder-link``.

They follow from the address of the git remote; where there is none, nothing is printed
but what is missing, so that no dead badge gets into a README.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from collections.abc import Iterable
from urllib.parse import quote

from compendium.paths import repository_root

HOSTS = {"github.com": "gh", "gitlab.com": "gl"}
LANDING = "notebooks/index.ipynb"
REMOTE = re.compile(
    r"(?:https?://(?:[^@/]+@)?|ssh://git@|git@)(?P<host>[^/:]+)[/:](?P<path>.+?)(?:\.git)?/?"
)


class BinderError(ValueError):
    """No link can be made; the message says what is missing."""


def link(remote: str, revision: str = "HEAD") -> str:
    """Address that opens the landing notebook of a repository in JupyterLab.

    Parameters
    ----------
    remote : str
        Address of the git remote on GitHub or GitLab, by https or ssh.
    revision : str
        Branch, tag or commit.

    Raises
    ------
    BinderError
        The address is not one of those.
    """
    match = REMOTE.fullmatch(remote.strip())
    if match is None or match["host"] not in HOSTS:
        raise BinderError(
            f"remote {remote!r} is no repository on {' or '.join(HOSTS)}; "
            "name one with --remote https://github.com/OWNER/NAME"
        )
    name = match["path"] if match["host"] == "github.com" else quote(match["path"], safe="")
    address = f"https://mybinder.org/v2/{HOSTS[match['host']]}/{name}/{quote(revision, safe='')}"
    return f"{address}?urlpath=lab/tree/{quote(LANDING)}"


def badge(address: str) -> str:
    """Markdown of the badge."""
    return f"[![Binder](https://mybinder.org/badge_logo.svg)]({address})"


def origin() -> str:
    """Address of the remote ``origin`` of this clone."""
    command = ["git", "-C", str(repository_root()), "remote", "get-url", "origin"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise BinderError(
            "this copy has no git remote 'origin'; name the repository with "
            "--remote https://github.com/OWNER/NAME"
        )
    return done.stdout.strip()


def main(arguments: Iterable[str] | None = None) -> int:
    """Print link and badge."""
    parser = argparse.ArgumentParser(prog="tools.binder", description=__doc__)
    parser.add_argument("--remote", help="default: the git remote origin")
    parser.add_argument("--revision", default="HEAD", help="branch, tag or commit")
    options = parser.parse_args(arguments)
    try:
        address = link(options.remote or origin(), options.revision)
    except BinderError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(f"{address}\n{badge(address)}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
