"""What the bridge costs, measured beside a bare loop that does the same work."""
