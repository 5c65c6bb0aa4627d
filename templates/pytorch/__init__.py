"""Image classification: a module for each verb, and what they share."""
