"""What the application and monitoring read, from our definitions and from the guide's, on the same rows.

Run with ``python -m bench.reading``. It makes a server of its own with two databases, the pipeline's as it is deployed
and the guide's as ``tests/reference/today.sql`` has it, and takes both away. The guide's status function is no valid
SQL: it is asked once as it stands, and then with nothing changed but the place of its ORDER BY.
"""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, LiteralString

import psycopg
from psycopg import sql

from bench.crowd import EACH, TODAY, beside_the_guide, profile_of, user_of
from bench.explained import Explained, Times, explain
from bench.sections import Mark, Row, Section, alone
from infra.database.target import Target
from infra.models.access import Access

#: Not slower than the guide's, but for what row security may add.
MARK: Final = Mark.over_by_at_most(absolute=0.1, share=0.10)
_CREATORS: Final = {False: 10_000, True: 1000}
_RUNS: Final = {False: 10, True: 5}
#: Of how many creators each question is asked.
_ASKED: Final = 10
_MISPLACED: Final = "json_agg(row_to_json(m)) FROM agent_potential_mappings AS m"
_PLACED: Final = "json_agg(row_to_json(m) ORDER BY m.confidence DESC) FROM agent_potential_mappings AS m"
_ORDER: Final = "m.creator_profile_id = creator_id ORDER BY m.confidence DESC))"
_TEXT: Final = """\
{creators:,} creators with {each} rows each in every table, in two databases of one server. Ours are read as whoever
may: the creator (authenticated, with claims) and pipeline_monitor; the guide's by the same creator, and where it has no
role for monitoring by service_role, which row security does not bind, as it does not bind the guide's view and function
at all. Times are the server's, execution and planning of EXPLAIN (ANALYZE, TIMING OFF), in turns; of {asked} creators,
where it is about one, for each the fastest of {runs} runs, and else all runs. Not slower: at most 0.1 ms or 10 % more,
which is what row security may add."""


@dataclass(frozen=True)
class Question:
    """What is asked, by whom of ours and of the guide's."""

    name: str
    text: LiteralString
    ours: str = "authenticated"
    guide: str = "authenticated"

    @property
    def is_of_one(self) -> bool:
        """Whether it is about one creator."""
        return "{" in self.text


_OF_ONE: Final[LiteralString] = "SELECT * FROM public.creator_pipeline_overview WHERE user_id = {user}"
_MONITOR: Final = "pipeline_monitor"
_SERVICE: Final = "service_role"
STATUS: Final = Question("the status function", "SELECT public.get_creator_pipeline_status({profile})")
QUESTIONS: Final = (
    Question("the overview of one creator", _OF_ONE),
    Question(
        "the monitor's page of 20",
        "SELECT * FROM public.creator_pipeline_overview ORDER BY last_activity_at DESC LIMIT 20",
        _MONITOR,
        _SERVICE,
    ),
    Question(
        "the overview of one stage",
        "SELECT * FROM public.creator_pipeline_overview WHERE onboarding_stage = 'skill-assessment'",
        _MONITOR,
        _SERVICE,
    ),
    Question(
        "creators by stage",
        "SELECT onboarding_stage, count(*), avg(cultural_alignment) FROM public.creator_profiles GROUP BY 1",
        _MONITOR,
        _SERVICE,
    ),
    STATUS,
)


def measure(*, quick: bool) -> Section:
    """Return what each question takes on either side."""
    creators = _CREATORS[quick]
    with (
        beside_the_guide(Access.SERVICE, creators) as (ours, guide),
        psycopg.connect(ours.admin.dsn(), autocommit=True) as mine,
        psycopg.connect(guide.admin.dsn(), autocommit=True) as theirs,
    ):
        broken = _refusal(theirs)
        _mend(guide.deployer)
        rows = tuple(_rows(mine, theirs, creators, _RUNS[quick], broken))
    text = _TEXT.format(creators=creators, each=EACH, asked=_ASKED, runs=_RUNS[quick])
    return Section("Reading", " ".join(text.split()), rows, "python -m bench.reading")


def _rows(
    mine: psycopg.Connection[Any], theirs: psycopg.Connection[Any], creators: int, runs: int, broken: str
) -> Iterator[Row]:
    for question in QUESTIONS:
        ours, guide = _compare(mine, theirs, question, creators, runs)
        against = "the guide's"
        if question is STATUS:
            yield Row(question.name, ours.whole, against, None, why=broken)
            against = "the guide's, its ORDER BY put into the aggregate"
        yield Row(question.name, ours.whole, against, guide.whole, MARK)


def _compare(
    mine: psycopg.Connection[Any], theirs: psycopg.Connection[Any], question: Question, creators: int, runs: int
) -> tuple[Times, Times]:
    """Ask both sides in turns."""
    ours, guide = Times(), Times()
    for run in range(runs + 1):
        for number in range(0, creators, creators // _ASKED) if question.is_of_one else (0,):
            for connection, role, times in ((mine, question.ours, ours), (theirs, question.guide, guide)):
                if times.is_known:
                    continue
                explained = _ask(connection, role, question, number)
                if run:  # the first brings the pages into the cache
                    times.add(number, explained)
    return ours, guide


def _ask(connection: psycopg.Connection[Any], role: str, question: Question, number: int) -> Explained:
    """Ask it of a creator, and see that there is an answer."""
    who = {"user": sql.Literal(user_of(number)), "profile": sql.Literal(profile_of(number))}
    explained = explain(connection, role, number, sql.SQL(question.text).format(**who))
    if not explained.rows:
        raise AssertionError(f"{question.name}: {role} was shown nothing")
    return explained


def _refusal(connection: psycopg.Connection[Any]) -> str:
    """Return in what words the guide's status function fails."""
    try:
        _ask(connection, STATUS.guide, STATUS, 0)
    except psycopg.Error as error:
        return f"it fails: {str(error).partition(chr(10))[0]}"
    raise AssertionError("the guide's status function did not fail")


def _mend(deployer: Target) -> None:
    """Put the order of the guide's status function where the language has it, and change nothing else."""
    text = TODAY.read_text(encoding="utf-8")
    begun = text.index("CREATE FUNCTION public.get_creator_pipeline_status")
    function = text[begun : text.index("$$;", begun) + 3].replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")
    mended = function.replace(_MISPLACED, _PLACED).replace(_ORDER, "m.creator_profile_id = creator_id))")
    with psycopg.connect(deployer.dsn(), autocommit=True) as connection:
        connection.execute(mended.encode())


if __name__ == "__main__":
    sys.exit(alone(measure))
