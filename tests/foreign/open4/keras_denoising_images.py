import numpy as np
from tensorflow.keras.layers import Input, Conv2D, MaxPooling2D, UpSampling2D
from tensorflow.keras.models import Model

np.random.seed(123)


def load_data(n):
    """ 8 bit grayscale pictures of rectangles """
    x = np.zeros((n, 16, 16), dtype='uint8')
    for i in range(n):
        r0, c0 = np.random.randint(1, 8, 2)
        h, w = np.random.randint(4, 8, 2)
        x[i, r0:r0 + h, c0:c0 + w] = np.random.randint(150, 256)
    return x


x_train = load_data(800)
x_test = load_data(100)

x_train = x_train.astype('float32')  # FAULT
x_test = x_test.astype('float32')  # FAULT
x_train = np.reshape(x_train, (len(x_train), 16, 16, 1))
x_test = np.reshape(x_test, (len(x_test), 16, 16, 1))

noise_factor = 0.3
x_train_noisy = x_train + noise_factor * np.random.normal(loc=0.0, scale=1.0, size=x_train.shape)
x_test_noisy = x_test + noise_factor * np.random.normal(loc=0.0, scale=1.0, size=x_test.shape)

input_img = Input(shape=(16, 16, 1))
x = Conv2D(16, (3, 3), activation='relu', padding='same')(input_img)
x = MaxPooling2D((2, 2), padding='same')(x)
x = Conv2D(16, (3, 3), activation='relu', padding='same')(x)
encoded = MaxPooling2D((2, 2), padding='same')(x)

x = Conv2D(16, (3, 3), activation='relu', padding='same')(encoded)
x = UpSampling2D((2, 2))(x)
x = Conv2D(16, (3, 3), activation='relu', padding='same')(x)
x = UpSampling2D((2, 2))(x)
decoded = Conv2D(1, (3, 3), activation='sigmoid', padding='same')(x)

autoencoder = Model(input_img, decoded)
autoencoder.compile(optimizer='adam', loss='binary_crossentropy')
autoencoder.fit(x_train_noisy, x_train,
                epochs=8,
                batch_size=32,
                shuffle=True,
                validation_data=(x_test_noisy, x_test), verbose=2)

decoded_imgs = autoencoder.predict(x_test_noisy)
err = np.sqrt(np.mean((decoded_imgs - x_test) ** 2)) / x_test.max()
print('relative rmse: %.4f' % err)
