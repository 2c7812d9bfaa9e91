// SPDX-License-Identifier: Apache-2.0
// What the instruction set of a build offers, as the compiler's own macros say it.

#ifndef HALFWAY_PROCESSOR_H
#define HALFWAY_PROCESSOR_H

// The bytes of a vector register, and how many there are.
#if defined(__AVX512F__)
#define HALFWAY_VECTOR_BYTES 64
#define HALFWAY_VECTOR_REGISTERS 32
#elif defined(__AVX__)
#define HALFWAY_VECTOR_BYTES 32
#define HALFWAY_VECTOR_REGISTERS 16
#elif defined(__aarch64__)
#define HALFWAY_VECTOR_BYTES 16
#define HALFWAY_VECTOR_REGISTERS 32
#else
#define HALFWAY_VECTOR_BYTES 16
#define HALFWAY_VECTOR_REGISTERS 16
#endif

#endif
