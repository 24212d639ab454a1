"""Types of shared clients, as flows declare them under `connections:`; the clients themselves: `nodes.clients`."""
