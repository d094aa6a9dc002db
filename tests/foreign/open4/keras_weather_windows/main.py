import numpy as np
import tensorflow as tf

from windows import WindowGenerator
from models import conv_lstm, compile_and_fit

tf.random.set_seed(0)
rng = np.random.default_rng(0)

# hourly fake weather: temperature, pressure, wind
n = 1800
t = np.arange(n)
drift = np.zeros(n)
for i in range(1, n):
    drift[i] = 0.97 * drift[i - 1] + rng.normal(0, 0.3)
temp = 10 + 6 * np.sin(2 * np.pi * t / 24) + drift + rng.normal(0, .3, n)
press = 1000 - 0.5 * drift + rng.normal(0, 1, n)
wind = np.abs(rng.normal(3, 1, n))
df = np.stack([temp, press, wind], axis=-1)

train_df, val_df, test_df = df[:int(n * 0.7)], df[int(n * 0.7):int(n * 0.9)], df[int(n * 0.9):]
train_mean, train_std = train_df.mean(axis=0), train_df.std(axis=0)
train_df = (train_df - train_mean) / train_std
val_df = (val_df - train_mean) / train_std
test_df = (test_df - train_mean) / train_std

# predict the temperature 12h ahead from the last 24h
w = WindowGenerator(train_df, val_df, test_df, input_width=24, shift=12)
model = conv_lstm()
compile_and_fit(model, w)
print('test:', model.evaluate(w.test, verbose=0))

# 12h forecast vs. what really happened
x = np.stack([test_df[i:i + 24] for i in range(0, 100)]).astype('float32')
truth = np.array([test_df[i + 24 + 12 - 1, 0] for i in range(0, 100)])
pred = model.predict(x, verbose=0)[:, 0]
print('MAE of 12h forecast in degC: %.2f' % (np.abs(pred - truth).mean() * train_std[0]))
