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

/* The vector instructions that the library was built for, such as "AVX2". */
const char *halfway_instructions(void);

/* What was wrong with this thread's last call that failed, as one line; "" where none has. Valid
 * until the thread's next call that fails. */
const char *halfway_last_error(void);

#ifdef __cplusplus
}
#endif

#endif
