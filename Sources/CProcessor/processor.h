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

// The thread's floating-point mode: rounding to nearest, subnormal numbers kept, nothing trapped;
// the one before, to be set again. A host such as a deep-learning framework may flush them.
#include <stdint.h>

static inline uint64_t halfway_floating_point_mode(void) {
#if defined(__x86_64__)
  return __builtin_ia32_stmxcsr();
#elif defined(__aarch64__)
  uint64_t mode;
  __asm__ volatile("mrs %0, fpcr" : "=r"(mode));
  return mode;
#else
  return 0;
#endif
}

static inline void halfway_set_floating_point_mode(uint64_t mode) {
#if defined(__x86_64__)
  __builtin_ia32_ldmxcsr((unsigned int)mode);
#elif defined(__aarch64__)
  __asm__ volatile("msr fpcr, %0" : : "r"(mode));
#else
  (void)mode;
#endif
}

#if defined(__x86_64__)
#define HALFWAY_DEFAULT_FLOATING_POINT_MODE 0x1f80
#else
#define HALFWAY_DEFAULT_FLOATING_POINT_MODE 0
#endif

#endif
