// SPDX-License-Identifier: Apache-2.0

/// What a format would do to a tensor, or to all of some tensors.
package struct CandidateFit: Codable, Sendable, Hashable {
  /// The candidate's short name, such as `e4m3-amax`.
  package var candidate: String
  /// The bits of an element, with its part of a block's scale.
  package var bits: Double
  /// The scale that a tensor carries, by which a stored number is multiplied; nil without one, and
  /// for several tensors.
  package var scale: Double?
  /// #{x ≠ 0, y = 0}.
  package var zeroed: Int
  /// #{0 < |y| below the smallest normal number} of y as it is stored, its scale aside.
  package var subnormal: Int
  /// #{|x| ≥ Ω + ulp(Ω)/2} of x as it is rounded, its scale applied.
  package var overflow: Int
  /// The finite elements of blocks that have an infinity or a NaN.
  package var lost: Int
  /// Σ (x - y)² over the finite elements, an overflow as Ω.
  package var errorSquares: Double
  /// ‖x - y‖ / ‖x‖ over the finite elements; nil where that is zero, where an element becomes
  /// infinite or a NaN, or is lost.
  package var relativeError: Double?
  /// 20 log10(‖x‖ / ‖x - y‖) [dB]; nil where the error is, or is zero.
  package var sqnr: Double?

  /// The fit.
  package init(
    candidate: String, bits: Double, scale: Double?, zeroed: Int, subnormal: Int, overflow: Int,
    lost: Int, errorSquares: Double, relativeError: Double?, sqnr: Double?
  ) {
    self.candidate = candidate
    self.bits = bits
    self.scale = scale
    self.zeroed = zeroed
    self.subnormal = subnormal
    self.overflow = overflow
    self.lost = lost
    self.errorSquares = errorSquares
    self.relativeError = relativeError
    self.sqnr = sqnr
  }
}

/// The powers of two by which a tensor may be multiplied before it is rounded to a format.
package struct ScanWindow: Codable, Sendable, Hashable {
  /// The format.
  package var format: String
  /// log2 of the least that keeps all but a thousandth of the nonzero values nonzero.
  package var least: Int
  /// log2 of the greatest under which nothing overflows.
  package var greatest: Int

  /// The window.
  package init(format: String, least: Int, greatest: Int) {
    self.format = format
    self.least = least
    self.greatest = greatest
  }

  /// Whether no power of two does both.
  package var isEmpty: Bool { least > greatest }
}

/// What stands in a tensor, and what each candidate would do to it. Over several tensors: the sums.
package struct TensorScan: Codable, Sendable, Hashable {
  /// The tensor's name.
  package var name: String
  /// The file it is in, by its number; nil over several tensors.
  package var file: Int?
  /// What an element is stored as; nil over several tensors.
  package var type: String?
  /// The sizes; nil over several tensors.
  package var shape: [Int]?
  /// The number of elements.
  package var elements = 0
  /// The zeros of either sign.
  package var zeros = 0
  /// The infinities.
  package var infinities = 0
  /// The NaNs.
  package var nans = 0
  /// max |x| over the finite elements; 0 without one.
  package var largest = 0.0
  /// min |x| over the finite elements other than zero; nil without one.
  package var smallest: Double?
  /// Σ x² over the finite elements.
  package var squares = 0.0
  /// The elements by exponent, of FP32: FP64's as they are rounded to it.
  package var exponents = ExponentHistogram(format: .fp32)
  /// The windows of formats that want a scale.
  package var windows: [ScanWindow] = []
  /// What each candidate does, in the order asked for.
  package var fits: [CandidateFit] = []
  /// The candidate of fewest bits that keeps the stated error, of several the one with the least;
  /// nil where none does.
  package var fewestBits: String?

  /// No elements under a name.
  package init(name: String) { self.name = name }
}

/// What stands in the tensors of some files.
package struct TensorScans: Codable, Sendable, Hashable {
  /// A tensor that is not looked at.
  package struct PassedOver: Codable, Sendable, Hashable {
    package var name: String
    package var file: Int
    package var type: String
    package var elements: Int

    /// The tensor.
    package init(name: String, file: Int, type: String, elements: Int) {
      self.name = name
      self.file = file
      self.type = type
      self.elements = elements
    }
  }

  /// The files, as they were named.
  package var files: [String]
  /// The relative error that a format is to keep.
  package var error: Double
  /// All tensors together.
  package var total: TensorScan
  /// The tensors, in the order of the files.
  package var tensors: [TensorScan]
  /// Tensors of whole numbers, truth values or scales.
  package var passedOver: [PassedOver]

  /// The scans.
  package init(
    files: [String], error: Double, total: TensorScan, tensors: [TensorScan],
    passedOver: [PassedOver]
  ) {
    self.files = files
    self.error = error
    self.total = total
    self.tensors = tensors
    self.passedOver = passedOver
  }
}
