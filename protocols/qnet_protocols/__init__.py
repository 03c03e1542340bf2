"""Applications on a qnet network, each in a file of its own, each using public names of qnet only.

- `bbm92`: QKD from entangled pairs, two bases.
- `e91`: QKD from entangled pairs, with a test of Bell's inequality.
- `decoy_bb84`: QKD with weak coherent pulses over bare fibre.
- `trusted_bb84`, `trusted_bbm92`: chains of trusted nodes that relay keys hop by hop.

Every module has ``run(network, source, target, *, stop, seed, ...)``, whose result has ``row(name)``.
"""
