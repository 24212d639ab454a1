"""The faults of a simulated S7 controller by name, and presets of them. A table, no code."""

KNOWN = {
    "silent": "a request is not answered",
    "late": "an answer comes 3 s after its request, when nobody waits for it any more",
    "half_answer": "an answer ends in its middle",
    "hang_up": "the connection is closed instead of an answer",
}

PRESETS: dict[str, dict[str, float]] = {
    "none": {},
    "default": {"silent": 0.002, "late": 0.001},
    "rough": {"silent": 0.02, "late": 0.01, "half_answer": 0.01, "hang_up": 0.01},
}
