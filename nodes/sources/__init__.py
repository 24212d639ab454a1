"""Nodes that bring messages in."""
