"""Scores of groups of states."""
