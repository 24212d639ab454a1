"""Asyncio clients that nodes share: MQTT, HTTP, SQL, serial. They know no node and no flow."""
