"""What an `up` would do, as data: for each object the SQL, the locks, the way back, and who may do what afterwards."""
