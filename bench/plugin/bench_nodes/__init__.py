"""Nodes of the measurements only; `flowengine run` finds them by the folder in PYTHONPATH, as it would a package."""
