"""The guide's success criteria and its week-one review, line by line, and who answers for what nobody can measure."""

import datetime as dt
from enum import StrEnum
from typing import Final

from infra.models.base import Model
from infra.models.gate import CriterionName as Name

#: How long the first review looks back, from the day on which the phase began.
WEEK: Final = dt.timedelta(days=7)


class Contact(StrEnum):
    """Whom the guide names."""

    PLATFORM = "platform-eng@eden.art"
    DATABASE = "dba@eden.art"
    PRODUCT = "product@eden.art"
    RESEARCH = "ux@eden.art"
    COMMUNITY = "academy@eden.art"
    CULTURE = "culture@eden.art"


class Aside(StrEnum):
    """A figure that bears on a line and does not decide it."""

    ROW_SECURITY = "row-security"
    ECONOMICS = "economics"
    FEEDBACK = "feedback"
    ENGAGEMENT = "engagement"


class SuccessLine(Model):
    """One line of the success criteria in the guide's words; its target is the criterion's."""

    group: str
    guide: str
    criterion: Name
    attests: Contact
    aside: Aside | None = None


_TECHNICAL: Final = "Technical success"
_BUSINESS: Final = "Business success"
_CULTURAL: Final = "Cultural success"


def _line(group: str, guide: str, criterion: Name, attests: Contact, aside: Aside | None = None) -> SuccessLine:
    return SuccessLine(group=group, guide=guide, criterion=criterion, attests=attests, aside=aside)


SUCCESS: Final = (
    _line(_TECHNICAL, "99.9% uptime maintained", Name.PRODUCTION_UPTIME, Contact.PLATFORM),
    _line(_TECHNICAL, "<200ms p95 response time", Name.PRODUCTION_API_LATENCY, Contact.PLATFORM),
    _line(_TECHNICAL, "<1% error rate", Name.PRODUCTION_ERRORS, Contact.PLATFORM),
    _line(_TECHNICAL, "All security audits passed", Name.SECURITY_AUDITS, Contact.DATABASE, Aside.ROW_SECURITY),
    _line(_BUSINESS, ">80% pipeline completion rate", Name.PRODUCTION_COMPLETION, Contact.PRODUCT),
    _line(_BUSINESS, ">75% average cultural alignment score", Name.PRODUCTION_ALIGNMENT, Contact.CULTURE),
    _line(_BUSINESS, ">90% user satisfaction score", Name.SATISFACTION, Contact.RESEARCH),
    _line(_BUSINESS, "Economic projections meeting baseline", Name.ECONOMIC_BASELINE, Contact.PRODUCT, Aside.ECONOMICS),
    _line(_CULTURAL, "Feedback remains positive and supportive", Name.FEEDBACK, Contact.CULTURE, Aside.FEEDBACK),
    _line(_CULTURAL, "Community engagement increases", Name.COMMUNITY_ENGAGEMENT, Contact.COMMUNITY, Aside.ENGAGEMENT),
    _line(_CULTURAL, "Creator satisfaction with AI collaboration improves", Name.COLLABORATION, Contact.RESEARCH),
    _line(_CULTURAL, "Academy mission alignment maintained", Name.ACADEMY_MISSION, Contact.COMMUNITY),
)

#: The four lines of the week-one review, in the guide's words.
AGAINST_SUCCESS: Final = "Analyze all metrics against success criteria"
FEEDBACK_AND_TICKETS: Final = "Review user feedback and support tickets"
AGAINST_BENCHMARKS: Final = "Assess performance against benchmarks"
ISSUES: Final = "Document any issues and resolutions"
