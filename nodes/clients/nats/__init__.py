"""A client of NATS servers with JetStream; its library is an extra."""
