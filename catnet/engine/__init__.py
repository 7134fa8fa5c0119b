"""The network and its training: arrays in, arrays out; no files, no printing."""
