"""Scores of votes."""
