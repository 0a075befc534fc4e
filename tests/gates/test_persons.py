"""What persons say of gates: it holds until the moment that it names, and the report says when it does not."""

from datetime import UTC, datetime

import pytest

from infra.gates.persons import attested, expired, holding, uncounted
from infra.gates.report import Outcome
from infra.gates.settings import as_set
from infra.models.gate import CriterionName, GateSettings
from infra.pipeline.gates import CRITERIA, criterion
from tests.gates.ground import settings

NOW = datetime(2030, 6, 15, 12, tzinfo=UTC)
STALE = "GATE003 the attestation by Ada"


def _words(name: str, until: str, at: str | None = None) -> GateSettings:
    said = {"gate": name, "by": "Ada", "why": "seen in the app", "until": until} | ({"at": at} if at else {})
    return settings(attestations=[said])


@pytest.mark.parametrize(
    ("name", "until", "at", "outcome", "why"),
    [
        ("cultural-messaging", "2030-06-15", None, "attested", "by Ada, until 2030-06-15: seen in the app"),
        ("cultural-messaging", "2030-06-15T12:00:01Z", None, "attested", "by Ada"),
        ("cultural-messaging", "2030-06-15T14:00:01+02:00", None, "attested", "by Ada"),
        (
            "cultural-messaging",
            "2030-06-15T12:00:00Z",
            None,
            "inconclusive",
            "GATE003 the attestation by Ada held until",
        ),
        ("cultural-messaging", "2030-06-14", None, "inconclusive", f"{STALE} held until"),
        ("cultural-messaging", "2030-12-31", "2030-05-16", "attested", "by Ada"),
        (
            "cultural-messaging",
            "2030-12-31",
            "2030-05-15",
            "inconclusive",
            "GATE003 the attestation by Ada is of 2030-05",
        ),
        (
            "cultural-messaging",
            "2030-12-31",
            "2030-06-16",
            "inconclusive",
            "GATE003 the attestation by Ada is of a day to",
        ),
        ("satisfaction", "2030-12-31", None, "inconclusive", "nobody has attested it: add {gate: cultural-messaging"),
    ],
)
def test_attestations(name: str, until: str, at: str | None, outcome: str, why: str) -> None:
    """A day holds through, in UTC; a word grows stale; another criterion's word is not this one's."""
    found = attested(criterion(CriterionName.CULTURAL_MESSAGING), _words(name, until, at), NOW)
    assert found.outcome == outcome
    assert found.why.startswith(why)


def test_the_word_that_holds_counts() -> None:
    """An old attestation beside a new one does no harm."""
    both = settings(
        attestations=[
            {"gate": "satisfaction", "by": "Ada", "why": "survey", "until": "2030-01-01"},
            {"gate": "satisfaction", "by": "Ben", "why": "survey", "until": "2030-07-01"},
        ]
    )
    assert attested(criterion(CriterionName.SATISFACTION), both, NOW).why == "by Ben, until 2030-07-01: survey"


def test_figures_of_somebodys_own_monitoring_are_believed() -> None:
    """Without a URL and a metric, a person's word counts for the API; without that, the line says what to do."""
    api = criterion(CriterionName.SLA_API_LATENCY)
    assert attested(api, _words("sla-api-latency", "2030-07-01"), NOW).outcome is Outcome.ATTESTED
    assert attested(api, _words("sla-api-latency", "2030-07-01", "2030-06-01"), NOW).outcome is Outcome.ATTESTED
    assert "more than 30d ago" in attested(api, _words("sla-api-latency", "2030-07-01", "2030-05-01"), NOW).why
    said = attested(api, GateSettings(), NOW)
    assert said.outcome is Outcome.INCONCLUSIVE
    assert said.why.startswith("nobody measures it: set gates.api-latency.url or .cloudwatch, or add {gate: sla-api-")


def test_overrides_hold_until_their_moment() -> None:
    given = settings(
        overrides=[
            {"gate": 1, "by": "Ada", "why": "a drill", "until": "2030-06-14"},
            {"gate": 1, "by": "Ben", "why": "a drill", "until": "2030-06-15"},
            {"gate": 1, "by": "Cleo", "why": "a drill", "until": "2030-06-20"},
            {"gate": "satisfaction", "by": "Dan", "why": "a drill", "until": "2020-01-01"},
        ]
    )
    found = holding(given.overrides, 1, NOW)
    assert found
    assert found.by == "Cleo"
    assert holding(given.overrides, 2, NOW) is None
    assert holding(given.overrides, CriterionName.SATISFACTION, NOW) is None
    assert list(expired(given, 1, (), NOW)) == [
        "GATE003 the override of gate 1 by Ada held until 2030-06-14: it does not count"
    ]
    assert list(expired(given, 5, (CriterionName.SATISFACTION,), NOW)) == [
        "GATE003 the override of satisfaction by Dan held until 2020-01-01: it does not count"
    ]


def test_nobodys_word_stands_in_for_a_figure() -> None:
    """Neither for one of the database, nor for an API that is asked; that is told, and is no error."""
    given = settings(
        criteria={"api-latency": {"url": "http://a/"}},
        attestations=[
            {"gate": name, "by": "Ada", "why": "I think so", "until": "2999-12-31"}
            for name in ("beta-completion", "api-latency", "satisfaction")
        ],
    )
    assert list(uncounted(given, [as_set(found, given) for found in CRITERIA])) == [
        "GATE003 the attestation of beta-completion by Ada does not count: it is measured",
        "GATE003 the attestation of api-latency by Ada does not count: it is measured",
    ]
