"""What LoRaWAN network servers say and take, as JSON: uplinks, downlinks, and which uplinks are news. No I/O."""
