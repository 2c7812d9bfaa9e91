// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

/// A shared library of kernels, each right but for one thing, compiled once from C.
enum SampleKernels {
  /// The library's path.
  static let library: Result<String, any Error> = Result { try compiled(source) }

  /// Each is e^x of an array.
  static let signature = "void(const float*, float*, size_t)"

  private static let source = """
    #include <math.h>
    #include <stddef.h>
    #include <stdio.h>
    #include <stdlib.h>
    #include <stdint.h>
    #include <string.h>
    #include <unistd.h>
    #define EXP(name, before, value, after) \\
      void name(const float *x, float *y, size_t n) { before; \\
        for (size_t i = 0; i < n; i++) y[i] = value; after; }
    static unsigned bits(float x) { unsigned u; memcpy(&u, &x, 4); return u; }
    static float crash(float x) { if (bits(x) == 0x40490fdb) *(volatile int *)16 = 1; return x; }
    static float hang(float x) { if (bits(x) == 0x40000000) for (volatile int k = 0;;); return x; }
    static float worse(float x) {
      float y = expf(x);
      return bits(x) == 0x3f812345 ? nextafterf(y, 1e9f) : y;
    }
    EXP(good, , (float)exp(x[i]), )
    EXP(worse_exp, , worse(x[i]), )
    EXP(plain_exp, , expf(x[i]), )
    // One value too large, so that it does not rise there.
    EXP(unsteady, , bits(x[i]) == 0x3f880000 ? expf(x[i]) * 1.0000005f : expf(x[i]), )
    EXP(biased, , (float)(exp(x[i]) * (1 + 0x1p-22)), )
    void biased_more(const double *x, double *y, size_t n) {
      for (size_t i = 0; i < n; i++) y[i] = exp(x[i]) * (1 + 0x1p-21); }
    void double_exp(const double *x, double *y, size_t n) {
      for (size_t i = 0; i < n; i++) y[i] = exp(x[i]); }
    void crashing_double(const double *x, double *y, size_t n) { *(volatile int *)16 = 1; }
    double wrong_double(double x) {
      return x > 0.7 && x < 0.70001 ? exp(x) * (1 + 0x1p-50) : exp(x); }
    EXP(crashing, , expf(crash(x[i])), )
    EXP(looping, , expf(hang(x[i])), )
    EXP(beyond, , expf(x[i]), y[n] = 0)
    EXP(ahead, , expf(x[i]), y[-1] = 0)
    EXP(changing, , expf(x[i]), ((float *)x)[0] = 0)
    EXP(stale, n--, expf(x[i]), )
    EXP(zeros, , 0, )
    EXP(nans, , NAN, )
    EXP(copying, , x[i], )
    EXP(above, , nextafterf(expf(x[i]), INFINITY), )
    EXP(opposite, , -expf(x[i]), )
    EXP(rounded_twice, , 1 + x[i], )
    EXP(half, , (float)(_Float16)expf(x[i]), )
    EXP(talking, puts("{\\"call\\": 1}"); fflush(stdout), expf(x[i]), )
    EXP(leaving, exit(3), 0, )
    EXP(random_bits, , expf(x[i]), y[rand() % n] *= 1.0000002f)
    void tail(const float *x, float *y, size_t n) {
      size_t i = 0;
      for (; i + 8 <= n; i++) y[i] = expf(x[i]);
      for (; i < n; i++) y[i] = nextafterf(expf(x[i]), 0);
    }
    void closing(const float *x, float *y, size_t n) {
      for (int i = 3; i < 256; i++) close(i);
      for (volatile int k = 0;;);
    }
    uint8_t beyond_format(uint8_t x) { return 0xff; }
    float scalar_exp(float x) { return expf(x); }
    float my_pow(float x, float y) { return (float)pow(x, y); }
    float my_sum(const float *x, size_t n) {
      float sum = 0;
      for (size_t i = 0; i < n; i++) sum += x[i];
      return sum;
    }
    float half_sum(const float *x, size_t n) {
      _Float16 sum = 0;
      for (size_t i = 0; i < n; i++) sum += (_Float16)x[i];
      return sum;
    }
    """

  /// The path of the shared library of a C source.
  static func compiled(_ text: String) throws -> String {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("halfway-kernels-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let (source, library) = (
      folder.appendingPathComponent("k.c"), folder.appendingPathComponent("libk.so")
    )
    try text.write(to: source, atomically: true, encoding: .utf8)
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = [
      "clang", "-O1", "-fno-builtin", "-shared", "-fPIC", "-o", library.path, source.path, "-lm",
    ]
    try process.run()
    process.waitUntilExit()
    try #require(process.terminationStatus == 0, "clang compiles the sample kernels")
    return library.path
  }
}
