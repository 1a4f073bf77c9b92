import hashlib
import io
import json
from xml.etree import ElementTree

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from PIL import Image

import nasicon
from compendium import notebook as nb
from compendium import provenance
from compendium.notebook import Notebook, read_table, save_figure
from compendium.paths import repository_root
from nasicon.core import style


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


def test_a_figure_is_closed_once_it_was_shown(tmp_path):
    plt.close("all")
    for folder in (tmp_path, ""):
        save_figure(figure(), folder, "fig")
        assert plt.get_fignums() == []


@pytest.mark.parametrize(
    ("given", "row"),
    [
        (2.0, {"value": 2.0}),
        ((1.0, 2.0, 4.0), {"ci_low": 1.0, "value": 2.0, "ci_high": 4.0, "interval": "range"}),
        ({"value": 2.0, "stderr": 0.1}, {"value": 2.0, "stderr": 0.1}),
        ([2.0] * 9, {"ci_low": 2.0, "value": 2.0, "ci_high": 2.0, "interval": "ensemble"}),
    ],
)
def test_a_finding_is_made_of_what_it_is_given(given, row):
    book = Notebook("x")
    book.add(given, "LAGP", "size", "nm", "seen", "derived")
    (made,) = book.findings.table().to_dict("records")
    for name, value in row.items():
        assert made[name] == value


def test_findings_stand_against_what_is_printed():
    import pandas as pd

    book = Notebook("x")
    rows = pd.DataFrame({"sample": ["GC-LATP", "LAGP"], "quantity": ["total"] * 2})
    made = book.against(rows, {"total": "A-sigma-{}"})
    assert made["claim_id"].tolist() == ["A-sigma-gclatp", ""]
    assert made["printed"].iloc[0] == 1.12e-4


def test_the_words_of_a_finding_may_be_one_text():
    one, other = Notebook("x"), Notebook("x")
    one.add(nb.within(2.0, 0.5), "GC-LATP | bulk conductivity | S cm-1 | a fit | derived")
    other.add(nb.within(2.0, 0.5), "GC-LATP", "bulk conductivity", "S cm-1", "a fit", "derived")
    pd.testing.assert_frame_equal(one.findings.table(), other.findings.table())
    row = one.findings.table().iloc[0]
    assert (row["ci_low"], row["ci_high"]) == pytest.approx((2 - 0.98, 2 + 0.98))
    assert row["evidence"] == "derived"


def test_the_sweep_of_the_readme_is_what_its_notebook_finds():
    root = repository_root()
    found = pd.read_csv(root / "results/latp_fig2_nyquist/findings.csv")
    bulk = found[(found["sample"] == "GC-LATBP") & (found["quantity"] == "bulk conductivity")]
    (row,) = bulk.to_dict("records")
    numbers = "| `modulus` | {value:.2e} ({ci_low:.2e} to {ci_high:.2e}) |".format(**row)
    assert numbers.replace("e-03", "e-3") in (root / "README.md").read_text(encoding="utf-8")


def test_a_measured_figure_says_by_whom():
    drawn, ax = plt.subplots()
    ax.plot([1, 2])
    style.badge(drawn, "measured", "lines: fits")
    style.credit(drawn, "somebody/somewhere (MIT)")
    words = " ".join(drawn.get_supxlabel().split())
    assert words == "Evidence: measured by somebody/somewhere (MIT). Lines: fits"
    plt.close(drawn)


def test_a_rare_colour_stays_itself_on_the_screen():
    drawn, ax = plt.subplots()
    ax.imshow(np.random.default_rng(1).random((80, 80)), cmap=style.MAP, aspect="auto")
    ax.plot(range(80), range(80), "o", color=style.ORANGE, ms=4)
    ax.plot(40, 20, "D", color=style.PRINTED, ms=4)
    seen = Image.open(io.BytesIO(nb.few_colours(drawn))).convert("RGB")
    wanted = np.array(mpl.colors.to_rgb(style.PRINTED)) * 255
    assert np.abs(np.asarray(seen, dtype=float) - wanted).max(axis=2).min() < 16
    plt.close(drawn)


def test_a_wrong_ledger_row_is_named():
    with pytest.raises(ValueError, match="no such row"):
        Notebook("x").show(figure(), "fig", "", rows="A-nothing")


def test_empty_out_dir_writes_nothing(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    save_figure(figure(), "", "fig")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("stem", ["", "a/b", "fig 1", "../fig", "fig.svg"])
def test_stem_is_a_plain_name(tmp_path, stem):
    with pytest.raises(ValueError, match="stem must be"):
        save_figure(figure(), tmp_path, stem)


def test_a_figure_carries_what_it_was_made_from(toy, monkeypatch):
    monkeypatch.setattr(provenance, "_inputs", {})
    (toy / "data.csv").write_text("a,b\n1,2\n")
    for name, value in provenance.as_environment("notebooks/x.ipynb", {"seed": 3}).items():
        monkeypatch.setenv(name, value)
    assert read_table("data.csv")["b"].tolist() == [2]
    save_figure(figure(), toy, "fig")
    tree = ElementTree.parse(toy / "fig.svg")
    (description,) = tree.iter("{http://purl.org/dc/elements/1.1/}description")
    assert json.loads(description.text) == {
        "notebook": "notebooks/x.ipynb",
        "parameters": {"seed": 3},
        "library": f"nasicon {nasicon.__version__}",
        "inputs": [{"file": "data.csv", "sha256": hashlib.sha256(b"a,b\n1,2\n").hexdigest()}],
    }


def test_a_missing_table_is_named(toy):
    with pytest.raises(FileNotFoundError, match=r"results/none\.csv.*make update"):
        read_table("results/none.csv")


def test_a_table_keeps_the_names_of_its_rows_and_hides_their_numbers():
    import pandas as pd

    named = Notebook("x").table({"GC-LATP": {"rms residual (%)": 0.952, "BIC margin": 153}})
    assert "rms residual (%)</th>" in named.to_html()
    numbered = Notebook("x").table(pd.DataFrame({"size": [1.0, 2.0]}))
    assert "row_heading" not in numbered.to_html()
