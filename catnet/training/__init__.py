"""Training: from a configuration to a run directory that holds a trained model.

session = start(config, name)                                   build.py, session.py
for row in train(session):                                      loop.py: a row per epoch, as in metrics.csv
    ...                                                         measure.py, save.py
summary = finish(session)                                       the best model's metrics on every split

session = resume(path)                                          resume.py, changes.py
"""
