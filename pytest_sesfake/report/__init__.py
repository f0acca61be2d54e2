"""What people read: the sections of a failed test, the line at the end of a run, and the report in HTML."""
