"""What a deployed database does, shown by whoever uses it."""
