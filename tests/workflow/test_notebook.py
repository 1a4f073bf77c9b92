import matplotlib as mpl
import matplotlib.pyplot as plt
import pytest

from nasicon.workflow.notebook import save_figure


def figure():
    fig, ax = plt.subplots()
    ax.fill_between([0, 1], [0, 1], label=r"$\sigma$")
    ax.set_clip_on(True)
    ax.legend()
    return fig


def test_same_figure_gives_the_same_bytes_whatever_the_users_style(tmp_path):
    save_figure(figure(), tmp_path / "a", "fig1a_simulated")
    with mpl.rc_context({"svg.hashsalt": "mine", "svg.fonttype": "none"}):
        save_figure(figure(), tmp_path / "b", "fig1a_simulated")
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["fig1a_simulated.svg"]
    first, second = (tmp_path / folder / "fig1a_simulated.svg" for folder in "ab")
    assert first.read_bytes() == second.read_bytes()


def test_no_date_and_no_software(tmp_path):
    save_figure(figure(), tmp_path, "fig")
    text = (tmp_path / "fig.svg").read_text()
    assert "<dc:date>" not in text
    assert "creator" not in text
    assert mpl.__version__ not in text


def test_a_written_figure_is_closed_and_an_unwritten_one_stays(tmp_path):
    plt.close("all")
    save_figure(figure(), tmp_path, "fig")
    assert plt.get_fignums() == []
    save_figure(figure(), "", "fig")
    assert len(plt.get_fignums()) == 1
    plt.close("all")


def test_empty_out_dir_writes_nothing(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    save_figure(figure(), "", "fig")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("stem", ["", "a/b", "fig 1", "../fig", "fig.svg"])
def test_stem_is_a_plain_name(tmp_path, stem):
    with pytest.raises(ValueError, match="stem must be"):
        save_figure(figure(), tmp_path, stem)
