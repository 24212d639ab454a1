"""InfluxDB over HTTP: points become lines that are written; queries are asked. Knows no node."""
