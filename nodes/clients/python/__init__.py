"""A function of a file in a Python process of its own. Which files may run is decided elsewhere."""
