"""Long trials: run one with `cd tests && python -m trials.<name>`; pytest runs a short version."""
