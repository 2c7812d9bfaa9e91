// SPDX-License-Identifier: Apache-2.0
import Formats

/// The operands of one case.
typealias Operands = (a: UInt64, b: UInt64, c: UInt64)

/// A family of a coverage model: a parameter space of which every point is one event to be covered,
/// and a generator that makes operands for a point, with random bits for whatever the event leaves
/// free.
struct CoverageFamily: Sendable {
  /// The sizes of the parameters' ranges.
  let radices: [Int]
  /// The operands of a point, given by its parameters' positions.
  let operands: @Sendable (_ point: [Int], _ random: inout CounterRandom) -> Operands

  /// The number of points.
  var count: UInt64 { radices.reduce(1) { $0 * UInt64($1) } }
}

/// Coverage models in the sense of IBM's FPgen (Aharoni et al., 2003): events at the rounding
/// boundary, in the alignment and at the ends of the range, each met `repeats` times with fresh
/// random bits.
struct CoverageCases: CaseSet {
  let count: UInt64
  let seed: UInt64
  private let families: [(first: UInt64, family: CoverageFamily)]
  private let pointCount: UInt64

  init(operation: ArithmeticOperation, format: Format, to: Format, repeats: UInt64, seed: UInt64) {
    var first: UInt64 = 0
    var families: [(UInt64, CoverageFamily)] = []
    for family in CoverageModel(format: format, to: to).families(operation) {
      families.append((first, family))
      first += family.count
    }
    self.families = families
    self.seed = seed
    pointCount = first
    count = first * repeats
  }

  func fill(from start: UInt64, count: Int, into buffers: OperandBuffers) {
    var point: [Int] = []
    for i in 0..<count {
      let index = start + UInt64(i)
      let position = index % pointCount
      let (first, family) = families.last { $0.first <= position } ?? families[0]
      var rest = Int(position - first)
      point.removeAll(keepingCapacity: true)
      for radix in family.radices {
        point.append(rest % radix)
        rest /= radix
      }
      var random = CounterRandom(seed: seed, index: index)
      let operands = family.operands(point, &random)
      (buffers.a[i], buffers.b[i], buffers.c[i]) = operands
    }
  }
}

/// The coverage families of each operation in a format.
struct CoverageModel: Sendable {
  let format: Format
  let to: Format

  /// The families of an operation.
  func families(_ operation: ArithmeticOperation) -> [CoverageFamily] {
    switch operation {
    case .add, .sub: [alignment, cancellation, sumTargets, extremes]
    case .mul:
      [productBits, productTargets, subnormalTies(ofQuotient: false), extremes, factorPatterns]
    case .div:
      [
        quotientTies, quotientTargets, subnormalTies(ofQuotient: true), extremes, hardestQuotients,
        divisorPatterns,
      ]
    case .sqrt: [rootTies, hardestRoots, radicandPatterns]
    case .fma:
      [
        fmaAlignment, fmaTies, fmaCancellation, fmaTargets, extremes, fmaDeepCancellation,
        fmaLargeAddends, factorPatterns,
      ]
    case .remainder: [remainderTies, extremes]
    case .convert: [conversionBits(format, to), conversionTargets]
    case .toInt32: [integerParts(width: 32)]
    case .toInt64: [integerParts(width: 64)]
    case .roundToIntegral: [integerParts(width: format.precision + 3)]
    case .fromInt32: [integerBits(width: 32)]
    case .fromInt64: [integerBits(width: 64)]
    case .scaleB: [scaleTargets]
    case .minimum, .maximum, .minimumNumber, .maximumNumber, .compareQuiet, .compareSignaling:
      [neighbours]
    case .nextUp, .nextDown, .logB: [everyBinade]
    }
  }

  var p: Int { format.precision }

  /// Exponents at which the range begins or ends, and the middle.
  var anchors: [Int] {
    let range = format.exponentRange
    let p = format.precision
    return [
      range.lowerBound, range.lowerBound + p / 2, format.minExponent - 1, format.minExponent,
      format.minExponent + 1, format.minExponent + p, 0, range.upperBound - 1, range.upperBound,
    ].map { min(max($0, range.lowerBound), range.upperBound) }
  }

  /// The number of significand patterns that `significand` draws from.
  static let patternCount = 8

  /// A p-bit significand, hidden bit set, of one of the patterns that decide roundings: a power of
  /// two, all ones, the lowest bit, the middle and just below it, a lone sticky bit, a low run of
  /// ones, random.
  func significand(_ pattern: Int, _ random: inout CounterRandom) -> UInt64 {
    let hidden = UInt64(1) << UInt64(p - 1)
    let ones = hidden - 1
    let position = UInt64(random.below(max(p - 1, 1)))
    let fraction: UInt64
    switch pattern {
    case 0: fraction = 0
    case 1: fraction = ones
    case 2: fraction = 1
    case 3: fraction = hidden >> 1
    case 4: fraction = ones >> 1
    case 5: fraction = 1 << position
    case 6: fraction = random.next() | ((1 << position) - 1)
    default: fraction = random.next()
    }
    return hidden | fraction & ones
  }

  /// The encoding of significand 2^(leading - p + 1).
  func encoding(_ negative: Bool, _ significand: UInt64, leading: Int) -> UInt64 {
    FiniteValue(negative: negative, significand, exponent: leading - p + 1).encoding(format)
  }

  /// The numbers at which behaviour changes: the smallest subnormal and normal numbers, one, the
  /// largest number.
  var targets: [UInt64] {
    [
      format.hasZero ? 1 : 0, UInt64(format.smallestNormal), UInt64(format.one),
      UInt64(format.largestFinite),
    ]
  }

  /// Operands within three encodings of the targets, and a zero or one of them as the addend: the
  /// lowest sticky bit there is, and the largest sums and products.
  var extremes: CoverageFamily {
    let (targets, format) = (self.targets, self.format)
    return CoverageFamily(radices: [targets.count, 7, targets.count, 7, targets.count + 1, 8]) {
      point, _ in
      let sign = UInt64(format.signMask)
      func operand(_ magnitude: UInt64, _ bit: Int) -> UInt64 {
        magnitude | (point[5] & bit == 0 ? 0 : sign)
      }
      let addend = point[4] < targets.count ? targets[point[4]] : 0
      return (
        operand(format.stepped(targets[point[0]], by: point[1] - 3), 1),
        operand(format.stepped(targets[point[2]], by: point[3] - 3), 2),
        operand(addend, 4) & (format.encodingCount - 1)
      )
    }
  }
}
