"""Components of the program: what belongs together, with its order."""
