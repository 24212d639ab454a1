"""Nodes that turn or route messages and remember nothing."""
