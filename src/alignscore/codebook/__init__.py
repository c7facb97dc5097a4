"""Kinds of events and what each is worth."""

from alignscore.codebook.codebook import Codebook
from alignscore.codebook.kind import Kind
from alignscore.codebook.tables import plover_contexts, published_ladders

__all__ = ["Codebook", "Kind", "plover_contexts", "published_ladders"]
