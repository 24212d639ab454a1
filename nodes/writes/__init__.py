"""Writing to a plant: what may be written, at most once, and a journal of who wrote what. Never here: protocols."""
