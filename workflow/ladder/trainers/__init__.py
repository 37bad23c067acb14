"""Ways to train, one a file: `fit(model, train, valid, recipe, on_epoch)` trains the model in place."""
