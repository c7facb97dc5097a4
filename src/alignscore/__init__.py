"""Alignment and hedging indices of states from weighted interaction events.

Events are posted to a `Ledger`, its balances are `Ties`, and every score reads ties.
"""

from alignscore import datasets, plots
from alignscore.attribution import ImpactResult, impact
from alignscore.breaks import breaks
from alignscore.changes import change
from alignscore.codebook import Codebook, Kind, plover_contexts, published_ladders
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
from alignscore.measures.alignment import AlignmentResult, alignment
from alignscore.measures.blocs import BlocResult, bloc
from alignscore.measures.diffusion import diffusion
from alignscore.measures.exposure import ExposureResult, exposure
from alignscore.measures.hedging import HedgingResult, hedging
from alignscore.measures.idealpoints import IdealPointResult, ideal_points
from alignscore.measures.influence import influence
from alignscore.measures.postures import Thresholds
from alignscore.measures.similarity import (
    Portfolio,
    SimilarityResult,
    agreement,
    portfolio_from_ties,
    similarity,
)
from alignscore.mix import domain_mix
from alignscore.score_of import AlignmentOf, DiversificationOf, HedgingOf, PositionOf
from alignscore.ties import Ties

__version__ = "0.1.0"
