# house price regression w/ k-fold, after the Boston housing example in Chollet's book
import numpy as np
from tensorflow.keras.models import Sequential
from tensorflow.keras.layers import Dense, Dropout, Input
from tensorflow.keras.optimizers import RMSprop

rng = np.random.default_rng(11)
n = 400
sqft = rng.normal(1500, 400, n)
rooms = rng.integers(1, 7, n)
age = rng.uniform(0, 90, n)
dist = rng.exponential(5, n)
crime = rng.beta(2, 8, n)
price = 60 + 0.09 * sqft + 8 * rooms - 0.4 * age - 3 * dist - 50 * crime + rng.normal(0, 10, n)

data = np.column_stack([sqft, rooms, age, dist, crime])
train_data, test_data = data[:320], data[320:]
train_targets, test_targets = price[:320], price[320:]

mean = train_data.mean(axis=0)
train_data = train_data - mean
std = train_data.std(axis=0)
train_data /= std

test_data = test_data - mean
test_data /= std


def build_model():
    model = Sequential()
    model.add(Input(shape=(train_data.shape[0],)))  # FAULT
    model.add(Dense(64, activation='relu'))
    model.add(Dropout(0.1))
    model.add(Dense(64, activation='relu'))
    model.add(Dense(1))
    model.compile(optimizer=RMSprop(learning_rate=0.01), loss='mse', metrics=['mae'])
    return model


k = 3
num_val_samples = len(train_data) // k
num_epochs = 8
all_scores = []
for i in range(k):
    print('processing fold #', i)
    val_data = train_data[i * num_val_samples: (i + 1) * num_val_samples]
    val_targets = train_targets[i * num_val_samples: (i + 1) * num_val_samples]
    partial_train_data = np.concatenate(
        [train_data[:i * num_val_samples], train_data[(i + 1) * num_val_samples:]], axis=0)
    partial_train_targets = np.concatenate(
        [train_targets[:i * num_val_samples], train_targets[(i + 1) * num_val_samples:]], axis=0)
    model = build_model()
    model.fit(partial_train_data, partial_train_targets, epochs=num_epochs, batch_size=16, verbose=0)
    val_mse, val_mae = model.evaluate(val_data, val_targets, verbose=0)
    all_scores.append(val_mae)

print(all_scores, np.mean(all_scores))

model = build_model()
model.fit(train_data, train_targets, epochs=num_epochs, batch_size=16, verbose=0)
test_mse_score, test_mae_score = model.evaluate(test_data, test_targets)
print('test MAE', test_mae_score)
