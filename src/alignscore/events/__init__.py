"""Dated, checked events, and the doors a table comes in by."""

from alignscore.events.events import Events
from alignscore.events.table import Event

__all__ = ["Event", "Events"]
