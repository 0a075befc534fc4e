"""Taking one tool through all stages, and what came of it: figures, its own words where it failed, what it left out."""

import math
import re
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Final

from bench.peers import Peer, Stage
from bench.sections import Spread
from bench.yard import WANTED, Yard

_WORDS: Final = 160


@dataclass
class Runs:
    """What one tool took at one size, by stage, and what it said where it failed."""

    taken: dict[Stage, list[float]] = field(default_factory=dict)
    refused: dict[Stage, str] = field(default_factory=dict)
    made: set[tuple[str, str]] = field(default_factory=set)

    def spread(self, stage: Stage) -> Spread | None:
        """Return what a stage took; None where it did not come to its end."""
        return Spread.of(self.taken[stage]) if self.taken.get(stage) and stage not in self.refused else None


def go_through(place: Yard, peer: Peer, runs: Runs, until: float = math.inf) -> None:
    """Take a tool through all stages once. After a failure from nothing, psql makes what the rest begins with.

    What would begin after `until`, on the monotonic clock, is left out, and that is said.
    """
    place.fresh()
    for stage in Stage:
        if stage in peer.refuses or time.monotonic() > until:
            runs.refused[stage] = peer.refuses.get(stage, "not measured: the time of this section was over")
            continue
        ended = peer.run(stage)
        runs.taken.setdefault(stage, []).append(ended.milliseconds)
        if ended.code != 0:
            runs.refused[stage] = last_words(ended.said)
        if stage is Stage.NOTHING:
            runs.made = place.inventory()
            if ended.code != 0 and not goes_on(place, peer):
                rest = set(Stage) - {Stage.NOTHING}
                runs.refused |= dict.fromkeys(rest, "not tried: it failed from nothing") | peer.refuses
                return


def goes_on(place: Yard, peer: Peer) -> bool:
    """Give a tool that only compares what it is compared with, which psql has made; return whether it is one."""
    if type(peer).before is Peer.before:
        return False
    place.fresh()
    peer.before(Stage.NOTHING)
    place.copy(place.target.name, of=WANTED)
    return True


def last_words(said: str) -> str:
    """Return the line that tells of a failure first, shortened."""
    told = re.search(r"\berror:\s+(\S.*)", said, re.IGNORECASE)
    return (told[1] if told else said.strip().rpartition("\n")[2] or "it said nothing")[:_WORDS]


def left_out(wanted: set[tuple[str, str]], made: set[tuple[str, str]]) -> str:
    """Return in words what a tool has not made of what psql made, and what it has opened that nobody asked for."""
    lacks = Counter(kind for kind, _ in wanted - made)
    all_of = Counter(kind for kind, _ in wanted)
    parts = [
        f"{all_of[kind] - count} of {all_of[kind]} {_PLURAL.get(kind, kind)}" for kind, count in sorted(lacks.items())
    ]
    said = f"makes {', '.join(parts)}" if parts else ""
    open_to = sum(kind == "grant" and " applied" not in name for kind, name in made - wanted) if "grant" in lacks else 0
    return f"{said}; leaves {open_to} grants that nobody asked for" if open_to else said


_PLURAL: Final = {
    "table": "tables",
    "index": "indexes",
    "view": "views",
    "policy": "policies",
    "trigger": "triggers",
    "function": "functions",
    "grant": "grants",
    "row security": "tables under row security",
}
