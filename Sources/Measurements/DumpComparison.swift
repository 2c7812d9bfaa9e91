// SPDX-License-Identifier: Apache-2.0

/// A tensor of two dumps, a of the first and b of the second.
package struct ComparedTensor: Codable, Sendable, Hashable {
  /// The name.
  package var name: String
  /// What elements are stored as, in each.
  package var types: [String]
  /// The sizes, in each.
  package var shapes: [[Int]]
  /// The number of elements; of tensors of different shapes, of the first.
  package var elements: Int
  /// #{a ≠ b}, NaN equal to NaN and minus zero to zero; nil where shapes differ.
  package var different: Int?
  /// ‖b - a‖ / ‖a‖ over pairs of finite members; nil where shapes differ, where elements are no
  /// numbers with a fraction, or where ‖a‖ is zero and ‖b‖ is not.
  package var relativeError: Double?
  /// ‖b - e‖ / ‖a‖, e the exact result of the operation on b's own operands, over pairs of finite
  /// members: what the operation added; nil where the second dump has no e, or ‖a‖ is zero.
  package var added: Double?
  /// ‖e - a‖ / ‖a‖: what the operands brought along, a's own error included; nil likewise.
  package var inherited: Double?
  /// max |b - a| over pairs of finite members; nil where shapes differ.
  package var largestDifference: Double?
  /// max |b - a| / ulp(a) over these, ulp that of the coarser of both types; nil where they are no
  /// numbers with a fraction.
  package var largestUlps: Double?
  /// The index of the element with the largest difference, in row-major order; nil without one.
  package var largestAt: Int?
  /// #{one of a, b is a NaN and the other is not}.
  package var nans: Int?
  /// #{one of a, b is infinite, neither is a NaN, and they differ}.
  package var infinities: Int?
  /// The relative error up to which the tensor agrees; 0 where every element has to be equal.
  package var tolerance: Double
  /// Whether it does not.
  package var isOver: Bool

  /// A tensor of which nothing is compared yet.
  package init(
    name: String, types: [String], shapes: [[Int]], elements: Int, tolerance: Double, isOver: Bool
  ) {
    self.name = name
    self.types = types
    self.shapes = shapes
    self.elements = elements
    self.tolerance = tolerance
    self.isOver = isOver
  }
}

/// Two dumps tensor by tensor.
package struct DumpComparison: Codable, Sendable, Hashable {
  /// Where the order of tensors is from.
  package enum Order: String, Codable, Sendable {
    /// The note `halfway.order` of a dump.
    case noted
    /// The order in the first file, which is none of time where the writer sorts names.
    case file
  }

  /// The files of both dumps, as they were named.
  package var files: [String]
  /// Where the order is from.
  package var order: Order
  /// The tensors that both have, in that order.
  package var tensors: [ComparedTensor]
  /// The names that only the first has, and only the second.
  package var onlyFirst: [String]
  package var onlySecond: [String]

  /// The comparison.
  package init(
    files: [String], order: Order, tensors: [ComparedTensor], onlyFirst: [String],
    onlySecond: [String]
  ) {
    self.files = files
    self.order = order
    self.tensors = tensors
    self.onlyFirst = onlyFirst
    self.onlySecond = onlySecond
  }

  /// The first tensor that does not agree; nil where all do.
  package var first: ComparedTensor? { tensors.first(where: \.isOver) }
  /// Whether of any tensor it is known what its operation added.
  package var tellsOrigins: Bool { tensors.contains { $0.added != nil } }
  /// The first tensor to which its own operation added more than its tolerance; nil where none did,
  /// or where that is not known.
  package var firstAdding: ComparedTensor? {
    tensors.first { tensor in tensor.added.map { $0 > tensor.tolerance } ?? false }
  }
}
