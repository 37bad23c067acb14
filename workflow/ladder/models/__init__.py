"""Architectures, one per file: `build(in_shape, n_outputs, **options)` returns an `nn.Module`."""
