"""The lines of the attack matrix by number, and those of which no test can be collected here, with the reason."""

from typing import Final

LINES: Final[dict[str, str]] = {
    "T1": "another creator's rows by their ids",
    "T2": "an own row handed to somebody else",
    "T3": "a function that runs as its owner, called by anybody",
    "T4": "a function's search path, and the temporary schema",
    "T5": "a view with its owner's rights",
    "T7": "leaky functions, casts and divisions in a condition",
    "T8": "a function declared leakproof",
    "T9": "a materialised view",
    "T13": "the text of a violated constraint",
    "T14": "TRUNCATE",
    "T15": "COPY",
    "T16": "scores that creators give themselves",
    "T17": "flags and places in the cohort that creators give themselves",
    "T18": "forged claims",
    "T19": "RESET ROLE",
    "T20": "SET ROLE to a stronger role",
    "T21": "no claim",
    "T23": "a malformed claim",
    "T24": "a claim of another shape",
    "T25": "session settings through a transaction pooler",
    "T26": "RESET ALL as a way to clear a session",
    "T27": "locks and limits through a transaction pooler",
    "T29": "the planner's statistics",
    "T30": "ON CONFLICT and MERGE",
    "T31": "the owner past row security",
    "T32": "row_security = off",
    "T33": "a new table under the platform's default privileges",
    "T34": "row security before its policies",
    "T35": "a policy that is missing for a moment",
    "T36": "several permissive policies",
    "T38": "time, counts and estimates",
    "T39": "secrets in the log and in the activity view",
    "T40": "the pooler's own login",
}
#: Lines that no test covers, each with the reason.
ELSEWHERE: Final[dict[str, str]] = {}
