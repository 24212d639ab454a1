"""Cyclic redundancy checks, and the catalogue of those known by name."""
