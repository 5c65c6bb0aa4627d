"""Keras on TensorFlow, without the notes that TensorFlow's libraries print while they are loaded."""

import os

from . import silence

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")  # from here on, errors only
with silence():
    import keras

    import tensorflow as tf

__all__ = ["keras", "tf"]
