"""The same program over many databases: in waves, with a canary, a gate between waves, and a way to go on."""
