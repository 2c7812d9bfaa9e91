/* SPDX-License-Identifier: Apache-2.0 */
/* Calls with arguments that nobody would pass: names that exist and that do not, counts, strides and sizes at every
 * border, null and misaligned pointers, operands of any bits. No call may end the process or write outside its result;
 * what is refused has a message. usage: halfway_fuzz CALLS SEED */
#include "halfway.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BYTES = 1 << 12, MARGIN = 256 };

static uint64_t state;

static uint64_t word(void) {
  uint64_t z = state += 0x9e3779b97f4a7c15u;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

static uint64_t below(uint64_t n) { return word() % n; }

static const char *const kinds[] = {"format", "rounding", "overflow", "subnormals", "nan", "tininess",
                                    "operation", "function", "sum", "order", "unit", "shape"};
static const char *const oddities[] = {"", "fp64", "int64", "uint64", "e5m7", "e8m23", "e2m1 ", "E4M3", "e99m1", "e2m23",
                                       "stochastic:5:9", "stochastic:0", "stochastic:33:1", "stochastic:32:18446744073709551616",
                                       "\xff\xfe", "\xe2\x82", "fused", "productThenSum", "sequential", "int32", "uint8", "%s%n",
                                       "a name that is longer than sixty-four bytes, which no name of this library ever is, and on"};

/* A name of a kind, more often than not; else some other text, or none. */
static const char *name(const char *kind) {
  uint64_t choice = below(16);
  if (choice == 0) return NULL;
  if (choice == 1) return oddities[below(sizeof oddities / sizeof *oddities)];
  if (choice == 2) kind = kinds[below(sizeof kinds / sizeof *kinds)];
  size_t count = 0;
  while (halfway_name(kind, count) != NULL) count += 1;
  return halfway_name(kind, below(count));
}

static const char *type(void) {
  uint64_t choice = below(8);
  return choice == 0 ? "fp64" : choice == 1 ? "int64" : choice == 2 ? "e5m7" : choice < 5 ? "fp32" : name("format");
}

static _Alignas(64) uint8_t memory[4][BYTES + 2 * MARGIN];

/* Somewhere in a buffer; now and then nowhere, misaligned, or in another one. */
static void *place(int buffer) {
  uint64_t choice = below(32);
  if (choice == 0) return NULL;
  if (choice == 1) return memory[buffer] + MARGIN + 1 + below(7);
  if (choice == 2) buffer = (int)below(4);
  return memory[buffer] + MARGIN;
}

/* A count of at most `most`, which the buffers hold; or one that no memory does. */
static size_t count(size_t most) {
  static const size_t borders[] = {0, 1, 2, 63, 64, 65, 511};
  uint64_t choice = below(32);
  if (choice == 0) return SIZE_MAX - below(4);
  if (choice == 1) return ((size_t)1 << (59 + below(5))) - below(2);
  if (choice < 10) {
    size_t border = borders[below(sizeof borders / sizeof *borders)];
    return border < most ? border : most;
  }
  return below(most + 1);
}

static int32_t threads(void) { return below(16) == 0 ? (int32_t)word() : (int32_t)below(4); }

static void semantics(halfway_semantics *s) {
  s->rounding = name("rounding");
  s->overflow = name("overflow");
  s->subnormals = name("subnormals");
  s->nan = name("nan");
  s->tininess = name("tininess");
  s->first_index = below(2) ? word() : below(1000);
}

static halfway_status multiply(void) {
  halfway_product p;
  memset(&p, 0, sizeof p);
  p.rows = below(8) ? below(9) : count(8);
  p.inner = below(8) ? below(9) : count(8);
  p.columns = below(8) ? below(9) : count(8);
  p.batch = below(8) ? below(3) : count(2);
  p.a_transposed = (int32_t)below(2);
  p.b_transposed = (int32_t)below(2);
  p.a = place(0);
  p.b = place(1);
  p.a_type = below(2) ? "fp32" : type();
  p.b_type = below(2) ? "fp32" : type();
  p.a_format = below(2) ? NULL : name("format");
  p.b_format = below(2) ? NULL : name("format");
  /* Strides either fit into the buffer or are refused as larger than memory. */
  p.a_stride = below(16) ? 8 + below(3) : below(2) ? SIZE_MAX - below(9) : below(8);
  p.b_stride = below(16) ? 8 + below(3) : below(2) ? (size_t)1 << 62 : below(8);
  p.a_batch_stride = below(16) ? 80 * below(2) : SIZE_MAX / 2 - below(2);
  p.b_batch_stride = below(16) ? 80 * below(2) : (size_t)1 << 63;
  p.c = below(3) ? NULL : (const float *)place(2);
  p.c_format = below(8) ? NULL : name("format");
  p.result = below(8) || p.c == NULL ? place(3) : (void *)(uintptr_t)p.c;
  p.result_type = below(4) ? "fp32" : type();
  p.accumulate = name("sum");
  p.step = below(3) ? NULL : below(2) ? "productThenSum" : oddities[below(8)];
  p.order = name("order");
  p.size = below(3) ? below(20) : below(2) ? SIZE_MAX : 0;
  p.sums = below(3) ? NULL : name("sum");
  p.shape = below(4) ? NULL : name("shape");
  /* One dimension that no memory holds, with the others empty, would be an array of nothing: any size is right. */
  return halfway_multiply(below(64) ? &p : NULL, threads());
}

int main(int argc, char **argv) {
  long calls = argc > 1 ? atol(argv[1]) : 1000;
  state = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
  long done = 0;
  for (long call = 0; call < calls; call += 1) {
    if (call % 64 == 0)
      for (int buffer = 0; buffer < 4; buffer += 1)
        for (size_t i = 0; i < sizeof memory[buffer]; i += 8) {
          uint64_t bits = word();
          memcpy(memory[buffer] + i, &bits, 8);
        }
    uint8_t margins[2][MARGIN];
    memcpy(margins[0], memory[3], MARGIN);
    memcpy(margins[1], memory[3] + MARGIN + BYTES, MARGIN);
    halfway_semantics s, *attributes = below(2) ? &s : NULL;
    semantics(&s);
    uint8_t all, *flags = below(2) ? NULL : memory[2] + MARGIN;
    halfway_status status;
    switch (below(5)) {
    case 0:
      status = halfway_round(place(0), type(), place(3), type(), name("format"), attributes, flags,
                             below(2) ? &all : NULL, count(BYTES / 8 - 8), threads());
      break;
    case 1:
      status = halfway_operate(name("operation"), name("format"), place(0), place(1), place(2), below(2) ? NULL : type(),
                               (uint32_t)below(9), place(3), below(2) ? NULL : type(), attributes, flags,
                               below(2) ? &all : NULL, count(BYTES / 8 - 8), threads());
      break;
    case 2:
      status = halfway_elementary(name("function"), place(0), type(), place(3), type(), below(4) ? name("format") : NULL,
                                  attributes, count(BYTES / 8 - 8), threads());
      break;
    case 3: {
      halfway_format_constants constants;
      status = halfway_format(name("format"), below(8) ? &constants : NULL);
      break;
    }
    default: status = multiply();
    }
    if (status == HALFWAY_OK) done += 1;
    else if (status < 0 || status > HALFWAY_FILE || strlen(halfway_last_error()) == 0
             || strchr(halfway_last_error(), '\n') != NULL) {
      fprintf(stderr, "call %ld: status %" PRId32 ", message '%s'\n", call, status, halfway_last_error());
      return 1;
    }
    if (memcmp(margins[0], memory[3], MARGIN) != 0 || memcmp(margins[1], memory[3] + MARGIN + BYTES, MARGIN) != 0) {
      fprintf(stderr, "call %ld wrote outside its result\n", call);
      return 1;
    }
  }
  printf("%ld calls, %ld of them computed\n", calls, done);
  return 0;
}
