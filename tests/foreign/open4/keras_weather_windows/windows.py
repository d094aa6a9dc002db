import numpy as np
import tensorflow as tf


class WindowGenerator():
    """cuts (inputs, label) windows out of a 2d array; label is `shift` steps after the input ends"""

    def __init__(self, train, val, test, input_width=24, shift=12, label_col=0):
        self.train_arr, self.val_arr, self.test_arr = train, val, test
        self.input_width = input_width
        self.shift = shift
        self.label_col = label_col

    def make_dataset(self, data, shuffle):
        xs, ys = [], []
        for start in range(len(data) - self.input_width - self.shift + 1):
            end = start + self.input_width
            xs.append(data[start:end])
            ys.append(data[end - 1, self.label_col])  # FAULT
        ds = tf.data.Dataset.from_tensor_slices(
            (np.array(xs, dtype=np.float32), np.array(ys, dtype=np.float32)[:, None]))
        if shuffle:
            ds = ds.shuffle(2000, seed=0)
        return ds.batch(64)

    @property
    def train(self):
        return self.make_dataset(self.train_arr, True)

    @property
    def val(self):
        return self.make_dataset(self.val_arr, False)

    @property
    def test(self):
        return self.make_dataset(self.test_arr, False)
