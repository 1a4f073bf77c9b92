"""Sliders that redraw a figure: what a reader moves, not what a result rests on.

>>> explore(eis.nyquist, out_dir, boundary_ohm=1000)
"""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from math import log10
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from ipywidgets import Widget
    from matplotlib.figure import Figure
    from matplotlib.transforms import Bbox

STEPS = 200  # of a slider without a step of its own


@dataclass(frozen=True)
class Slider:
    """Range, start and label of one parameter; logarithmic where it spans decades."""

    low: float
    high: float
    start: float
    label: str
    logarithmic: bool = False
    whole: bool = False

    def __post_init__(self) -> None:
        if not self.low <= self.start <= self.high or (self.low == self.high and not self.whole):
            raise ValueError(
                f"{self.label}: expected low <= start <= high, got {self.low:g}, {self.start:g}, "
                f"{self.high:g}"
            )
        if self.logarithmic and self.low <= 0:
            raise ValueError(f"{self.label}: a logarithmic range must be > 0, got {self.low:g}")

    def widget(self, **look: object) -> Widget:
        """Make the control."""
        import ipywidgets as widgets

        if self.whole:
            return widgets.IntSlider(
                value=int(self.start), min=int(self.low), max=int(self.high), **look
            )
        ends, make = (self.low, self.high), widgets.FloatSlider
        if self.logarithmic:
            ends, make = (log10(self.low), log10(self.high)), widgets.FloatLogSlider
        return make(
            value=self.start,
            min=ends[0],
            max=ends[1],
            step=(ends[1] - ends[0]) / STEPS,
            readout_format=".3g",
            **look,
        )


@dataclass(frozen=True)
class Choice:
    """One of several values, the first to begin with."""

    values: Sequence[object]
    label: str

    def widget(self, **look: object) -> Widget:
        """Make the control."""
        import ipywidgets as widgets

        return widgets.Dropdown(options=list(self.values), **look)


class Pictures:
    """PNG of one drawing after another; the layout is solved for the first and then kept.

    Solving it takes as long as drawing, and a slider is to be followed.
    """

    def __init__(self, draw: Callable[..., Figure]) -> None:
        self.draw = draw
        self._places: list[Bbox] = []

    def __call__(self, **values: object) -> bytes:
        """Draw with these values; the figure is closed."""
        import matplotlib.pyplot as plt
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from PIL import Image

        with plt.rc_context({"axes.titley": 1.0}):  # else every tick is measured to place titles
            figure = self.draw(**values)
        if len(self._places) == len(figure.axes):
            figure.set_layout_engine("none")
            for axes, place in zip(figure.axes, self._places, strict=True):
                axes.set_position(place)
        canvas = FigureCanvasAgg(figure)
        canvas.draw()  # once; savefig would draw twice, for the sake of the layout
        buffer = io.BytesIO()
        Image.fromarray(np.asarray(canvas.buffer_rgba())).save(buffer, "png", compress_level=1)
        self._places = [axes.get_position() for axes in figure.axes]
        plt.close(figure)
        return buffer.getvalue()


def movable(**controls: Slider | Choice) -> Callable[[Callable], Callable]:
    """Decorator: what can be moved of a drawing, one control a parameter."""

    def with_controls(draw: Callable) -> Callable:
        draw.controls = controls
        return draw

    return with_controls


def controls_of(draw: Callable, **own: Slider | Choice | float) -> dict[str, Slider | Choice]:
    """Return a drawing's controls; a number in `own` is where its slider starts."""
    known = dict(getattr(draw, "controls", {}))
    for name, value in own.items():
        given = isinstance(value, (Slider, Choice))
        known[name] = value if given else replace(known[name], start=value)
    return known


def explore(
    draw: Callable[..., Figure], skipped: object = "", /, **controls: Slider | Choice | float
) -> None:
    """Show sliders, and beside them the figure that ``draw`` makes of their values.

    Parameters
    ----------
    draw : callable
        Takes one keyword per control and returns a figure.
    skipped : object
        The notebook's ``out_dir``: where it is set, results are being written and
        nothing is shown, because nobody is there to move anything.
    **controls : Slider, Choice or float
        By the parameter's name, beside those that ``draw`` brings along (`movable`); a
        number is where a slider starts.
    """
    if skipped:
        return
    import ipywidgets as widgets
    from IPython.display import display

    look = {"layout": widgets.Layout(width="24rem"), "style": {"description_width": "9.5rem"}}
    known = controls_of(draw, **controls)
    shown = {n: c.widget(description=c.label, **look) for n, c in known.items()}
    image = widgets.Image(format="png", layout={"align_self": "flex-start", "min_width": "0"})
    message, pictures = widgets.Label(), Pictures(draw)

    def redraw(_: object = None) -> None:
        try:
            image.value = pictures(**{name: w.value for name, w in shown.items()})
            message.value = ""
        except ValueError as error:  # a combination that the model refuses
            message.value = str(error)

    for control in shown.values():
        control.observe(redraw, names="value")
    redraw()
    held = {"flex": "0 0 auto"}  # on a narrow screen the picture shrinks, not the numbers
    display(widgets.HBox([widgets.VBox([*shown.values(), message], layout=held), image]))
