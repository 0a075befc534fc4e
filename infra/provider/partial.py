"""A change that was made in part: the resource exists, yet not as it should be."""

from collections.abc import Sequence

from infra.errors import RolloutError, RolloutErrors
from infra.provider.handler import Snapshot


class PartialFailure(RolloutErrors):
    """What a handler raises when the object is there but something after it failed.

    The engine stores the resource as the snapshot says, with the errors, and the next run updates it.
    """

    def __init__(self, snapshot: Snapshot, errors: Sequence[RolloutError]) -> None:
        self.snapshot = snapshot
        super().__init__(list(errors))
