"""The port of `store.port` on NATS JetStream. The one place that imports a NATS client; what it keeps knows no flow."""
