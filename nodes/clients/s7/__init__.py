"""Siemens S7 controllers from the client's side, on python-snap7 (an extra): imported by nodes only when they run."""
