"""Tests on a real Home Assistant: it is installed by install.sh and found by installation.py."""
