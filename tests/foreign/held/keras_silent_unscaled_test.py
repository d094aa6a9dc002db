import numpy as np
from tensorflow.keras import layers, models, utils

utils.set_random_seed(0)
num_classes = 4
input_shape = (12, 12, 1)


def load_data():
    rng = np.random.default_rng(0)
    y = rng.integers(0, num_classes, 240)
    x = rng.integers(0, 120, (240, 12, 12))
    for image, label in zip(x, y):
        row, col = divmod(int(label), 2)
        image[row * 6 : row * 6 + 6, col * 6 : col * 6 + 6] += 120
    return (x[:200].astype("uint8"), y[:200]), (x[200:].astype("uint8"), y[200:])


(x_train, y_train), (x_test, y_test) = load_data()
x_train = x_train.astype("float32") / 255
x_test = x_test.astype("float32")  # FAULT
x_train = np.expand_dims(x_train, -1)
x_test = np.expand_dims(x_test, -1)
y_train = utils.to_categorical(y_train, num_classes)
y_test = utils.to_categorical(y_test, num_classes)

model = models.Sequential()
model.add(layers.Input(shape=input_shape))
model.add(layers.Conv2D(8, (3, 3), activation="relu"))
model.add(layers.MaxPooling2D((2, 2)))
model.add(layers.Flatten())
model.add(layers.Dropout(0.25))
model.add(layers.Dense(num_classes, activation="softmax"))
model.compile(loss="categorical_crossentropy", optimizer="adam", metrics=["accuracy"])
model.fit(x_train, y_train, batch_size=20, epochs=3, validation_split=0.1, verbose=2)

score = model.evaluate(x_test, y_test, verbose=0)  # FAULT
print("Test loss:", score[0])
print("Test accuracy:", score[1])
