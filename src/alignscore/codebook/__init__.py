"""Kinds of events and what each is worth."""

from alignscore.codebook.codebook import Codebook, ladder_or, plover_contexts, published_ladders
from alignscore.codebook.kind import Kind

__all__ = ["Codebook", "Kind", "ladder_or", "plover_contexts", "published_ladders"]
