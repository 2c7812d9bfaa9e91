// SPDX-License-Identifier: Apache-2.0
import Formats

/// Looks for operands at which a kernel of one operand lacks a property of its function: at a part
/// of the check's own operands, the next number above each, and the one of the other sign.
package struct PropertyProbe {
  private let campaign: KernelCampaign
  private let shape: FunctionShape
  private let format: Format

  /// The operands that are looked at, at most: every one of a format of 16 bits.
  private static let most: UInt64 = 1 << 20

  package init(_ campaign: KernelCampaign) {
    self.campaign = campaign
    shape = FunctionShape(campaign.configuration.function)
    format = campaign.format
  }

  /// The properties of the function.
  package static func properties(of function: ElementFunction) -> [KernelProperty] {
    FunctionShape(function).properties
  }

  /// What is found of each property; throws a `WorkerFailure` where the kernel gives no results.
  package func results(isCancelled: @escaping () -> Bool) throws -> [PropertyResult] {
    let runner = try ElementRunner(campaign.setting)
    runner.isCancelled = isCancelled
    let type = campaign.setting.element
    let capacity = campaign.setting.capacity
    let blocks = (0..<6).map { _ in
      UnsafeMutableRawPointer.allocate(byteCount: capacity * type.size, alignment: 64)
    }
    defer { for block in blocks { block.deallocate() } }
    var found = PropertyFindings(shape, format)
    let count = min(campaign.elements, Self.most)
    let step = campaign.elements / count
    for first in stride(from: 0, to: count, by: capacity) {
      let length = Int(min(UInt64(capacity), count - first))
      type.fill(blocks[0], count: length) {
        campaign.operand(0, ofElement: (first + UInt64($0)) * step)
      }
      type.fill(blocks[1], count: length) { format.next(above: type.load(blocks[0], $0)) }
      type.fill(blocks[2], count: length) { format.negative(of: type.load(blocks[0], $0)) }
      for part in 0..<3 where part == 0 || found.needs(part) {
        if let misdeed = runner.call([blocks[part]], first: 0, count: length), misdeed.isFatal {
          if isCancelled() { throw CancellationError() }
          throw WorkerFailure("\(misdeed.kind.rawValue): \(misdeed.detail)")
        }
        blocks[3 + part].copyMemory(from: runner.results, byteCount: length * type.size)
      }
      for i in 0..<length {
        let (operands, results) = (
          (0..<3).map { type.load(blocks[$0], i) }, (0..<3).map { type.load(blocks[3 + $0], i) }
        )
        found.add(operands, results)
      }
    }
    return found.results
  }
}

/// What is found of a shape's properties.
struct PropertyFindings {
  private let shape: FunctionShape
  private let format: Format
  /// The nearest numbers to the function's bounds.
  private let bounds: ClosedRange<Double>?
  private(set) var results: [PropertyResult]

  init(_ shape: FunctionShape, _ format: Format) {
    (self.shape, self.format) = (shape, format)
    bounds = shape.range.map {
      format.number(
        format.encoding(nearest: $0.lowerBound))...format.number(
          format.encoding(nearest: $0.upperBound))
    }
    results = shape.properties.map(PropertyResult.init)
  }

  /// Whether the results at neighbours (1), or at the other sign (2), are needed.
  func needs(_ part: Int) -> Bool {
    part == 1 ? !shape.pieces.isEmpty : shape.symmetry != nil
  }

  /// Adds the results at x, at the next number above it and at -x.
  mutating func add(_ operands: [UInt64], _ bits: [UInt64]) {
    let (x, y) = (format.number(operands[0]), format.number(bits[0]))
    guard !x.isNaN, !y.isNaN else { return }
    func text(_ index: Int) -> String {
      "f(\(format.text(of: operands[index]))) = \(format.text(of: bits[index]))"
    }
    for index in results.indices {
      switch results[index].property {
      case .monotonic:
        let (above, value) = (format.number(operands[1]), format.number(bits[1]))
        guard above > x, !value.isNaN,
          let piece = shape.pieces.first(where: { $0.from <= x && above <= $0.through })
        else { continue }
        results[index].add(
          piece.rises ? y <= value : y >= value, "\(text(0)) and \(text(1))")
      case .odd, .even:
        let value = format.number(bits[2])
        guard format.isSigned, !value.isNaN else { continue }
        let mirrored = results[index].property == .odd ? -value : value
        results[index].add(
          mirrored == y && mirrored.sign == y.sign, "\(text(0)) and \(text(2))")
      case .range:
        guard let bounds else { continue }
        results[index].add(bounds.contains(y), text(0))
      case .batchInvariant, .positionInvariant: continue
      }
    }
  }
}

extension Format {
  private var signBit: UInt64 { 1 << UInt64(exponentBits + fractionBits) }

  /// The encoding of -x.
  func negative(of encoding: UInt64) -> UInt64 { encoding ^ signBit }

  /// The encoding of the next number above x; of NaNs and the largest number any.
  func next(above encoding: UInt64) -> UInt64 {
    guard encoding & signBit != 0 else { return encoding + 1 }
    // Both zeros are one number.
    return encoding == signBit ? 1 : encoding - 1
  }
}
