"""Where a stage runs."""

import pytest
import torch

from paft_train import models
from paft_train.errors import StageError


@pytest.mark.parametrize(("count", "available"), [(0, False), (1, True)])
def test_one_gpu_or_none(monkeypatch: pytest.MonkeyPatch, count: int, available: bool) -> None:
    monkeypatch.setattr(torch.cuda, "device_count", lambda: count)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: available)
    assert models.device().type == ("cuda" if available else "cpu")


def test_several_gpus_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    with pytest.raises(StageError, match="sees 2 GPUs") as caught:
        models.device()
    assert caught.value.reason == "InvalidParameter"
