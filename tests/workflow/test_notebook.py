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
    first = save_figure(figure(), tmp_path / "a", "fig1a_simulated")
    with mpl.rc_context({"svg.hashsalt": "mine", "svg.fonttype": "none"}):
        second = save_figure(figure(), tmp_path / "b", "fig1a_simulated")
    assert [path.name for path in first] == ["fig1a_simulated.svg", "fig1a_simulated.png"]
    assert sorted(p.name for p in (tmp_path / "a").iterdir()) == sorted(p.name for p in first)
    for one, other in zip(first, second, strict=True):
        assert one.read_bytes() == other.read_bytes()


def test_no_date_and_no_software(tmp_path):
    svg, png = save_figure(figure(), tmp_path, "fig")
    text = svg.read_text()
    assert "<dc:date>" not in text
    assert "creator" not in text
    assert mpl.__version__ not in text
    assert b"Software" not in png.read_bytes()
    assert b"tEXt" not in png.read_bytes()
    width, height = figure().get_size_inches() * 200
    size = plt.imread(png).shape
    assert (size[1], size[0]) == (width, height)


def test_empty_out_dir_writes_nothing(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert save_figure(figure(), "", "fig") == []
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("stem", ["", "a/b", "fig 1", "../fig", "fig.svg"])
def test_stem_is_a_plain_name(tmp_path, stem):
    with pytest.raises(ValueError, match="stem must be"):
        save_figure(figure(), tmp_path, stem)
