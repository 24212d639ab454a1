"""What waits, in order and bounded: arrivals of a source, the items of a buffer."""
