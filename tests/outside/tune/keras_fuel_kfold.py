"""Regression with k-fold validation, the way of the deep learning books."""
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

keras.utils.set_random_seed(0)

# Fuel use of invented cars: cylinders, displacement, horsepower, weight, year, origin (one-hot)
rng = np.random.default_rng(17)
n = 300
cylinders = rng.choice([3, 4, 6, 8], n)
displacement = cylinders * 45 + rng.normal(0, 15, n)
horsepower = displacement * 0.5 + rng.normal(20, 10, n)
weight = 1400 + displacement * 7 + rng.normal(0, 150, n)
year = rng.integers(70, 83, n)
origin = np.eye(3)[rng.integers(0, 3, n)]
mpg = 60 - 0.008 * weight - 0.05 * horsepower + 0.5 * (year - 76) + origin @ [0.0, 1.5, 2.5] + rng.normal(0, 1, n)

features = np.column_stack([cylinders, displacement, horsepower, weight, year, origin]).astype("float32")
targets = mpg.astype("float32")

train_data, test_data = features[:230], features[230:]
train_targets, test_targets = targets[:230], targets[230:]

mean = train_data.mean(axis=0)
std = train_data.std(axis=0)
train_data = (train_data - mean) / std
test_data = (test_data - mean) / std


def build_model():
    model = keras.Sequential([
        layers.Dense(32, activation="relu"),
        layers.Dense(32, activation="relu"),
        layers.Dense(1)
    ])
    model.compile(optimizer=keras.optimizers.RMSprop(learning_rate=8e-3), loss="mse", metrics=["mae"])
    return model


k = 2
num_val_samples = len(train_data) // k
num_epochs = 12
all_mae_histories = []
for i in range(k):
    print(f"Processing fold #{i}")
    val_data = train_data[i * num_val_samples: (i + 1) * num_val_samples]
    val_targets = train_targets[i * num_val_samples: (i + 1) * num_val_samples]
    partial_train_data = np.concatenate(
        [train_data[:i * num_val_samples],
         train_data[(i + 1) * num_val_samples:]],
        axis=0)
    partial_train_targets = np.concatenate(
        [train_targets[:i * num_val_samples],
         train_targets[(i + 1) * num_val_samples:]],
        axis=0)
    model = build_model()
    history = model.fit(partial_train_data, partial_train_targets,
                        validation_data=(val_data, val_targets),
                        epochs=num_epochs, batch_size=20, verbose=0)
    all_mae_histories.append(history.history["val_mae"])

average_mae_history = [np.mean([x[i] for x in all_mae_histories]) for i in range(num_epochs)]
for epoch in range(0, num_epochs, 4):
    print(f"epoch {epoch}: validation MAE {average_mae_history[epoch]:.2f}")

best = int(np.argmin(average_mae_history)) + 1
print("best number of epochs:", best)

model = build_model()
model.fit(train_data, train_targets, epochs=best, batch_size=20, verbose=0)
test_mse_score, test_mae_score = model.evaluate(test_data, test_targets, verbose=0)
print(f"test MAE {test_mae_score:.2f} (guessing the mean: {np.abs(test_targets - train_targets.mean()).mean():.2f})")

predictions = model.predict(test_data[:3], verbose=0)
print(predictions.ravel(), test_targets[:3])
