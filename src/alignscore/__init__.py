"""Alignment and hedging indices of states from weighted interaction events.

Events are posted to a `Ledger`, its balances are `Ties`, and every score reads ties.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from alignscore import datasets, plots, validity
    from alignscore.actors import bloc_members, dissolved_states, iso3
    from alignscore.attribution.bloc_pull import bloc_pull
    from alignscore.attribution.change import ChangeResult, change
    from alignscore.attribution.contributions import contributions
    from alignscore.attribution.impact import ImpactResult, impact
    from alignscore.attribution.scores import AlignmentOf, DiversificationOf, HedgingOf, PositionOf
    from alignscore.attribution.what_if import WhatIfResult, what_if
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
    from alignscore.ledger.ties import Ties
    from alignscore.measures.blocs.bloc import BlocResult, bloc
    from alignscore.measures.blocs.communities import CommunitiesResult, communities
    from alignscore.measures.blocs.frustration import FrustrationResult, frustration
    from alignscore.measures.blocs.membership import Membership
    from alignscore.measures.blocs.polarisation import agreement_index, esteban_ray, rice, van_der_eijk
    from alignscore.measures.diffusion import DiffusionResult, diffusion
    from alignscore.measures.dyads.affinity import AffinityResult, affinity, affinity_of_counts
    from alignscore.measures.dyads.alignment import AlignmentResult, alignment
    from alignscore.measures.dyads.domain_mix import DomainMixResult, MixShiftResult, domain_mix
    from alignscore.measures.dyads.exposure import ExposureResult, exposure
    from alignscore.measures.dyads.fbic import (
        FBIC_BASE,
        FBIC_PLUS,
        InfluenceConfig,
        influence_from_components,
    )
    from alignscore.measures.dyads.influence import InfluenceResult, influence
    from alignscore.measures.dyads.institutionalisation import InstitutionResult, institutionalisation
    from alignscore.measures.similarity.similarity import (
        Portfolio,
        SimilarityResult,
        agreement,
        portfolio_from_ties,
        similarity,
    )
    from alignscore.measures.states.hedging import hedging
    from alignscore.measures.states.indicators import composite_position, indicators_from_hedging
    from alignscore.measures.states.postures import Thresholds
    from alignscore.measures.states.result import HedgingResult, posture_probabilities
    from alignscore.measures.votes.cohesion import vote_cohesion
    from alignscore.measures.votes.ideal_points import IdealPointResult, ideal_points
    from alignscore.readers.any_table import read_events
    from alignscore.readers.atop_events import read_atop_events
    from alignscore.readers.atop_portfolio import read_atop
    from alignscore.readers.cameo_codes import goldstein_scores, quad
    from alignscore.readers.cow_states import read_states
    from alignscore.readers.desta import read_desta
    from alignscore.readers.disputes import read_disputes
    from alignscore.readers.exercises import read_exercises
    from alignscore.readers.gdelt import read_gdelt
    from alignscore.readers.icews import read_icews
    from alignscore.readers.imf_trade import read_imf_trade
    from alignscore.readers.keds import read_keds, read_phoenix
    from alignscore.readers.polecat import read_polecat
    from alignscore.readers.sipri import read_sipri
    from alignscore.readers.steps.cleaning import Cleaning
    from alignscore.readers.un_votes import read_un_votes
    from alignscore.scale import Posted, post_dask, post_lazy, post_parquet
    from alignscore.tables.reading_report import ReadReport
    from alignscore.uncertainty.breaks import BreakResult, breaks, event_counts
    from alignscore.uncertainty.judgements import (
        CodebookChoice,
        DomainWeights,
        HalfLifeRange,
        KindValues,
        PriorRange,
        TieChoice,
    )
    from alignscore.uncertainty.leave_one_out import leave_one_out
    from alignscore.uncertainty.robustness import RobustnessResult, robustness
    from alignscore.uncertainty.stocks import clustered_ties
    from alignscore.uncertainty.trends import trend, trends

__version__ = "0.1.0"

# a room opens when one of its names is first asked for, so that importing the library costs next to nothing
_ROOMS = {
    "attribution.change": ("ChangeResult", "change"),
    "attribution.contributions": ("contributions",),
    "attribution.impact": ("ImpactResult", "impact"),
    "measures.dyads.domain_mix": ("DomainMixResult", "MixShiftResult", "domain_mix"),
    "attribution.scores": ("AlignmentOf", "DiversificationOf", "HedgingOf", "PositionOf"),
    "attribution.what_if": ("WhatIfResult", "what_if"),
    "codebook": ("Codebook", "Kind", "plover_contexts", "published_ladders"),
    "datasets": ("datasets",),
    "decay": ("Cumulative", "HalfLife", "Saturating", "Window"),
    "errors": (
        "AlignScoreError",
        "CodebookError",
        "EventError",
        "FormatError",
        "LedgerError",
        "OptionError",
        "UnknownLabelError",
    ),
    "events": ("Event", "Events"),
    "ledger": ("Ledger",),
    "measures.dyads.affinity": ("AffinityResult", "affinity", "affinity_of_counts"),
    "measures.dyads.alignment": ("AlignmentResult", "alignment"),
    "measures.blocs.bloc": ("BlocResult", "bloc"),
    "measures.blocs.communities": ("CommunitiesResult", "communities"),
    "measures.blocs.frustration": ("FrustrationResult", "frustration"),
    "measures.diffusion": ("DiffusionResult", "diffusion"),
    "measures.dyads.exposure": ("ExposureResult", "exposure"),
    "measures.dyads.fbic": ("FBIC_BASE", "FBIC_PLUS", "InfluenceConfig", "influence_from_components"),
    "measures.states.hedging": ("hedging",),
    "measures.votes.ideal_points": ("IdealPointResult", "ideal_points"),
    "measures.states.indicators": ("composite_position", "indicators_from_hedging"),
    "measures.dyads.influence": ("InfluenceResult", "influence"),
    "measures.dyads.institutionalisation": ("InstitutionResult", "institutionalisation"),
    "measures.blocs.membership": ("Membership",),
    "measures.blocs.polarisation": ("agreement_index", "esteban_ray", "rice", "van_der_eijk"),
    "measures.states.postures": ("Thresholds",),
    "attribution.bloc_pull": ("bloc_pull",),
    "measures.votes.cohesion": ("vote_cohesion",),
    "measures.similarity.similarity": (
        "Portfolio",
        "SimilarityResult",
        "agreement",
        "portfolio_from_ties",
        "similarity",
    ),
    "measures.states.result": ("HedgingResult", "posture_probabilities"),
    "plots": ("plots",),
    "actors": ("bloc_members", "dissolved_states", "iso3"),
    "readers.atop_portfolio": ("read_atop",),
    "readers.atop_events": ("read_atop_events",),
    "readers.steps.cleaning": ("Cleaning",),
    "readers.desta": ("read_desta",),
    "readers.disputes": ("read_disputes",),
    "readers.exercises": ("read_exercises",),
    "readers.gdelt": ("read_gdelt",),
    "readers.any_table": ("read_events",),
    "readers.icews": ("read_icews",),
    "readers.imf_trade": ("read_imf_trade",),
    "readers.keds": ("read_keds", "read_phoenix"),
    "readers.polecat": ("read_polecat",),
    "readers.cameo_codes": ("goldstein_scores", "quad"),
    "tables.reading_report": ("ReadReport",),
    "readers.sipri": ("read_sipri",),
    "readers.cow_states": ("read_states",),
    "readers.un_votes": ("read_un_votes",),
    "scale": ("Posted", "post_dask", "post_lazy", "post_parquet"),
    "ledger.ties": ("Ties",),
    "uncertainty.breaks": ("BreakResult", "breaks", "event_counts"),
    "uncertainty.judgements": (
        "CodebookChoice",
        "DomainWeights",
        "HalfLifeRange",
        "KindValues",
        "PriorRange",
        "TieChoice",
    ),
    "uncertainty.stocks": ("clustered_ties",),
    "uncertainty.robustness": ("RobustnessResult", "robustness"),
    "uncertainty.leave_one_out": ("leave_one_out",),
    "uncertainty.trends": ("trend", "trends"),
    "validity": ("validity",),
}
_ROOM_OF = {name: room for room, names in _ROOMS.items() for name in names}

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
    "InstitutionResult",
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
    "institutionalisation",
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


if not TYPE_CHECKING:  # a misspelt name stays an error to type checkers

    def __getattr__(name: str) -> object:
        if name not in _ROOM_OF:
            raise AttributeError(f"module 'alignscore' has no attribute {name!r}")
        room = import_module(f"alignscore.{_ROOM_OF[name]}")
        found = room if name == _ROOM_OF[name] else getattr(room, name)
        globals()[name] = found  # the next look-up finds it here
        return found


def __dir__() -> list[str]:
    return __all__
