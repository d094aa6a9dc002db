"""For every kind of error a few statements whose real message is of that kind."""

from __future__ import annotations

IMPORTS = {
    "pytorch": (
        "import torch\nfrom torch import nn\nfrom torch.nn import functional as F\none = torch.ones"
    ),
    "keras": (
        "import keras\nimport numpy as np\nimport tensorflow as tf\nfrom keras import layers\n"
        "def one(*shape):\n    return np.ones(shape, 'float32')\n"
        "def fit(layer, x, y, loss='mse'):\n"
        "    model = keras.Sequential([layer])\n"
        "    model.compile('sgd', loss)\n"
        "    model.fit(x, y, verbose=0)\n"
        "def graph(function):\n    return tf.function(function, autograph=False)(tf.ones(()))\n"
        "symbol = keras.Input((3,))"
    ),
}

PYTORCH = {
    "matmul-shapes": "nn.Linear(4, 2)(one(3, 5))",
    "class-out-of-range": "F.cross_entropy(one(2, 3), torch.tensor([0, 3]))",
    "embedding-out-of-range": "nn.Embedding(3, 2)(torch.tensor([3]))",
    "embedding-dtype": "nn.Embedding(3, 2)(one(2))",
    "broadcast": "one(2, 3) + one(2, 4)",
    "backward-twice": "y = (one(2, requires_grad=True) ** 2).sum(); y.backward(); y.backward()",
    "in-place": "y = one(2, requires_grad=True).sigmoid(); y.add_(1); y.sum().backward()",
    "no-gradient": "one(2).sum().backward()",
    "numpy-of-gradient": "one(2, requires_grad=True).numpy()",
    "empty-parameters": "torch.optim.SGD(nn.Sequential().parameters(), 0.1)",
    "before-init": (
        "class Net(nn.Module):\n    def __init__(self): self.head = nn.Linear(1, 1)\nNet()"
    ),
    "stack-sizes": "next(iter(torch.utils.data.DataLoader([one(2), one(3)], batch_size=2)))",
    "cat-sizes": "torch.cat([one(2, 3), one(3, 4)])",
    "view-size": "one(2, 3).view(5)",
    "view-stride": "one(2, 3).t().view(6)",
    "dimension-range": "one(2).softmax(1)",
    "conv-channels": "nn.Conv2d(3, 4, 1)(one(2, 1, 4, 4))",
    "batch-of-one": "nn.BatchNorm1d(3)(one(1, 3))",
    "rnn-input": "nn.LSTM(3, 4)(one(2, 5, 6))",
    "hidden-size": "nn.GRU(3, 4)(one(2, 5, 3), one(1, 6, 4))",
    "batch-sizes": "F.cross_entropy(one(4, 3), torch.zeros(2).long())",
    "target-size": "F.cross_entropy(one(2, 3, 4), torch.zeros(2).long())",
    "multi-target": "F.nll_loss(one(2, 3), one(2, 1).long())",
    "target-probabilities": "F.cross_entropy(one(2, 3), one(2, 3).long())",
    "loss-dtype": "F.binary_cross_entropy(one(2), one(2).long())",
    "target-input-size": "F.binary_cross_entropy_with_logits(one(2, 1), one(2))",
    "matmul-dtype": "nn.Linear(2, 2)(one(2, 2).double())",
    "kernel-dtype": "F.log_softmax(one(2, 3).long(), 1)",
    "no-tensor": "F.relu((one(2),))",
    "state-dict": "nn.Linear(2, 2).load_state_dict({'module.weight': one(2, 2)})",
    "weights-only": (
        "import io; file = io.BytesIO(); torch.save(nn.Linear(1, 1), file); file.seek(0)\n"
        "torch.load(file)"
    ),
}

KERAS = {
    "features": "dense = layers.Dense(2); dense.build((2, 4)); dense(one(2, 5))",
    "rank": "layers.LSTM(3)(one(2, 4))",
    "input-shape": "keras.Sequential([keras.Input((3,)), layers.Dense(1)]).predict(one(3))",
    "class-out-of-range": (
        "fit(layers.Dense(2), one(2, 3), np.array([0, 5]), 'sparse_categorical_crossentropy')"
    ),
    "embedding-out-of-range": "layers.Embedding(3, 2)(np.array([[3]]))",
    "target-rank": (
        "fit(layers.Dense(2), one(2, 4, 3), np.zeros(2), 'sparse_categorical_crossentropy')"
    ),
    "target-shape": "fit(layers.Dense(3), one(2, 3), one(2, 4), 'categorical_crossentropy')",
    "dimensions-differ": "fit(layers.Dense(3), one(2, 3), one(2, 4))",
    "shapes-differ": "tf.constant(one(2, 3)) + tf.constant(one(2, 4))",
    "matmul-shapes": "tf.matmul(one(2, 3), one(4, 5))",
    "concatenate": "layers.Concatenate()([one(2, 3, 1), one(2, 4, 1)])",
    "cardinality": "fit(layers.Dense(1), one(3, 3), one(2, 1))",
    "data-type": "fit(layers.Dense(1), [[1.0], [2.0]], [[1.0], [2.0]])",
    "object-array": "tf.constant(np.array([1, None], dtype=object))",
    "not-compiled": "keras.Sequential([layers.Dense(1)]).fit(one(2, 1), one(2, 1))",
    "never-called": "keras.Sequential([layers.Dense(1)]).output",
    "symbolic-in-tensorflow": "tf.reduce_sum(symbol)",
    "symbolic-value": "symbol.numpy()",
    "symbolic-condition": "1 if symbol > 1 else 0",
    "outputs": "keras.Model(symbol, one(2))",
    "graph-condition": "graph(lambda x: 1 if x else 2)",
    "graph-numpy": "graph(lambda x: np.sin(x))",
    "graph-value": "graph(lambda x: x.numpy())",
    "graph-variable": "graph(lambda x: tf.Variable(1.0) + x)",
    "graph-scope": "kept = []; graph(lambda x: kept.append(x * 2)); graph(lambda x: kept[0] + x)",
    "no-gradients": "keras.optimizers.SGD().apply_gradients([(None, keras.Variable(one(2)))])",
    "none": "fit(layers.Dense(1), one(2, 1), one(2, 1), lambda true, predicted: None)",
    "unknown-variable": (
        "a, b = keras.Variable(one(2)), keras.Variable(one(2)); sgd = keras.optimizers.SGD()\n"
        "sgd.build([a]); sgd.apply_gradients([(tf.ones(2), b)])"
    ),
    "unknown-argument": "layers.Dense(1, unit=3)",
    "file-format": "keras.models.load_model('/')",
}

STORED = {
    ("pytorch", "devices"): (
        "RuntimeError",
        (
            "Expected all tensors to be on the same device, but found at least two devices,"
            " cuda:0 and cpu!"
        ),
    ),
}
"""What needs a graphics card: the message as it stands in the entry's thread."""
