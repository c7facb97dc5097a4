"""What every reader does: open, clean, map and count."""
