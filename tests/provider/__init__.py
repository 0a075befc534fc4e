"""The provider `rollout`."""
