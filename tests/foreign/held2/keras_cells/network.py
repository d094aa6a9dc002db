from keras import Model, layers


class CellNet(Model):
    def __init__(self, n_kinds):
        super().__init__()
        self.features = [
            layers.Conv2D(8, 3, activation="relu", padding="same"),
            layers.MaxPooling2D(),
            layers.Conv2D(16, 3, activation="relu", padding="same"),
            layers.MaxPooling2D(),
        ]
        self.flatten = layers.Flatten()
        self.dropout = layers.Dropout(0.3)
        self.kind = layers.Dense(n_kinds, activation="softmax")

    def call(self, images, training=False):
        x = images
        for layer in self.features:
            x = layer(x)
        x = self.flatten(x)
        x = self.dropout(x, training=training)
        return self.kind(x)
