"""Baselines, one per file: classifiers that need no training by gradient descent.

ABOUT                    a sentence for the report
PROBABILITIES            whether scores are probabilities; without it they are not
fit(train)               the state learned from the training images, a `formats.tensors.Split`: name to array, or to
                         the split itself; the sum of the sizes is the number of parameters
scores(state, images)    scores float64 [n, classes] of images uint8 [n, ...]; the prediction is the first of the
                         highest scores
"""
