"""The flags told elsewhere than in the database: files, and through infra.aws the services of AWS."""

from infra.delivery.pushing import Outcome, push

__all__ = ["Outcome", "push"]
