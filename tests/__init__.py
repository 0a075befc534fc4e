"""The tests; folders mirror infra/."""
