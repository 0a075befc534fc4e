"""The phases in the database: flags, sign-ups, the kill switch, the ledger, and the walk through all of them."""
