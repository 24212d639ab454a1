"""Nodes that take messages out."""
