"""Bytes to values and back: payload formats, frames, checks, line protocol, CSV. Pure: no I/O, no clock."""
