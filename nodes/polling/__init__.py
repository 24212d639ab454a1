"""Polling a plant, whatever the protocol: points, blocks that are read together, whose turn it is. Never here: I/O."""
