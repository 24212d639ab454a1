"""The source of F6."""
