"""Validity: whether scores of dyads mean what they say."""

from alignscore.validity.battery import ValidityResult, validity
from alignscore.validity.tests_of_scores import Line
from alignscore.validity.yardsticks import Yardstick, thin

__all__ = ["Line", "ValidityResult", "Yardstick", "thin", "validity"]
