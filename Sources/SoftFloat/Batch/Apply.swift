// SPDX-License-Identifier: Apache-2.0
import Formats

extension Format {
  /// Whether a 32-bit lane holds every intermediate of every operation, a stochastic rounding's
  /// bits included.
  func fitsNarrowLane(_ semantics: Semantics) -> Bool {
    guard precision <= 11 else { return false }
    if case .stochastic(let bits, _) = semantics.rounding { return bits <= 16 }
    return true
  }
}

extension Batch {
  /// The results of an operation on `count` elements, and the union of their exceptions.
  ///
  /// - Parameters:
  ///   - operation: any but the conversions between formats, for which see `convert`, and those
  ///     with integer operands or results.
  ///   - a: the first operands.
  ///   - b: the second operands; ignored by unary operations.
  ///   - d: the third operands; ignored by all but fma.
  ///   - results: where the results go; may be an operand's buffer.
  ///   - elementFlags: where each element's exceptions go, as `Exceptions.rawValue`; nil for none.
  ///   - count: the number of elements.
  ///   - format: the format of operands and results.
  ///   - semantics: the attributes of the operation.
  ///   - firstIndex: the index of the first element, on which stochastic rounding depends.
  /// - Precondition: C holds the format: C.bitWidth >= format.bitWidth.
  @discardableResult
  public static func apply<C: Container>(
    _ operation: ArithmeticOperation, _ a: UnsafePointer<C>, _ b: UnsafePointer<C>? = nil,
    _ d: UnsafePointer<C>? = nil, into results: UnsafeMutablePointer<C>,
    elementFlags: UnsafeMutablePointer<UInt8>? = nil, count: Int, format: Format,
    semantics: Semantics = Semantics(), firstIndex: UInt64 = 0
  ) -> Exceptions {
    precondition(C.bitWidth >= format.bitWidth)
    // Concrete containers from here on: a loop that is not specialised is 500 times slower.
    if C.bitWidth == 8 {
      return widened(
        operation, rebound(a), b.map(rebound), d.map(rebound), into: rebound(results),
        elementFlags, count, format, semantics, firstIndex)
    }
    if C.bitWidth == 16 {
      return applied(
        Call<UInt16>(
          operation: operation, a: rebound(a), b: rebound(b ?? a), d: rebound(d ?? a),
          results: rebound(results), elementFlags: elementFlags, count: count, format: format,
          semantics: semantics, firstIndex: firstIndex))
    }
    return applied(
      Call<UInt32>(
        operation: operation, a: rebound(a), b: rebound(b ?? a), d: rebound(d ?? a),
        results: rebound(results), elementFlags: elementFlags, count: count, format: format,
        semantics: semantics, firstIndex: firstIndex))
  }

  private static func rebound<A, B>(_ pointer: UnsafePointer<A>) -> UnsafePointer<B> {
    UnsafeRawPointer(pointer).assumingMemoryBound(to: B.self)
  }

  private static func rebound<A, B>(
    _ pointer: UnsafeMutablePointer<A>
  ) -> UnsafeMutablePointer<B> {
    UnsafeMutableRawPointer(pointer).assumingMemoryBound(to: B.self)
  }

  /// The operation on bytes, widened to 16 bits a chunk at a time.
  private static func widened(
    _ operation: ArithmeticOperation, _ a: UnsafePointer<UInt8>, _ b: UnsafePointer<UInt8>?,
    _ d: UnsafePointer<UInt8>?, into results: UnsafeMutablePointer<UInt8>,
    _ elementFlags: UnsafeMutablePointer<UInt8>?, _ count: Int, _ format: Format,
    _ semantics: Semantics, _ firstIndex: UInt64
  ) -> Exceptions {
    var all: Exceptions = []
    withUnsafeTemporaryAllocation(byteCount: 8 * chunk, alignment: 64) { scratch in
      guard let base = scratch.bindMemory(to: UInt16.self).baseAddress else { return }
      for start in stride(from: 0, to: count, by: chunk) {
        let length = min(chunk, count - start)
        for (slot, operand) in [a, b ?? a, d ?? a].prefix(operation.arity).enumerated() {
          widen(operand + start, base + slot * chunk, length)
        }
        let wide = base + 3 * chunk
        all.formUnion(
          applied(
            Call<UInt16>(
              operation: operation, a: UnsafePointer(base),
              b: UnsafePointer(operation.arity > 1 ? base + chunk : base),
              d: UnsafePointer(operation.arity > 2 ? base + 2 * chunk : base), results: wide,
              elementFlags: elementFlags.map { $0 + start }, count: length, format: format,
              semantics: semantics, firstIndex: firstIndex &+ UInt64(start))))
        narrow(wide, results + start, length)
      }
    }
    return all
  }

  private static func applied(_ call: Call<UInt16>) -> Exceptions {
    guard call.format.specials != .scale, isVectorized(call.operation),
      runsNarrow(call.operation, call.format, call.semantics)
    else { return scalars(call) }
    return dispatch(call, Context<UInt32>(call.format, call.semantics))
  }

  private static func applied(_ call: Call<UInt32>) -> Exceptions {
    guard call.format.specials != .scale, isVectorized(call.operation) else {
      return scalars(call)
    }
    return runsNarrow(call.operation, call.format, call.semantics)
      ? dispatch(call, Context<UInt32>(call.format, call.semantics))
      : dispatch(call, Context<UInt64>(call.format, call.semantics))
  }

  /// Whether 32-bit lanes hold the operation: sums of 24-bit significands do, for deterministic
  /// roundings.
  private static func runsNarrow(
    _ operation: ArithmeticOperation, _ format: Format, _ semantics: Semantics
  ) -> Bool {
    let isSum = operation == .add || operation == .sub
    return format.fitsNarrowLane(semantics) || (isSum && semantics.isPlain)
  }

  /// Whether an operation has a vectorised loop.
  static func isVectorized(_ operation: ArithmeticOperation) -> Bool {
    switch operation {
    case .add, .sub, .mul, .div, .sqrt, .fma, .roundToIntegral: true
    default: false
    }
  }

  /// One call of `apply`.
  struct Call<C: Container> {
    let operation: ArithmeticOperation
    let a: UnsafePointer<C>, b: UnsafePointer<C>, d: UnsafePointer<C>
    let results: UnsafeMutablePointer<C>
    let elementFlags: UnsafeMutablePointer<UInt8>?
    let count: Int
    let format: Format
    let semantics: Semantics
    let firstIndex: UInt64
  }

  private static func dispatch<C: Container, W: Lane>(
    _ call: Call<C>, _ context: Context<W>
  ) -> Exceptions {
    switch call.operation {
    case .add: run(AddKernel.self, call, context)
    case .sub: run(SubtractKernel.self, call, context)
    case .mul: run(MultiplyKernel.self, call, context)
    case .div: run(DivideKernel.self, call, context)
    case .sqrt: run(SquareRootKernel.self, call, context)
    case .fma: run(FusedMultiplyAddKernel.self, call, context)
    case .roundToIntegral: run(RoundToIntegralKernel.self, call, context)
    default: scalars(call)
    }
  }

  private static func run<K: LaneKernel, C: Container, W: Lane>(
    _ kernel: K.Type, _ call: Call<C>, _ context: Context<W>
  ) -> Exceptions {
    chunks(
      kernel, call.a, call.b, call.d, call.results, elementFlags: call.elementFlags,
      count: call.count, context, call.semantics, firstIndex: call.firstIndex)
  }

  /// The operations without a loop of their own, element by element.
  private static func scalars<C: Container>(_ call: Call<C>) -> Exceptions {
    let evaluate = ScalarEvaluator(
      call.operation, format: call.format, to: call.format, semantics: call.semantics)
    var all: Exceptions = []
    for i in 0..<call.count {
      let rounded = evaluate(
        UInt64(call.a[i]), UInt64(call.b[i]), UInt64(call.d[i]),
        index: call.firstIndex &+ UInt64(i))
      call.results[i] = C(truncatingIfNeeded: rounded.value)
      call.elementFlags?[i] = rounded.flags.rawValue
      all.formUnion(rounded.flags)
    }
    return all
  }
}
