"""Frames out of a byte stream, and into one."""
