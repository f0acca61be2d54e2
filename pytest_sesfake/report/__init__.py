"""The reports that people read: sections of failures, the summary line of a run, and the HTML page."""
