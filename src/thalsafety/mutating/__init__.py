"""Mutation testing of the rule set: small mistakes in the rules, and whether any worked example or patient notices.

A bystander: no rule file is changed, and no verdict of a check depends on anything here.
"""
