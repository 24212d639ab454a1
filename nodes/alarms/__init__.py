"""All that `alert` is made of: conditions, the life of an alarm, silence, groups, what is told. Never a clock."""
