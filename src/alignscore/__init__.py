"""Alignment and hedging indices of states from weighted interaction events.

Events are posted to a `Ledger`, its balances are `Ties`, and every score reads ties.
"""

from alignscore import datasets, plots
from alignscore.attribution import ImpactResult, impact
from alignscore.breaks import BreakResult, breaks
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
from alignscore.judgements import (
    CodebookChoice,
    DomainWeights,
    HalfLifeRange,
    KindValues,
    PriorRange,
    TieChoice,
)
from alignscore.ledger import Ledger
from alignscore.measures.affinity import AffinityResult, affinity
from alignscore.measures.alignment import AlignmentResult, alignment
from alignscore.measures.blocs import BlocResult, bloc
from alignscore.measures.communities import communities, frustration
from alignscore.measures.diffusion import DiffusionResult, diffusion
from alignscore.measures.exposure import ExposureResult, exposure
from alignscore.measures.fbic import FBIC_BASE, FBIC_PLUS, InfluenceConfig, influence_from_components
from alignscore.measures.hedging import HedgingResult, hedging
from alignscore.measures.idealpoints import IdealPointResult, ideal_points
from alignscore.measures.indicators import composite_position, indicators_from_hedging
from alignscore.measures.influence import InfluenceResult, influence
from alignscore.measures.membership import Membership
from alignscore.measures.polarisation import agreement_index, esteban_ray, rice, van_der_eijk
from alignscore.measures.postures import Thresholds
from alignscore.measures.pulls import bloc_pull
from alignscore.measures.rollcalls import vote_cohesion
from alignscore.measures.similarity import (
    Portfolio,
    SimilarityResult,
    agreement,
    portfolio_from_ties,
    similarity,
)
from alignscore.mix import domain_mix
from alignscore.posture_odds import posture_probabilities
from alignscore.readers.actors import bloc_members, dissolved_states, iso3
from alignscore.readers.atop import read_atop
from alignscore.readers.atop_events import read_atop_events
from alignscore.readers.clean import Cleaning
from alignscore.readers.desta import read_desta
from alignscore.readers.disputes import read_disputes
from alignscore.readers.exercises import read_exercises
from alignscore.readers.gdelt import read_gdelt
from alignscore.readers.generic import read_events
from alignscore.readers.icews import read_icews
from alignscore.readers.imf import read_imf_trade
from alignscore.readers.keds import read_keds, read_phoenix
from alignscore.readers.polecat import read_polecat
from alignscore.readers.quad import goldstein_scores, quad
from alignscore.readers.report import ReadReport
from alignscore.readers.sipri import read_sipri
from alignscore.readers.states import read_states
from alignscore.readers.votes import read_un_votes
from alignscore.score_of import AlignmentOf, DiversificationOf, HedgingOf, PositionOf
from alignscore.sobol import sobol
from alignscore.ties import Ties
from alignscore.trends import trend
from alignscore.uncertainty import RobustnessResult, robustness
from alignscore.whatif import what_if

__version__ = "0.1.0"

__all__ = [
    "AffinityResult",
    "AlignScoreError",
    "AlignmentOf",
    "AlignmentResult",
    "BlocResult",
    "BreakResult",
    "Cleaning",
    "Codebook",
    "CodebookChoice",
    "CodebookError",
    "Cumulative",
    "DiffusionResult",
    "DiversificationOf",
    "DomainWeights",
    "Event",
    "EventError",
    "Events",
    "ExposureResult",
    "FBIC_BASE",
    "FBIC_PLUS",
    "FormatError",
    "HalfLife",
    "HalfLifeRange",
    "HedgingOf",
    "HedgingResult",
    "IdealPointResult",
    "ImpactResult",
    "InfluenceConfig",
    "InfluenceResult",
    "Kind",
    "KindValues",
    "Ledger",
    "LedgerError",
    "Membership",
    "OptionError",
    "Portfolio",
    "PositionOf",
    "PriorRange",
    "ReadReport",
    "RobustnessResult",
    "Saturating",
    "SimilarityResult",
    "Thresholds",
    "TieChoice",
    "Ties",
    "UnknownLabelError",
    "Window",
    "affinity",
    "agreement",
    "agreement_index",
    "alignment",
    "bloc",
    "bloc_members",
    "bloc_pull",
    "breaks",
    "change",
    "communities",
    "composite_position",
    "datasets",
    "diffusion",
    "dissolved_states",
    "domain_mix",
    "esteban_ray",
    "exposure",
    "frustration",
    "goldstein_scores",
    "hedging",
    "ideal_points",
    "impact",
    "indicators_from_hedging",
    "influence",
    "influence_from_components",
    "iso3",
    "plots",
    "plover_contexts",
    "portfolio_from_ties",
    "posture_probabilities",
    "published_ladders",
    "quad",
    "read_atop",
    "read_atop_events",
    "read_desta",
    "read_disputes",
    "read_events",
    "read_exercises",
    "read_gdelt",
    "read_icews",
    "read_imf_trade",
    "read_keds",
    "read_phoenix",
    "read_polecat",
    "read_sipri",
    "read_states",
    "read_un_votes",
    "rice",
    "robustness",
    "similarity",
    "sobol",
    "trend",
    "van_der_eijk",
    "vote_cohesion",
    "what_if",
]
