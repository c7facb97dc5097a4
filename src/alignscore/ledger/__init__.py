"""Sums of events per dyad, domain and period, and the ties that are their balances."""

from alignscore.ledger.ledger import Ledger, ties_of
from alignscore.ledger.ties import Ties

__all__ = ["Ledger", "Ties", "ties_of"]
