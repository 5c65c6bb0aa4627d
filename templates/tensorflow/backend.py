"""Keras on TensorFlow, imported without TensorFlow's notes."""

import os

from . import silence

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")  # errors only
with silence():  # its libraries log before they read that level, on a CPU about oneDNN
    import keras
    import tensorflow as tf

__all__ = ["keras", "tf"]
