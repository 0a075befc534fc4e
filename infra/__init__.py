"""The rollout of Eden Academy's creator pipeline: definitions, DDL, provider, program and command."""
