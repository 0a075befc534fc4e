"""Documents that are written from the definitions."""
