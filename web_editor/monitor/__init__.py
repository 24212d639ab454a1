"""What runs, as people watch it: alarms, dead letters, gauges, values, trends. Knows no request."""
