"""The third referee: plain NumPy on full registers, sharing no code and no derivation with qnet."""
