"""Smaller SVG, the same picture."""

import io
import re
from xml.etree import ElementTree

import matplotlib.pyplot as plt
import numpy as np
import pytest

from compendium.svg import MANY, compact, thin_out

USE = re.compile(r"<use [^>]*>")


def drawn(points=50, thin=False):
    figure, axes = plt.subplots()
    x = np.linspace(0, 1, points)
    axes.plot(x, np.sin(9 * x), "o", mfc="white", label="data")
    axes.plot(x, np.cos(9 * x), label="line")
    axes.legend()
    if thin:
        thin_out(figure)
    buffer = io.StringIO()
    figure.savefig(buffer, format="svg")
    plt.close(figure)
    return buffer.getvalue()


def test_it_is_smaller_and_still_the_same_elements():
    text = drawn()
    small = compact(text)
    assert len(small) < 0.9 * len(text)
    ElementTree.fromstring(small)
    assert len(USE.findall(small)) == len(USE.findall(text))
    assert small.count('style="') < text.count('style="') - 40
    assert compact(small) == small


def test_markers_keep_their_place_to_a_hundredth_of_a_point():
    def places(text):
        found = re.findall(r'<use [^>]*?x="([^"]+)" y="([^"]+)"', text)
        return np.array(found, dtype=float)

    text = drawn()
    np.testing.assert_allclose(places(compact(text)), places(text), atol=0.0051)


def test_style_goes_to_the_group_of_like_markers_only():
    use = '<use xlink:href="#{}" x="1.004" y="2" style="{}"/>\n'
    text = "".join(use.format(*pair) for pair in [("a", "s"), ("a", "s"), ("b", "s"), ("a", "t")])
    assert compact(text) == (
        '<g style="s"><use xlink:href="#a" x="1" y="2"/><use xlink:href="#a" x="1" y="2"/></g>'
        '<use xlink:href="#b" x="1" y="2" style="s"/><use xlink:href="#a" x="1" y="2" style="t"/>\n'
    )


@pytest.mark.parametrize(("points", "pixels"), [(50, 0), (MANY + 1, 1)])
def test_only_long_series_become_pixels(points, pixels):
    assert drawn(points, thin=True).count("<image") == pixels


def test_scales_and_transforms_are_left_alone():
    assert compact('<g transform="scale(0.015625)"><path d="M 0.0049 -0.001"/></g>') == (
        '<g transform="scale(0.015625)"><path d="M 0 0"/></g>'
    )


def test_straight_lines_go_by_steps_that_do_not_add_up():
    rng = np.random.default_rng(1)
    places = np.cumsum(rng.normal(size=(400, 2)), axis=0)
    path = "M " + " L ".join(f"{x:.6f} {y:.6f}" for x, y in places) + " z M 1 2 L 3.5 2"
    small = re.search(r'd="([^"]*)"', compact(f'<path d="{path}"/>'))[1]
    assert len(small) < 0.5 * len(path)
    assert small.endswith("z M 1 2 l 2.5 0")
    head, _, rest = small.removesuffix("z M 1 2 l 2.5 0").partition(" l ")
    steps = np.array(rest.split(), dtype=float).reshape(-1, 2)
    start = np.array(head.removeprefix("M ").split(), dtype=float)
    np.testing.assert_allclose(start + np.cumsum(steps, axis=0), places[1:], atol=0.0051)


def test_curves_keep_their_commands():
    path = '<path d="M 1 2 Q 3 4 5 6 L 7 8 z"/>'
    assert compact(path) == path
