"""Cell tests and sweeps: read, capacities per cycle, rate capability, fade, onsets, draw.

>>> from nasicon import cycling
>>> table = cycling.read("data/simulated/cycling/rate/lagp.csv")
>>> cycles = cycling.per_cycle(table, "half-positive")
>>> bool((cycles["down_capacity_ah"] > 0).all())
True
"""

from nasicon.core.lazy import verbs

VERBS = {
    "read": "read_files:read_cycling",
    "write_bdf": "read_files:write_bdf",
    "per_cycle": "fit_cycles:per_cycle",
    "specific": "fit_cycles:specific",
    "rate_table": "fit_cycles:rate_table",
    "resistance": "fit_cycles:resistance",
    "incremental_capacity": "fit_cycles:incremental_capacity",
    "fit_fade": "fit_fades:fade",
    "remove_capacitive": "fit_sweeps:remove_capacitive",
    "onset": "fit_sweeps:onset",
    "separate_by_scan_rate": "fit_sweeps:separate_by_scan_rate",
    "layer_nm": "model_cells:layer_nm",
    "analyse": "analysis:analyse",
    "analyse_sweeps": "analysis:analyse_sweeps",
    "draw": "draw_cells:profiles",
}
__all__ = list(VERBS)
__getattr__ = verbs(__name__, VERBS)
