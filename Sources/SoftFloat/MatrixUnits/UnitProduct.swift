// SPDX-License-Identifier: Apache-2.0
import Formats

/// Matrix products by a unit: for each element the walk c = f(a, b, c) from c = +0, or that of an
/// addend, in ascending blocks of the inner index, the last one filled up with zeros.
struct UnitProduct: Sendable {
  let a: MatrixOperand
  let b: MatrixOperand
  let addend: MatrixAddend?
  let result: MatrixResult
  let shape: ProductShape
  let row: MatrixUnitRow

  /// The cost of one term in that of a fused multiply-add in FP32.
  private static var cost: Int { 8 }
  /// The columns of a sliver.
  static var lanes: Int { UnitLanes.scalarCount }
  /// Values of the left operand that are unpacked at a time.
  private static var packedValues: Int { 1 << 17 }

  /// Computes the batch on at most `threads` threads.
  func compute(batch: Int, threads: Int, minimumWork: Int) {
    let bands = ProductBands(
      shape, batch: batch, threads: threads, cost: Self.cost, minimumWork: minimumWork,
      unit: (2, Self.lanes))
    bands.run { parts in
      for part in parts { compute(bands[part]) }
    }
  }

  private func compute(_ band: ProductBands.Band) {
    switch row.method {
    case .truncated(let sum):
      switch sum.conversion {
      case .towardZero:
        run(TruncatedStep<TowardZero>(sum, row.accumulator), band)
      case .towardZero13:
        run(TruncatedStep<TowardZero13>(sum, row.accumulator), band)
      case .nearest16:
        run(TruncatedStep<Nearest16>(sum, row.accumulator), band)
      }
    case .truncatedHalves(let sum):
      if row.accumulator == .fp16 {
        run(HalvesStep<Nearest16>(sum, row.accumulator), band)
      } else {
        run(HalvesStep<TowardZero>(sum, row.accumulator), band)
      }
    case .exact(let terms): run(ExactStep(terms: terms), band)
    case .aligned(let terms): run(AlignedStep(terms: terms), band)
    case .pairs: run(PairStep(), band)
    case .flushed(let terms): run(FlushedStep(terms: terms), band)
    case .chains(let terms): run(ChainStep(terms: terms), band)
    case .oddPairs: run(OddPairStep(), band)
    }
  }

  private func run<Step: UnitStep>(_ step: Step, _ band: ProductBands.Band) {
    let (matrix, rows, columns) = (band.matrix, band.rows, band.columns)
    let order = UnitTermOrder(row, inner: shape.inner)
    let height = min(rows.count, max(Self.lanes, Self.packedValues / max(order.padded, 1)))
    let slivers = (columns.count + Self.lanes - 1) / Self.lanes
    let panels = UnitPanels<Step.Scalar>(order, rows: height, columns: slivers * Self.lanes)
    for first in stride(from: rows.lowerBound, to: rows.upperBound, by: max(height, 1)) {
      let some = first..<min(first + height, rows.upperBound)
      packLeft(panels, some, matrix)
      begin(panels.sums, stride: slivers * Self.lanes, some, columns, matrix)
      for sliver in 0..<slivers {
        let start = columns.lowerBound + sliver * Self.lanes
        packRight(panels, start..<min(start + Self.lanes, columns.upperBound), matrix)
        multiply(
          step, panels, rows: some.count, into: panels.sums + sliver * Self.lanes,
          stride: slivers * Self.lanes)
      }
      store(panels.sums, stride: slivers * Self.lanes, some, columns, matrix)
    }
  }

  /// The addend's elements, in the scale of the sums, or zeros.
  private func begin(
    _ sums: UnsafeMutablePointer<Float>, stride: Int, _ rows: Range<Int>, _ columns: Range<Int>,
    _ matrix: Int
  ) {
    sums.update(repeating: 0, count: rows.count * stride)
    guard let addend else { return }
    let scale = Double(sign: .plus, exponent: a.scale + b.scale, significand: 1)
    for (i, r) in rows.enumerated() {
      let from = addend.row(r, from: columns.lowerBound, matrix: matrix)
      let sums = sums + i * stride
      for j in 0..<columns.count { sums[j] = scale == 1 ? from[j] : Float(Double(from[j]) * scale) }
    }
  }

  private func packLeft<Scalar>(
    _ panels: borrowing UnitPanels<Scalar>, _ rows: Range<Int>, _ matrix: Int
  ) {
    let reader = UnitReader(a, offset: matrix * a.batchStride, row: row)
    let (ofRow, ofTerm) = a.isTransposed ? (1, a.stride) : (a.stride, 1)
    let order = panels.order
    let steps = order.padded / order.terms
    for (i, r) in rows.enumerated() {
      let (values, powers) = (
        panels.left + i * order.padded, panels.leftPowers + i * order.padded
      )
      for step in 0..<steps {
        var special: UInt64 = 0
        let places = step * order.terms..<(step + 1) * order.terms
        if !order.inHalves, places.upperBound <= shape.inner {
          special = reader.read(
            r * ofRow + places.lowerBound * ofTerm, count: order.terms, distance: ofTerm,
            values: values + places.lowerBound, powers: powers + places.lowerBound)
        } else {
          for place in places {
            let term = order.term(place)
            guard term < shape.inner else {
              (values[place], powers[place]) = (0, 0)
              continue
            }
            special |= reader.read(
              r * ofRow + term * ofTerm, count: 1, distance: 1, values: values + place,
              powers: powers + place)
          }
        }
        panels.leftSpecials[i * steps + step] = special != 0
      }
    }
  }

  private func packRight<Scalar>(
    _ panels: borrowing UnitPanels<Scalar>, _ columns: Range<Int>, _ matrix: Int
  ) {
    let reader = UnitReader(b, offset: matrix * b.batchStride, row: row)
    let (ofTerm, ofColumn) = b.isTransposed ? (1, b.stride) : (b.stride, 1)
    let order = panels.order
    for step in 0..<order.padded / order.terms {
      var special: UInt64 = 0
      for place in step * order.terms..<(step + 1) * order.terms {
        let lanes = panels.right + 2 * place
        let term = order.term(place)
        if term >= shape.inner || columns.count < Self.lanes {
          (lanes[0], lanes[1]) = (.zero, .zero)
        }
        guard term < shape.inner else { continue }
        let values = UnsafeMutableRawPointer(lanes).assumingMemoryBound(to: Scalar.self)
        special |= reader.read(
          term * ofTerm + columns.lowerBound * ofColumn, count: columns.count,
          distance: ofColumn, values: values, powers: values + Self.lanes)
      }
      panels.rightSpecials[step] = special
    }
  }

  /// The sums of some rows and one sliver of columns.
  @inline(never)
  private func multiply<Step: UnitStep>(
    _ step: Step, _ panels: borrowing UnitPanels<Step.Scalar>, rows: Int,
    into sums: UnsafeMutablePointer<Float>, stride: Int
  ) {
    let order = panels.order
    let steps = order.padded / order.terms
    let decodesAddend = addend?.format != nil
    @inline(__always) func advance(_ i: Int, _ s: Int, _ c: inout Step.Lanes) {
      let (before, first) = (c, i &* order.padded &+ s &* order.terms)
      var special = step.advance(
        panels.left + first, panels.leftPowers + first,
        UnsafePointer(panels.right + 2 &* s &* order.terms), &c)
      if decodesAddend, s == 0 {
        for lane in 0..<Self.lanes
        where before[lane] != 0
          && before[lane].magnitude < Step.Scalar(Float16.leastNormalMagnitude)
        {
          special[lane] = true
        }
      }
      let isSpecialRow = panels.leftSpecials[i &* steps &+ s]
      guard isSpecialRow || panels.rightSpecials[s] != 0 || any(special) else { return }
      for lane in 0..<Self.lanes
      where isSpecialRow || panels.rightSpecials[s] >> UInt64(lane) & 1 != 0 {
        special[lane] = true
      }
      define(panels, first, s, before, special, &c)
    }
    // Two rows at a time: while one waits for its chain of sums, the other goes on.
    for i in Swift.stride(from: 0, to: rows, by: 2) {
      let isPair = i + 1 < rows
      @inline(__always) func start(_ row: Int) -> Step.Lanes {
        var lanes = Step.Lanes.zero
        for lane in 0..<Self.lanes { lanes[lane] = Step.Scalar(sums[row * stride + lane]) }
        return lanes
      }
      var (c0, c1) = (start(i), isPair ? start(i + 1) : .zero)
      for s in 0..<steps {
        advance(i, s, &c0)
        if isPair { advance(i + 1, s, &c1) }
      }
      for lane in 0..<Self.lanes {
        sums[i * stride + lane] = Float(c0[lane])
        if isPair { sums[(i + 1) * stride + lane] = Float(c1[lane]) }
      }
    }
  }

  /// Replaces some columns of a step by the definition.
  @inline(never)
  private func define<Scalar>(
    _ panels: borrowing UnitPanels<Scalar>, _ first: Int, _ step: Int, _ before: SIMD8<Scalar>,
    _ lanes: SIMDMask<SIMD8<Scalar.SIMDMaskScalar>>, _ c: inout SIMD8<Scalar>
  ) {
    let order = panels.order
    withUnsafeTemporaryAllocation(of: Float.self, capacity: 2 * order.terms) { operands in
      operands.initialize(repeating: 0)
      for lane in 0..<Self.lanes where lanes[lane] {
        for place in 0..<order.terms {
          let term = order.term(place)
          operands[term] = Float(panels.left[first + place])
          operands[order.terms + term] = Float(
            panels.right[2 * (step * order.terms + place)][lane])
        }
        let all = UnsafeBufferPointer(operands)
        let d = row.dotAdd(
          UnsafeBufferPointer(rebasing: all[..<order.terms]),
          UnsafeBufferPointer(rebasing: all[order.terms...]), Float(before[lane]),
          formats: (a.format, b.format), addend: step == 0 ? addend?.format : nil)
        c[lane] = Scalar(d)
      }
    }
  }

  /// Stores finished sums, divided by the operands' scales.
  private func store(
    _ sums: UnsafeMutablePointer<Float>, stride: Int, _ rows: Range<Int>, _ columns: Range<Int>,
    _ matrix: Int
  ) {
    let exponent = -(a.scale + b.scale)
    for (i, r) in rows.enumerated() {
      let sums = sums + i * stride
      if exponent != 0 {
        for j in 0..<columns.count {
          sums[j] = Float(Double(sums[j]) * Double(sign: .plus, exponent: exponent, significand: 1))
        }
      }
      SumRounding.store(
        UnsafePointer(sums), count: columns.count, row.accumulator, to: result,
        at: matrix * result.batchStride + r * result.stride + columns.lowerBound)
    }
  }
}

/// The packed operands of a part, in memory that it owns.
private struct UnitPanels<Scalar: UnitScalar>: ~Copyable {
  let order: UnitTermOrder
  let left: UnsafeMutablePointer<Scalar>
  let leftPowers: UnsafeMutablePointer<Scalar>
  let right: UnsafeMutablePointer<SIMD8<Scalar>>
  /// For each row and step, whether an element of the left operand is not finite.
  let leftSpecials: UnsafeMutablePointer<Bool>
  /// For each step, a bit for each column that has one.
  let rightSpecials: UnsafeMutablePointer<UInt64>
  let sums: UnsafeMutablePointer<Float>

  init(_ order: UnitTermOrder, rows: Int, columns: Int) {
    self.order = order
    let steps = order.padded / order.terms
    left = .allocate(capacity: rows * order.padded)
    leftPowers = .allocate(capacity: rows * order.padded)
    right = .allocate(capacity: 2 * order.padded)
    leftSpecials = .allocate(capacity: rows * steps)
    rightSpecials = .allocate(capacity: steps)
    sums = .allocate(capacity: rows * columns)
  }

  deinit {
    left.deallocate()
    leftPowers.deallocate()
    right.deallocate()
    leftSpecials.deallocate()
    rightSpecials.deallocate()
    sums.deallocate()
  }
}

extension TensorKernels {
  /// The products of a unit; traps where it does not take the formats of the operands or of the
  /// addend.
  static func multiply(
    _ a: MatrixOperand, _ b: MatrixOperand, plus addend: MatrixAddend?,
    into result: MatrixResult, shape: ProductShape, batch: Int, unit: MatrixUnit,
    instruction: MatrixInstructionShape?, accumulator: Accumulation.SumFormat, threads: Int,
    minimumWork: Int
  ) {
    guard let row = unit.row(a.format, b.format, accumulator: accumulator, shape: instruction)
    else {
      preconditionFailure("\(unit.rawValue) has no products of \(a.format.id) and \(b.format.id)")
    }
    precondition(
      addend?.format == nil || (row.takesHalfAddend && addend?.format == .fp16),
      "\(unit.rawValue) takes no addend of that format")
    UnitProduct(a: a, b: b, addend: addend, result: result, shape: shape, row: row)
      .compute(batch: batch, threads: threads, minimumWork: minimumWork)
  }
}
