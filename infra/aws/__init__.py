"""The only user of boto3: clients, the failures of AWS as named errors, and what we keep there."""
