/* SPDX-License-Identifier: Apache-2.0 */
/* The kernels of arrays that `halfway check` calls, as function types: declare yours with one,
 *
 *     #include <halfway_kernel.h>
 *     halfway_softmax my_softmax;
 *
 * and the compiler says where it differs. Elements are float unless HALFWAY_T is another type
 * (_Float16, __bf16; uint16_t and uint8_t hold encodings), results the same unless HALFWAY_R is.
 * Arrays are row-major without gaps, but for the leading dimensions of halfway_gemm. Counts may be
 * size_t, int or int64_t; numbers float or double. No array is another one, or a part of it. */
#ifndef HALFWAY_KERNEL_H
#define HALFWAY_KERNEL_H

#include <stddef.h>
#include <stdint.h>

#ifndef HALFWAY_T
#define HALFWAY_T float
#endif
#ifndef HALFWAY_R
#define HALFWAY_R HALFWAY_T
#endif

/* Elements: f(x); y[i] = f(x[i]) and f(x[i], z[i]). */
typedef HALFWAY_T halfway_scalar(HALFWAY_T x);
typedef void halfway_unary(const HALFWAY_T *x, HALFWAY_T *y, size_t count);
typedef void halfway_binary(const HALFWAY_T *x, const HALFWAY_T *z, HALFWAY_T *y, size_t count);

/* The sum of x[i], and of x[i] y[i]. */
typedef HALFWAY_R halfway_sum(const HALFWAY_T *x, size_t n);
typedef HALFWAY_R halfway_dot(const HALFWAY_T *x, const HALFWAY_T *y, size_t n);

/* C = A B; A is m x k, B k x n, C m x n. */
typedef void halfway_matmul(const HALFWAY_T *a, const HALFWAY_T *b, HALFWAY_R *c, size_t m, size_t n,
                            size_t k);

/* C = alpha A B + beta C. Where transpose_a is 1, A stands in memory as k x m; lda, ldb and ldc are
 * the elements from one row in memory to the next. C is not read where beta is 0. */
typedef void halfway_gemm(int transpose_a, int transpose_b, size_t m, size_t n, size_t k, float alpha,
                          const HALFWAY_T *a, size_t lda, const HALFWAY_T *b, size_t ldb, float beta,
                          HALFWAY_R *c, size_t ldc);

/* Cross-correlation: x is batch x channels x height x width, w filters x channels x kernel_height x
 * kernel_width; zeros surround each image. */
typedef void halfway_conv2d(const HALFWAY_T *x, const HALFWAY_T *w, HALFWAY_R *y, size_t batch,
                            size_t channels, size_t height, size_t width, size_t filters,
                            size_t kernel_height, size_t kernel_width, size_t stride, size_t padding);

/* Of each row: exp(x[i]) / sum exp(x[k]), its logarithm, and log sum exp(x[k]). */
typedef void halfway_softmax(const HALFWAY_T *x, HALFWAY_R *y, size_t rows, size_t columns);
typedef void halfway_log_softmax(const HALFWAY_T *x, HALFWAY_R *y, size_t rows, size_t columns);
typedef void halfway_logsumexp(const HALFWAY_T *x, HALFWAY_R *y, size_t rows, size_t columns);

/* Of each row: log sum exp(x[k]) - x[label]. */
typedef void halfway_cross_entropy(const HALFWAY_T *x, const int64_t *labels, HALFWAY_R *y, size_t rows,
                                   size_t columns);

/* Of each row: (x[i] - mean) / sqrt(variance + epsilon) * weight[i] + bias[i], the variance divided
 * by the number of columns; and x[i] / sqrt(mean square + epsilon) * weight[i]. */
typedef void halfway_layer_norm(const HALFWAY_T *x, const HALFWAY_T *weight, const HALFWAY_T *bias,
                                HALFWAY_R *y, size_t rows, size_t columns, float epsilon);
typedef void halfway_rms_norm(const HALFWAY_T *x, const HALFWAY_T *weight, HALFWAY_R *y, size_t rows,
                              size_t columns, float epsilon);

/* Of each head: softmax(scale Q K^T) V; Q is queries x width, K and V keys x width. Where causal is 1,
 * query i sees the keys up to i + keys - queries; where mask is no null pointer, it is queries x
 * keys, the same for all heads, and hides the keys where it is 0. */
typedef void halfway_attention(const HALFWAY_T *q, const HALFWAY_T *k, const HALFWAY_T *v,
                               const uint8_t *mask, HALFWAY_R *y, size_t heads, size_t queries,
                               size_t keys, size_t width, float scale, int causal);

#endif
