"""What people read: documents written from the definitions."""
