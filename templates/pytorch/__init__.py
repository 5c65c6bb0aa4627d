"""A module for each verb, and what they share."""

import os

from . import cpus

# PyTorch reads both when it is imported. Threads that spin while they wait take the CPUs from others
os.environ.setdefault("OMP_NUM_THREADS", str(cpus.count()))
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
