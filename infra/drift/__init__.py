"""What was changed out of band, in plain words: pure comparisons of what was declared with what stands."""
