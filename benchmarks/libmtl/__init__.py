"""Rows of our own beside those of LibMTL's trainer."""
