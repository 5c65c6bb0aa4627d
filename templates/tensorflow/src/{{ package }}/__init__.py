"""Image classification: train, evaluate, export, verify, predict."""
