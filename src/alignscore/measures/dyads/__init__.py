"""Scores of pairs of states."""
