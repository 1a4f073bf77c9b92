"""Paper A, Fig. 3d-f: windows, and the ceramics' amorphous share against Raman."""

from __future__ import annotations

from compendium.ledger.registry import Case, check
from compendium.ledger.verdict import Outcome
from nasicon.core.interval import Quantity, corners, span


@check("A-raman-win")
def windows_nest(case: Case) -> Outcome:
    """Shown within recorded; bands within the quoted window; that within the shown one."""
    recorded = tuple(case(f"A-raman-rec-{end}").number for end in ("lo", "hi"))
    shown = tuple(case(f"A-raman-{end}").number for end in ("lo", "hi"))
    quoted = tuple(case(f"A-raman-tio-{end}").number for end in ("lo", "hi"))
    bands = [case(f"A-raman-{name}").number for name in ("tio6", "tio4")]
    inside = (
        recorded[0] <= shown[0] <= quoted[0]
        and quoted[1] <= shown[1] <= recorded[1]
        and all(quoted[0] <= band <= quoted[1] for band in bands)
    )
    room = min(min(bands) - quoted[0], quoted[1] - max(bands))
    return Outcome(
        "agrees" if inside else "differs",
        f"Bands near {bands[0]:.0f} and {bands[1]:.0f} cm-1, the window {quoted[0]:.0f} to "
        f"{quoted[1]:.0f}, the shown {shown[0]:.0f} to {shown[1]:.0f} and the recorded "
        f"{recorded[0]:.0f} to {recorded[1]:.0f} cm-1 lie inside one another; each band keeps at "
        f"least {room:.0f} cm-1 of the window on its outer side.",
        Quantity(room, room, room),
        stated="inside",
    )


@check("A-pure-ceramic", also=("A-cryst-clatp",))
def amorphous_ceramic(case: Case) -> Outcome:
    """Amorphous share 100 - crystallinity against "no glass bands found"."""
    boron, plain = case("A-cryst-clatbp"), case("A-cryst-clatp")
    computed = corners(lambda crystals: 100 - crystals, boron)
    wide = corners(lambda crystals: 100 - crystals, case.widen(boron, "crystallinity"))
    # "not found" states no limit: what was not seen need not be absent
    status = case.judge(computed, wide, 0.0, may_contradict=False)
    return Outcome(
        status,
        f"Diffraction leaves {computed.value:.0f} % amorphous in C-LATBP ({span(wide, 2)} with "
        f"its interval; none in C-LATP), Raman finds no glass band in either. Both can be true: "
        "a few per cent of glass may lie under the detection limit, which is not stated, or the "
        "amorphous part has no titanium; but 'free of glass' does not follow from Raman. "
        f"({plain.sample} is given as {plain.printed} % crystalline.)",
        computed,
        wide,
        0.0,
    )
