"""A broker of AMQP 0-9-1, such as RabbitMQ: one client, what it publishes and what it consumes."""
