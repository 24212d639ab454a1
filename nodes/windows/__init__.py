"""Windows over the own time of values: what they are asked for, what they know, when they close. Pure."""
