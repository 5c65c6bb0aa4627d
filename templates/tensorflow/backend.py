"""Keras on TensorFlow, imported without TensorFlow's notes."""

import os

from . import cpus, silence

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")  # errors only
for kind in ("INTRAOP", "INTEROP"):
    os.environ.setdefault(f"TF_NUM_{kind}_THREADS", str(cpus.count()))
# TensorFlow says that it uses oneDNN before it reads that level; without oneDNN it would be slower
with silence():
    import keras
    import tensorflow as tf

__all__ = ["keras", "tf"]
