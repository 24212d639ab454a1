"""The live WebSocket: its clients, their ticks and topics."""
