"""The colours of figures and of the page: names can be read, and lines told apart by every kind of colour vision."""

from itertools import chain, combinations
from pathlib import Path
from re import DOTALL, findall, search

import numpy as np
import pytest

import alignscore
from alignscore.plots import states, style, uncertainty

READABLE, VISIBLE = 4.5, 3.0  # least contrast of small text and of marks: WCAG 2.2, criteria 1.4.3 and 1.4.11
# what eyes without one kind of cone make of linear red, green and blue: Machado, Oliveira & Fernandes 2009, table 1
EYES = {
    "all cones": np.eye(3),
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}  # fmt: skip
XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
WHITE = XYZ @ np.ones(3)
PAGE = Path(alignscore.__file__).parent / "reporting" / "templates" / "report.css"


def linear(colour: str) -> np.ndarray:
    """Linear red, green and blue of '#RRGGBB' or '#RGB'."""
    digits = colour.removeprefix("#")
    digits = digits if len(digits) == 6 else "".join(2 * digit for digit in digits)
    part = np.array([int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)])
    return np.where(part <= 0.04045, part / 12.92, ((part + 0.055) / 1.055) ** 2.4)


def contrast(one: str, other: str) -> float:
    """WCAG's ratio of the luminances of two colours, the lighter over the darker."""
    darker, lighter = sorted(float(XYZ[1] @ linear(colour)) for colour in (one, other))
    return (lighter + 0.05) / (darker + 0.05)


def lab(colour: str, eye: np.ndarray) -> np.ndarray:
    """CIELAB of a colour as an eye sees it."""
    seen = XYZ @ np.clip(eye @ linear(colour), 0, 1) / WHITE
    x, y, z = np.where(seen > 0.008856, np.cbrt(seen), 7.787 * seen + 16 / 116)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def test_contrast_of_known_pairs():
    assert contrast("#000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.005)


def test_names_can_be_read():
    band = style.SOFT + "1F"  # .12 of it on paper
    mixed = [round(0.12 * int(band[at : at + 2], 16) + 0.88 * 255) for at in (1, 3, 5)]
    grounds = (style.PAPER, "#{:02x}{:02x}{:02x}".format(*mixed))
    for colour in (style.INK, style.SOFT):
        assert min(contrast(colour, ground) for ground in grounds) >= READABLE
    assert min(contrast(colour, style.PAPER) for colour in style.PALETTE) >= READABLE


def test_marks_can_be_seen():
    marks = [uncertainty.PALE, *chain(*states.CAMPS), states.OTHER["hedging"], states.OTHER["contested"]]
    assert min(contrast(colour, style.PAPER) for colour in marks) >= VISIBLE
    assert contrast(style.INK, uncertainty.PALE) >= VISIBLE  # the dot on its interval
    for dark, light in states.CAMPS:
        assert contrast(dark, light) >= 2


@pytest.mark.parametrize("eye", EYES.values(), ids=EYES)
def test_lines_are_told_apart_by_every_eye(eye):
    seen = [lab(colour, np.asarray(eye)) for colour in style.PALETTE]
    nearest = min(np.linalg.norm(one - other) for one, other in combinations(seen, 2))
    assert nearest > 10  # some 2 are just seen


def test_the_page_can_be_read_by_day_and_by_night():
    css = PAGE.read_text(encoding="utf-8")
    day = dict(findall(r"--(\w+):(#\w{3,6})\b", search(r":root{(.*?)}", css)[1]))
    night = day | dict(findall(r"--(\w+):(#\w{3,6})\b", search(r"dark\){:root{(.*?)}", css, DOTALL)[1]))
    inside = {
        name: day["ink"] if f".stack .{name}{{color" in css else "#fff"
        for name in ("d0", "d1", "d2", "d3", "d4", "d5")
    }
    for colours in (day, night):
        for ground in ("paper", "fill"):
            texts = [contrast(colours[name], colours[ground]) for name in ("ink", "soft", "mark", "warm")]
            assert min(texts) >= READABLE, texts
        marks = {
            name: contrast(colours[name], colours["paper"]) for name in ("light", "mark", "warm", *inside)
        }
        assert min(marks.values()) >= VISIBLE, marks
        written = {name: contrast(colours[name], text) for name, text in inside.items()}
        assert min(written.values()) >= READABLE, written
