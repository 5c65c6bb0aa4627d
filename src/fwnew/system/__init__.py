"""Git, the disk and the standard streams, as this machine has them."""
