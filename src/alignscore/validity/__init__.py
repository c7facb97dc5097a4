"""Validity: whether scores of dyads mean what they say."""

from alignscore.validity.battery import ValidityResult, validity
from alignscore.validity.data import Yardstick, thin
from alignscore.validity.lines import Line

__all__ = ["Line", "ValidityResult", "Yardstick", "thin", "validity"]
