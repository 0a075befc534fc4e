"""Posting on real HTTP servers that keep comments as GitHub and GitLab do."""
