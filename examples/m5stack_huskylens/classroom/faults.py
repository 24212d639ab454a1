"""The faults of the simulated class and its robot by name, and presets of them. A table, no code."""

KNOWN = {
    "bad_submission": "a student submits what is no program: no code, a strange name, a field too many",
    "not_json": "a student submits what is no JSON",
    "hang": "the robot never ends a program",
    "fail": "a program fails",
    "slow": "a program takes two and a half seconds",
    "double_result": "the robot tells a result twice",
    "unknown_result": "the robot tells the result of a program that nobody submitted",
    "silent": "the robot sends no heartbeat for 40 s",
}

PRESETS: dict[str, dict[str, float]] = {
    "none": {},
    "default": {
        "bad_submission": 0.05, "hang": 0.02, "fail": 0.1, "slow": 0.1, "double_result": 0.02, "unknown_result": 0.01,
        "silent": 0.005,
    },
    "rough": {
        "bad_submission": 0.2, "not_json": 0.1, "hang": 0.1, "fail": 0.3, "slow": 0.2, "double_result": 0.1,
        "unknown_result": 0.1, "silent": 0.02,
    },
}  # fmt: skip
