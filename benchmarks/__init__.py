"""Benchmarks: each prints its figures as one JSON object on its last line and exits 1 where a bar is missed."""
