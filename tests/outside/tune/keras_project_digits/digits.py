"""Seven-segment digits with noise, shifted by a pixel or two."""
import numpy as np

#            top  tl   tr   mid  bl   br   bottom
SEGMENTS = [
    "1110111", "0010010", "1011101", "1011011", "0111010",
    "1101011", "1101111", "1010010", "1111111", "1111011",
]


def glyph(digit):
    img = np.zeros((11, 7))
    on = [c == "1" for c in SEGMENTS[digit]]
    if on[0]: img[0, 1:6] = 1
    if on[1]: img[1:5, 0] = 1
    if on[2]: img[1:5, 6] = 1
    if on[3]: img[5, 1:6] = 1
    if on[4]: img[6:10, 0] = 1
    if on[5]: img[6:10, 6] = 1
    if on[6]: img[10, 1:6] = 1
    return img


def load_data(n_train=1200, n_test=300, seed=0):
    rng = np.random.default_rng(seed)
    glyphs = [glyph(d) for d in range(10)]

    def split(n):
        labels = rng.integers(0, 10, n)
        images = np.zeros((n, 14, 10))
        for image, label in zip(images, labels):
            top, left = rng.integers(0, 4, 2)
            image[top:top + 11, left:left + 7] = glyphs[label]
        images = images * rng.uniform(120, 255, (n, 1, 1)) + rng.normal(0, 30, images.shape)
        return images.clip(0, 255).astype("uint8"), labels.astype("uint8")

    return split(n_train), split(n_test)
