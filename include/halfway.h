/* SPDX-License-Identifier: Apache-2.0 */
/* Halfway's arithmetic for C, and for whatever calls C: the library is libhalfway.so (.dylib).
 *
 * Every function that can fail returns a status: HALFWAY_OK, or the kind of failure, of which
 * halfway_last_error() has one line. Nothing is computed then and no argument is written to. No
 * argument ends the process: sizes, names and pointers are checked where they come in; what a
 * pointer points to must be as large as its count says.
 *
 * Arrays are row-major without gaps. Encodings lie right-aligned in 1, 2 or 4 bytes, as their
 * format needs (halfway_format_bytes). Texts are UTF-8 and end with a zero byte. Functions may be
 * called from any thread. */
#ifndef HALFWAY_H
#define HALFWAY_H

#include <stddef.h>
#include <stdint.h>

/* The version of this header: a library of the same major number, and of the same minor number
 * while major is 0, has all that stands here. */
#define HALFWAY_VERSION_MAJOR 0
#define HALFWAY_VERSION_MINOR 1
#define HALFWAY_VERSION_PATCH 0
#define HALFWAY_VERSION (HALFWAY_VERSION_MAJOR * 10000 + HALFWAY_VERSION_MINOR * 100 + HALFWAY_VERSION_PATCH)

#ifdef __cplusplus
extern "C" {
#endif

typedef int32_t halfway_status;

#define HALFWAY_OK 0
/* A value that cannot be: an unknown name, a negative count, a pointer that is null. */
#define HALFWAY_INVALID 1
/* Values that are each right and do not go together: encodings of FP16 summed in BF16. */
#define HALFWAY_UNSUPPORTED 2
/* No memory. */
#define HALFWAY_MEMORY 3
/* A file that cannot be written or read. */
#define HALFWAY_FILE 4

/* The library's version, as HALFWAY_VERSION. */
int32_t halfway_version(void);

/* The vector instructions that the library was built for, such as "AVX2". Results do not depend on
 * them. */
const char *halfway_instructions(void);

/* What was wrong with this thread's last call that failed, as one line; "" where none has. Valid
 * until the thread's next call that fails. */
const char *halfway_last_error(void);

/* The index-th name of a kind, NULL after the last: "format", "rounding", "overflow", "subnormals",
 * "nan", "tininess", "operation", "function", "sum", "order", "unit", "shape". */
const char *halfway_name(const char *kind, size_t index);

/* Formats: fp16 bf16 tf32 fp32 e5m2 e4m3 (largest 448, no infinity) e3m2 e2m3 e2m1 (finite) e8m0, and
 * e<E>m<M> with E in 2...8 and M in 1...23, laid out as IEEE 754 has it. */
typedef struct halfway_format_constants {
  double largest;
  double smallest_normal;
  double smallest; /* positive */
  double epsilon;  /* from 1 to the next number */
  int32_t bits;
  int32_t bytes; /* of an element: 1, 2 or 4 */
  int32_t exponent_bits;
  int32_t fraction_bits;
  int32_t bias;
  int32_t has_infinity;
  int32_t has_nan;
  int32_t has_zero;
} halfway_format_constants;

halfway_status halfway_format(const char *name, halfway_format_constants *constants);

/* The attributes of a rounding. A null pointer is the default, so is a null field. */
typedef struct halfway_semantics {
  /* nearest-even, nearest-away, toward-zero, up, down, to-odd, stochastic[:bits[:seed]] with 1 to 32
   * random bits (16), a function of the seed (1) and the element's index. */
  const char *rounding;
  /* ieee: as IEEE 754 has it; a format without an infinity delivers its NaN, one without both its
   * largest number. saturate: the largest number, also for infinities that are rounded. */
  const char *overflow;
  /* gradual; ftz, tiny results become zero; daz, subnormal operands are zero; ftz-daz. */
  const char *subnormals;
  /* canonical; propagate, the first NaN among the operands. */
  const char *nan;
  /* after, before: when a result is tiny, which the underflow flag tells. */
  const char *tininess;
  /* The index of the first element, on which stochastic rounding depends. */
  uint64_t first_index;
} halfway_semantics;

/* The exceptions of an element, and of all together, as bits. */
#define HALFWAY_INEXACT 1
#define HALFWAY_UNDERFLOW 2
#define HALFWAY_OVERFLOW 4
#define HALFWAY_DIVIDE_BY_ZERO 8
#define HALFWAY_INVALID_OPERATION 16

/* Types of elements are a format's encodings (float is "fp32"), "fp64", "int64" and "uint64".
 *
 * The numbers of source, each rounded once to the format, as elements of result_type, which holds
 * every number of the format: the format itself, fp32, fp64 and whatever is wider. Any NaN becomes
 * the canonical one unless semantics propagate it. element_flags (count bytes) and all_flags may be
 * null; without them it is several times faster. source and result may be the same array of elements
 * of one size, and overlap in no other way.
 * threads: at most so many take part; 0 and 1 are the caller's own. The bytes do not depend on it. */
halfway_status halfway_round(const void *source, const char *source_type, void *result,
                             const char *result_type, const char *format,
                             const halfway_semantics *semantics, uint8_t *element_flags,
                             uint8_t *all_flags, size_t count, int32_t threads);

/* An operation on each element: add sub mul div sqrt fma remainder roundToIntegral minimum maximum
 * minimumNumber maximumNumber compareQuiet compareSignaling nextUp nextDown scaleB logB toInt32
 * toInt64. Operands that the operation does not have may be null.
 *
 * Operands are elements of a type, null for encodings of the format, and are rounded to the format
 * (nearest even, without flags) where they are none of its numbers. Bit i of single says that operand
 * i is one element for all. The second operand of scaleB is int32_t.
 * Results are elements of result_type (null: the format's encodings); of comparisons uint8_t, 0 less,
 * 1 equal, 2 greater, 3 unordered; of logB and toInt32 int32_t, of toInt64 int64_t. They may be an
 * operand's elements. */
halfway_status halfway_operate(const char *operation, const char *format, const void *a,
                               const void *b, const void *c, const char *type, uint32_t single,
                               void *result, const char *result_type,
                               const halfway_semantics *semantics, uint8_t *element_flags,
                               uint8_t *all_flags, size_t count, int32_t threads);

/* exp log tanh sigmoid erf normal gelu gelu-tanh rsqrt of each element, computed in FP32 (at most
 * 0.500005 ulp off) and rounded to the format; where format is null, in FP64 (below 0.9 ulp), and
 * both types are fp64. */
halfway_status halfway_elementary(const char *function, const void *source,
                                  const char *source_type, void *result, const char *result_type,
                                  const char *format, const halfway_semantics *semantics,
                                  size_t count, int32_t threads);

/* Matrix products: result = op(a) op(b), or c + op(a) op(b), for each matrix of a batch.
 *
 * op(a) has rows x inner elements, op(b) inner x columns. A transposed factor is the other way round
 * in memory. Strides are the elements from one row in memory to the next, and from one matrix to the
 * next (0: the same matrix for all). Factors are fp32, fp64, fp16 or bf16; a_format and b_format
 * (null: fp32) name the format whose numbers a factor in fp32 holds, which is checked. c (may be null)
 * is fp32, like the result rows x columns for each matrix, without gaps; a sum begins with it.
 * The result is fp32, or fp64 where sums are; it overlaps nothing but c, which it may be.
 *
 * accumulate: fp32, fp16, bf16, fp64: the format to which every partial sum is rounded (null: fp32).
 * Sums in fp16 and bf16 want factors that are numbers of that format.
 * step: fused, productThenSum (null: fused).
 * order: sequential, pairwise, chunked, split (null: sequential), or a matrix unit: volta turing
 * ampere ada hopper hopper-mma blackwell cdna1 cdna2 cdna2-1k cdna3 amx bfmmla bfmmla-ebf.
 * size: the terms of a block of pairwise and chunked, the parts of split, else 0.
 * sums: the format in which the sums of chunked and split are added (null: as accumulate).
 * shape: that of a matrix unit's instruction, such as m16n8k16 (null: the unit's usual one).
 * c_format: fp16 where c is one of FP16 and sums are FP32, which Volta and Turing take; else null. */
typedef struct halfway_product {
  size_t rows, inner, columns, batch;
  const void *a;
  const char *a_type;
  const char *a_format;
  size_t a_stride, a_batch_stride;
  const void *b;
  const char *b_type;
  const char *b_format;
  size_t b_stride, b_batch_stride;
  const float *c;
  const char *c_format;
  void *result;
  const char *result_type;
  int32_t a_transposed, b_transposed;
  const char *accumulate;
  const char *step;
  const char *order;
  size_t size;
  const char *sums;
  const char *shape;
} halfway_product;

halfway_status halfway_multiply(const halfway_product *product, int32_t threads);

#ifdef __cplusplus
}
#endif

#endif
