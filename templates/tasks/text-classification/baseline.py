"""What is to be beaten: a linear model of the letters and words of a text, which takes seconds."""

import time

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline, make_union

from .config import Config
from .samples import Samples, load_samples

MOST = 50_000  # parts of words, and as many words


def show_baseline(train: Samples, config: Config) -> None:
    """Print the validation accuracy of TF-IDF and logistic regression."""
    started, val = time.perf_counter(), load_samples("val", config)
    letters = TfidfVectorizer(
        analyzer="char_wb", ngram_range=(1, 3), sublinear_tf=True, max_features=MOST
    )
    words = TfidfVectorizer(sublinear_tf=True, max_features=MOST)
    model = make_pipeline(make_union(letters, words), LogisticRegression(C=30))
    labels, expected = (np.take(each.labels, each.targets) for each in (train, val))
    accuracy = np.mean(model.fit(train.texts, labels).predict(val.texts) == expected)
    found = f"val_accuracy {accuracy:.4f}  {time.perf_counter() - started:.1f} s"
    print(f"linear baseline (TF-IDF, logistic regression): {found}")
