from types import SimpleNamespace

cfg = SimpleNamespace(
    n_features=12,
    hidden=[32, 32],
    n_classes=3,
    lr=0.05,
    momentum=0.9,
    weight_decay=5e-4,
    epochs=4,
    batch_size=8,
    lr_step_size=1,
    lr_gamma=0.1,
)
