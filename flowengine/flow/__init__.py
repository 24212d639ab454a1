"""From text to a checked flow: document, model, parse, check, edit. No asyncio here, and no concrete node."""
