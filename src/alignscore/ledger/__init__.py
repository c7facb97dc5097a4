"""Sums of events per dyad, domain and period, and the ties that are their balances."""

from alignscore.ledger.ledger import Ledger, ties_of
from alignscore.ledger.ties import Direction, Ties, check_direction

__all__ = ["Direction", "Ledger", "Ties", "check_direction", "ties_of"]
