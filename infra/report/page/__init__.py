"""The page of the rollout: every environment at a glance, as HTML, Markdown and JSON."""
