"""A client of Redis servers; its library is an extra."""
