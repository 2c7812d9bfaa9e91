// SPDX-License-Identifier: Apache-2.0
import Formats
import Policies

/// The same values in another type that holds them.
extension Tensor {
  /// The values in FP64, their format and scale kept.
  ///
  /// - Precondition: the values are not MPFR's.
  package func heldInFP64(_ context: StepContext) -> Tensor {
    guard case .float(let buffer) = storage else { return self }
    let wide = TensorBuffer<Double>(count: count, pool: context.pool)
    let (source, target) = (buffer.elements, wide.elements)
    for i in 0..<count { target[i] = Double(source[i]) }
    return Tensor(shape: shape, wide, precision: precision, rounded: rounded, range: nil)
      .scaled(by: scale, to: precision)
  }

  /// The values in FP32, to nearest; those of a format keep it, others are then FP32's.
  func heldInFP32(_ context: StepContext) -> Tensor { heldInFP32(context, toOdd: false) }

  /// The values rounded once to a format by a rule, held in FP64.
  func rounded(to wanted: Precision, _ rule: OperationRule, _ context: StepContext) -> Tensor {
    guard wanted.format != nil else { return self }
    let kernel = Kernel<Float>(rule: rule, context: context)
    return kernel.each(heldInFP32(for: wanted, context), as: wanted) { range, x, new in
      for i in range { new[i] = x[i] }
    }.heldInFP64(context)
  }

  /// The values with what a format's range does to them and its precision does not: those whose
  /// rounded one is subnormal, zero or not finite are that, all others stay.
  ///
  /// - Parameter other: the values rounded to the format, divided by 2^scale.
  func limited(as other: Tensor, _ context: StepContext) -> Tensor {
    guard case .double(let buffer) = storage, case .double(let rounded) = other.storage,
      let format = other.precision.format
    else { return self }
    let least = Double(sign: .plus, exponent: format.minExponent - other.scale, significand: 1)
    let result = TensorBuffer<Double>(count: count, pool: context.pool)
    let (x, y, target) = (buffer.elements, rounded.elements, result.elements)
    for i in 0..<count {
      target[i] = x[i].magnitude < least || !y[i].isFinite ? y[i] : x[i]
    }
    return Tensor(shape: shape, result, precision: .fp64, range: nil)
  }

  /// The values in FP32 from which a rounding to a format gives what one rounding of them would.
  ///
  /// Rounding to odd keeps on which side of every middle of a format of at most 22 bits a value lies
  /// (Boldo and Melquiond, "When double rounding is odd", 2005).
  func heldInFP32(for wanted: Precision, _ context: StepContext) -> Tensor {
    heldInFP32(context, toOdd: (wanted.format?.precision ?? 0) <= 22)
  }

  /// The values as an operation's arithmetic takes them, each rounded to it where it is not one of
  /// its numbers.
  func operand(of rule: OperationRule, _ context: StepContext) -> Tensor {
    guard rule.compute.ofHeldType == .fp32 else { return self }
    let arithmetic = rule.compute.precision
    guard arithmetic != .fp32, !precision.isContained(in: arithmetic) else {
      return heldInFP32(context)
    }
    return rounded(to: arithmetic, rule, context).heldInFP32(context)
  }

  private func heldInFP32(_ context: StepContext, toOdd: Bool) -> Tensor {
    guard case .double(let buffer) = storage else { return self }
    let narrow = TensorBuffer<Float>(count: count, pool: context.pool)
    let (source, target) = (buffer.elements, narrow.elements)
    if toOdd, precision.format == nil {
      for i in 0..<count { target[i] = Float(roundingToOdd: source[i]) }
    } else {
      for i in 0..<count { target[i] = Float(source[i]) }
    }
    let format = precision.format == nil ? .fp32 : precision
    return Tensor(
      shape: shape, narrow, precision: format,
      rounded: rounded.format == nil ? .fp32 : rounded, range: nil
    ).scaled(by: scale, to: format)
  }
}

extension Float {
  /// x where FP32 has it, otherwise the one of its neighbours whose last bit is set.
  init(roundingToOdd x: Double) {
    let nearest = Float(x)
    guard Double(nearest) != x, nearest.isFinite else {
      self =
        x.isFinite && nearest.isInfinite
        ? (x < 0 ? -.greatestFiniteMagnitude : .greatestFiniteMagnitude) : nearest
      return
    }
    guard nearest.bitPattern & 1 == 0 else {
      self = nearest
      return
    }
    // The value lies between the even neighbour and the next one on its side, which is odd.
    let isAbove = x > Double(nearest)
    self = isAbove ? nearest.nextUp : nearest.nextDown
  }
}
