"""Counting for scenarios whose receiver sees no single messages."""
