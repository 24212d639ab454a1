"""Runs checked flows: stations joined by wires, plain calls between queues, receipts from end to end."""
