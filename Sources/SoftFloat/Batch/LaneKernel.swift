// SPDX-License-Identifier: Apache-2.0
import Formats

/// One operation as a type, so that a loop is specialised for it.
protocol LaneKernel {
  /// The result for operands a, b, d; an operation ignores those beyond its arity.
  static func apply<W: Lane, S: KernelScope>(
    _ a: W, _ b: W, _ d: W, _ c: Context<W>, random: W, _ scope: S.Type
  ) -> Packed<W>
}

enum AddKernel: LaneKernel {
  @inline(__always)
  static func apply<W: Lane, S: KernelScope>(
    _ a: W, _ b: W, _ d: W, _ c: Context<W>, random: W, _ scope: S.Type
  ) -> Packed<W> { Arithmetic.add(a, b, c, random: random, scope) }
}

enum SubtractKernel: LaneKernel {
  @inline(__always)
  static func apply<W: Lane, S: KernelScope>(
    _ a: W, _ b: W, _ d: W, _ c: Context<W>, random: W, _ scope: S.Type
  ) -> Packed<W> { Arithmetic.subtract(a, b, c, random: random, scope) }
}

enum MultiplyKernel: LaneKernel {
  @inline(__always)
  static func apply<W: Lane, S: KernelScope>(
    _ a: W, _ b: W, _ d: W, _ c: Context<W>, random: W, _ scope: S.Type
  ) -> Packed<W> { Arithmetic.multiply(a, b, c, random: random, scope) }
}

enum DivideKernel: LaneKernel {
  @inline(__always)
  static func apply<W: Lane, S: KernelScope>(
    _ a: W, _ b: W, _ d: W, _ c: Context<W>, random: W, _ scope: S.Type
  ) -> Packed<W> { Arithmetic.divide(a, b, c, random: random, scope) }
}

enum SquareRootKernel: LaneKernel {
  @inline(__always)
  static func apply<W: Lane, S: KernelScope>(
    _ a: W, _ b: W, _ d: W, _ c: Context<W>, random: W, _ scope: S.Type
  ) -> Packed<W> { Arithmetic.squareRoot(a, c, random: random, scope) }
}

enum FusedMultiplyAddKernel: LaneKernel {
  @inline(__always)
  static func apply<W: Lane, S: KernelScope>(
    _ a: W, _ b: W, _ d: W, _ c: Context<W>, random: W, _ scope: S.Type
  ) -> Packed<W> { Arithmetic.fusedMultiplyAdd(a, b, d, c, random: random, scope) }
}

enum RoundToIntegralKernel: LaneKernel {
  @inline(__always)
  static func apply<W: Lane, S: KernelScope>(
    _ a: W, _ b: W, _ d: W, _ c: Context<W>, random: W, _ scope: S.Type
  ) -> Packed<W> { Arithmetic.roundToIntegral(a, c, random: random, scope) }
}
