"""The nouns as people write them: patient states, rules and the knowledge around them.

Shapes only. Whether a name exists or a unit fits is decided in `loading` and `linking`.
"""
