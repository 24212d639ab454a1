"""What outlives a batch: the RTDB in RAM, durable spools on disk. Never knows flows, nodes or the runtime."""
