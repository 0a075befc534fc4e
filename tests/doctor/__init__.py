"""The troubleshooting."""
