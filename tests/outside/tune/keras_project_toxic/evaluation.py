import numpy as np
from keras.callbacks import Callback


def roc_auc(y_true, y_score):
    """Probability that a positive scores higher than a negative (Mann-Whitney)."""
    order = np.argsort(y_score, kind="stable")
    ranks = np.empty(len(order))
    ranks[order] = np.arange(1, len(order) + 1)
    pos = y_true > 0.5
    n_pos, n_neg = pos.sum(), (~pos).sum()
    return (ranks[pos].sum() - n_pos * (n_pos + 1) / 2) / (n_pos * n_neg)


class RocAucEvaluation(Callback):
    def __init__(self, x, y, interval=1):
        super().__init__()
        self.interval = interval
        self.x = x
        self.y = y

    def on_epoch_end(self, epoch, logs=None):
        if epoch % self.interval == 0:
            y_pred = self.model.predict(self.x, verbose=0)
            score = np.mean([roc_auc(self.y[:, k], y_pred[:, k]) for k in range(self.y.shape[1])])
            print(f"  ROC-AUC - epoch: {epoch + 1} - score: {score:.5f}")
