// SPDX-License-Identifier: Apache-2.0
import Formats
import MPFROracle
import SoftFloat

/// The operations of a reduction in one format: values, flags, and what they lose.
struct ReductionArithmetic {
  let format: ValueFormat
  let semantics: Semantics
  /// The index of the random word of all operations, or nil for one word each.
  let fixedIndex: UInt64?
  private var count: UInt64 = 0
  private let evaluators: [ArithmeticOperation: ScalarEvaluator]
  private(set) var flags: Exceptions = []

  init(_ format: ValueFormat, _ semantics: Semantics, fixedIndex: UInt64?) {
    self.format = format
    self.semantics = semantics
    self.fixedIndex = fixedIndex
    guard case .narrow(let narrow) = format else {
      evaluators = [:]
      return
    }
    let pairs = [ArithmeticOperation.add, .mul, .fma].map {
      ($0, ScalarEvaluator($0, format: narrow, to: narrow, semantics: semantics))
    }
    evaluators = Dictionary(uniqueKeysWithValues: pairs)
  }

  /// The result of one operation, its flags taken up, and its loss added to a stage.
  mutating func apply(
    _ operation: ArithmeticOperation, _ a: UInt64, _ b: UInt64, _ c: UInt64,
    _ stage: inout Reduction.Stage
  ) -> UInt64 {
    let index = fixedIndex ?? count
    count += 1
    let rounded =
      evaluators[operation]?(a, b, c, index: index)
      ?? Oracle.evaluate(
        operation, a, b, c, format: Oracle.binary64, to: Oracle.binary64, semantics: semantics,
        index: index)
    flags.formUnion(rounded.flags)
    stage.operations += 1
    guard rounded.flags.contains(.inexact) else { return rounded.value }
    stage.inexact += 1
    let result = format.decode(rounded.value)
    guard result.isFinite else { return rounded.value }
    stage.record(result)
    let operands = [a, b, c].map { format.decode($0) }
    switch operation {
    case .add:
      stage.record(operands[0], negated: true)
      stage.record(operands[1], negated: true)
      if rounded.value == a, !operands[1].isZero { stage.swamped += 1 }
    default:
      stage.recordProduct(operands[0], operands[1])
      if operation == .fma {
        stage.record(operands[2], negated: true)
        if rounded.value == c { stage.swamped += 1 }
      }
    }
    return rounded.value
  }

  /// A number in this format, its loss added to a stage.
  mutating func convert(
    _ bits: UInt64, from source: ValueFormat, _ stage: inout Reduction.Stage
  ) -> UInt64 {
    guard source != format else { return bits }
    let rounded = Evaluator.converted(
      bits, from: source, to: format, semantics, index: fixedIndex ?? count)
    count += 1
    flags.formUnion(rounded.flags)
    stage.operations += 1
    let result = format.decode(rounded.value)
    if rounded.flags.contains(.inexact) {
      stage.inexact += 1
      if result.isFinite {
        stage.record(result)
        stage.record(source.decode(bits), negated: true)
      }
    }
    return rounded.value
  }
}

extension Reduction.Stage {
  fileprivate mutating func record(_ x: ValueFormat.Parts, negated: Bool = false) {
    error.add(x, negated: negated)
  }

  fileprivate mutating func recordProduct(_ x: ValueFormat.Parts, _ y: ValueFormat.Parts) {
    error.addProduct(x, y, negated: true)
  }
}

/// The walk over the terms of a reduction.
struct ReductionWalk {
  /// Elements in the accumulator's format, one list or two.
  let lists: [[UInt64]]
  let settings: Reduction.Settings
  var arithmetic: ReductionArithmetic
  var stages: [Reduction.Stage] = []
  private(set) var standstill: Reduction.Standstill?

  /// The stages that a sequential sum is told in.
  private static let parts = 10

  init(_ lists: [[UInt64]], _ settings: Reduction.Settings, _ arithmetic: ReductionArithmetic) {
    self.lists = lists
    self.settings = settings
    self.arithmetic = arithmetic
  }

  private var count: Int { lists[0].count }

  /// The sum in the order asked for, in the accumulator's format or that of `sums`.
  mutating func run(_ sums: inout ReductionArithmetic) -> UInt64 {
    switch settings.order {
    case .sequential: return sequential()
    case .pairwise(let leaf): return pairwise(leaf)
    case .chunked(let terms):
      let starts = Array(stride(from: 0, to: count, by: terms)) + [count]
      return chunked(starts, "chunks of \(terms)", &sums)
    case .split(let parts):
      let starts = (0...parts).map { $0 * count / parts }
      return chunked(starts, "\(parts) parts", &sums)
    }
  }

  /// A sum of some terms in ascending order from +0, into a stage.
  private mutating func sum(
    _ terms: Range<Int>, from start: UInt64 = 0, _ stage: inout Reduction.Stage,
    _ watch: (_ term: Int, _ before: UInt64, _ after: UInt64) -> Void = { _, _, _ in }
  ) -> UInt64 {
    var total = start
    for k in terms {
      let before = total
      if lists.count == 1 {
        total = arithmetic.apply(.add, total, lists[0][k], 0, &stage)
      } else if settings.step == .fused {
        total = arithmetic.apply(.fma, lists[0][k], lists[1][k], total, &stage)
      } else {
        let product = arithmetic.apply(.mul, lists[0][k], lists[1][k], 0, &stage)
        total = arithmetic.apply(.add, total, product, 0, &stage)
      }
      watch(k, before, total)
    }
    return total
  }

  private mutating func sequential() -> UInt64 {
    var total: UInt64 = 0
    let parts = min(count, ReductionWalk.parts)
    var lastChange = -1
    var idle = 0
    for part in 0..<parts {
      let terms = part * count / parts..<(part + 1) * count / parts
      let name =
        terms.count == 1
        ? "term \(terms.upperBound)" : "terms \(terms.lowerBound + 1)...\(terms.upperBound)"
      var stage = Reduction.Stage(name: name)
      let format = arithmetic.format
      let lists = self.lists
      total = sum(terms, from: total, &stage) { k, before, after in
        if before != after {
          (lastChange, idle) = (k, 0)
        } else if !lists.contains(where: { format.decode($0[k]).isZero }) {
          idle += 1
        }
      }
      stage.running = total
      stages.append(stage)
    }
    if idle > 1, arithmetic.format.decode(total).isFinite {
      standstill = Reduction.Standstill(term: lastChange + 2, terms: idle, sum: total)
    }
    return total
  }

  private mutating func pairwise(_ leaf: Int) -> UInt64 {
    var stage = Reduction.Stage(name: leaf == 1 ? "terms" : "blocks of \(leaf)")
    let starts = Array(stride(from: 0, to: count, by: leaf))
    let blocks = starts.map { sum($0..<min($0 + leaf, count), &stage) }
    stages.append(stage)
    var levels: [Reduction.Stage] = []
    let total = tree(blocks[...], &levels).sum
    stages += levels
    return total
  }

  /// The sum of a range of blocks, split after the largest power of two that is less than its
  /// count, and its depth.
  private mutating func tree(
    _ blocks: ArraySlice<UInt64>, _ levels: inout [Reduction.Stage]
  ) -> (sum: UInt64, depth: Int) {
    guard blocks.count > 1 else { return (blocks[blocks.startIndex], 0) }
    let power = 1 << (Int.bitWidth - 1 - (blocks.count - 1).leadingZeroBitCount)
    let left = tree(blocks.prefix(power), &levels)
    let right = tree(blocks.dropFirst(power), &levels)
    let depth = max(left.depth, right.depth) + 1
    while levels.count < depth {
      levels.append(Reduction.Stage(name: "level \(levels.count + 1) of the tree"))
    }
    return (arithmetic.apply(.add, left.sum, right.sum, 0, &levels[depth - 1]), depth)
  }

  private mutating func chunked(
    _ starts: [Int], _ name: String, _ sums: inout ReductionArithmetic
  ) -> UInt64 {
    var inner = Reduction.Stage(name: "inside \(name)")
    var outer = Reduction.Stage(name: "sums of \(name)")
    var total: UInt64 = 0
    for (start, end) in zip(starts, starts.dropFirst()) {
      let part = sum(start..<end, &inner)
      let held = sums.convert(part, from: arithmetic.format, &outer)
      total = sums.apply(.add, total, held, 0, &outer)
    }
    stages += [inner, outer]
    return total
  }
}
