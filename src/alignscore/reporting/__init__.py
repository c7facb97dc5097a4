"""A page for people without Python: one self-contained file with scores, intervals and their tables."""

from alignscore.reporting.page import report

__all__ = ["report"]
