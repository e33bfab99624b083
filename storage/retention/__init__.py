"""Retention: what is kept for how long, and the only way in which anything is ever deleted."""
