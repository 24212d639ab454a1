"""Flows as texts: sources, drafts, deploying, merging, drawing. Knows no request."""
