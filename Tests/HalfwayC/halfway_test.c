/* SPDX-License-Identifier: Apache-2.0 */
/* The C library as C and C++ see it: `cc -std=c11 -Iinclude halfway_test.c libhalfway.so`. Every expected encoding
 * stands here as a number of IEEE 754 or OCP OFP8. */
#include "halfway.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static int failures = 0;

static void claim(int holds, const char *what) {
  if (holds) return;
  failures += 1;
  fprintf(stderr, "not so: %s (last error: %s)\n", what, halfway_last_error());
}

static void versions(void) {
  claim(halfway_version() / 100 == HALFWAY_VERSION / 100, "library and header have one version");
  claim(strlen(halfway_instructions()) > 0, "the build's instructions have a name");
  claim(strcmp(halfway_last_error(), "") == 0, "no error before the first call that fails");
}

static void rounding(void) {
  const float x[4] = {1.0f, 449.0f, -1000.0f, 0x1p-10f};
  uint8_t e4m3[4], flags[4], all;
  float values[4];
  halfway_semantics saturating;
  memset(&saturating, 0, sizeof saturating);
  saturating.overflow = "saturate";
  claim(halfway_round(x, "fp32", e4m3, "e4m3", "e4m3", NULL, flags, &all, 4, 1) == HALFWAY_OK, "E4M3 is rounded to");
  claim(e4m3[0] == 0x38 && e4m3[1] == 0x7e && e4m3[2] == 0xff && e4m3[3] == 0x00, "1, 448, NaN, 0 in E4M3");
  claim(flags[0] == 0 && flags[1] == HALFWAY_INEXACT && flags[2] == (HALFWAY_INEXACT | HALFWAY_OVERFLOW)
            && flags[3] == (HALFWAY_INEXACT | HALFWAY_UNDERFLOW) && all == 7,
        "the exceptions of each and of all");
  claim(halfway_round(x, "fp32", values, "fp32", "e4m3", &saturating, NULL, NULL, 4, 2) == HALFWAY_OK
            && values[1] == 448.0f && values[2] == -448.0f,
        "saturated values");
}

static void operations(void) {
  const uint16_t one = 0x3c00, unit = 0x1000; /* 1 and 2^-11 in FP16: a tie. */
  uint16_t sum;
  claim(halfway_operate("add", "fp16", &one, &unit, NULL, NULL, 0, &sum, NULL, NULL, NULL, NULL, 1, 1) == HALFWAY_OK
            && sum == 0x3c00,
        "1 + 2^-11 is 1 in FP16");
  halfway_semantics upward;
  memset(&upward, 0, sizeof upward);
  upward.rounding = "up";
  claim(halfway_operate("add", "fp16", &one, &unit, NULL, NULL, 0, &sum, NULL, &upward, NULL, NULL, 1, 1) == HALFWAY_OK
            && sum == 0x3c01,
        "and its successor upward");
}

static void products(void) {
  /* 1 + 2^-24 + 2^-24: nothing is added in FP32 one after the other. */
  const float a[3] = {1.0f, 0x1p-12f, 0x1p-12f}, b[3] = {1.0f, 0x1p-12f, 0x1p-12f};
  float sum = 0;
  halfway_product product;
  memset(&product, 0, sizeof product);
  product.rows = product.columns = product.batch = 1;
  product.inner = 3;
  product.a = a;
  product.b = b;
  product.a_type = product.b_type = product.result_type = "fp32";
  product.a_stride = 3;
  product.b_stride = 1;
  product.result = &sum;
  claim(halfway_multiply(&product, 1) == HALFWAY_OK && sum == 1.0f, "a sequential sum loses both");
  product.order = "pairwise";
  product.size = 1;
  claim(halfway_multiply(&product, 1) == HALFWAY_OK && sum == 1.0f, "(1 + 2^-24) + 2^-24 loses both");
  product.accumulate = "fp64";
  claim(halfway_multiply(&product, 1) == HALFWAY_OK && sum == 1.0f + 0x1p-23f, "FP64 keeps both");
  product.accumulate = "fp32";
  product.order = "hopper";
  product.size = 0;
  claim(halfway_multiply(&product, 1) == HALFWAY_OK, "a matrix unit truncates FP32 to TF32");
  product.order = "hoper";
  claim(halfway_multiply(&product, 1) == HALFWAY_INVALID && strstr(halfway_last_error(), "hopper") != NULL,
        "the nearest name stands in the message");
}

static void functions(void) {
  const float x[2] = {0.0f, 1.0f};
  float y[2];
  claim(halfway_elementary("exp", x, "fp32", y, "fp32", "fp32", NULL, 2, 1) == HALFWAY_OK && y[0] == 1.0f
            && y[1] == 0x1.5bf0a8p+1f,
        "e^0 and e");
}

static void refusals(void) {
  float x[4] = {1, 2, 3, 4};
  claim(halfway_round(NULL, "fp32", x, "fp32", "fp16", NULL, NULL, NULL, 4, 1) == HALFWAY_INVALID, "no source");
  claim(halfway_round(NULL, "fp32", NULL, "fp32", "fp16", NULL, NULL, NULL, 0, 1) == HALFWAY_OK, "nothing of nothing");
  claim(halfway_round(x, "fp32", x + 1, "fp32", "fp16", NULL, NULL, NULL, 3, 1) == HALFWAY_UNSUPPORTED, "an overlap");
  claim(halfway_round(x, "fp32", x, "fp16", "fp32", NULL, NULL, NULL, 2, 1) == HALFWAY_UNSUPPORTED, "FP16 for FP32");
  claim(halfway_round(x, "fp32", x, "fp32", "fp16", NULL, NULL, NULL, (size_t)-1, 1) == HALFWAY_INVALID, "a count of -1");
  claim(halfway_round(x, "fp32", x, "fp32", "fp16", NULL, NULL, NULL, 4, -1) == HALFWAY_INVALID, "-1 threads");
  claim(x[0] == 1 && x[3] == 4, "nothing is written where a call is refused");
}

int main(void) {
  versions();
  rounding();
  operations();
  products();
  functions();
  refusals();
  if (failures == 0) printf("ok\n");
  return failures != 0;
}
