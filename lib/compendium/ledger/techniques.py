"""Which technique speaks to a row, the notebook that shows it, and what would test it."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Technique:
    """A group of claims and checks, found by a pattern on their id."""

    pattern: str
    notebook: str
    would_test: str
    reason: str = "impedance cannot speak to it"


CITED = "the cited works and a table of published values"
QUOTED = "it is quoted from elsewhere"

# First match wins. Ids are of one style, so a pattern on the id is enough.
TECHNIQUES = (
    # paper A, impedance first: these have checks
    Technique(
        r"A-(Ea|E[ab]gb|Eb|120|prefactor|meyer|attempt|lead-R|arr)",
        "latp_fig2_arrhenius",
        "conductivities at each temperature",
    ),
    Technique(
        r"A-(sigma|series|ratio|glassrange|fbulk|fgb|glassR|glassspike|leads|thick|R1|shapley|lit$"
        r"|conc|c-(gbR|opposite|both)|g-similar|gc-|eis|ec$|tabS1|inst|abs-(gc|c|gb)-"
        r"|int-b-enh|porosity)",
        "latp_fig2_nyquist",
        "the measured spectra, or their fit table,",
    ),
    Technique(
        r"A-(film-(R|V|bound|gain)|HS|hl-gb|glass-critical|amorph-logic)",
        "latp_fig4_boundaries",
        "grain size, film thickness and boundary arc of one specimen",
    ),
    Technique(
        r"A-(nmr-31p)",
        "latp_fig3_nmr",
        "31P MAS-NMR spectra of both samples at equal settings, fitted with one width each,",
        "neither width is printed",
    ),
    Technique(
        r"A-(nmr|larmor|mas|b-enrich|crystal-x|abs-b-glass)",
        "latp_fig3_nmr",
        "11B MAS-NMR spectra fitted with quadrupolar line shapes",
        "the spectra are not printed as numbers",
    ),
    Technique(
        r"A-(raman|pure-ceramic)",
        "latp_fig3_raman",
        "the four spectra at equal settings, with the area ratio of both bands and its interval,",
        "no band area is printed",
    ),
    Technique(
        r"A-(eels|stem|film-B|abs-b-inhom)",
        "latp_fig4_boundaries",
        "EELS with borate and phosphate references",
    ),
    Technique(
        r"A-tem-c$",
        "latp_fig4_boundaries",
        "the order along many edge-on boundaries (local Fourier amplitude), with defocus and foil "
        "thickness,",
        "one picture of one boundary is described in words",
    ),
    Technique(
        r"A-tem-more",
        "latp_fig4_boundaries",
        "the number of boundaries looked at and how many had a film",
        "how many boundaries the further images show is not said",
    ),
    Technique(
        r"A-int-gb-width",
        "latp_fig4_boundaries",
        "the cited micrographs, with unit cells counted,",
        "it is quoted from elsewhere, without a number",
    ),
    Technique(
        r"A-(tem|hrtem)",
        "latp_fig4_boundaries",
        "edge-on electron micrographs of many boundaries",
    ),
    Technique(
        r"A-esm-fit",
        "latp_fig6_relaxation",
        "the relaxation curves, fitted with an exponential and its rivals (stretched, diffusive),",
        "the curves are not public, and five seconds of noise may not tell the forms apart",
    ),
    Technique(
        r"A-(esm-(dc|dct|npts|faster|tau|hilo|n$)|tau)",
        "latp_fig6_relaxation",
        "the curves of the seven points of each region",
        "no value of a region or a point is printed",
    ),
    Technique(
        r"A-esm-r2",
        "latp_fig5_esm",
        "the cubes, with the residuals of every pixel and their correlation over frequency,",
        "no R2 is printed, and a high R2 would not exclude a bias of amplitude or Q",
    ),
    Technique(
        r"A-(esm-(amp|maps)|q-gclat|q-sd)",
        "latp_fig5_esm",
        "the cubes, fitted pixel by pixel with standard errors, and the calibration of the lever,",
        "the maps are not public, and a single mean or spread has nothing beside it",
    ),
    Technique(
        r"A-(esm|q-|hl-esm|afm)",
        "latp_fig5_esm",
        "electrochemical strain microscopy maps with the resonance fit of every pixel",
    ),
    Technique(
        r"A-(dens|reldens|rd-|rho|sem|minor|xrf|comp|neutral|die|press|mill|same-anneal)",
        "latp_figS2_microstructure",
        "pellet densities, micrographs and chemical analysis",
    ),
    Technique(
        r"A-(xrd|cryst|alpo4|glass-frac|glassfrac|lambda)",
        "latp_fig1_xrd",
        "the diffraction pattern itself, with an internal standard,",
        "the patterns are not public",
    ),
    Technique(
        r"A-(pur|melt|cool|cer-|glass-prep|glass-pellet)",
        "latp_figS2_microstructure",
        "a fuller description of the preparation",
        "it concerns the preparation",
    ),
    Technique(r"A-(int|ref12|aliovalent)", "literature", CITED, QUOTED),
    Technique(r"A-bib", "index", "the journal's record", "it is a date"),
    # paper B
    Technique(
        r"B-(sigma|ratio|2p9|additive|synergy|abs-syn|conc-sigma|conc$|fbulk|R-|inst|tab|ec$|gb-"
        r"|why|eis|rho-sum|size-order)",
        "lagp_fig5_nyquist",
        "impedance of all four compositions with bulk and boundary separated",
    ),
    Technique(
        r"B-c-b",
        "lagp_fig5_nyquist",
        "the conductivities of the screening series, with replicate pellets,",
        "only the optimum is printed",
    ),
    Technique(
        r"B-liq-comp",
        "lagp_fig6_cells",
        "the liquid's conductivity at the same temperature",
        "no conductivity of the liquid is printed",
    ),
    Technique(
        r"B-(5C|02C|rate|crate|cyc|conc-predom|onec|1C|asb|cell|liq|li-current|capacities)",
        "lagp_fig6_cells",
        "cell data: capacities, loadings and impedance over cycling",
    ),
    Technique(r"B-lsv", "lagp_figS4_lsv", "voltammetry at several scan rates with a blank"),
    Technique(
        r"B-xps-pge",
        "lagp_fig4_chemistry",
        "the fitted P 2p and Ge 3d energies with their distance from C 1s",
        "no energy is printed",
    ),
    Technique(
        r"B-(eds|tem)-bi",
        "lagp_fig4_chemistry",
        "Bi M counts along lines across many interfaces, against P K of the crystals,",
        "the maps are described in words; Bi M (2.4 keV) and P K (2.0 keV) do not overlap",
    ),
    Technique(
        r"B-(xps|b1s|bi4f|c1s|eds|tem|boron-fate)",
        "lagp_fig4_chemistry",
        "photoemission and X-ray spectra with reference compounds",
    ),
    Technique(
        r"B-(sem|abs-b2o3|grain|bi-glass|bi-melt)",
        "lagp_fig3_grains",
        "micrographs with a grain-size distribution",
    ),
    Technique(
        r"B-(xrd|li2o|alpo4|noimp|scherrer|size|rd|methods|bi-(vol|dens)|abs-bi2o3|b-volatile)",
        "lagp_fig2_xrd",
        "the diffraction patterns, with the instrument's width measured, and pellet densities",
        "the patterns are not public",
    ),
    Technique(
        r"B-(m-|p-|v-|comp|gel|calc|sint|stoich|li-excess|ca$|neutral|fig1|bfu)",
        "lagp_fig1_synthesis",
        "a mass balance with assays of the precursors",
    ),
    Technique(r"B-(int|ge$)", "literature", CITED, QUOTED),
)


def technique(row_id: str) -> Technique:
    """Find the technique of a claim or check; every id must have one."""
    for entry in TECHNIQUES:
        if re.match(entry.pattern, row_id):
            return entry
    raise LookupError(f"no technique matches {row_id!r}; add a pattern to ledger/techniques.py")


def untested_claim(claim_id: str) -> str:
    """Say plainly that a claim is not tested, and what would test it."""
    entry = technique(claim_id)
    return f"Not tested here: {entry.reason}; {entry.would_test} would test it."


def untested_check(check_id: str, basis: str) -> str:
    """Say plainly that a check is not made, and what would make or settle it."""
    entry = technique(check_id)
    if basis == "S":
        return f"Not tested here: {entry.reason}; {entry.would_test} would decide."
    return (
        f"Not tested here: {entry.reason}; its own arithmetic on the printed values belongs to "
        f"another technique, and {entry.would_test} would test the values themselves."
    )
