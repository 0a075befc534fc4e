"""What slows a running pipeline down or keeps creators from completing it: the guide's troubleshooting as checks."""
