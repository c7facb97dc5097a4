"""A reader's rows before rows are compared with one another, and the reader that finishes them."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, ParamSpec

import pandas as pd

from alignscore.codebook import Codebook
from alignscore.events import Events
from alignscore.readers.steps import cleaning as steps
from alignscore.readers.steps.cleaning import Cleaning
from alignscore.tables.reading_report import ReadReport, Tally

Options = ParamSpec("Options")


@dataclass(frozen=True)
class Draft:
    """Rows whose ends are settled, the account so far, and what is still to be done with them.

    The frame is that of `alignscore.readers.steps.cleaning`; its column ``reported`` is the day on which the source
    told of a row, where that is another than its date.
    """

    frame: pd.DataFrame
    clean: Cleaning
    codebook: Codebook
    tally: Tally
    # what the reader does with the rows once they have been compared
    after: Callable[[pd.DataFrame, Tally], pd.DataFrame] = lambda frame, _: frame
    # what it says of all files together, such as the days of which there is none
    closing: Callable[[Tally], None] = lambda _: None

    def finish(self) -> tuple[Events, ReadReport]:
        """Compare the rows with one another and screen what is left."""
        self.closing(self.tally)
        frame = steps.cleaned(self.frame, self.clean, self.tally)
        return steps.finish(self.after(frame, self.tally), self.codebook, self.tally)


def reader_of(read: Callable[Options, Draft]) -> Callable[Options, tuple[Events, ReadReport]]:
    """A reader from the function that makes its draft, which `draft_of` gives back."""

    @wraps(read)
    def whole(*args: Options.args, **options: Options.kwargs) -> tuple[Events, ReadReport]:
        return read(*args, **options).finish()

    returned = "tuple[Events, ReadReport]"
    shown: Any = whole
    shown.__annotations__ = {**read.__annotations__, "return": returned}
    shown.__signature__ = inspect.signature(read).replace(return_annotation=returned)
    return whole


def draft_of(reader: Callable[Options, tuple[Events, ReadReport]]) -> Callable[Options, Draft]:
    """The function that makes a reader's draft."""
    made: Callable[Options, Draft] = inspect.unwrap(reader)
    return made
