"""What moved a score: impact of events, change between dates, what-if, and the mix of domains."""
