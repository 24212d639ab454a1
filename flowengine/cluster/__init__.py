"""Flows on several machines: cut into stages at durable wires, and each partition of a stage run by one worker."""
