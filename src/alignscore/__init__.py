"""Alignment and hedging indices of states from weighted interaction events."""

from alignscore import datasets
from alignscore.codebook import Codebook, Kind
from alignscore.decay import Cumulative, HalfLife, Saturating, Window
from alignscore.errors import (
    AlignScoreError,
    CodebookError,
    EventError,
    FormatError,
    LedgerError,
    OptionError,
    UnknownLabelError,
)
from alignscore.events import Event, Events
from alignscore.ledger import Ledger
from alignscore.measures.alignment import alignment
from alignscore.measures.exposure import exposure
from alignscore.measures.hedging import hedging
from alignscore.measures.postures import Thresholds
from alignscore.ties import Ties

__version__ = "0.1.0"

__all__ = [
    "AlignScoreError",
    "Codebook",
    "CodebookError",
    "Cumulative",
    "Event",
    "EventError",
    "Events",
    "FormatError",
    "HalfLife",
    "Kind",
    "Ledger",
    "LedgerError",
    "OptionError",
    "Saturating",
    "Thresholds",
    "Ties",
    "UnknownLabelError",
    "Window",
    "alignment",
    "datasets",
    "exposure",
    "hedging",
]
