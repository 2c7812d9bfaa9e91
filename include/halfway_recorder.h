/* SPDX-License-Identifier: Apache-2.0 */
/* Recorders: they count what a training step of any framework computes, beside what the step would
 * be in FP64, and write a file that `halfway watched` reads. docs/pytorch.md has the definitions.
 *
 * A recorder is a number, never 0. Calls may come from any thread; one at a time is served. Nothing
 * of a buffer is kept after a call. A format is the name of one, `fp64` included: `fp32`, `fp16`,
 * `bf16`, `e4m3`, `e5m2`, ...; buffers of numbers hold its encodings in 8, 4, 2 or 1 bytes each,
 * without gaps, aligned to them. All buffers of a call have `count` elements. Where NULL is
 * allowed it means that something is not known, which is then never counted as zero. */
#ifndef HALFWAY_RECORDER_H
#define HALFWAY_RECORDER_H

#include "halfway.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Begins a file. run_json is one JSON object in one line that says what is run. threads: so many
 * count; 0 for as many as there are processors. The file grows by whole steps: what a run that dies
 * has left is a recording of the steps before. */
halfway_status halfway_recorder_open(const char *path, const char *run_json, uint32_t threads,
                                     uint64_t *recorder);

/* Says once more what is run, as of what only the first step shows; the last such line counts. */
halfway_status halfway_recorder_describe(uint64_t recorder, const char *run_json);

/* The number of a tensor: the same for the same layer, operation, kind and format. kind is
 * activation, activationGradient, weightGradient, weight, firstMoment or secondMoment; source the
 * line of the program that it comes from, or NULL. */
halfway_status halfway_recorder_declare(uint64_t recorder, const char *layer, const char *operation,
                                        const char *kind, const char *format, const char *source,
                                        uint32_t *tensor);

/* A result of an operation, in the order in which a step computes them. actual: what was stored, in
 * the tensor's format. local, or NULL: the operation in FP64 on the operands that it had. twin, or
 * NULL: what the FP64 twin has. scale: the loss scale that all three contain, 1 for none. flags: 0.
 * Several results of a tensor in one step are counted together. */
halfway_status halfway_recorder_tensor(uint64_t recorder, uint32_t tensor, const void *actual,
                                       const double *local, const double *twin, uint64_t count,
                                       double scale, uint32_t flags);

/* A parameter's step, after it. before, base and after are in the format of the weight: before the
 * step; what the last operation that wrote the weight found (NULL: before); what it left. local, or
 * NULL: that operation in FP64 on the operands that it had, so that local - base is the update.
 * update_format: the one that the update is computed in. twin_before and twin_after, both or none:
 * what the twin's last operation found and left. gradient with its format, or NULL: what the
 * optimizer was given; twin_gradient, or NULL: the twin's. The weights that drift is measured from
 * are those before the first of a parameter's steps. */
halfway_status halfway_recorder_update(uint64_t recorder, uint32_t weight,
                                       const char *update_format, const void *before,
                                       const void *base, const double *local, const void *after,
                                       const double *twin_before, const double *twin_after,
                                       const void *gradient, const char *gradient_format,
                                       const double *twin_gradient, uint64_t count);

/* A moment before its decay by beta: how much of it the decay leaves as it is. */
halfway_status halfway_recorder_decay(uint64_t recorder, uint32_t moment, const void *before,
                                      uint64_t count, double beta);

/* A weight, in its format, and what a weight decay made of `before`, both in `format`: of the
 * weights themselves (AdamW: share = rate * decay, factor = 1) or of their gradients (SGD: share =
 * rate * decay / (1 - momentum), factor = -rate / (1 - momentum)). */
halfway_status halfway_recorder_weight_decay(uint64_t recorder, uint32_t weight,
                                             const void *weights, const char *format,
                                             const void *before, const void *after, uint64_t count,
                                             double share, double factor);

/* Whole numbers and truth values of the step that were compared with the twin's. */
halfway_status halfway_recorder_decision(uint64_t recorder, const char *layer,
                                         const char *operation, const char *source, uint64_t count,
                                         uint64_t different);

#define HALFWAY_STEP_MEASURED 1u
#define HALFWAY_STEP_SKIPPED 2u
#define HALFWAY_STEP_HAS_LOSS 4u
#define HALFWAY_STEP_HAS_TWIN_LOSS 8u
#define HALFWAY_STEP_HAS_LOSS_SCALE 16u
#define HALFWAY_STEP_HAS_LEARNING_RATE 32u
#define HALFWAY_STEP_HAS_CLIP 64u

/* Ends a step, measured or not, taken or skipped: from 1, ascending. Losses are without a scale;
 * numbers whose flag is not set are not read. */
halfway_status halfway_recorder_step(uint64_t recorder, uint64_t step, double loss,
                                     double twin_loss, double loss_scale, double learning_rate,
                                     double clip_norm, double clip_factor, uint32_t flags);

/* What a reader should know: kind is not-compared, fused, random, compiled or warning; layer,
 * operation and source may be NULL. Equal notes are counted together. */
halfway_status halfway_recorder_note(uint64_t recorder, const char *kind, const char *layer,
                                     const char *operation, const char *source, const char *text,
                                     uint64_t count);

/* Ends the recording: reason is `finished`, `steps`, `interrupted`, or what ended it. */
halfway_status halfway_recorder_close(uint64_t recorder, const char *reason);

#ifdef __cplusplus
}
#endif

#endif
