"""Lines for many WebSocket clients, with a bound for each that reads slowly."""
