"""How alike two states' portfolios are."""
