"""The L1 norm of the effective delta, differentiable, and how many of its elements are near zero.

The delta of LoRA is scaling * B @ A, summed over the adapted layers; that of full fine-tuning is W - W_base over all
trained parameters. The penalty is lambda times the SUM of absolute values (the L1 norm), not the mean: a lambda is
therefore tied to the number of parameters of the model.
"""

from collections.abc import Iterator
from typing import Any, Final

import torch
from torch import Tensor

from paft_train.errors import StageError

NEAR_ZERO: Final = 1e-5


class _FactorNorm(torch.autograd.Function):
    """sum |scaling * B @ A| for A (r, in) and B (out, r).

    The product is computed again in the backward pass instead of being kept, so that memory is bounded by one layer.
    Subgradient: with S = scaling * sign(scaling * B @ A), d/dA = B^T S and d/dB = S A^T.
    """

    @staticmethod
    def forward(ctx: Any, a: Tensor, b: Tensor, scaling: float) -> Tensor:
        """The norm, a scalar in float32."""
        ctx.save_for_backward(a, b)
        ctx.scaling = scaling
        return (scaling * (b.float() @ a.float())).abs().sum()

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, Tensor, None]:
        """Gradients by A, B and (none) the scaling."""
        a, b = ctx.saved_tensors
        sign = torch.sign(ctx.scaling * (b.float() @ a.float())) * (ctx.scaling * grad)
        return (b.float().T @ sign).to(a.dtype), (sign @ a.float().T).to(b.dtype), None


def lora_factors(model: torch.nn.Module) -> list[tuple[Tensor, Tensor, float]]:
    """(A, B, scaling) of every adapted layer, in the order of the modules.

    Raises InvalidParameter for layers whose delta is not B @ A of two matrices (embeddings, convolutions).
    """
    factors: list[tuple[Tensor, Tensor, float]] = []
    for name, layer, adapter in _adapted(model):
        if adapter not in layer.lora_A:
            raise StageError(
                "InvalidParameter",
                f"sparsity.l1 works on linear layers only, but tuning.targetModules adapts {name}.",
            )
        a, b = layer.lora_A[adapter].weight, layer.lora_B[adapter].weight
        if a.dim() != 2 or b.dim() != 2:
            raise StageError("InvalidParameter", f"sparsity.l1 works on linear layers only, not on {name}.")
        factors.append((a, b, float(layer.scaling[adapter])))
    return factors


def readable_factors(model: torch.nn.Module) -> list[tuple[Tensor, Tensor, float]]:
    """The same with those of embeddings, for a summary: layers whose delta is no product of two are left out."""
    factors: list[tuple[Tensor, Tensor, float]] = []
    for _, layer, adapter in _adapted(model):
        if adapter in layer.lora_A:
            a, b = layer.lora_A[adapter].weight, layer.lora_B[adapter].weight
        elif adapter in layer.lora_embedding_A:
            a, b = layer.lora_embedding_A[adapter], layer.lora_embedding_B[adapter]
        else:
            continue
        if a.dim() == b.dim() == 2:
            factors.append((a, b, float(layer.scaling[adapter])))
    return factors


def _adapted(model: torch.nn.Module) -> Iterator[tuple[str, Any, str]]:
    """Name, layer and active adapter."""
    from peft.tuners.lora import LoraLayer

    for name, layer in model.named_modules():
        if isinstance(layer, LoraLayer):
            for adapter in layer.active_adapters:
                yield name, layer, adapter


def lora_norm(factors: list[tuple[Tensor, Tensor, float]]) -> Tensor:
    """Sum over layers of sum |scaling * B @ A|, a differentiable scalar."""
    norms = [_FactorNorm.apply(a, b, scaling) for a, b, scaling in factors]
    return torch.stack([norm.to(norms[0].device) for norm in norms]).sum()


def lora_deltas(factors: list[tuple[Tensor, Tensor, float]]) -> Iterator[Tensor]:
    """Scaling * B @ A of every layer, one at a time, float32, without gradient."""
    with torch.no_grad():
        for a, b, scaling in factors:
            yield scaling * (b.float() @ a.float())


def frozen_copy(model: torch.nn.Module) -> list[tuple[Tensor, Tensor]]:
    """(parameter, copy of its value now) of every trained parameter; tied parameters once."""
    return [(p, p.detach().clone()) for p in model.parameters() if p.requires_grad]


def full_norm(pairs: list[tuple[Tensor, Tensor]]) -> Tensor:
    """Sum |W - W_base| over all pairs, a differentiable scalar."""
    norms = [(parameter - base.to(parameter.device)).abs().sum() for parameter, base in pairs]
    return torch.stack([norm.to(norms[0].device) for norm in norms]).sum()


def full_deltas(pairs: list[tuple[Tensor, Tensor]]) -> Iterator[Tensor]:
    """W - W_base of every parameter, one at a time, without gradient."""
    with torch.no_grad():
        for parameter, base in pairs:
            yield parameter.detach() - base.to(parameter.device)


def summary(deltas: Iterator[Tensor]) -> dict[str, float]:
    """The L1 norm, the number of elements and the share of |delta| <= 1e-5 (in the dtype that was trained)."""
    norm, near, count = 0.0, 0, 0
    for delta in deltas:
        absolute = delta.abs()
        norm += float(absolute.double().sum())
        near += int((absolute <= NEAR_ZERO).sum())
        count += delta.numel()
    return {"l1_delta": norm, "delta_elements": count, "delta_share_near_zero": near / max(count, 1)}
