"""The faults of simulated Modbus devices by name, and presets of them. A table, no code."""

KNOWN = {
    "silent": "a request is not answered",
    "late": "an answer comes 3 s after its request, when nobody waits for it any more",
    "half_frame": "an answer ends in its middle",
    "refused": "a request is answered with exception 2, illegal data address",
    "busy": "a request is answered with exception 6, device busy",
    "wrong_unit": "an answer names another unit",
    "noise": "1 to 20 random bytes before an answer",
    "hang_up": "the connection is closed instead of an answer",
}

PRESETS: dict[str, dict[str, float]] = {
    "none": {},
    "default": {"silent": 0.002, "late": 0.001, "busy": 0.002},
    "rough": {
        "silent": 0.03, "late": 0.02, "half_frame": 0.01, "refused": 0.01, "busy": 0.02, "wrong_unit": 0.01,
        "noise": 0.01, "hang_up": 0.01,
    },
}  # fmt: skip
