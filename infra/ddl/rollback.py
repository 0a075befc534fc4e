"""Every script for plain psql, written to `sql/` and checked there; and those that park the tables or destroy them."""

import sys
from pathlib import Path
from typing import Final

from infra.ddl import conditions
from infra.ddl.deploy import index_parts, role_parts, schema_part
from infra.ddl.guards import guard_alone, guard_author, guard_confirmed, guard_roles, guard_tables, guard_unused
from infra.ddl.phase_entries import entry_part
from infra.ddl.phase_texts import GENERATED
from infra.ddl.phase_variants import all_phases
from infra.ddl.phases import deploy_scripts, lowering_scripts, switch_scripts
from infra.ddl.rollback_parts import (
    bring_back_table,
    close_access,
    drop_key,
    drop_months,
    drop_table,
    drop_trigger_functions,
    give_grants,
    give_phase_grants,
    join_owners,
    join_roles,
    limit_roles,
    make_function,
    make_view,
    park_table,
)
from infra.ddl.script import Part, Script, render_script
from infra.ddl.templates import SQL_ROOT
from infra.models.definition import Definition
from infra.models.grant import Target
from infra.pipeline.definition import define
from infra.pipeline.phases import rollout
from infra.pipeline.tables.pipeline_metrics import METRICS_BY_MONTH

FOLDERS: Final = ("deploy", "rollback")
#: What `-v confirm=` must say before rows are destroyed.
CONFIRMATION: Final = "yes-destroy-creator-data"

_RUN: Final = (
    GENERATED,
    "Run it with psql, on a direct connection, as the deployer: psql -X -f {name}",
    "A lock that does not come in time stops it; `-v lock_timeout=2s` gives it longer.",
    "The ledger, where there is one, gets an entry: `-v by=<who> -v why=<why>` says more than the login.",
    "Stopped at any place, or done: it can be run again, and does what is left to do.",
    "",
)


def rollback_scripts(definition: Definition) -> dict[str, str]:
    """Return the text of each script under its file's name. What is to be retained is in none of them.

    What differs between the phases is restored for the phase that the database was in.
    """
    phases = [item.without_retained() for item in all_phases(definition)]
    definition = definition.without_retained()
    scripts = {
        "remove.sql": _remove(definition),
        "restore.sql": _restore(definition, phases),
        "destroy-data.sql": _destroy(definition),
    }
    return {name: render_script(script) for name, script in scripts.items()}


def committed_scripts() -> dict[str, str]:
    """Return what the files below `sql/` must hold: the pipeline's, for the default kind of access."""
    # No script names the deployer: it is whoever runs it.
    definition = define(rollout(1), deployer="deployer")
    folders = {
        "deploy": deploy_scripts(definition),
        "rollback": rollback_scripts(definition) | lowering_scripts(definition) | switch_scripts(),
    }
    return {f"{folder}/{name}": text for folder, scripts in folders.items() for name, text in scripts.items()}


def write_scripts(root: Path = SQL_ROOT) -> None:
    """Write the scripts into their folders below this one."""
    for name, text in committed_scripts().items():
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")


def stale_scripts(root: Path = SQL_ROOT) -> list[str]:
    """Return the names of the files that are missing or not what the definition gives, and of those too many."""
    wanted = committed_scripts()
    paths = [path for folder in FOLDERS if (root / folder).is_dir() for path in (root / folder).iterdir()]
    found = {path.relative_to(root).as_posix(): path.read_text(encoding="utf-8") for path in paths}
    return sorted(name for name in wanted.keys() | found.keys() if wanted.get(name) != found.get(name))


def main(arguments: list[str]) -> str | None:
    """Write the scripts, or with ``--check`` only tell which are stale; a text is a failure's reason."""
    if arguments not in ([], ["--check"]):
        return "usage: python -m infra.ddl.rollback [--check]"
    if not arguments:
        write_scripts()
    elif stale := stale_scripts():
        return f"stale in {SQL_ROOT}: {', '.join(stale)}. Fix: python -m infra.ddl.rollback"
    return None


def _about(name: str, *lines: str) -> tuple[str, ...]:
    return (*lines, "", *(line.format(name=name) for line in _RUN))


def _remove(definition: Definition) -> Script:
    about = (
        "The tables move with their rows, keys, checks, indexes and policies to the archive schema, where nobody but",
        "their owner reaches them; deleting a user still erases that user's rows. View, functions, triggers and grants",
        "go; roles and schemas stay. restore.sql puts everything back.",
    )
    return Script(
        title="Removes the pipeline without losing a row.",
        about=_about("remove.sql", *about),
        guards=(
            guard_author(),
            guard_alone(),
            guard_tables("one of each", definition),
            guard_tables("standing are ours", definition),
            guard_unused(definition),
        ),
        parts=(
            *join_owners(definition),
            entry_part("removal", "parked", conditions.any_is_there(_places(definition)[0])),
            close_access(definition),
            *(park_table(table, definition) for table in reversed(definition.tables)),
            *drop_trigger_functions(definition),
        ),
        ending="Done: the tables are parked with every row; restore.sql puts them back.",
    )


def _restore(definition: Definition, phases: list[Definition]) -> Script:
    about = (
        "Tables that remove.sql or a destroy has parked return from the archive schema with every row; rows of users",
        "who were deleted meanwhile are gone with them. Then all that the definition has on top of the tables is made",
        "again where it is missing, the grants last: nobody reaches a table before its policies stand.",
    )
    callable_last = [function for function in definition.functions if function.returns != "trigger"]
    before_triggers = [function for function in definition.functions if function.returns == "trigger"]
    return Script(
        title="Puts the pipeline back, every row included.",
        about=_about("restore.sql", *about),
        guards=(
            guard_author(),
            guard_alone(),
            guard_tables("one of each", definition),
            guard_tables("standing are ours", definition),
            guard_tables("something is there", definition),
            guard_roles(definition.roles),
        ),
        parts=(
            *map(schema_part, definition.schemas),
            *(part for role in definition.roles for part in role_parts(role)),
            *join_roles(definition),
            *(give_grants(grant) for grant in definition.grants if grant.target is Target.SCHEMA),
            *limit_roles(definition),
            entry_part("rollback", "restored", conditions.any_is_there(_places(definition)[1])),
            *map(make_function, before_triggers),
            *(bring_back_table(table, definition) for table in definition.tables),
            *map(make_function, callable_last),
            *(part for index in definition.indexes for part in index_parts(index, definition)),
            *map(make_view, definition.views),
            *_object_grants(phases),
        ),
        ending="Done: the pipeline is as the definition says.",
    )


def _destroy(definition: Definition) -> Script:
    about = (
        "Tables are dropped with all their rows, in place or parked. It refuses, listing the rows, unless it is run",
        f"with -v confirm={CONFIRMATION}. Take a backup first, and prove it: there is no other way back.",
        "Roles stay, and so do both schemas: they hold the record of what was deployed, and cost nothing when empty.",
    )
    children_first = tuple(reversed(definition.tables))
    return Script(
        title="DESTROYS the pipeline's tables and every row in them.",
        about=_about("destroy-data.sql", *about),
        guards=(
            guard_author(),
            guard_alone(),
            guard_tables("standing are ours", definition),
            guard_tables("nobody else depends", definition),
            guard_unused(definition),
            guard_confirmed(definition, CONFIRMATION),
        ),
        parts=(
            *join_owners(definition),
            entry_part(
                "removal", "destroyed", conditions.any_is_there([*_places(definition)[0], *_places(definition)[1]])
            ),
            close_access(definition),
            *(drop_key(table, key) for table in children_first for key in table.foreign_keys),
            # The scripts are the same for a table that is divided and for one that is not.
            *(drop_months(table) for table in definition.tables if table.identity == METRICS_BY_MONTH.identity),
            *map(drop_table, children_first),
            *drop_trigger_functions(definition),
        ),
        ending="Done: the tables and their rows are gone; schemas and roles are left.",
    )


def _places(definition: Definition) -> tuple[list[str], list[str]]:
    """Return where the tables stand, and where they are parked."""
    tables = definition.tables
    return [table.identity for table in tables], [f"{table.archive_schema}.{table.name}" for table in tables]


def _object_grants(phases: list[Definition]) -> list[Part]:
    """Return the parts for all grants but those on schemas; what differs between the phases is for the phase alone."""
    parts = []
    for same in zip(*(item.grants for item in phases), strict=True):
        if same[0].target is Target.SCHEMA:
            continue
        if all(grant.sorted_entries() == same[0].sorted_entries() for grant in same):
            parts.append(give_grants(same[0]))
        else:
            rollouts = [item.rollout.phase for item in phases if item.rollout]
            parts += give_phase_grants(dict(zip(rollouts, same, strict=True)))
    return parts


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
