"""Reading a file beside the library that reads it for us, in one run, warm, by processor time.

``python -m benchmarks.file_reading`` on files by others (data/external/registry.csv). Both
end in a table: the library's call with the columns that it gives, and for NMR its own axis. What
a reader does besides (units, order, sweeps or half-cycles, sign, sidebands, notes) takes some
0.3 ms, which shows where a file takes the library no longer than that.
"""

from __future__ import annotations

import logging
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks import Row
from compendium.external import MissingDataError, fetch, fetch_all

ROUNDS = 30
AT_MOST, BESIDES = 1.3, 0.3e-3  # times the library that is called, and seconds for the rest


def beside(ours: Callable[[], object], theirs: Callable[[], object]) -> tuple[float, float]:
    """Median times (s) of two calls that take turns, so that a busy machine slows both alike."""
    times = np.empty((ROUNDS + 1, 2))
    for i in range(len(times)):
        for k, call in enumerate((ours, theirs)):
            begun = time.process_time()
            call()
            times[i, k] = time.process_time() - begun
    return tuple(np.median(times[1:], axis=0))


def pairs() -> dict[str, tuple[Callable[[], object], Callable[[], object]]]:
    """Our reader and the library's own call, by what is read."""
    import fastnda
    import nmrglue
    from galvani import BioLogic

    from nasicon import cycling, eis, nmr
    from nasicon.nmr.read_formats import bruker

    fetch_all("nmr/ba2p2o7_zg/")
    mpr, peis = fetch("cycling/LNMO_SiGr_formation.mpr"), fetch("eis/biologic/PEIS-0.mpr")
    ndax, spectrum = fetch("cycling/LIR_commercial_5cyc.ndax"), fetch("nmr/ba2p2o7_zg/pdata/1/1r")
    experiment = fetch("nmr/ba2p2o7_zg/fid").parent

    def glue_spectrum(folder: Path) -> pd.DataFrame:
        dic, data = nmrglue.bruker.read_pdata(str(folder))
        axis = nmrglue.fileiobase.uc_from_udic(nmrglue.bruker.guess_udic(dic, data))
        return pd.DataFrame({"ppm": axis.ppm_scale(), "intensity": data})

    def glue_signal(folder: Path) -> object:
        dic, data = nmrglue.bruker.read(str(folder), read_pulseprogram=False)
        return nmrglue.bruker.remove_digital_filter(dic, data)

    return {
        "cell test in .mpr (galvani)": (
            lambda: cycling.read(mpr),
            lambda: pd.DataFrame(BioLogic.MPRfile(str(mpr)).data),
        ),
        "impedance in .mpr (galvani)": (
            lambda: eis.read(peis),
            lambda: pd.DataFrame(BioLogic.MPRfile(str(peis)).data),
        ),
        "cell test in .ndax (fastnda)": (
            lambda: cycling.read(ndax),
            lambda: fastnda.read(ndax),
        ),
        "Bruker spectrum (nmrglue)": (
            lambda: nmr.read(spectrum),
            lambda: glue_spectrum(spectrum.parent),
        ),
        "Bruker signal, not transformed (nmrglue)": (
            lambda: bruker(experiment / "fid"),
            lambda: glue_signal(experiment),
        ),
    }


def measure() -> list[Row]:
    """Return the rows of the table."""
    logging.disable()
    warnings.simplefilter("ignore")
    try:
        calls = pairs()
    except MissingDataError as error:
        return [Row("reading real files", f"skipped: {error}")]
    rows = []
    for what, (ours, theirs) in calls.items():
        own, library = beside(ours, theirs)
        result = f"{1e3 * own:.2g} ms, {own / library:.2f} times {1e3 * library:.2g} ms"
        most = 1e3 * (AT_MOST * library + BESIDES)
        rows.append(Row(f"reading: {what}", result, f"{AT_MOST} times and 0.3 ms: {most:.2g} ms"))
    logging.disable(logging.NOTSET)
    return rows


if __name__ == "__main__":
    for row in measure():
        print(" | ".join(row))
