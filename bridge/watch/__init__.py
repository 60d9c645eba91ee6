"""The live view of the power flow: topics -> House -> picture -> terminal."""
