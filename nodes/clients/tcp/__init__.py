"""TCP connections that stay: made again when lost, shared by readers and writers, asked one question at a time."""
