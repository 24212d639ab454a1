"""The faults of the simulated MQTT fleet by name, and presets of them. A table, no code."""

KNOWN = {
    "duplicate": "a message is published again, as after a lost PUBACK",
    "backlog": "a device keeps what it measures for 10 to 60 s and then sends it among what is live",
    "same_time": "a message carries the time of the one before",
    "no_time": "a message carries no time",
    "time_unit": "the time is a number since 1970 in s, ms, us or ns instead of a text",
    "local_time": "the time is local (UTC+2) and does not say so",
    "clock_offset": "a device's clock is off by seconds, N(0, 2 s) (decided once for each device)",
    "clock_hours": "a device's clock is wrong by hours (decided once for each device)",
    "clock_1970": "a device's clock starts in 1970 (decided once for each device)",
    "value_null": "a value is null",
    "value_nan": "a value is the text NaN",
    "value_sentinel": "a value is what a broken sensor reads: 999, -127 or 85",
    "value_type": "a value is a text instead of a number",
    "counter_reset": "counters of a device start again at 0",
    "not_json": "a payload is cut in the middle",
    "not_utf8": "a payload is no UTF-8",
    "empty_payload": "a payload is empty",
    "large_payload": "a payload of 1 B to 256 kB",
    "huge_payload": "a payload of 1 MB",
    "burst": "a device is silent, then sends ten times as often for 5 s",
    "chatty": "a device sends 100 messages a second (decided once for each device)",
    "reset": "the TCP connection breaks, so that the broker publishes the will; the device comes back",
    "leave": "a device says farewell and comes back after 5 to 20 s",
    "takeover": "a second connection takes the client id over",
    "storm": "every device is cut off at once and all return (chance for each second)",
    "unretained_birth": "a device does not retain its birth (decided once for each device)",
    "delete_retained": "a device deletes its retained birth",
}

PRESETS: dict[str, dict[str, float]] = {
    "none": {},
    "default": {
        "duplicate": 0.005, "backlog": 0.0005, "same_time": 0.002, "no_time": 0.005, "time_unit": 0.005,
        "clock_offset": 1.0, "clock_hours": 0.01, "clock_1970": 0.005, "value_null": 0.002, "value_nan": 0.001,
        "value_sentinel": 0.002, "value_type": 0.005, "not_json": 0.001, "not_utf8": 0.0005, "empty_payload": 0.0005,
        "burst": 0.001, "reset": 0.0005, "leave": 0.0002, "unretained_birth": 0.3,
    },
    "rough": {
        "duplicate": 0.03, "backlog": 0.005, "same_time": 0.02, "no_time": 0.02, "time_unit": 0.05, "local_time": 0.02,
        "clock_offset": 1.0, "clock_hours": 0.1, "clock_1970": 0.05, "value_null": 0.02, "value_nan": 0.02,
        "value_sentinel": 0.02, "value_type": 0.05, "counter_reset": 0.005, "not_json": 0.02, "not_utf8": 0.01,
        "empty_payload": 0.01, "large_payload": 0.005, "huge_payload": 0.0005, "burst": 0.01, "chatty": 0.02,
        "reset": 0.005, "leave": 0.005, "takeover": 0.002, "storm": 0.005, "unretained_birth": 0.5,
        "delete_retained": 0.002,
    },
}  # fmt: skip
