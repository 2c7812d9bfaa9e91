// SPDX-License-Identifier: Apache-2.0
import Formats
import MPFROracle

extension Reduction {
  /// A reduction of lists whose elements a format holds.
  static func evaluate(
    _ kind: Kind, _ lists: [NumberList], in format: ValueFormat, _ settings: Settings,
    _ semantics: Semantics, fixedIndex: UInt64?
  ) -> Outcome {
    var rounded: [Exceptions: Int] = [:]
    let elements = lists.map { list in
      list.encodings(in: format, semantics, fixedIndex: fixedIndex, rounded: &rounded)
    }
    func numbers(with exception: Exceptions) -> Int {
      rounded.reduce(0) { $0 + ($1.key.contains(exception) ? $1.value : 0) }
    }
    let count = elements[0].count
    let accumulator = settings.accumulator ?? format
    let isSplit = settings.order.isSplit
    let last = isSplit ? settings.sums ?? accumulator : accumulator
    var arithmetic = ReductionArithmetic(accumulator, semantics, fixedIndex: fixedIndex)
    var sums = ReductionArithmetic(last, semantics, fixedIndex: fixedIndex)

    var intake = Stage(name: "elements to \(accumulator)")
    let operands = elements.map { list in
      list.map { arithmetic.convert($0, from: format, &intake) }
    }
    if kind == .dot, intake.inexact > 0 {
      // What rounded factors change in the sum is the difference of the products, not theirs.
      intake.error = FixedPointSum()
      for k in operands[0].indices {
        let rounded = operands.map { accumulator.decode($0[k]) }
        let held = elements.map { format.decode($0[k]) }
        guard (rounded + held).allSatisfy(\.isFinite) else { continue }
        intake.error.addProduct(rounded[0], rounded[1])
        intake.error.addProduct(held[0], held[1], negated: true)
      }
    }
    var walk = ReductionWalk(operands, settings, arithmetic)
    var result = walk.run(&sums)
    var stages = intake.inexact > 0 ? [intake] : []
    stages += walk.stages
    var flags = walk.arithmetic.flags.union(sums.flags)

    let exactSum = exactSum(elements, format)
    var exact = exactSum.map(\.exact)
    if kind == .mean, let total = exactSum {
      exact = ExactReal(total, dividedBy: BigDyadic(false, BigNatural(UInt64(count)), 0))
      var stage = Stage(name: "division by \(count)")
      let quotient = divided(result, by: count, last, semantics, index: fixedIndex ?? 0)
      flags.formUnion(quotient.flags)
      if let dividend = BigDyadic(result, last), let number = BigDyadic(quotient.value, last) {
        let divisor = BigDyadic(false, BigNatural(UInt64(count)), 0)
        stage.division = (ExactReal(dividend, dividedBy: divisor), number)
      }
      stage.operations = 1
      stage.inexact = quotient.flags.contains(.inexact) ? 1 : 0
      result = quotient.value
      stages.append(stage)
    }
    let parts = elements.joined().map { format.decode($0) }
    return Outcome(
      kind: kind, count: count, settings: settings, accumulator: accumulator, format: last,
      result: result, flags: flags, exactSum: exactSum, exact: exact, stages: stages,
      standstill: walk.standstill,
      specials: (parts.count(where: \.isInfinite), parts.count(where: \.isNaN)),
      roundedElements: numbers(with: .inexact),
      overflowedElements: numbers(with: .overflow))
  }

  /// The exact sum of elements or of products of two lists; nil with infinities or NaNs.
  private static func exactSum(_ lists: [[UInt64]], _ format: ValueFormat) -> BigDyadic? {
    var sum = FixedPointSum()
    for k in lists[0].indices {
      let a = format.decode(lists[0][k])
      guard a.isFinite else { return nil }
      if lists.count == 1 {
        sum.add(a)
      } else {
        let b = format.decode(lists[1][k])
        guard b.isFinite else { return nil }
        sum.addProduct(a, b)
      }
    }
    return sum.value
  }

  /// A number over a count, rounded once; the count need not be a number of the format.
  private static func divided(
    _ bits: UInt64, by count: Int, _ format: ValueFormat, _ semantics: Semantics, index: UInt64
  ) -> Rounded<UInt64> {
    guard let number = BigDyadic(bits, format), !number.significand.isZero else {
      return Rounded(value: bits, flags: [])
    }
    let quotient = ExactReal(number, dividedBy: BigDyadic(false, BigNatural(UInt64(count)), 0))
    return quotient.rounded(to: format, semantics, index)
  }
}

extension Reduction.Order {
  /// Whether partial sums are added in an order, and perhaps a format, of their own.
  package var isSplit: Bool {
    switch self {
    case .sequential, .pairwise: false
    case .chunked, .split: true
    }
  }
}

extension NumberList {
  /// The encodings of the numbers, and how many of them the format rounded with which exceptions.
  func encodings(
    in format: ValueFormat, _ semantics: Semantics, fixedIndex: UInt64?,
    rounded: inout [Exceptions: Int]
  ) -> [UInt64] {
    var encodings: [UInt64] = []
    encodings.reserveCapacity(count)
    func append(_ value: Rounded<UInt64>, _ count: Int) {
      encodings += repeatElement(value.value, count: count)
      if !value.flags.isEmpty { rounded[value.flags, default: 0] += count }
    }
    for item in items {
      let index = fixedIndex ?? UInt64(encodings.count)
      switch item {
      case .number(.encoding(let bits, _), let count):
        append(Rounded(value: bits, flags: []), count)
      case .number(.literal(let number, let text), let count):
        append(Evaluator.literal(number, text, format, semantics, index: index), count)
      case .loaded(_, let entries):
        for (place, entry) in entries.enumerated() {
          let index = fixedIndex ?? index + UInt64(place)
          append(
            Evaluator.literal(entry.number, entry.text, format, semantics, index: index), 1)
        }
      case .number, .file: break
      }
    }
    return encodings
  }
}
