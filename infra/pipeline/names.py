"""The names that the pipeline shares with the application and the platform."""

from typing import Final

PUBLIC: Final = "public"
PRIVATE: Final = "pipeline_private"
"""Helpers and the record of what was applied; never exposed by the API."""
ARCHIVE: Final = "pipeline_archive"
"""Where removed tables are parked with their rows."""

OWNER: Final = "pipeline_owner"
SERVICE: Final = "pipeline_service"
MONITOR: Final = "pipeline_monitor"

ANON: Final = "anon"
API: Final = "authenticator"
"""The platform's login of the API: it has no rights of its own, and takes the role of each request."""
CREATOR: Final = "authenticated"
SERVICE_ROLE: Final = "service_role"
"""The platform's role of the service key; it passes row security by, so grants alone bind it."""
SERVICES: Final = (SERVICE, SERVICE_ROLE)

CREATIVE_ROLES: Final = ("visual-artist", "musician", "writer", "mixed-media", "curator", "undefined")
STAGES: Final = (
    "portfolio-submission",
    "cultural-alignment-check",
    "skill-assessment",
    "agent-potential-mapping",
    "academy-integration",
    "training-path-selection",
    "completed",
)
EXPERIENCE_LEVELS: Final = ("none", "basic", "intermediate", "advanced")
LEARNING_STYLES: Final = ("project-based", "structured", "peer-learning", "self-directed")
ASSESSORS: Final = ("ai", "human", "peer")
GROWTH_POTENTIALS: Final = ("high", "medium", "low")
AGENT_ROLES: Final = (
    "image-generation",
    "audio-creation",
    "text-story-generation",
    "multi-modal-creative",
    "curation-assistant",
    "exploration-needed",
)
REVENUE_MODELS: Final = ("agent-originator", "ongoing-trainer", "agent-collaborator", "creator-mentor")

MEMBER_KINDS: Final = ("team", "beta")
MEMBER_SOURCES: Final = ("stack", "command")
LEDGER_EVENTS: Final = (
    "phase",
    "flag",
    "gate",
    "override",
    "approval",
    "latch",
    "unlatch",
    "backup",
    "rollback",
    "cohort",
    "removal",
    "identity",
    "take-over",
)
