"""From models to SQL: render, diff, plan and rollback, all pure."""
