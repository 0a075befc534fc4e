"""Deployments of AppConfig: one at a time in an environment, started, waited for, and stopped when it is urgent."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from infra.aws.failures import aws_errors
from infra.errors import RolloutError

#: As long as one is in such a state no other can be started in its environment.
UNDER_WAY: Final = frozenset({"DEPLOYING", "VALIDATING", "BAKING", "ROLLING_BACK"})
#: What an environment serves, or is about to, comes from the newest one in such a state.
SERVING: Final = frozenset({"DEPLOYING", "VALIDATING", "BAKING", "COMPLETE"})
FAILED: Final = frozenset({"ROLLING_BACK", "ROLLED_BACK", "REVERTED"})
#: Everybody has the configuration. While it bakes, AppConfig watches the environment's alarms and may yet roll it back.
EVERYWHERE: Final = frozenset({"BAKING", "COMPLETE"})
POLL_SECONDS: Final = 5.0
#: Beyond what the strategy itself takes.
SLACK_SECONDS: Final = 300.0
#: How long an urgent one may take to reach everybody.
URGENT_SECONDS: Final = 120.0
#: Everybody at once; the configuration counts from the first minute on.
AT_ONCE: Final = "AppConfig.AllAtOnce"


@dataclass(frozen=True)
class Clock:
    """Seconds that go by, and a way to let them; tests have their own."""

    now: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep


@dataclass(frozen=True)
class Place:
    """The ids of what a configuration is deployed to, the profile's name, and the path for errors."""

    application: str
    environment: str
    profile: str
    profile_name: str
    path: str

    @property
    def target(self) -> dict[str, str]:
        """The environment, as the calls take it."""
        return {"ApplicationId": self.application, "EnvironmentId": self.environment}


@dataclass(frozen=True)
class Deployments:
    """The deployments of one environment. `say` is told what is waited for, and what is not."""

    client: Any
    place: Place
    clock: Clock = Clock()
    say: Callable[[str], None] = lambda _: None

    def served_version(self) -> int | None:
        """Return the version of the profile that the environment serves, or is about to."""
        served = (item for item in self._newest_first() if self._is_ours(item) and item["State"] in SERVING)
        versions = (str(item["ConfigurationVersion"]) for item in served)
        return next((int(version) for version in versions if version.isdigit()), None)

    def bring(self, version: int, strategy: str, *, urgent: bool) -> None:
        """Have the environment serve this version; one that it serves or is about to is not deployed again.

        It is done once everybody has the version, before AppConfig has watched the alarms for as long as the strategy
        says: a version that is rolled back then is no longer what `served_version` returns.

        Raises:
            RolloutError: AWS001; AWS002 when a deployment is rolled back until then or takes too long.
        """
        newest = next(filter(self._is_ours, self._newest_first()), None)
        if newest and newest["State"] in SERVING and newest["ConfigurationVersion"] == str(version):
            number = int(newest["DeploymentNumber"])
        else:
            self._make_way(urgent=urgent)
            number = self._start(version, strategy)
        self._wait(number, urgent=urgent)

    def _is_ours(self, item: dict[str, Any]) -> bool:
        if "ConfigurationProfileId" in item:
            return bool(item["ConfigurationProfileId"] == self.place.profile)
        return bool(item.get("ConfigurationName") == self.place.profile_name)

    def _start(self, version: int, strategy: str) -> int:
        with aws_errors(self.place.path):
            answer = self.client.start_deployment(
                **self.place.target,
                ConfigurationProfileId=self.place.profile,
                ConfigurationVersion=str(version),
                DeploymentStrategyId=strategy,
            )
        return int(answer["DeploymentNumber"])

    def _make_way(self, *, urgent: bool) -> None:
        """Wait until nothing is under way; when it is urgent, stop one of ours first, which takes its changes back."""
        newest = next(self._newest_first(), None)
        if newest is None or newest["State"] not in UNDER_WAY:
            return
        number = int(newest["DeploymentNumber"])
        if urgent and newest["State"] != "ROLLING_BACK" and self._is_ours(newest):
            with aws_errors(self.place.path):
                # Without AllowRevert only one that is DEPLOYING can be stopped; it may have come further by now.
                self.client.stop_deployment(**self.place.target, DeploymentNumber=number, AllowRevert=True)
        self.say(f"waits for deployment {number}, which is {newest['State']}: there is one at a time in an environment")
        self._poll(number, lambda seen: seen["State"] not in UNDER_WAY, URGENT_SECONDS if urgent else None)

    def _wait(self, number: int, *, urgent: bool) -> None:
        """Wait until everybody has the configuration."""
        seen = self._poll(number, lambda seen: seen["State"] in EVERYWHERE | FAILED, URGENT_SECONDS if urgent else None)
        if seen["State"] in FAILED:
            raise self._rolled_back(number, seen)
        if seen["State"] == "BAKING":
            minutes = seen.get("FinalBakeTimeInMinutes", 0)
            watched = f"AppConfig watches the alarms for {minutes} minutes, and the next refresh shows a rollback"
            self.say(f"everybody has deployment {number}; {watched}")

    def _poll(self, number: int, is_over: Callable[[dict[str, Any]], bool], seconds: float | None) -> dict[str, Any]:
        """Look until it is over, for so many seconds, or for as long as the strategy says and some."""
        began = self.clock.now()
        while True:
            seen = self._look(number)
            if is_over(seen):
                return seen
            if self.clock.now() - began >= (_patience(seen) if seconds is None else seconds):
                raise self._too_long(number, seen)
            self.clock.sleep(POLL_SECONDS)

    def _look(self, number: int) -> dict[str, Any]:
        with aws_errors(self.place.path):
            seen: dict[str, Any] = self.client.get_deployment(**self.place.target, DeploymentNumber=number)
        return seen

    def _newest_first(self) -> Iterator[dict[str, Any]]:
        yield from listed(self.client, "list_deployments", self.place.path, **self.place.target)

    def _too_long(self, number: int, seen: dict[str, Any]) -> RolloutError:
        share = f"{seen.get('PercentageComplete', 0):.0f} %"
        problem = f"deployment {number} is still {seen['State']}, at {share}"
        fix = "see what it waits for in the console of AppConfig, and run the same command again once it is over"
        return RolloutError("AWS002", self.place.path, problem, fix=fix)

    def _rolled_back(self, number: int, seen: dict[str, Any]) -> RolloutError:
        events = [event.get("Description", "") for event in seen.get("EventLog", ())]
        said = f": {events[0]}" if events and events[0] else ""
        fix = "see which alarm of the environment went off, or who stopped it, and run the same command again"
        return RolloutError("AWS002", self.place.path, f"deployment {number} is {seen['State']}{said}", fix=fix)


def listed(client: Any, operation: str, path: str, **arguments: Any) -> Iterator[dict[str, Any]]:
    """Yield every item of a list of AppConfig, page by page.

    Raises:
        RolloutError: AWS001.
    """
    token: dict[str, str] = {}
    while True:
        with aws_errors(path):
            page = getattr(client, operation)(**arguments, **token)
        yield from page.get("Items", ())
        if not page.get("NextToken"):
            return
        token = {"NextToken": page["NextToken"]}


def _patience(seen: dict[str, Any]) -> float:
    """Return how long a deployment may take: as long as its strategy says, and some."""
    minutes = seen.get("DeploymentDurationInMinutes", 0) + seen.get("FinalBakeTimeInMinutes", 0)
    return float(minutes) * 60.0 + SLACK_SECONDS
