"""Sub-commands of the command line, one module a group; each module has ``register(app)``."""
