"""The simulated measurements: files an instrument could have left, truth apart, repeatable."""

import numpy as np
import pandas as pd
import pytest

from compendium.simulate import eis as simulate
from compendium.simulate.assumptions import draws, nominal
from nasicon.eis.fit_circuits import fit_circuit
from nasicon.eis.fit_consistency import kramers_kronig
from nasicon.eis.model_pellet import noise_level
from nasicon.eis.read_files import one_sweep, read_eis
from nasicon.transport import model_conduction

BY_NAME = {sample.name: sample for sample in simulate.SAMPLES}


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    folder = tmp_path_factory.mktemp("simulated")
    simulate.main(folder)
    return folder


@pytest.fixture(scope="module")
def truth(written):
    return pd.read_csv(written / "truth" / "truth.csv")


def files(folder):
    return sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())


def test_two_runs_leave_the_same_bytes(written, tmp_path):
    simulate.main(tmp_path)
    assert files(tmp_path) == files(written)
    for name in files(written):
        assert (tmp_path / name).read_bytes() == (written / name).read_bytes(), name


def test_ten_samples_and_two_temperature_series(written, truth):
    assert len(BY_NAME) == 10
    assert len(truth) == 8 + 2 * 6
    spectra = sorted(p.name for p in (written / "spectra").iterdir())
    assert spectra == sorted(truth["file"])
    series = truth[truth["sample"] == "GC-LATP"]
    assert series["temperature_c"].tolist() == [25, 40, 60, 80, 100, 120]


def test_the_truth_stands_apart_from_the_spectra(written):
    """No resistance of the truth may be read off a spectrum's file."""
    for path in (written / "spectra").iterdir():
        header = path.read_text(encoding="utf-8").splitlines()[:3]
        assert header[0].startswith("SIMULATED ")
        words = " ".join(header).lower()
        assert not any(word in words for word in ("truth", "bulk", "boundary", "inductance"))
    apart = [name for name in files(written) if not name.startswith("spectra/")]
    assert apart == ["assumptions.csv", "bands.csv", "truth/truth.csv"]


def test_every_file_reads_back_as_an_instrument_file(written, truth):
    for row in truth.itertuples():
        table = read_eis(written / "spectra" / row.file)
        data = one_sweep(table)
        high, low, points = (7e6, 0.1, 79) if "LAGP" in row.sample else (1e7, 1.0, 71)
        assert len(data) == points
        assert data["frequency_hz"].iloc[0] == pytest.approx(high)
        assert data["frequency_hz"].iloc[-1] == pytest.approx(low)
        assert "sign" not in " ".join(table.attrs["notes"])  # capacitive is negative already
        assert (data["z_imag_ohm"] < 0).sum() > 0.6 * points


def test_the_files_hold_the_truth_with_the_declared_noise(written, truth):
    deviations = []
    for row in truth.itertuples():
        data = one_sweep(read_eis(written / "spectra" / row.file))
        parameters = {
            k: v for k, v in row._asdict().items() if k in simulate.Pellet.__annotations__
        }
        f = data["frequency_hz"].to_numpy()
        clean = simulate.Pellet(**parameters).impedance(f)
        z = (data["z_real_ohm"] + 1j * data["z_imag_ohm"]).to_numpy()
        scaled = (z - clean) / np.abs(clean) / noise_level(f)
        deviations += [scaled.real, scaled.imag]
    flat = np.concatenate(deviations)
    assert flat.size > 2500
    assert flat.mean() == pytest.approx(0.0, abs=4 / np.sqrt(flat.size))
    assert flat.std() == pytest.approx(1.0, abs=4 / np.sqrt(2 * flat.size))


def test_room_temperature_spectra_pass_kramers_kronig(written, truth):
    for row in truth[truth["temperature_c"] == 25].itertuples():
        assert kramers_kronig(one_sweep(read_eis(written / "spectra" / row.file))).passed, row.file


PRINTED = {  # S/cm, Table 1 of the LATP paper: bulk, apparent boundary
    "GC-LATP": (2.02e-3, 1.22e-4),
    "GC-LATBP": (3.04e-3, 1.52e-3),
    "C-LATP": (2.55e-3, 6.96e-5),
    "C-LATBP": (1.41e-3, 3.48e-5),
}
TOTALS = {  # S/cm, printed totals of the samples without a printed split
    "G-LATP": 8.58e-9,
    "G-LATBP": 6.01e-8,
    "LAGP": 8.4e-5,
    "B2O3-LAGP": 2.4e-4,
    "Bi2O3-LAGP": 2.2e-4,
    "B2O3-Bi2O3-LAGP": 3.4e-4,
}


def as_read(model):
    """R1 and R2 that the library's own fit reads off a spectrum without noise."""
    f = simulate.frequencies_hz("A")
    z = model.impedance(f)
    table = pd.DataFrame({"frequency_hz": f, "z_real_ohm": z.real, "z_imag_ohm": z.imag})
    found = fit_circuit(table, "L0-R1-(R2||CPE2)-CPE3").table()
    return found.set_index(found.columns[0])["value"][["R1", "R2"]].to_numpy()


@pytest.mark.parametrize("name", PRINTED)
@pytest.mark.parametrize("gamma", [0.8, 0.9, 1.0])
def test_a_perfect_spectrum_reads_as_printed(name, gamma):
    """Leads and skew are undone: a fit by symmetric arcs gives the printed resistances."""
    assumed = nominal(simulate.ASSUMPTIONS) | {"boundary_gamma": gamma}
    sample = BY_NAME[name]
    assert simulate.conductivities(sample, 5e-4) == PRINTED[name]
    model = simulate.pellet(sample, assumed)
    read = as_read(model)
    # 1 mm by 10 mm: R = 0.1273240/sigma
    assert read == pytest.approx([0.1273240 / sigma for sigma in PRINTED[name]], rel=1e-5)
    assert model.bulk_ohm < read[0] - 0.9 * model.lead_ohm


@pytest.mark.parametrize("name", TOTALS)
def test_totals_are_the_printed_ones(truth, name):
    row = truth[truth["sample"] == name].iloc[0]
    glass = name.startswith("G-")
    total = row["bulk_ohm"] + row["boundary_ohm"] + (0 if glass else row["lead_ohm"])
    assert total == pytest.approx(0.1273240 / TOTALS[name], rel=1e-5)
    assert (row["boundary_ohm"] == 0) == glass


def test_leads_above_the_printed_intercept_are_refused():
    assumed = nominal(simulate.ASSUMPTIONS) | {"lead_ohm": 50.0}
    with pytest.raises(ValueError, match="lead_ohm = 50 must be less than the printed"):
        simulate.pellet(BY_NAME["GC-LATBP"], assumed)


def test_a_bulk_below_the_total_is_refused():
    with pytest.raises(ValueError, match=r"0.0001 must exceed the total 0.00024 of B2O3-LAGP"):
        simulate.conductivities(BY_NAME["B2O3-LAGP"], 1e-4)


@pytest.mark.parametrize(
    ("name", "bulk_ev", "total_ev"), [("GC-LATP", 0.16, 0.27), ("GC-LATBP", 0.13, 0.17)]
)
@pytest.mark.parametrize(("lead_ohm", "lag_k"), [(0.5, -10.0), (2.0, -20.0), (0.2, 0.0)])
def test_apparent_energies_are_the_printed_ones(name, bulk_ev, total_ev, lead_ohm, lag_k):
    """Slopes over the plate's temperatures of what a fit reads at each of them."""
    assumed = nominal(simulate.ASSUMPTIONS) | {"lead_ohm": lead_ohm, "lag_k": lag_k}
    series = [
        simulate.pellet(BY_NAME[name], assumed, temperature_c=t) for t in simulate.TEMPERATURES_C
    ]
    bulk, boundary = np.array([as_read(p) for p in series]).T
    slope = model_conduction.apparent_activation_energy_ev
    # half of the last printed digit: the skew's share is that of 25 degC at every temperature
    found = slope(simulate.TEMPERATURES_C, 1 / bulk)
    assert found == pytest.approx(bulk_ev, abs=0.005)
    total = slope(simulate.TEMPERATURES_C, 1 / (bulk + boundary))
    assert total == pytest.approx(total_ev, abs=0.005)


def test_without_leads_and_lag_the_truths_are_the_printed_ones():
    assumed = nominal(simulate.ASSUMPTIONS) | {"lead_ohm": 0.0, "lag_k": 0.0}
    bulk, boundary = simulate.activation_energies_ev(BY_NAME["GC-LATP"], assumed)
    assert bulk == pytest.approx(0.16, abs=0.005)
    assert boundary == pytest.approx(0.282, abs=0.002)  # as in the ledger


def test_energies_without_a_solution_are_an_error():
    assumed = nominal(simulate.ASSUMPTIONS) | {"lead_ohm": 30.0}
    with pytest.raises(ValueError, match=r"lead_ohm = 30 and lag_k = -10"):
        simulate.activation_energies_ev(BY_NAME["GC-LATBP"], assumed)


def test_the_sample_lags_behind_its_hot_plate():
    sample, assumed = BY_NAME["GC-LATP"], nominal(simulate.ASSUMPTIONS)
    energies = simulate.activation_energies_ev(sample, assumed)
    here = {"energies_ev": energies}
    at_110 = simulate.pellet(sample, assumed | {"lag_k": 0.0}, temperature_c=110.0, **here)
    lagging = simulate.pellet(sample, assumed, temperature_c=120.0, **here)  # 10 K at 120 degC
    assert lagging.bulk_ohm == pytest.approx(at_110.bulk_ohm)
    assert lagging.boundary_ohm == pytest.approx(at_110.boundary_ohm)


def test_rival_values_override_the_printed_ones():
    sample, assumed = BY_NAME["GC-LATP"], nominal(simulate.ASSUMPTIONS)
    rival = simulate.pellet(sample, assumed, sigmas=(1e-3, 1e-4))
    assert rival.bulk_ohm == pytest.approx(127.3240, rel=1e-5)
    assert rival.boundary_ohm == pytest.approx(1273.240, rel=1e-5)


def test_draws_stay_inside_the_declared_ranges():
    sets = pd.DataFrame(draws(simulate.ASSUMPTIONS, np.random.default_rng(0), 500))
    for assumption in simulate.ASSUMPTIONS:
        column = sets[assumption.name]
        assert assumption.low <= column.min() <= column.max() <= assumption.high
        assert assumption.low <= assumption.nominal <= assumption.high
        reach = np.log(column) if assumption.logarithmic else column
        low, high = (
            np.log(e) if assumption.logarithmic else e for e in (assumption.low, assumption.high)
        )
        assert np.ptp(reach) > 0.97 * (high - low)


def test_bands_bracket_the_nominal_arc(written):
    bands = pd.read_csv(written / "bands.csv")
    assert set(bands["sample"]) == set(BY_NAME)
    low, middle, high = (bands[f"minus_z_imag_{p}_ohm"] for p in ("p05", "p50", "p95"))
    assert ((low <= middle) & (middle <= high)).all()
    assert simulate.BAND_DRAWS >= 200


def test_assumptions_are_written_with_their_reason(written):
    table = pd.read_csv(written / "assumptions.csv")
    assert table["name"].tolist() == [a.name for a in simulate.ASSUMPTIONS]
    assert table["reason"].str.len().min() > 5
    assert table["unit"].notna().all()
