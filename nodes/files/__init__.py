"""Files that are followed, rotated, archived, and opened so that no link leads out. Blocking."""
