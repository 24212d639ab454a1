"""Values of payloads: normalised, renamed, found by path, compared with what was. Pure: no I/O, no clock."""
