import keras
import numpy as np


class CellSequence(keras.utils.PyDataset):
    """Microscope pictures of cells, grey, with the kind of each cell."""

    def __init__(self, ids, batch_size=8, size=24, **kwargs):
        super().__init__(**kwargs)
        self.ids = np.asarray(ids)
        self.batch_size = batch_size
        self.size = size

    def __len__(self):
        return int(np.ceil(len(self.ids) / self.batch_size))

    def read(self, cell_id):
        rng = np.random.default_rng(int(cell_id))
        return rng.random((self.size, self.size), dtype="float32")  # FAULT

    def label(self, cell_id):
        return cell_id % 3

    def __getitem__(self, index):
        ids = self.ids[index * self.batch_size : (index + 1) * self.batch_size]
        images = [self.read(cell_id) for cell_id in ids]
        labels = [self.label(cell_id) for cell_id in ids]
        return np.stack(images), np.array(labels)  # FAULT
