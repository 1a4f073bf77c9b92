"""Sliders that redraw a figure: what a reader moves, not what a result rests on.

>>> explore(draw.nyquist_by_hand, out_dir, boundary_ohm=Slider(50, 2000, 1000, "R boundary / ohm"))
"""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from math import log10
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.figure import Figure

DPI = 100


@dataclass(frozen=True)
class Slider:
    """Range, start and label of one parameter; logarithmic where it spans decades."""

    low: float
    high: float
    start: float
    label: str
    logarithmic: bool = False

    def __post_init__(self) -> None:
        if not self.low <= self.start <= self.high or self.low == self.high:
            raise ValueError(
                f"{self.label}: expected low <= start <= high, got {self.low:g}, {self.start:g}, "
                f"{self.high:g}"
            )
        if self.logarithmic and self.low <= 0:
            raise ValueError(f"{self.label}: a logarithmic range must be > 0, got {self.low:g}")


def picture(draw: Callable[..., Figure], values: dict[str, float]) -> bytes:
    """PNG of one drawing; the figure is closed."""
    import matplotlib.pyplot as plt

    figure = draw(**values)
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=DPI, metadata={"Software": None})
    plt.close(figure)
    return buffer.getvalue()


def explore(draw: Callable[..., Figure], out_dir: str, **sliders: Slider) -> None:
    """Show sliders and the figure that ``draw`` makes of their values.

    Parameters
    ----------
    draw : callable
        Takes one keyword per slider and returns a figure.
    out_dir : str
        The notebook's parameter: where it is set, results are being written and
        nothing is shown, because nobody is there to move anything.
    **sliders : Slider
        By the parameter's name.
    """
    if out_dir:
        return
    import ipywidgets as widgets
    from IPython.display import display

    layout, style = widgets.Layout(width="28rem"), {"description_width": "11rem"}
    controls = {}
    for name, slider in sliders.items():
        common = {"description": slider.label, "layout": layout, "style": style}
        if slider.logarithmic:
            controls[name] = widgets.FloatLogSlider(
                value=slider.start, min=log10(slider.low), max=log10(slider.high),
                step=(log10(slider.high) - log10(slider.low)) / 200, readout_format=".3g", **common,
            )  # fmt: skip
        else:
            controls[name] = widgets.FloatSlider(
                value=slider.start, min=slider.low, max=slider.high,
                step=(slider.high - slider.low) / 200, readout_format=".3g", **common,
            )  # fmt: skip
    image, message = widgets.Image(format="png"), widgets.Label()

    def redraw(_: object = None) -> None:
        try:
            image.value = picture(draw, {name: c.value for name, c in controls.items()})
            message.value = ""
        except ValueError as error:  # a combination that the model refuses
            message.value = str(error)

    for control in controls.values():
        control.observe(redraw, names="value")
    redraw()
    display(widgets.VBox([*controls.values(), message, image]))
