"""The wording of what was changed out of band."""
