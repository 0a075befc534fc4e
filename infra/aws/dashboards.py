"""Dashboards of CloudWatch: each widget by its title, so that one that somebody has changed is told by name."""

import json
from collections.abc import Mapping
from typing import Any, Final

from infra.aws.failures import aws_errors, code_of
from infra.errors import RolloutError

_PATH: Final = "aws cloudwatch dashboard"
#: What CloudWatch says where there is none.
_GONE: Final = frozenset({"ResourceNotFound", "DashboardNotFoundError"})
Widgets = Mapping[str, str]


def widget_text(widget: Mapping[str, Any]) -> str:
    """Return a widget in the one spelling that is compared."""
    return json.dumps(widget, sort_keys=True, separators=(",", ":"))


def read_dashboard(client: Any, name: str) -> dict[str, str] | None:
    """Return the widgets of a dashboard by their titles, or None where there is none.

    Raises:
        RolloutError: AWS001 when AWS refuses or cannot be reached.
    """
    with aws_errors(f"{_PATH} {name}"):
        try:
            body = str(client.get_dashboard(DashboardName=name)["DashboardBody"])
        except client.exceptions.ClientError as error:
            if code_of(error) not in _GONE:
                raise
            return None
    return _widgets(body)


def put_dashboard(client: Any, name: str, widgets: Widgets) -> None:
    """Write the dashboard whole.

    Raises:
        RolloutError: AWS001 when AWS refuses; AWS002 with what it says of the widgets.
    """
    body = json.dumps({"widgets": [json.loads(text) for text in widgets.values()]})
    with aws_errors(f"{_PATH} {name}"):
        answer = client.put_dashboard(DashboardName=name, DashboardBody=body)
    if said := [str(one.get("Message", "")) for one in answer.get("DashboardValidationMessages", ())]:
        raise RolloutError("AWS002", f"{_PATH} {name}", "; ".join(said)[:300], fix="report it: the widgets are ours")


def delete_dashboard(client: Any, name: str) -> None:
    """Delete the dashboard; one that is gone already is no error."""
    if read_dashboard(client, name) is not None:
        with aws_errors(f"{_PATH} {name}"):
            client.delete_dashboards(DashboardNames=[name])


def _widgets(body: str) -> dict[str, str]:
    try:
        widgets = list(json.loads(body)["widgets"])
        return {_title(widget, number): widget_text(widget) for number, widget in enumerate(widgets)}
    except (ValueError, KeyError, TypeError, AttributeError):
        return {"(not as we wrote it)": body[:200]}


def _title(widget: Mapping[str, Any], number: int) -> str:
    return str(widget.get("properties", {}).get("title") or f"(widget {number + 1})")
