"""From the bytes of a source to pixels: archives, sizes, order, and images that are in both splits."""
