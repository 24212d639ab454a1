"""Commands that wait for a reply and jobs that wait for their turn: their rules, and their rows on disk."""
