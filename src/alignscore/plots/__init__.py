"""Figures from results. Each takes a result, draws on the axes given (or new ones) and returns them.

Lines and dots are named where they end, intervals are always drawn, colours are safe for every kind of
colour vision; what a figure shows is left for the user's title to say.
"""

from alignscore.plots.attribution import differences, impacts, waterfall
from alignscore.plots.blocs import unity
from alignscore.plots.diffusion import adopters, formats
from alignscore.plots.dyads import domain_mix, dyads, trajectory
from alignscore.plots.dynamics import forecast, surprises
from alignscore.plots.states import positions, postures, quadrant, three_ways
from alignscore.plots.uncertainty import posture_probabilities, rank_intervals, robustness, tornado
from alignscore.plots.votes import ideal_points, similarities
from alignscore.plots.words import alt_text

__all__ = [
    "adopters", "alt_text", "differences", "domain_mix", "dyads", "forecast", "formats", "ideal_points",
    "impacts", "positions", "posture_probabilities", "postures", "quadrant", "rank_intervals", "robustness",
    "similarities", "surprises", "three_ways", "tornado", "trajectory", "unity", "waterfall",
]  # fmt: skip
