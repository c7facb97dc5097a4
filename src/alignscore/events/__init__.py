"""Dated, checked events, and the doors a table comes in by."""

from alignscore.events.events import Events
from alignscore.events.rules import Event

__all__ = ["Event", "Events"]
