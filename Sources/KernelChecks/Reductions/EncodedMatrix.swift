// SPDX-License-Identifier: Apache-2.0
import Formats

/// A matrix of encodings in memory, row by row, possibly read as its transpose.
///
/// The memory is the caller's, who keeps it while the matrix is used.
package struct EncodedMatrix: @unchecked Sendable {
  package let format: Format
  /// The rows and columns as they are read.
  package let rows: Int
  package let columns: Int
  private let base: UnsafeRawPointer
  private let element: KernelElement
  /// The distances of neighbours [elements].
  private let rowStride: Int
  private let columnStride: Int

  /// The matrix of a format at the start of some memory, which is `rows` x `columns` after the
  /// transposition; nil where the memory is too small for it or lies where no element can.
  package init?(
    _ memory: UnsafeRawBufferPointer, _ format: Format, rows: Int, columns: Int,
    isTransposed: Bool = false
  ) {
    let element = KernelElement(format)
    let (count, isLarge) = rows.multipliedReportingOverflow(by: columns)
    let (bytes, isLarger) = count.multipliedReportingOverflow(by: element.size)
    let isAligned = UInt(bitPattern: memory.baseAddress) % UInt(element.size) == 0
    guard rows >= 0, columns >= 0, !isLarge, !isLarger, bytes <= memory.count, isAligned else {
      return nil
    }
    self.format = format
    (self.rows, self.columns, self.element) = (rows, columns, element)
    // An empty matrix may have no memory; nothing is read of it.
    base = memory.baseAddress ?? UnsafeRawPointer(bitPattern: 1)!
    (rowStride, columnStride) = isTransposed ? (1, rows) : (columns, 1)
  }

  private init(
    constant: UnsafeRawPointer, _ format: Format, rows: Int, columns: Int
  ) {
    self.format = format
    (self.rows, self.columns, element) = (rows, columns, KernelElement(format))
    base = constant
    (rowStride, columnStride) = (0, 0)
  }

  /// Ones, the product with which is the sum of a row.
  package static func ones(rows: Int, columns: Int) -> EncodedMatrix {
    EncodedMatrix(constant: one.base, .fp32, rows: rows, columns: columns)
  }

  /// In memory that lasts as long as the process.
  private static let one: EncodedMatrix = {
    let memory = UnsafeMutableRawPointer.allocate(byteCount: 4, alignment: 4)
    memory.storeBytes(of: Format.fp32.one, as: UInt32.self)
    return EncodedMatrix(constant: memory, .fp32, rows: 1, columns: 1)
  }()

  /// The encoding in a row and a column.
  @inline(__always)
  package subscript(row: Int, column: Int) -> UInt32 {
    UInt32(element.load(base, row &* rowStride &+ column &* columnStride))
  }

  /// The parts of the number in a row and a column.
  func decoded(_ row: Int, _ column: Int) -> Decoded { format.decode(self[row, column]) }
}
