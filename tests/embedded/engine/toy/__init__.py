"""The toy provider, as a plugin's folder."""
