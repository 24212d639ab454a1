"""Who asks and what he may: users, tokens, sessions, attempts. Knows no route."""
