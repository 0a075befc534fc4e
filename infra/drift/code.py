"""What was changed of what runs: functions, views, triggers."""

from collections.abc import Iterator

from infra.drift.finding import Finding
from infra.models.function import Function, Security
from infra.models.trigger import Trigger
from infra.models.view import View


def function_findings(before: Function, after: Function | None) -> Iterator[Finding]:
    """Yield what became of a function. Another body counts as weakened where it runs with its owner's rights."""
    path = name = f"function {before.identity}"
    if after is None:
        yield Finding(path, f"{name} was dropped or renamed")
        return
    if after.security is not before.security:
        definer = after.security is Security.DEFINER
        words = "SECURITY DEFINER, with its owner's rights" if definer else "SECURITY INVOKER, with its caller's rights"
        yield Finding(path, f"{name} runs as {words} now", weakened=definer)
    if after.search_path != before.search_path:
        words = f"its search path is {', '.join(after.search_path)}" if after.search_path else "it is not pinned"
        yield Finding(path, f"the search path of {name} was changed: {words}", weakened=True)
    if after.owner != before.owner:
        yield Finding(path, f"{name} was given to {after.owner}; its owner is {before.owner}", weakened=True)
    if after.body != before.body:
        yield Finding(path, f"{name} has another body", weakened=before.security is Security.DEFINER)
    yield from (Finding(path, f"{name} {words}") for words in _shape(before, after))


def _shape(before: Function, after: Function) -> Iterator[str]:
    if after.arguments != before.arguments:
        yield "has other arguments"
    if after.returns != before.returns:
        yield f"returns {after.returns} now"
    if after.language != before.language:
        yield f"is written in {after.language} now"
    if after.volatility is not before.volatility:
        yield f"is {after.volatility.value} now, not {before.volatility.value}"


def view_findings(before: View, after: View | None) -> Iterator[Finding]:
    """Yield what became of a view."""
    path = name = f"view {before.identity}"
    if after is None:
        yield Finding(path, f"{name} was dropped or renamed")
        return
    if before.security_invoker and not after.security_invoker:
        yield Finding(path, f"{name} shows rows with its owner's rights: security_invoker is off", weakened=True)
    elif after.security_invoker is not before.security_invoker:
        yield Finding(path, f"security_invoker was turned on for {name}")
    if after.security_barrier is not before.security_barrier:
        words = "turned on" if after.security_barrier else "turned off"
        yield Finding(path, f"security_barrier was {words} for {name}", weakened=before.security_barrier)
    if after.owner != before.owner:
        yield Finding(path, f"{name} was given to {after.owner}; its owner is {before.owner}", weakened=True)
    if after.query != before.query:
        yield Finding(path, f"{name} has another query")


def trigger_findings(before: Trigger, after: Trigger | None) -> Iterator[Finding]:
    """Yield what became of a trigger."""
    path = name = f"trigger {before.name} on {before.relation}"
    if after is None:
        yield Finding(path, f"{name} was dropped or renamed")
        return
    if after.enabled is not before.enabled:
        yield Finding(path, f"{name} was {'enabled' if after.enabled else 'disabled'}")
    if after.function != before.function:
        yield Finding(path, f"{name} calls {after.function} now, not {before.function}")
    fields = ("timing", "events", "for_each", "old_table", "new_table", "when")
    if any(getattr(after, field) != getattr(before, field) for field in fields):
        yield Finding(path, f"{name} was replaced by another definition")
    for function in before.retires:
        if function not in after.retires:
            yield Finding(path, f"a trigger that calls the retired {function} stands on {before.relation} again")
