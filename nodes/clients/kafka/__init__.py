"""A cluster of Kafka: what it stored, what a group has read."""
