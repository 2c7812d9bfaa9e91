# SPDX-License-Identifier: Apache-2.0
"""What is known of an ATen operation from its schema and its name: what it writes, whether it is a view, whether it rounds."""

from __future__ import annotations

from typing import Any

import torch

#: Operations whose result is garbage until something is written to it, or which touch no number.
_IGNORED = frozenset(
    """empty empty_like empty_strided empty_permuted new_empty new_empty_strided empty_quantized
    _record_function_enter_new _record_function_exit record_stream is_pinned _pin_memory _local_scalar_dense
    is_same_size equal sym_size sym_stride sym_numel sym_storage_offset resize_ set_ _has_compatible_shallow_copy_type
    _fused_sdp_choice is_nonzero""".split()
)

#: Operations that move, select or compare values, or answer with constants: they round nothing unless they
#: write a narrower format. Each has the exact value in every format.
_EXACT = frozenset(
    """clone copy copy_ cat stack index index_select gather take embedding slice_backward select_backward
    slice_scatter select_scatter as_strided_scatter diagonal_scatter zeros zeros_like new_zeros ones ones_like new_ones
    full full_like new_full fill fill_ zero_ zero where masked_fill masked_fill_ masked_scatter masked_select neg
    neg_ abs abs_ relu relu_ threshold threshold_ threshold_backward max_pool2d_with_indices max_pool3d_with_indices
    adaptive_max_pool2d max min amax amin maximum minimum aminmax sort topk kthvalue median mode repeat flip roll
    constant_pad_nd reflection_pad1d reflection_pad2d replication_pad2d sign sgn clamp clamp_ clamp_min clamp_min_
    clamp_max clamp_max_ hardtanh hardtanh_ hardtanh_backward tril triu tril_ triu_ arange eye lift_fresh
    lift_fresh_copy lift contiguous _to_copy index_put index_put_ scatter scatter_ upsample_nearest2d
    upsample_nearest1d upsample_nearest3d _foreach_copy_ _foreach_zero_ _foreach_neg _foreach_neg_ _foreach_maximum_
    _foreach_abs im2col channel_shuffle pixel_shuffle pixel_unshuffle repeat_interleave unfold_copy scalar_tensor
    nan_to_num nan_to_num_ floor ceil round trunc view_copy detach_copy expand_copy one_hot cummax
    cummin unbind_copy split_copy _unsafe_view reshape_copy""".split()
)

#: Operations that stand for several of a model's: rounded and reported as one row.
FUSED = frozenset(
    """mkldnn_rnn_layer _thnn_fused_lstm_cell _thnn_fused_gru_cell _cudnn_rnn
    _scaled_dot_product_flash_attention_for_cpu _scaled_dot_product_flash_attention
    _scaled_dot_product_efficient_attention _scaled_dot_product_cudnn_attention _transformer_encoder_layer_fwd
    _native_multi_head_attention""".split()
)

#: Arguments that an operation writes although its schema does not say so.
_SILENTLY_WRITTEN = {
    "native_batch_norm": ("running_mean", "running_var"),
    "cudnn_batch_norm": ("running_mean", "running_var"),
    "miopen_batch_norm": ("running_mean", "running_var"),
}


class Operation:
    """The facts of one overload.

    name: without namespace and overload, such as "addmm"; writes: positions and names of the written arguments;
    silent: those of them that the schema does not name; view: the result shares its storage with an argument.
    """

    __slots__ = (
        "name", "label", "writes", "silent", "view", "random", "ignored", "exact", "fused", "attention",
        "scaler", "told",
    )  # fmt: skip

    def __init__(self, function: Any) -> None:
        schema = function._schema
        name = schema.name.split("::")[-1]
        self.name = name
        self.label = name.strip("_").removesuffix("_copy") if name != "_to_copy" else "cast"
        self.writes: list[tuple[int, str]] = []
        self.silent: list[tuple[int, str]] = []
        silently = _SILENTLY_WRITTEN.get(name, ())
        for position, argument in enumerate(schema.arguments):
            if argument.alias_info is not None and argument.alias_info.is_write:
                self.writes.append((position, argument.name))
            elif argument.name in silently:
                self.silent.append((position, argument.name))
        self.view = not self.writes and any(
            one.alias_info is not None and not one.alias_info.is_write for one in schema.returns
        )
        self.attention = "scaled_dot_product" in name
        self.random = torch.Tag.nondeterministic_seeded in function.tags
        self.ignored = name in _IGNORED
        self.exact = name in _EXACT
        self.fused = name in FUSED
        #: How many of its results are told; the others are weights of the first and the like.
        self.told = 1 if name in ("nll_loss_forward", "nll_loss2d_forward", "native_layer_norm") else 1 << 30
        #: GradScaler's own operations, which take nothing but FP32.
        self.scaler = name.startswith("_amp_")

    def draws(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
        """Whether a call takes random numbers: attention only where its dropout is above zero."""
        if not self.random:
            return False
        if self.attention:
            return any(isinstance(one, float) and one > 0 for one in args[3:6]) or bool(
                kwargs.get("dropout_p", 0.0)
            )
        if self.name == "rrelu_with_noise":
            return bool(args[4]) if len(args) > 4 else bool(kwargs.get("training", False))
        return True

    def written(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> list[Any]:
        """The written arguments of a call, silently written ones included."""
        found = []
        for position, name in self.writes + self.silent:
            if position < len(args):
                found.append(args[position])
            elif name in kwargs:
                found.append(kwargs[name])
        return found


class Operations(dict[str, Any]):
    """The facts of every overload met, made when it is first met."""

    def __missing__(self, function: Any) -> Operation:
        self[function] = facts = Operation(function)
        return facts
