"""Writes the documents that come from the definitions, or tells which of them is stale."""

import sys
from collections.abc import Iterable, Sequence
from enum import StrEnum
from importlib import import_module
from pathlib import Path
from typing import Final

from infra.ddl.rollback import CONFIRMATION
from infra.ddl.script import INSTANT_LOCK
from infra.ddl.statement import LIMITS, Waits
from infra.errors import CODES
from infra.models.cohort import MemberKind
from infra.models.criterion import Criterion, Severity
from infra.models.flag import Flag
from infra.models.gate import CriterionName
from infra.models.moments import write_span
from infra.models.phase import Audience, Phase
from infra.pipeline.flags import FLAGS, chain_of
from infra.pipeline.gates import criteria
from infra.pipeline.names import LEDGER_EVENTS, MEMBER_SOURCES
from infra.pipeline.phases import FIRST, LAST, PHASES
from infra.pipeline.tables import ROLLOUT_TABLES
from infra.pipeline.triggers_for_rollback import TRIGGERS, Trigger
from infra.report import access, monitoring
from infra.report.examples import EXAMPLES
from infra.report.locks import budget_groups, wait_rows
from infra.report.rendering import render_document
from infra.report.wording import ADVICE, EVENTS, source_in_words

FOLDER: Final = Path(__file__).parents[2] / "docs"
_NONE: Final = "-"


def documents() -> dict[str, str]:
    """Return the text of each document under its file's name."""
    return {
        "access.md": _access_document(),
        "locks.md": _locks_document(),
        "monitoring.md": _monitoring_document(),
        "phases.md": _phases_document(),
        "runbook.md": _runbook_document(),
    }


def write_documents(folder: Path = FOLDER) -> None:
    """Write the documents into the folder."""
    for name, text in documents().items():
        (folder / name).write_text(text, encoding="utf-8")


def stale_documents(folder: Path = FOLDER) -> list[str]:
    """Return the names of the files that are missing or not what the definitions give."""
    return [name for name, text in documents().items() if not _holds(folder / name, text)]


def main(arguments: list[str]) -> str | None:
    """Write the documents, or with ``--check`` only tell which are stale; a text is a failure's reason."""
    if arguments not in ([], ["--check"]):
        return "usage: python -m infra.report.reference [--check]"
    if not arguments:
        write_documents()
    elif stale := stale_documents():
        return f"stale in {FOLDER}: {', '.join(stale)}. Fix: python -m infra.report.reference"
    return None


def _holds(path: Path, text: str) -> bool:
    return path.is_file() and path.read_text(encoding="utf-8") == text


def _access_document() -> str:
    return render_document(
        "access.md.j2", roles=access.roles(), objects=access.objects(), changes=access.changes(), count=access.count()
    )


def _locks_document() -> str:
    rungs = LIMITS[Waits.INSTANT].lock_timeouts
    return render_document(
        "locks.md.j2",
        groups=budget_groups(),
        waits=wait_rows(),
        longest=f"{max(rungs)} ms",
        total=f"{sum(rungs)} ms",
        script_lock=INSTANT_LOCK,
    )


def _monitoring_document() -> str:
    return render_document(
        "monitoring.md.j2",
        metrics=monitoring.metrics(),
        alarms=monitoring.alarms(),
        settings=monitoring.settings(),
        unmeasured=monitoring.unmeasured(),
    )


def _phases_document() -> str:
    return render_document(
        "phases.md.j2",
        phases=[_phase_row(item) for item in PHASES],
        gates=[
            {"number": item.number, "criteria": list(map(_criterion_row, criteria(item.number)))} for item in PHASES
        ],
        flags=[_flag_row(item) for item in FLAGS],
        chain=" → ".join(f"`{name}`" for name in max((chain_of(item.name) for item in FLAGS), key=len)),
        examples=EXAMPLES,
        words=_words(),
        tables=[_table_row(table.name, [column.name for column in table.columns]) for table in ROLLOUT_TABLES],
    )


def _runbook_document() -> str:
    return render_document(
        "runbook.md.j2",
        latched=_code(item.name for item in FLAGS if item.obeys_latch),
        triggers=[_trigger_row(item) for item in TRIGGERS],
        alarms=monitoring.alarms(),
        climbs=[_climb_row(item) for item in PHASES[1:]],
        descents=[_descent_row(before, after) for before in PHASES[:0:-1] for after in PHASES[: before.number - 1]],
        events=[{"name": name, "says": EVENTS[name]} for name in LEDGER_EVENTS],
        codes=[{"code": code, "meaning": CODES[code], "advice": advice} for code, advice in ADVICE.items()],
        confirmation=CONFIRMATION,
    )


def _phase_row(item: Phase) -> dict[str, str]:
    on = [f"`{name}`" + (" (for the cohort alone)" if name in item.for_cohort else "") for name in item.flags]
    on += [f"`{name}` when ready" for name in item.when_ready]
    leave = "; ".join(f"{found.title} {_passed(found)}" for found in criteria(item.number))
    places = "no limit" if item.beta_cap is None else str(item.beta_cap)
    return {
        "number": str(item.number),
        "name": item.name,
        "flags": ", ".join(on),
        "enters": item.enters,
        "places": places,
        "leave": leave if item.number < LAST else f"nothing comes after it; tracked: {leave}",
    }


def _criterion_row(item: Criterion) -> dict[str, str]:
    return {
        "name": item.name.value,
        "title": item.title,
        "source": source_in_words(item),
        "window": write_span(item.window),
        "samples": str(item.min_samples),
        "passed": _passed(item),
        "failed": str(item.failure) if item.failure else "otherwise",
        "severity": item.severity.value,
    }


def _passed(item: Criterion) -> str:
    return f"{item.success}" + (f" in each of {item.consecutive} parts of the window" if item.consecutive > 1 else "")


def _flag_row(item: Flag) -> dict[str, str]:
    since = next(found for found in PHASES if item.name in (*found.flags, *found.when_ready))
    cohort = [str(found.number) for found in PHASES if item.name in found.for_cohort]
    return {
        "name": item.name.value,
        "description": item.description,
        "requires": f"`{item.requires}`" if item.requires else _NONE,
        "since": f"{since.number}{', when ready' if item.name in since.when_ready else ''}",
        "cohort": f"phases {', '.join(cohort)}" if cohort else _NONE,
        "latched": "yes" if item.obeys_latch else "no",
    }


def _words() -> list[dict[str, str]]:
    kinds: dict[str, Sequence[str] | type[StrEnum]] = {
        "who may enter (`audience`)": Audience,
        "kinds of members": MemberKind,
        "where a member comes from (`source`)": MEMBER_SOURCES,
        "events of the ledger": LEDGER_EVENTS,
        "severities": Severity,
        "criteria": CriterionName,
    }
    return [{"what": what, "allowed": _code(values)} for what, values in kinds.items()]


def _table_row(name: str, columns: list[str]) -> dict[str, str]:
    """Return a table in the words of the module that defines it."""
    said = (import_module(f"infra.pipeline.tables.{name}").__doc__ or "").strip().splitlines()[0]
    return {"name": name, "says": said, "columns": _code(columns)}


def _trigger_row(item: Trigger) -> dict[str, str]:
    return {
        "guide": item.guide,
        "measures": item.measures,
        "limit": f"{item.limit:g} {item.unit}",
        "recovered": f"{item.recovered:g} {item.unit}",
    }


def _climb_row(item: Phase) -> dict[str, str]:
    return {"script": f"sql/deploy/phase-{item.number}.sql", "options": "", "flags": _code(item.flags)}


def _descent_row(before: Phase, after: Phase) -> dict[str, str]:
    return {
        "script": f"sql/rollback/phase-{before.number}-to-{after.number}.sql",
        "flags": _code(after.flags),
        "enters": after.enters,
        "latched": "works" if after.number == FIRST else "refuses",
    }


def _code(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
