"""InfluxDB line protocol: written, read, and what a server says about lines that it refused."""
