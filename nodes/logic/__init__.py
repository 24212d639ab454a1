"""Pure algorithms that nodes and clients share. Nothing here does I/O, reads a clock or imports the engine."""
