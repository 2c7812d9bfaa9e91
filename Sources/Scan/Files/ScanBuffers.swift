// SPDX-License-Identifier: Apache-2.0
import Synchronization

/// What one thread needs for a scan, and what is known of the chunk at hand. One thread uses it at a
/// time: `Workspaces` hands it to one after another.
final class ScanBuffers: @unchecked Sendable {
  let reader = PartReader()
  let table = BinTable()
  /// The encoding of the largest magnitude of each block of the longest size.
  let blockLargest: UnsafeMutablePointer<UInt32>
  /// The extremes of the chunk's magnitudes, zeros aside from the lower; those of finite ones.
  private(set) var least = UInt32.max
  private(set) var largest: UInt32 = 0
  private(set) var leastFinite = UInt32.max
  private(set) var largestFinite: UInt32 = 0
  /// The zeros of the chunk, fill included.
  private(set) var zeros = 0
  /// The fill of blocks with an infinity or a NaN.
  private(set) var specialFill = 0

  /// The largest magnitudes of half blocks.
  let halfLargest: UnsafeMutablePointer<UInt32>
  let finite: UnsafeMutablePointer<Float>
  let errors: UnsafeMutablePointer<Float>
  let encode: UnsafeMutablePointer<Float>
  let decode: UnsafeMutablePointer<Float>

  static let half = TensorLayout.blockSize / 2
  static let infinity: UInt32 = 0x7f80_0000

  init() {
    let size = TensorLayout.chunkSize
    blockLargest = .allocate(capacity: size / TensorLayout.blockSize)
    halfLargest = .allocate(capacity: size / Self.half)
    finite = .allocate(capacity: size)
    errors = .allocate(capacity: size)
    encode = .allocate(capacity: size)
    decode = .allocate(capacity: size)
  }

  deinit {
    for buffer in [blockLargest, halfLargest] { buffer.deallocate() }
    for buffer in [finite, errors, encode, decode] { buffer.deallocate() }
  }

  /// Looks at a chunk.
  func prepare(_ values: UnsafePointer<Float>, _ chunk: TensorLayout.Chunk) {
    let (count, mask) = (chunk.places, ElementRounding.magnitudeMask)
    for block in 0..<count / Self.half {
      let first = values + block &* Self.half
      var greatest: UInt32 = 0
      for i in 0..<Self.half { greatest = max(greatest, first[i].bitPattern & mask) }
      halfLargest[block] = greatest
    }
    largest = 0
    for block in 0..<count / TensorLayout.blockSize {
      blockLargest[block] = max(halfLargest[2 &* block], halfLargest[2 &* block &+ 1])
      largest = max(largest, blockLargest[block])
    }
    // A zero less one is above every magnitude.
    var below = UInt32.max
    var zeros: UInt32 = 0
    for i in 0..<count {
      let before = (values[i].bitPattern & mask) &- 1
      below = min(below, before)
      zeros &+= before &>> ElementRounding.signBit
    }
    self.zeros = Int(zeros)
    least = below == .max ? .max : below + 1
    (leastFinite, largestFinite) = (least, largest)
    specialFill = 0
    guard largest >= Self.infinity else { return }
    (leastFinite, largestFinite) = (.max, 0)
    for block in 0..<count / TensorLayout.blockSize where blockLargest[block] >= Self.infinity {
      specialFill += chunk.fill(of: block)
    }
    for i in 0..<count {
      let magnitude = values[i].bitPattern & mask
      guard magnitude < Self.infinity, magnitude > 0 else { continue }
      leastFinite = min(leastFinite, magnitude)
      largestFinite = max(largestFinite, magnitude)
    }
  }

}

/// Workspaces that threads take and give back: as many are made as are ever in use at a time.
final class Workspaces: Sendable {
  private let free = Mutex<[ScanBuffers]>([])

  func take() -> ScanBuffers { free.withLock { $0.popLast() } ?? ScanBuffers() }

  func giveBack(_ workspace: ScanBuffers) { free.withLock { $0.append(workspace) } }
}
