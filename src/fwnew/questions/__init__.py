"""A template's `copier.yml`: its questions, read and answered as Copier would."""
