# Stock price prediction with stacked LSTM
import numpy as np
from tensorflow.keras.models import Sequential
from tensorflow.keras.layers import Dense, LSTM, Dropout

np.random.seed(0)


class MinMaxScaler:
    # sklearn is not available on this machine
    def __init__(self, feature_range=(0, 1)):
        self.a, self.b = feature_range

    def fit_transform(self, X):
        self.data_min_, self.data_max_ = X.min(axis=0), X.max(axis=0)
        return self.transform(X)

    def transform(self, X):
        return (X - self.data_min_) / (self.data_max_ - self.data_min_) * (self.b - self.a) + self.a

    def inverse_transform(self, X):
        if X.shape[1] != len(self.data_min_):
            raise ValueError('X has %d features, but scaler is expecting %d' % (X.shape[1], len(self.data_min_)))
        return (X - self.a) / (self.b - self.a) * (self.data_max_ - self.data_min_) + self.data_min_


# Open, High, Low, Close, Volume
n = 700
close = 100 + np.cumsum(np.random.normal(0.05, 1, n))
open_ = close + np.random.normal(0, .5, n)
high = np.maximum(open_, close) + np.abs(np.random.normal(0, .5, n))
low = np.minimum(open_, close) - np.abs(np.random.normal(0, .5, n))
volume = np.random.uniform(1e5, 1e6, n)
dataset = np.column_stack([open_, high, low, close, volume])
CLOSE = 3

training_data_len = int(len(dataset) * .8)
scaler = MinMaxScaler(feature_range=(0, 1))
train_scaled = scaler.fit_transform(dataset[:training_data_len])

x_train, y_train = [], []
for i in range(60, len(train_scaled)):
    x_train.append(train_scaled[i - 60:i, :])
    y_train.append(train_scaled[i, CLOSE])
x_train, y_train = np.array(x_train), np.array(y_train)
print(x_train.shape)

# Build the LSTM model
model = Sequential()
model.add(LSTM(32, return_sequences=True, input_shape=(x_train.shape[1], x_train.shape[2])))
model.add(Dropout(0.1))
model.add(LSTM(16, return_sequences=False))
model.add(Dense(8))
model.add(Dense(1))
model.compile(optimizer='adam', loss='mean_squared_error')
model.fit(x_train, y_train, batch_size=32, epochs=2)

# Create the testing data set
test_data = scaler.transform(dataset[training_data_len - 60:])
x_test = np.array([test_data[i - 60:i, :] for i in range(60, len(test_data))])
y_test = dataset[training_data_len:, CLOSE]

# Get the models predicted price values
predictions = model.predict(x_test)
predictions = scaler.inverse_transform(predictions)  # FAULT
rmse = np.sqrt(np.mean((predictions[:, 0] - y_test) ** 2))
print('RMSE', rmse)
for real, pred in list(zip(y_test, predictions[:, 0]))[:5]:
    print('%.2f %.2f' % (real, pred))
