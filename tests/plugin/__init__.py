"""A stranger's package of protocols: public names of qnet only, found by an entry point of its own."""
