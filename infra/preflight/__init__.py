"""Whether a server is fit to be deployed to: the guide's list before a deployment, with a result for each line."""
