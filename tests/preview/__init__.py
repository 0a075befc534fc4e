"""What an `up` would do, as data."""
