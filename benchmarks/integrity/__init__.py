"""Whether every number belongs to the model, the decoding and the judge that it names."""
