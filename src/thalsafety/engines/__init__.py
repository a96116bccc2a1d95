"""Engines: a program and its answers in, a verdict per rule out. They do not know one another."""
