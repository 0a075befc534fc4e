"""Short examples of the stack file's keys for the rollout; a test reads each of them as the program does."""

from typing import Final, NamedTuple


class Example(NamedTuple):
    """What keys are for, and how they are written, below `config`."""

    says: str
    text: str


_USER: Final = "6c1f2a30-5d3b-4b0e-9a55-0e6f4c1d2b3a"

EXAMPLES: Final = (
    Example(
        "The phase. `ready` lets the last two flags on in phase 5; `flags` leaves off what it names:",
        """\
  creative-pipeline:phase: 4
  creative-pipeline:ready: {launch: false, full: false}
  creative-pipeline:flags: {CREATOR_AGENT_ECONOMICS: false}""",
    ),
    Example(
        "The cohort, by the users' ids. `caps` lowers the places of a phase, never raises them:",
        f"""\
  creative-pipeline:phase: 2
  creative-pipeline:cohort:
    team: [{{user: {_USER}, addedBy: ada@example.org}}]
    beta: [{{user: 0b1e7c54-8f6a-4c7d-8a52-3f9d0a6e5b21, addedBy: ada@example.org}}]
    caps: {{"2": 5, "3": 30}}""",
    ),
    Example(
        "A person's word for a criterion that nothing measures, or whose source is missing:",
        """\
  creative-pipeline:phase: 2
  creative-pipeline:attestations:
    - {gate: cultural-messaging, by: ada@example.org, why: read every page with two mentors, until: 2030-12-31}""",
    ),
    Example(
        "A decision to go on without a gate, or without one criterion of it:",
        """\
  creative-pipeline:phase: 2
  creative-pipeline:overrides:
    - {gate: 1, by: ada@example.org, why: a new environment with no traffic, until: 2030-12-31}
    - {gate: api-latency, by: ada@example.org, why: the probe is being moved, until: 2030-12-31T18:00:00Z}""",
    ),
    Example(
        "Other figures for a criterion, a page to ask, or a metric of CloudWatch:",
        """\
  creative-pipeline:phase: 1
  creative-pipeline:aws: {region: eu-central-1}
  creative-pipeline:gates:
    api-latency: {url: "https://api.example.org/health", threshold: 150}
    beta-completion: {threshold: 90, window: 14d, minSamples: 50}
    sla-uptime:
      cloudwatch:
        {namespace: Eden, metric: Availability, dimensions: {Service: api}, statistic: Average}""",
    ),
    Example(
        "Where the flags are told besides the database. What is left out is not told:",
        """\
  creative-pipeline:phase: 1
  creative-pipeline:aws: {region: eu-central-1}
  creative-pipeline:delivery:
    envFile: deploy/flags.env
    flagd: deploy/flags.flagd.json
    ssm: {prefix: /eden/pipeline}
    appConfig: {application: eden, environment: prod, profile: pipeline-flags}""",
    ),
)
