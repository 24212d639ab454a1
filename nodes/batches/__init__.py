"""Rows of a batch: which are bad, how many of the oldest are done, which values go out."""
