"""Every kind against real servers, as a deployer who is no superuser."""
