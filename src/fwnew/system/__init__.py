"""Git, the disk and the standard streams of this machine."""
