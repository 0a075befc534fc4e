"""The access proof: what holds is proven, what does not is found, and every mutant is noticed."""
