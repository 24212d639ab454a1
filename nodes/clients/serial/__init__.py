"""Serial lines: what a line is, an open device, and a port that is found again."""
