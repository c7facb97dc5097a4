"""Kinds of events and what each is worth."""

from alignscore.codebook.codebook import Codebook, plover_contexts, published_ladders
from alignscore.codebook.kind import Kind

__all__ = ["Codebook", "Kind", "plover_contexts", "published_ladders"]
