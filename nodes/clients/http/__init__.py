"""One HTTP client for connections and nodes, the addresses it may reach, and how URLs are filled."""
