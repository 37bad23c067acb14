"""From the bytes of a source to pixels: archives, decoding, the order of images, and leakage between splits."""
