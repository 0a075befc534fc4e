"""What every kind of deployment does, fresh or adopted, under either access."""
