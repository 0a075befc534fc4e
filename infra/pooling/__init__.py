"""PgBouncer: its files rendered, applied to a running one, read back, and its pools looked at."""
