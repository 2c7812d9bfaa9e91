// SPDX-License-Identifier: Apache-2.0

/// What decides a result before any arithmetic: NaNs and infinities.
enum UnitSpecials {
  /// NaN for a NaN, infinity times zero, or infinities of both signs; otherwise an infinity that
  /// occurs; nil where all is finite.
  ///
  /// - Parameter isInfinite: whether a finite product counts as an infinity.
  static func result(
    _ a: UnsafeBufferPointer<Float>, _ b: UnsafeBufferPointer<Float>, _ c: Float,
    isInfinite: (Float, Float) -> Bool = { _, _ in false }
  ) -> Float? {
    var found: Float? = c.isFinite ? nil : c
    for (x, y) in zip(a, b) {
      if x.isFinite, y.isFinite, !isInfinite(x, y) { continue }
      let product =
        x.isFinite && y.isFinite
        ? Float(signOf: x * y, magnitudeOf: .infinity) : x * y
      found = (found ?? 0) + product
    }
    guard let found else { return nil }
    return found.isNaN ? .nan : found
  }
}
