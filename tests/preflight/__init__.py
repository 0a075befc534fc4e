"""The list before a deployment."""
