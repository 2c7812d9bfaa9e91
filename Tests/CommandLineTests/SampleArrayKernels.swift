// SPDX-License-Identifier: Apache-2.0

/// A shared library of kernels of arrays, compiled once from C: right ones, and others that are each
/// wrong in one way.
enum SampleArrayKernels {
  /// The library's path.
  static let library: Result<String, any Error> = Result { try SampleKernels.compiled(source) }

  static let matmul = "void(const float*, const float*, float*, size_t, size_t, size_t)"
  static let halfMatmul =
    "void(const _Float16*, const _Float16*, _Float16*, size_t, size_t, size_t)"
  static let gemm = """
    void(int, int, size_t, size_t, size_t, float, const float*, size_t, const float*, size_t, \
    float, float*, size_t)
    """
  static let rows = "void(const float*, float*, size_t, size_t)"
  static let norm =
    "void(const float*, const float*, const float*, float*, size_t, size_t, float)"
  static let attention = """
    void(const float*, const float*, const float*, const uint8_t*, float*, size_t, size_t, size_t, \
    size_t, float, int)
    """
  static let convolution =
    "void(const float*, const float*, float*"
    + String(repeating: ", size_t", count: 9) + ")"

  private static let source = """
    #include <math.h>
    #include <stddef.h>
    #include <stdint.h>
    #include <string.h>
    #define MATMUL(name, T, S, before, terms, after) \\
      void name(const T *a, const T *b, T *c, size_t m, size_t n, size_t k) { before; \\
        for (size_t i = 0; i < m; i++) for (size_t j = 0; j < n; j++) { S s = 0; \\
          for (size_t p = 0; p < (terms); p++) s += (S)a[i * k + p] * (S)b[p * n + j]; \\
          c[i * n + j] = s; } after; }
    MATMUL(matmul, float, float, , k, )
    MATMUL(matmul_half, _Float16, float, , k, )
    MATMUL(half_sums, _Float16, _Float16, , k, )
    MATMUL(dropped, float, float, , k - k / 64, )
    MATMUL(beyond, float, float, , k, if (m * n > 100) c[m * n] = 0)
    MATMUL(crashing, float, float, , k, if (k == 65) *(volatile int *)16 = 0)
    MATMUL(looping, float, float, , k, if (k == 65) for (volatile int i = 0;;))
    MATMUL(changing, float, float, , k, ((float *)b)[0] = 0)
    static int calls;
    MATMUL(random_bits, float, float, , k, c[0] = nextafterf(c[0], calls++ % 2 ? 9 : -9))
    // Sums in another order where there are many rows.
    void batchy(const float *a, const float *b, float *c, size_t m, size_t n, size_t k) {
      for (size_t i = 0; i < m; i++) for (size_t j = 0; j < n; j++) { float s = 0;
        for (size_t p = 0; p < k; p++) { size_t q = m > 8 ? k - 1 - p : p;
          s += a[i * k + q] * b[q * n + j]; }
        c[i * n + j] = s; } }
    // The same, from the eighth row on.
    void placed(const float *a, const float *b, float *c, size_t m, size_t n, size_t k) {
      for (size_t i = 0; i < m; i++) for (size_t j = 0; j < n; j++) { float s = 0;
        for (size_t p = 0; p < k; p++) { size_t q = i > 7 ? k - 1 - p : p;
          s += a[i * k + q] * b[q * n + j]; }
        c[i * n + j] = s; } }
    void matmul_double(
      const double *a, const double *b, double *c, size_t m, size_t n, size_t k) {
      for (size_t i = 0; i < m; i++) for (size_t j = 0; j < n; j++) { double s = 0;
        for (size_t p = 0; p < k; p++) s += a[i * k + p] * b[p * n + j];
        c[i * n + j] = s; } }
    void sloppy_sums(const float *a, const float *b, float *c, size_t m, size_t n, size_t k) {
      for (size_t i = 0; i < m; i++) for (size_t j = 0; j < n; j++) { float s = 0;
        for (size_t p = 0; p < k; p++) s = (s + a[i * k + p] * b[p * n + j]) * (1 + 0x1p-18f);
        c[i * n + j] = s; } }
    void sloppier_sums(
      const double *a, const double *b, double *c, size_t m, size_t n, size_t k) {
      for (size_t i = 0; i < m; i++) for (size_t j = 0; j < n; j++) { double s = 0;
        for (size_t p = 0; p < k; p++) s = (s + a[i * k + p] * b[p * n + j]) * (1 + 0x1p-17);
        c[i * n + j] = s; } }
    void zeros(const float *a, const float *b, float *c, size_t m, size_t n, size_t k) {
      memset(c, 0, 4 * m * n); }
    void nans(const float *a, const float *b, float *c, size_t m, size_t n, size_t k) {
      memset(c, 0xff, 4 * m * n); }
    void stale(const float *a, const float *b, float *c, size_t m, size_t n, size_t k) {}
    #define GEMM(name, old, apart) \\
      void name(int ta, int tb, size_t m, size_t n, size_t k, float alpha, const float *a, \\
        size_t lda, const float *b, size_t ldb, float beta, float *c, size_t ldc) { \\
        for (size_t i = 0; i < m; i++) { for (size_t j = 0; j < n; j++) { float s = 0; \\
          for (size_t p = 0; p < k; p++) \\
            s += (ta ? a[p * lda + i] : a[i * lda + p]) * (tb ? b[j * ldb + p] : b[p * ldb + j]); \\
          c[i * ldc + j] = alpha * s + (old); } apart; } }
    GEMM(gemm, beta ? beta * c[i * ldc + j] : 0, )
    GEMM(gemm_reading, beta * c[i * ldc + j], )
    GEMM(gemm_straying, beta ? beta * c[i * ldc + j] : 0, if (ldc > n) c[i * ldc + n] = 0)
    float dot(const float *x, const float *y, size_t n) {
      float s = 0; for (size_t i = 0; i < n; i++) s += x[i] * y[i]; return s; }
    _Float16 dot_half(const _Float16 *x, const _Float16 *y, size_t n) {
      float s = 0; for (size_t i = 0; i < n; i++) s += (float)x[i] * (float)y[i]; return s; }
    void sum(const float *x, float *y, size_t n) {
      float s = 0; for (size_t i = 0; i < n; i++) s += x[i]; *y = s; }
    static float largest(const float *x, size_t n) {
      float m = x[0]; for (size_t i = 1; i < n; i++) if (x[i] > m) m = x[i]; return m; }
    #define SOFTMAX(name, shift) \\
      void name(const float *x, float *y, size_t rows, size_t n) { \\
        for (size_t r = 0; r < rows; r++, x += n, y += n) { float m = shift, s = 0; \\
          for (size_t i = 0; i < n; i++) s += y[i] = expf(x[i] - m); \\
          for (size_t i = 0; i < n; i++) y[i] /= s; } }
    SOFTMAX(softmax, largest(x, n))
    SOFTMAX(softmax_unshifted, 0)
    void cross_entropy(const float *x, const int64_t *t, float *y, size_t rows, size_t n) {
      for (size_t r = 0; r < rows; r++, x += n) { float m = largest(x, n), s = 0;
        for (size_t i = 0; i < n; i++) s += expf(x[i] - m);
        y[r] = logf(s) - (x[t[r]] - m); } }
    #define NORM(name, variance) \\
      void name(const float *x, const float *w, const float *b, float *y, size_t rows, size_t n, \\
        float epsilon) { for (size_t r = 0; r < rows; r++, x += n, y += n) { \\
          float m = 0, v = 0; for (size_t i = 0; i < n; i++) m += x[i]; m /= n; \\
          for (size_t i = 0; i < n; i++) v += variance; v /= n; \\
          float q = 1 / sqrtf(LAST + epsilon); \\
          for (size_t i = 0; i < n; i++) y[i] = (x[i] - m) * q * w[i] + b[i]; } }
    #define LAST v
    NORM(layer_norm, (x[i] - m) * (x[i] - m))
    #undef LAST
    #define LAST (v - m * m)
    NORM(layer_norm_one_pass, x[i] * x[i])
    void conv2d(const float *x, const float *w, float *y, size_t N, size_t C, size_t H, size_t W,
      size_t O, size_t KH, size_t KW, size_t S, size_t P) {
      size_t OH = (H + 2 * P - KH) / S + 1, OW = (W + 2 * P - KW) / S + 1;
      for (size_t n = 0; n < N; n++) for (size_t o = 0; o < O; o++)
      for (size_t i = 0; i < OH; i++) for (size_t j = 0; j < OW; j++) { float s = 0;
        for (size_t c = 0; c < C; c++) for (size_t a = 0; a < KH; a++)
        for (size_t b = 0; b < KW; b++) { size_t h = i * S + a - P, v = j * S + b - P;
          if (h < H && v < W) s += x[((n * C + c) * H + h) * W + v] * w[((o * C + c) * KH + a) * KW + b]; }
        y[((n * O + o) * OH + i) * OW + j] = s; } }
    #define ATTENTION(name, hidden) \\
      void name(const float *q, const float *k, const float *v, const uint8_t *mask, float *y, \\
        size_t heads, size_t Q, size_t K, size_t D, float scale, int causal) { float p[512]; \\
        for (size_t h = 0; h < heads; h++, k += K * D, v += K * D) \\
        for (size_t i = 0; i < Q; i++, q += D, y += D) { float m = -INFINITY, z = 0; \\
          for (size_t j = 0; j < K; j++) { float s = 0; \\
            for (size_t d = 0; d < D; d++) s += q[d] * k[j * D + d]; \\
            p[j] = hidden ? -INFINITY : s * scale; if (!(p[j] <= m)) m = p[j]; } \\
          for (size_t j = 0; j < K; j++) z += p[j] = expf(p[j] - m); \\
          for (size_t d = 0; d < D; d++) { float s = 0; \\
            for (size_t j = 0; j < K; j++) s += p[j] * v[j * D + d]; y[d] = s / z; } } }
    ATTENTION(attention, (causal && j + Q > i + K) || (mask && !mask[i * K + j]))
    ATTENTION(attention_unmasked, causal && j + Q > i + K)
    """
}
