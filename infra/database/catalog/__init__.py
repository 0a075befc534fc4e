"""From the catalog to models: one reader a kind, each returning the program's spelling where it means the same."""
