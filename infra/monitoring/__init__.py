"""Monitoring: the same metrics and alarms for CloudWatch, Prometheus and Grafana, and what measures and serves them."""
