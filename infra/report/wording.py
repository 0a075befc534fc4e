"""Words for what the definitions name: sources of measurements, events of the ledger, what to do about an error."""

from typing import Final

from infra.models.criterion import (
    AttestationSource,
    Baseline,
    Criterion,
    LedgerSource,
    Measure,
    ProbeSource,
    Proof,
    ProofSource,
    Source,
    SqlSource,
    UrlSource,
)

_MEASURES: Final[dict[Measure, str]] = {
    Measure.STAGES_COMPLETED: "stages that somebody of the cohort has completed",
    Measure.BETA_CREATORS: "beta creators with a profile",
    Measure.COMPLETION: "average of `stage_completion`",
    Measure.ALIGNMENT: "average of `cultural_alignment_score`",
    Measure.ERRORS: "share of sessions with an entry in `error_logs`",
    Measure.STAGE_TIME: "95th percentile of `stage_processing_time`",
}
_PROOFS: Final[dict[Proof, str]] = {
    Proof.PREFLIGHT: "the catalog: findings of the preflight",
    Proof.ROW_SECURITY: "trying it as each role: rows that should be out of reach",
}
EVENTS: Final[dict[str, str]] = {
    "phase": "the phase changes, by whatever way",
    "flag": "a flag goes on or off",
    "gate": "a gate is passed or refused by an `up`, or overridden; with its evidence",
    "override": "somebody goes on without a gate, a criterion or a backup",
    "approval": "a hazard is carried out on a protected stack, and who approved it",
    "latch": "the kill switch is set",
    "unlatch": "the kill switch is lifted",
    "backup": "a backup is taken and proven",
    "rollback": "a gradual rollback takes a step, or parked tables are restored",
    "cohort": "a member or a cap changes",
    "removal": "everything is taken away: parked, or destroyed",
    "identity": "a stack deploys to the database for the first time, or claims it",
    "take-over": "a deploy that was left behind is ended by `rollout up --take-over`",
}
#: What to do about each error of the rollout.
ADVICE: Final[dict[str, str]] = {
    "FLAG001": "Correct the flag's name, or remove it; the message lists the known ones.",
    "FLAG002": "The definition of the flags is wrong: take one of the requirements out of the circle.",
    "FLAG003": "Remove it from `flags` and advance to its phase; for the last two flags set `ready`.",
    "FLAG004": "Turn off in `flags` whatever requires it as well, or turn it on.",
    "FLAG005": "Find out why it was set, set `phase: 1`; when it is mended, lift it with who and why.",
    "COH001": "Correct the user's id; a new user signs in once before they can be a member.",
    "COH002": "Write a whole number of creators, 0 up to the phase's own cap.",
    "COH003": "Nothing, or let the user in as a member of the cohort; the message says if every place is taken.",
    "COH004": "Nothing. They keep their data; nobody else gets in until there is a place.",
    "COH005": "Adopt a running application in its own phase, with an override for each gate before it.",
    "GATE001": "Wait until the criterion is met, or attest or override it, with who, why and until when.",
    "GATE002": "Go one phase after the other, or add an override for each phase that is skipped.",
    "GATE003": "Fill in who, why and until when; take a day to come, and a gate or criterion that there is.",
    "GATE004": "See that the URL, the metric or the database answers; meanwhile the criterion is inconclusive.",
    "GATE005": "Write a finite number, a window such as 24h, a whole number of samples.",
}
_WORD: Final = "a person's attestation"
_TOGETHER: Final = "a URL or a metric of CloudWatch that the stack file names"


def source_in_words(item: Criterion) -> str:
    """Return where a criterion's figure comes from."""
    text = _source(item)
    if item.baseline is Baseline.TREND:
        return f"{text}, its slope over the window"
    return f"{text}, against the phase before" if item.baseline is Baseline.EARLIER_PHASE else text


def _source(item: Criterion) -> str:
    source = item.source
    if isinstance(source, AttestationSource):
        return f"{_TOGETHER} ({source.reading}), or {_WORD}" if source.reading else _WORD
    if isinstance(source, SqlSource | ProofSource):
        return f"the tables: {_MEASURES[source.measure]}" if isinstance(source, SqlSource) else _PROOFS[source.proof]
    return _other(source)


def _other(source: Source) -> str:
    match source:
        case ProbeSource(runs=runs):
            return f"the pipeline's read queries, {runs} times each"
        case LedgerSource(event=event, proven_by=key):
            return f"the newest `{event}` in the ledger, whose details say that it is {key}"
        case UrlSource(probes=probes):
            return f"a URL, asked {probes} times"
    return "a metric of CloudWatch"
