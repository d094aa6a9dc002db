# Ticket priority from a categorical field, a bag of numbers and a short text (functional API)
import numpy as np
import keras
from keras import layers

keras.utils.set_random_seed(8)
N = 500
N_DEPT = 6
VOCAB = 50
TEXT_LEN = 10

rng = np.random.default_rng(8)
dept = rng.integers(0, N_DEPT, size=(N, 1))
numbers = rng.normal(size=(N, 4)).astype("float32")
text = rng.integers(1, VOCAB, size=(N, TEXT_LEN))
signal = numbers[:, 0] + 0.8 * (dept[:, 0] >= 3) - 0.4 + 0.1 * ((text < 10).sum(1) - 2)
priority = (signal > 0).astype("float32")

# text branch
text_in = keras.Input(shape=(TEXT_LEN,), dtype="int32", name="text")
t = layers.Embedding(VOCAB, 16)(text_in)
t = layers.Conv1D(16, 3, activation="relu")(t)
t = layers.GlobalAveragePooling1D()(t)

# department branch
dept_in = keras.Input(shape=(1,), dtype="int32", name="dept")
d = layers.Embedding(N_DEPT, 4)(dept_in)
d = layers.Flatten()(d)

# numeric branch
num_in = keras.Input(shape=(4,), name="numbers")
m = layers.Dense(16, activation="relu")(num_in)

merged = layers.Concatenate()([t, d, m])
z = layers.Dense(32, activation="relu")(merged)
z = layers.Dropout(0.1)(z)
out = layers.Dense(1, activation="sigmoid", name="priority")(z)

model = keras.Model(inputs=[text_in, dept_in, num_in], outputs=out)
model.compile("adam", "binary_crossentropy", metrics=["accuracy"])

cut = 400
train_inputs = {"text": text[:cut], "dept": dept[:cut], "numbers": numbers[:cut]}
test_inputs = {"text": text[cut:], "dept": dept[cut:], "numbers": numbers[cut:]}

model.fit(train_inputs, priority[:cut], epochs=10, batch_size=32, verbose=2)
res = model.evaluate(test_inputs, priority[cut:], return_dict=True, verbose=0)
print({k: round(float(v), 3) for k, v in res.items()})
