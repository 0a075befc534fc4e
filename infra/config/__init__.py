"""The stack's configuration: read here and nowhere else, checked as a whole, merged over its defaults."""
