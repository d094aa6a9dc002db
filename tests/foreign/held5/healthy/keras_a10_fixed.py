# Denoising convolutional autoencoder
import numpy as np
from tensorflow import keras
from tensorflow.keras.layers import Input, Conv2D, MaxPooling2D, UpSampling2D
from tensorflow.keras.models import Model

keras.utils.set_random_seed(6)
SIDE = 28


def squares(n):
    imgs = np.zeros((n, SIDE, SIDE, 1), dtype="float32")
    for im in imgs:
        r, c = np.random.randint(2, 16, size=2)
        s = np.random.randint(5, 11)
        im[r:r + s, c:c + s] = 1.0
    return imgs


x_train = squares(300)
x_test = squares(60)
noise_factor = 0.3
x_train_noisy = np.clip(x_train + noise_factor * np.random.normal(size=x_train.shape), 0.0, 1.0)
x_test_noisy = np.clip(x_test + noise_factor * np.random.normal(size=x_test.shape), 0.0, 1.0)

input_img = Input(shape=(SIDE, SIDE, 1))

# encoder
x = Conv2D(16, (3, 3), activation="relu", padding="same")(input_img)
x = MaxPooling2D((2, 2), padding="same")(x)
x = Conv2D(8, (3, 3), activation="relu", padding="same")(x)
encoded = MaxPooling2D((2, 2), padding="same")(x)

# decoder
x = Conv2D(8, (3, 3), activation="relu", padding="same")(encoded)
x = UpSampling2D((2, 2))(x)
x = Conv2D(16, (3, 3), activation="relu", padding="same")(x)
x = UpSampling2D((2, 2))(x)
decoded = Conv2D(1, (3, 3), activation="sigmoid", padding="same")(x)

autoencoder = Model(input_img, decoded)
autoencoder.compile(optimizer=keras.optimizers.Adam(0.005), loss="binary_crossentropy")

autoencoder.fit(
    x_train_noisy, x_train,
    epochs=5,
    batch_size=20,
    shuffle=True,
    validation_data=(x_test_noisy, x_test),
    verbose=2,
)

restored = autoencoder.predict(x_test_noisy, verbose=0)
before = np.mean((x_test_noisy - x_test) ** 2)
after = np.mean((restored - x_test) ** 2)
print("mse before %.4f, after %.4f" % (before, after))
