"""Readers: one file a format; a file in, checked events or a portfolio out, with a report."""
