"""Scores of states between powers."""
