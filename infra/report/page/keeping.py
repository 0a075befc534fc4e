"""What becomes of a page that is made anew while a database does not answer: its last figures stay, and say so."""

from infra.report.page.model import Environment, Level, PageDocument, Verdict


def keep(former: PageDocument, fresh: PageDocument) -> PageDocument:
    """Return the fresh page; an environment that could not be reached this time is shown as it was last."""
    known = {one.stack: one for one in former.environments if one.server}
    environments = tuple(_kept(known.get(one.stack), one, former, fresh) for one in fresh.environments)
    return fresh.model_copy(update={"environments": environments})


def _kept(last: Environment | None, now: Environment, former: PageDocument, fresh: PageDocument) -> Environment:
    if last is None or now.server:
        return now
    as_of = last.as_of or former.at
    minutes = int((fresh.at - as_of).total_seconds() // 60)
    old = f"these are the figures of {as_of:%Y-%m-%d %H:%M:%S} UTC, {minutes} minutes ago"
    reasons = (old, *(f"{problem.part}: {problem.text}" for problem in now.problems))
    verdict = Verdict(level=Level.UNKNOWN, title="cannot be looked at", reasons=reasons)
    return last.model_copy(update={"verdict": verdict, "as_of": as_of, "problems": now.problems})
