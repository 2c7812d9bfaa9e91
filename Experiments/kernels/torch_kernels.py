# SPDX-License-Identifier: Apache-2.0
"""torch's kernels that take more than arrays and numbers."""

import torch.nn.functional as functional

halfway_arrays = "torch"


def softmax(x):
    return functional.softmax(x, dim=-1)


def logsumexp(x):
    return x.logsumexp(dim=-1)


def cross_entropy(x, labels):
    return functional.cross_entropy(x, labels, reduction="none")


def gelu_tanh(x):
    return functional.gelu(x, approximate="tanh")


def layer_norm(x, weight, bias, eps):
    return functional.layer_norm(x, x.shape[-1:], weight, bias, eps)


def rms_norm(x, weight, eps):
    return functional.rms_norm(x, x.shape[-1:], weight, eps)
