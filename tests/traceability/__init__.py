"""Which test shows which requirement: `make trace`.

requirements.toml is the list, `mark.requirement` goes on the tests, `marks` reads it off them,
`page` judges and writes docs/traceability.md.
"""
