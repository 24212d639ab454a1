"""Types of shared clients, as flows declare them under `connections:`; the clients themselves are in `nodes.clients`."""
