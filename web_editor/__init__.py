"""The browser editor: an aiohttp application that uses the engine through its one door, never nodes or the runtime."""
