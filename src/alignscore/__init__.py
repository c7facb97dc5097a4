"""Alignment and hedging indices of states from weighted interaction events.

Events are posted to a `Ledger`, its balances are `Ties`, and every score reads ties.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from alignscore import datasets
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
from alignscore.measures.hedging import hedging
from alignscore.measures.postures import Thresholds
from alignscore.measures.states import HedgingResult
from alignscore.ties import Ties

if TYPE_CHECKING:
    from alignscore import plots, validity
    from alignscore.attribution.changes import ChangeResult, change, contributions
    from alignscore.attribution.impact import ImpactResult, impact
    from alignscore.attribution.mix import DomainMixResult, MixShiftResult, domain_mix
    from alignscore.attribution.score_of import AlignmentOf, DiversificationOf, HedgingOf, PositionOf
    from alignscore.attribution.whatif import WhatIfResult, what_if
    from alignscore.measures.affinity import AffinityResult, affinity, affinity_of_counts
    from alignscore.measures.blocs import BlocResult, bloc
    from alignscore.measures.communities import CommunitiesResult, FrustrationResult, communities, frustration
    from alignscore.measures.diffusion import DiffusionResult, diffusion
    from alignscore.measures.exposure import ExposureResult, exposure
    from alignscore.measures.fbic import FBIC_BASE, FBIC_PLUS, InfluenceConfig, influence_from_components
    from alignscore.measures.idealpoints import IdealPointResult, ideal_points
    from alignscore.measures.indicators import composite_position, indicators_from_hedging
    from alignscore.measures.influence import InfluenceResult, influence
    from alignscore.measures.membership import Membership
    from alignscore.measures.polarisation import agreement_index, esteban_ray, rice, van_der_eijk
    from alignscore.measures.posture_odds import posture_probabilities
    from alignscore.measures.pulls import bloc_pull
    from alignscore.measures.rollcalls import vote_cohesion
    from alignscore.measures.similarity import (
        Portfolio,
        SimilarityResult,
        agreement,
        portfolio_from_ties,
        similarity,
    )
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
    from alignscore.scale import Posted, post_dask, post_lazy, post_parquet
    from alignscore.uncertainty.breaks import BreakResult, breaks, event_counts
    from alignscore.uncertainty.judgements import (
        CodebookChoice,
        DomainWeights,
        HalfLifeRange,
        KindValues,
        PriorRange,
        TieChoice,
    )
    from alignscore.uncertainty.pieces import clustered_ties
    from alignscore.uncertainty.robustness import RobustnessResult, robustness
    from alignscore.uncertainty.thin import leave_one_out
    from alignscore.uncertainty.trends import trend, trends

__version__ = "0.1.0"

# rooms opened when first asked for, so that importing the library stays light
_LATER = {
    "AffinityResult": "measures.affinity",
    "AlignmentOf": "attribution.score_of",
    "BlocResult": "measures.blocs",
    "BreakResult": "uncertainty.breaks",
    "ChangeResult": "attribution.changes",
    "Cleaning": "readers.clean",
    "CodebookChoice": "uncertainty.judgements",
    "CommunitiesResult": "measures.communities",
    "DiffusionResult": "measures.diffusion",
    "DiversificationOf": "attribution.score_of",
    "DomainMixResult": "attribution.mix",
    "DomainWeights": "uncertainty.judgements",
    "ExposureResult": "measures.exposure",
    "FBIC_BASE": "measures.fbic",
    "FBIC_PLUS": "measures.fbic",
    "FrustrationResult": "measures.communities",
    "HalfLifeRange": "uncertainty.judgements",
    "HedgingOf": "attribution.score_of",
    "IdealPointResult": "measures.idealpoints",
    "ImpactResult": "attribution.impact",
    "InfluenceConfig": "measures.fbic",
    "InfluenceResult": "measures.influence",
    "KindValues": "uncertainty.judgements",
    "Membership": "measures.membership",
    "MixShiftResult": "attribution.mix",
    "Portfolio": "measures.similarity",
    "PositionOf": "attribution.score_of",
    "Posted": "scale",
    "PriorRange": "uncertainty.judgements",
    "ReadReport": "readers.report",
    "RobustnessResult": "uncertainty.robustness",
    "SimilarityResult": "measures.similarity",
    "TieChoice": "uncertainty.judgements",
    "WhatIfResult": "attribution.whatif",
    "affinity": "measures.affinity",
    "affinity_of_counts": "measures.affinity",
    "agreement": "measures.similarity",
    "agreement_index": "measures.polarisation",
    "bloc": "measures.blocs",
    "bloc_members": "readers.actors",
    "bloc_pull": "measures.pulls",
    "breaks": "uncertainty.breaks",
    "change": "attribution.changes",
    "clustered_ties": "uncertainty.pieces",
    "communities": "measures.communities",
    "composite_position": "measures.indicators",
    "contributions": "attribution.changes",
    "diffusion": "measures.diffusion",
    "dissolved_states": "readers.actors",
    "domain_mix": "attribution.mix",
    "esteban_ray": "measures.polarisation",
    "event_counts": "uncertainty.breaks",
    "exposure": "measures.exposure",
    "frustration": "measures.communities",
    "goldstein_scores": "readers.quad",
    "ideal_points": "measures.idealpoints",
    "impact": "attribution.impact",
    "indicators_from_hedging": "measures.indicators",
    "influence": "measures.influence",
    "influence_from_components": "measures.fbic",
    "iso3": "readers.actors",
    "leave_one_out": "uncertainty.thin",
    "plots": "plots",
    "portfolio_from_ties": "measures.similarity",
    "post_dask": "scale",
    "post_lazy": "scale",
    "post_parquet": "scale",
    "posture_probabilities": "measures.posture_odds",
    "quad": "readers.quad",
    "read_atop": "readers.atop",
    "read_atop_events": "readers.atop_events",
    "read_desta": "readers.desta",
    "read_disputes": "readers.disputes",
    "read_events": "readers.generic",
    "read_exercises": "readers.exercises",
    "read_gdelt": "readers.gdelt",
    "read_icews": "readers.icews",
    "read_imf_trade": "readers.imf",
    "read_keds": "readers.keds",
    "read_phoenix": "readers.keds",
    "read_polecat": "readers.polecat",
    "read_sipri": "readers.sipri",
    "read_states": "readers.states",
    "read_un_votes": "readers.votes",
    "rice": "measures.polarisation",
    "robustness": "uncertainty.robustness",
    "similarity": "measures.similarity",
    "trend": "uncertainty.trends",
    "trends": "uncertainty.trends",
    "validity": "validity",
    "van_der_eijk": "measures.polarisation",
    "vote_cohesion": "measures.rollcalls",
    "what_if": "attribution.whatif",
}

__all__ = [
    "FBIC_BASE",
    "FBIC_PLUS",
    "AffinityResult",
    "AlignScoreError",
    "AlignmentOf",
    "AlignmentResult",
    "BlocResult",
    "BreakResult",
    "ChangeResult",
    "Cleaning",
    "Codebook",
    "CodebookChoice",
    "CodebookError",
    "CommunitiesResult",
    "Cumulative",
    "DiffusionResult",
    "DiversificationOf",
    "DomainMixResult",
    "DomainWeights",
    "Event",
    "EventError",
    "Events",
    "ExposureResult",
    "FormatError",
    "FrustrationResult",
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
    "MixShiftResult",
    "OptionError",
    "Portfolio",
    "PositionOf",
    "Posted",
    "PriorRange",
    "ReadReport",
    "RobustnessResult",
    "Saturating",
    "SimilarityResult",
    "Thresholds",
    "TieChoice",
    "Ties",
    "UnknownLabelError",
    "WhatIfResult",
    "Window",
    "affinity",
    "affinity_of_counts",
    "agreement",
    "agreement_index",
    "alignment",
    "bloc",
    "bloc_members",
    "bloc_pull",
    "breaks",
    "change",
    "clustered_ties",
    "communities",
    "composite_position",
    "contributions",
    "datasets",
    "diffusion",
    "dissolved_states",
    "domain_mix",
    "esteban_ray",
    "event_counts",
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
    "leave_one_out",
    "plots",
    "plover_contexts",
    "portfolio_from_ties",
    "post_dask",
    "post_lazy",
    "post_parquet",
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
    "trend",
    "trends",
    "validity",
    "van_der_eijk",
    "vote_cohesion",
    "what_if",
]


def __getattr__(name: str) -> Any:
    if name not in _LATER:
        raise AttributeError(f"module 'alignscore' has no attribute {name!r}")
    room = import_module(f"alignscore.{_LATER[name]}")
    return room if name == _LATER[name] else getattr(room, name)


def __dir__() -> list[str]:
    return __all__
