"""The faults of a simulated OPC UA machine by name, and presets of them. A table, no code."""

KNOWN = {
    "restart": "the server goes away for 3 s and comes back without sessions and subscriptions",
    "bad_sensor": "a value is bad, with the status BadSensorFailure",
    "time_jump": "values carry a time of an hour ago",
}

PRESETS: dict[str, dict[str, float]] = {
    "none": {},
    "default": {"bad_sensor": 0.002},
    "rough": {"restart": 0.02, "bad_sensor": 0.02, "time_jump": 0.02},
}
