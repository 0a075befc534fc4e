"""The Pulumi plugin `rollout`: one wire adapter, one handler a kind."""
