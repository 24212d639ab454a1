"""Nodes that remember; time is an argument."""
