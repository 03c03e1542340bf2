"""A network in motion: topology and routes, nodes that exchange messages, sessions for applications.

What is public of it is imported from `qnet`: `Network`, `Route`, `Simulation`, `Session`, `run` and their kin.
"""
