SELECT true AS alive
