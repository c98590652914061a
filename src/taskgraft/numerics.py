"""The version of our own numerics: part of what tells one run from another."""

# Raise it by one whenever the same request, seed and machine give other numbers than before: another loss,
# weight, prediction or score, if only in the last bit. It enters the identity of every run, so that no study
# mixes two versions. `tests/training/test_golden.py` fails until it is raised; CONTRIBUTING.md says the rest.
NUMERICS = 3
