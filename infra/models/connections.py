"""The connections of all pools as one thing that a deploy holds against what the server has."""

from collections.abc import Iterator

from infra.models.pool import Pooling


class Connections(Pooling):
    """The pooling of a stack. The pools do not shrink, unless `shrinkTo` says to how many connections in all."""

    def shrinking(self, before: Pooling) -> Iterator[str]:
        """Yield each role that would have fewer server connections than before, with both figures."""
        for role in sorted(before.pools):
            was, now = before.of_role(role), self.of_role(role)
            if now < was:
                yield f"{role} {was} → {now}"
