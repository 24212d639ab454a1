"""The browser editor: an aiohttp application that talks to the engine through its one door; never to nodes or the runtime."""
