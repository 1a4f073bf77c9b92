"""Binder: the link, and the image that would be built."""

import pytest

from nasicon.workflow import binder

LAB = "?urlpath=lab/tree/notebooks/index.ipynb"


@pytest.mark.parametrize(
    "remote",
    [
        "https://github.com/owner/name.git",
        "https://github.com/owner/name",
        "https://token@github.com/owner/name/",
        "git@github.com:owner/name.git",
        "ssh://git@github.com/owner/name.git",
    ],
)
def test_every_form_of_a_remote(remote):
    assert binder.link(remote, "v1.0") == f"https://mybinder.org/v2/gh/owner/name/v1.0{LAB}"


def test_gitlab_groups_and_branches_are_quoted():
    address = binder.link("https://gitlab.com/group/sub/name.git", "a/b")
    assert address == f"https://mybinder.org/v2/gl/group%2Fsub%2Fname/a%2Fb{LAB}"


@pytest.mark.parametrize("remote", ["", "/srv/clone", "https://example.org/owner/name.git"])
def test_other_remotes_are_refused(remote, capsys):
    with pytest.raises(binder.BinderError, match="--remote"):
        binder.link(remote)


def test_without_a_remote_it_says_so(toy, capsys):
    assert binder.main([]) == 1
    assert "no git remote" in capsys.readouterr().err
    assert binder.main(["--remote", "https://github.com/owner/name"]) == 0
    out = capsys.readouterr().out.splitlines()
    assert out[1] == f"[![Binder](https://mybinder.org/badge_logo.svg)]({out[0]})"
