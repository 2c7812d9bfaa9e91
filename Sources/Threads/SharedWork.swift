// SPDX-License-Identifier: Apache-2.0
import Synchronization

/// A piece of work whose parts are taken in turn by whoever is free.
///
/// All that a helper needs lies side by side in memory, for between two processors a cache line
/// travels as long as a small operation lasts: the helper's look at the state brings the body with
/// it.
struct SharedWork: @unchecked Sendable {
  /// One part that somebody has taken.
  struct Part {
    let number: Int
    let isTask: Bool
  }

  /// Where it lies: state, finished and body one after the other.
  private let memory: UnsafeMutableRawPointer

  /// From the lowest bit: the next part (31 bits), the parts (31 bits), whether they are tasks. One
  /// word, so that whoever takes a part takes it of the work that is open at that moment.
  private var state: UnsafeMutablePointer<Atomic<UInt64>> {
    memory.assumingMemoryBound(to: Atomic<UInt64>.self)
  }
  /// The parts that helpers have finished.
  private var finished: UnsafeMutablePointer<Atomic<Int>> {
    (memory + 8).assumingMemoryBound(to: Atomic<Int>.self)
  }
  /// Whoever has taken a part may call it until that part is finished; otherwise the owner's.
  private var body: UnsafeMutablePointer<((Int) -> Void)?> {
    (memory + 16).assumingMemoryBound(to: ((Int) -> Void)?.self)
  }

  /// Offers all parts but the first, which is the caller's.
  func open(parts: Int, isOfTasks: Bool, _ body: @escaping (Int) -> Void) {
    self.body.pointee = body
    finished.pointee.store(0, ordering: .relaxed)
    state.pointee.store(
      (isOfTasks ? Self.taskBit : 0) | UInt64(parts) << 31 | 1, ordering: .releasing)
  }

  /// Lets go of the body, once all parts are finished.
  func close() { body.pointee = nil }

  /// The next part that nobody has taken; nil where there is none, or only a task and those are not
  /// wanted.
  func takePart(orTask: Bool) -> Part? {
    var state = state.pointee.load(ordering: .relaxed)
    while state & Self.numberMask < state >> 31 & Self.numberMask,
      orTask || state & Self.taskBit == 0
    {
      let (taken, present) = self.state.pointee.weakCompareExchange(
        expected: state, desired: state + 1, ordering: .acquiring)
      if taken {
        return Part(number: Int(state & Self.numberMask), isTask: state & Self.taskBit != 0)
      }
      state = present
    }
    return nil
  }

  /// Does a part that a helper has taken. A function of its own, so that no reference to the body
  /// outlives it: the owner's closure must not escape.
  @inline(never)
  func call(_ part: Part) {
    guard let body = body.pointee else { preconditionFailure("a part of work that is closed") }
    body(part.number)
  }

  /// Says that a helper has finished a part.
  func finish() { finished.pointee.add(1, ordering: .releasing) }

  /// Whether helpers have finished so many parts.
  func hasFinished(_ parts: Int) -> Bool { finished.pointee.load(ordering: .acquiring) == parts }

  /// The most parts of a piece of work.
  static let mostParts = Int(numberMask)
  private static let numberMask: UInt64 = 0x7FFF_FFFF
  private static let taskBit: UInt64 = 1 << 62
}

extension SharedWork {
  /// All the work that may be open at once.
  struct Slots: @unchecked Sendable {
    /// So many: `free` has a bit for each.
    private static let capacity = UInt64.bitWidth
    /// Two cache lines, which processors fetch together.
    private static let spacing = 128

    private static let free = Atomic<UInt64>(.max)
    private static let mostUsed = Atomic<Int>(0)

    private let memory: UnsafeMutableRawPointer

    /// The only ones. Whoever looks at them again and again should keep them: every use of a global
    /// constant asks whether it has been computed.
    static let shared = Slots()

    private init() {
      memory = .allocate(byteCount: Self.capacity * Self.spacing, alignment: Self.spacing)
      for index in 0..<Self.capacity {
        let work = self[index]
        work.state.initialize(to: Atomic(0))
        work.finished.initialize(to: Atomic(0))
        work.body.initialize(to: nil)
      }
    }

    subscript(index: Int) -> SharedWork { SharedWork(memory: memory + index * Self.spacing) }

    /// Those that have ever been open, the earlier first where one was opened within another.
    var used: Range<Int> { 0..<Self.mostUsed.load(ordering: .relaxed) }

    /// The index of one that is not in use, the caller's until it is given back; nil where there is
    /// none.
    func takeFree() -> Int? {
      var free = Self.free.load(ordering: .relaxed)
      while free != 0 {
        let index = free.trailingZeroBitCount
        let (taken, present) = Self.free.weakCompareExchange(
          expected: free, desired: free & (free - 1), ordering: .acquiring)
        if taken {
          // Asked first: whoever looks out for work reads it all the time.
          if index >= Self.mostUsed.load(ordering: .relaxed) {
            Self.mostUsed.max(index + 1, ordering: .relaxed)
          }
          return index
        }
        free = present
      }
      return nil
    }

    /// Lets others use it.
    func giveBack(_ index: Int) {
      Self.free.bitwiseOr(1 << UInt64(index), ordering: .releasing)
    }
  }
}
