"""What a run under Pulumi's CLI that was killed has left behind, cleared before the next one: locks and operations."""

from typing import Any

from infra.cli.output import Output
from infra.cli.pulumi_locks import Owner, held_error, lock_folder, owner_of, read_locks, remove
from infra.cli.stacks import Stack


def clear_locks(stack: Stack, backend: str, output: Output) -> None:
    """Remove each lock whose owner is proven dead, and nothing else: `pulumi cancel` would remove them all.

    Raises:
        RolloutError: CLI007 for a lock whose owner lives, or of which that cannot be told from here.
    """
    folder = lock_folder(stack.folder, backend, stack.project, stack.name)
    for lock in read_locks(folder) if folder else ():
        if owner_of(lock) is not Owner.DEAD:
            raise held_error(lock, stack.name)
        remove(lock)
        output.note(f"removed the lock of a run that has died: {lock.text}")


def pending_operations(deployment: dict[str, Any]) -> list[str]:
    """Return what a run had under way when it died, such as ``creating public.creator_profiles``."""
    return [
        f"{operation['type']} {operation['resource']['urn'].split('::', 3)[-1]}"
        for operation in deployment.get("pending_operations") or []
    ]


def tell_pending(operations: list[str], output: Output) -> None:
    """Say once what is cleared, and how."""
    names = ", ".join(operations)
    output.note(
        f"a run died while {names}; clearing it with a refresh: what it had done is found again, not done twice"
    )
