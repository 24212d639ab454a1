"""What others connect to: an MQTT broker, WebSocket clients, HTTP requests that a flow answers."""
