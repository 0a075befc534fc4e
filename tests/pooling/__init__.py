"""PgBouncer: its files, what it takes of them, who gets in, and how it does under load."""
