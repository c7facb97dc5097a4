"""How sure a score is: judgements and sampling varied together, Sobol indices, breaks and trends."""
