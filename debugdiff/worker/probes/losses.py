"""Which losses of the frameworks are known, and what each one wants to be given."""

from __future__ import annotations

LOSS_SITE = "loss"
PREDICTION_SITE = "loss.prediction"
TARGET_SITE = "loss.target"

LOGITS, PROBABILITIES, LOG_PROBABILITIES, VALUES = (
    "logits",
    "probabilities",
    "log-probabilities",
    "values",
)

TORCH_LOSSES = {
    "cross_entropy": LOGITS,
    "nll_loss": LOG_PROBABILITIES,
    "binary_cross_entropy": PROBABILITIES,
    "binary_cross_entropy_with_logits": LOGITS,
    "mse_loss": VALUES,
    "l1_loss": VALUES,
    "smooth_l1_loss": VALUES,
    "huber_loss": VALUES,
}
"""Functions of `torch.nn.functional`, which the classes of `torch.nn` call as well."""


def wanted_by_keras(name: str, *, from_logits: bool) -> str:
    """What a Keras loss wants, by the name of its function or class."""
    if "crossentropy" not in name.lower().replace("_", ""):
        return VALUES
    return LOGITS if from_logits else PROBABILITIES
