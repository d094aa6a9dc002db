# bounding box regression: where is the cat? (pyimagesearch style, but cats are bright ellipses)
import numpy as np
from tensorflow.keras.models import Model
from tensorflow.keras.layers import Flatten, Dense, Input, Conv2D, MaxPooling2D
from tensorflow.keras.optimizers import Adam


class config:
    INIT_LR = 1e-3
    NUM_EPOCHS = 8
    BATCH_SIZE = 32
    H, W = 48, 48


print("[INFO] loading dataset...")
np.random.seed(42)
data, targets = [], []
yy, xx = np.mgrid[:config.H, :config.W]
for _ in range(700):
    bw, bh = np.random.randint(12, 24, 2)
    startX = np.random.randint(0, config.W - bw)
    startY = np.random.randint(0, config.H - bh)
    endX, endY = startX + bw, startY + bh
    img = np.random.randint(0, 60, (config.H, config.W, 1))
    inside = ((xx - startX - bw / 2) / (bw / 2)) ** 2 + ((yy - startY - bh / 2) / (bh / 2)) ** 2 < 1
    img[inside] += 160
    data.append(img)
    targets.append((startX, startY, endX, endY))  # FAULT

data = np.array(data, dtype="float32") / 255.0
targets = np.array(targets, dtype="float32")
trainImages, testImages = data[:600], data[600:]
trainTargets, testTargets = targets[:600], targets[600:]

inp = Input(shape=(config.H, config.W, 1))
x = inp
for f in (8, 16, 16):
    x = Conv2D(f, (3, 3), padding="same", activation="relu")(x)
    x = MaxPooling2D((2, 2))(x)
flatten = Flatten()(x)

# construct a fully-connected layer header to output the predicted bounding box coordinates
bboxHead = Dense(64, activation="relu")(flatten)
bboxHead = Dense(32, activation="relu")(bboxHead)
bboxHead = Dense(4, activation="sigmoid")(bboxHead)  # FAULT
model = Model(inputs=inp, outputs=bboxHead)
model.compile(loss="mse", optimizer=Adam(learning_rate=config.INIT_LR))

print("[INFO] training bounding box regressor...")
H = model.fit(trainImages, trainTargets, validation_data=(testImages, testTargets),
              batch_size=config.BATCH_SIZE, epochs=config.NUM_EPOCHS, verbose=2)


def bb_intersection_over_union(boxA, boxB):
    xA, yA = max(boxA[0], boxB[0]), max(boxA[1], boxB[1])
    xB, yB = min(boxA[2], boxB[2]), min(boxA[3], boxB[3])
    interArea = max(0, xB - xA) * max(0, yB - yA)
    areaA = (boxA[2] - boxA[0]) * (boxA[3] - boxA[1])
    areaB = (boxB[2] - boxB[0]) * (boxB[3] - boxB[1])
    return interArea / float(areaA + areaB - interArea + 1e-9)


preds = model.predict(testImages, verbose=0)
print("mean IoU", np.mean([bb_intersection_over_union(p, t) for p, t in zip(preds, testTargets)]))
