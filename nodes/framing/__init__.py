"""Framing as flows say it: which settings there are, and the decoder that they make. Never here: bytes, ports."""
