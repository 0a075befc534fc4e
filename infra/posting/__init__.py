"""Comments on pull requests of GitHub and merge requests of GitLab: found by their first line, changed in place."""
