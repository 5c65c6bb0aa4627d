"""PyTorch or TensorFlow: the decision, from answers, rules and evidence. It knows nothing of templates."""
