"""Kinds of events and what each is worth."""

from alignscore.codebook.codebook import Codebook, decay_under, ladder_or, plover_contexts, published_ladders
from alignscore.codebook.kind import Kind

__all__ = ["Codebook", "Kind", "decay_under", "ladder_or", "plover_contexts", "published_ladders"]
