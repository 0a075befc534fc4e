"""The attacks that the pipeline must withstand, each carried out for real."""
