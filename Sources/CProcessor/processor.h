// SPDX-License-Identifier: Apache-2.0
// What the instruction set of a build offers, as the compiler's own macros say it.

#ifndef HALFWAY_PROCESSOR_H
#define HALFWAY_PROCESSOR_H

// The name of the vector instructions, the bytes of a register, and how many registers there are.
#if defined(__AVX512F__)
#define HALFWAY_INSTRUCTIONS "AVX-512"
#define HALFWAY_VECTOR_BYTES 64
#define HALFWAY_VECTOR_REGISTERS 32
#elif defined(__AVX2__)
#define HALFWAY_INSTRUCTIONS "AVX2"
#define HALFWAY_VECTOR_BYTES 32
#define HALFWAY_VECTOR_REGISTERS 16
#elif defined(__AVX__)
#define HALFWAY_INSTRUCTIONS "AVX"
#define HALFWAY_VECTOR_BYTES 32
#define HALFWAY_VECTOR_REGISTERS 16
#elif defined(__aarch64__)
#define HALFWAY_INSTRUCTIONS "NEON"
#define HALFWAY_VECTOR_BYTES 16
#define HALFWAY_VECTOR_REGISTERS 32
#elif defined(__SSE2__)
#define HALFWAY_INSTRUCTIONS "SSE2"
#define HALFWAY_VECTOR_BYTES 16
#define HALFWAY_VECTOR_REGISTERS 16
#else
#define HALFWAY_INSTRUCTIONS "scalar"
#define HALFWAY_VECTOR_BYTES 16
#define HALFWAY_VECTOR_REGISTERS 16
#endif

// Whether a loop counts leading zeros faster by converting to floating point: AVX2 has the
// conversion and the shifts that such loops need, and no instruction that counts.
#if defined(__AVX2__) && !(defined(__AVX512CD__) && defined(__AVX512VL__))
#define HALFWAY_COUNTS_BY_CONVERSION 1
#else
#define HALFWAY_COUNTS_BY_CONVERSION 0
#endif

// Whether conversions between binary16 and binary32 are instructions.
#if defined(__F16C__) || defined(__aarch64__)
#define HALFWAY_CONVERTS_BINARY16 1
#else
#define HALFWAY_CONVERTS_BINARY16 0
#endif

#endif
