// SPDX-License-Identifier: Apache-2.0
import Formats
import Measurements
import Synchronization
import TensorFiles
import Threads

/// A comparison of two dumps, tensor by tensor in the order in which they were computed.
package struct DumpComparer: Sendable {
  private let dumps: [PlacedTensors]
  private let tolerance: Double?
  private let threads: Int

  /// The comparison of two dumps.
  ///
  /// - Parameter tolerance: The relative error up to which a tensor agrees; nil for that of its
  ///   type.
  package init(
    _ first: PlacedTensors, _ second: PlacedTensors, tolerance: Double?, threads: Int
  ) {
    dumps = [first, second]
    self.tolerance = tolerance
    self.threads = threads
  }

  /// The bytes of all tensors that both dumps have.
  package var byteCount: Int {
    let names = Set(dumps[1].tensors.map(\.name))
    return dumps[0].tensors.reduce(0) { $0 + (names.contains($1.name) ? $1.byteCount : 0) }
  }

  /// The relative error up to which a tensor agrees by default: `rtol` of torch.testing's
  /// `assert_close`, and of narrower types half a unit in the last place.
  static func tolerance(_ type: ElementType) -> Double {
    switch type {
    case .fp64: 1e-7
    case .fp32: 1.3e-6
    case .fp16: 1e-3
    case .bf16: 1.6e-2
    case .e4m3, .e2m3: 0x1p-4
    case .e5m2, .e3m2: 0x1p-3
    case .e2m1: 0x1p-2
    default: 0
    }
  }

  /// The comparison; nil where it was to end.
  ///
  /// - Throws: `TensorFileProblem`.
  package func run(
    _ goesOn: @escaping @Sendable (_ bytes: Int) -> Bool
  ) throws(TensorFileProblem) -> DumpComparison? {
    for dump in dumps { try Self.refuseEqualNames(dump) }
    let (names, order) = try orderedNames()
    let placed = dumps.map { dump in
      Dictionary(dump.tensors.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    }
    let exact = dumps.map(\.exactNames)
    let besides = exact.map { Set($0.values) }
    let files = OpenFiles()
    var compared: [ComparedTensor] = []
    for name in names where !besides[0].contains(name) && !besides[1].contains(name) {
      guard let a = placed[0][name], let b = placed[1][name] else { continue }
      guard var tensor = try compare(a, b, files, goesOn) else { return nil }
      if let e = exact[1][name].flatMap({ placed[1][$0] }), tensor.relativeError != nil {
        guard try tell(&tensor, a, b, exact: e, files, goesOn) else { return nil }
      }
      compared.append(tensor)
    }
    return DumpComparison(
      files: dumps.compactMap(\.files.first), order: order, tensors: compared,
      onlyFirst: dumps[0].tensors.map(\.name).filter {
        placed[1][$0] == nil && !besides[0].contains($0)
      },
      onlySecond: dumps[1].tensors.map(\.name).filter {
        placed[0][$0] == nil && !besides[1].contains($0)
      })
  }

  private static func refuseEqualNames(_ dump: PlacedTensors) throws(TensorFileProblem) {
    var names: Set<String> = []
    for tensor in dump.tensors where !names.insert(tensor.name).inserted {
      throw TensorFileProblem(
        path: tensor.path, reason: "two tensors with the name '\(tensor.name)'")
    }
  }

  /// The names in the order of the first dump's note, or of the second's, and after them those that
  /// it does not have in the order of the first file.
  private func orderedNames() throws(TensorFileProblem) -> ([String], DumpComparison.Order) {
    let files = dumps[0].tensors.map(\.name)
    var noted = try dumps[0].noted
    if noted == nil { noted = try dumps[1].noted }
    guard let noted else { return (files, .file) }
    let known = Set(noted)
    return (noted + files.filter { !known.contains($0) }, .noted)
  }

  private func compare(
    _ a: PlacedTensor, _ b: PlacedTensor, _ files: OpenFiles,
    _ goesOn: @escaping @Sendable (Int) -> Bool
  ) throws(TensorFileProblem) -> ComparedTensor? {
    let coarser = Self.coarser(a.type, b.type)
    let own = max(Self.tolerance(a.type), Self.tolerance(b.type))
    var compared = ComparedTensor(
      name: a.name, types: [a.type.rawValue, b.type.rawValue], shapes: [a.shape, b.shape],
      elements: a.count, tolerance: own == 0 ? 0 : tolerance ?? own, isOver: true)
    guard a.shape == b.shape else { return compared }
    guard let first = try OpenTensor(a, files), let second = try OpenTensor(b, files) else {
      guard a.type == b.type else { return compared }
      compared.different = try Self.differences(a, b, files)
      compared.isOver = compared.different ?? 0 > 0
      return goesOn(a.byteCount) ? compared : nil
    }
    let ulp = UlpScale(coarser == .fp64 ? nil : Format(id: coarser.rawValue))
    guard let sums = try sums(first, second, ulp, goesOn) else { return nil }
    compared.different = sums.different
    compared.relativeError = sums.relativeError
    compared.largestDifference = sums.largest
    compared.largestUlps = sums.largestUlps
    compared.largestAt = sums.largestAt
    compared.nans = sums.nans
    compared.infinities = sums.infinities
    compared.isOver =
      sums.nans + sums.infinities > 0
      || sums.relativeError.map { $0 > compared.tolerance } ?? true
    return compared
  }

  /// Tells what b's operation added to a tensor's error from what it inherited; false where the
  /// comparison was to end.
  private func tell(
    _ tensor: inout ComparedTensor, _ a: PlacedTensor, _ b: PlacedTensor, exact e: PlacedTensor,
    _ files: OpenFiles, _ goesOn: @escaping @Sendable (Int) -> Bool
  ) throws(TensorFileProblem) -> Bool {
    guard e.shape == b.shape, let first = try OpenTensor(a, files),
      let second = try OpenTensor(b, files), let exact = try OpenTensor(e, files)
    else { return true }
    let ulp = UlpScale(nil)
    // The bytes of a pair count once.
    let isGoing: @Sendable (Int) -> Bool = { _ in goesOn(0) }
    guard let inherited = try sums(first, exact, ulp, isGoing),
      let added = try sums(exact, second, ulp, isGoing)
    else { return false }
    let norm = inherited.deviation.referenceSquares
    guard norm > 0 else { return true }
    tensor.inherited = (inherited.deviation.differenceSquares / norm).squareRoot()
    tensor.added = (added.deviation.differenceSquares / norm).squareRoot()
    return true
  }

  /// The type of fewer fraction bits.
  private static func coarser(_ a: ElementType, _ b: ElementType) -> ElementType {
    func bits(_ type: ElementType) -> Int {
      type == .fp64 ? Double.significandBitCount : Format(id: type.rawValue)?.fractionBits ?? 0
    }
    return bits(b) < bits(a) ? b : a
  }

  private func sums(
    _ a: OpenTensor, _ b: OpenTensor, _ ulp: UlpScale,
    _ goesOn: @escaping @Sendable (Int) -> Bool
  ) throws(TensorFileProblem) -> PairSums? {
    let count = a.layout.count
    let portions = (count + PairReader.portion - 1) / PairReader.portion
    let bands = max(1, min(threads, portions))
    let outcomes = Mutex(
      [Result<[PairSums]?, TensorFileProblem>](repeating: .success(nil), count: bands))
    ThreadTeam.run(parts: bands) { band in
      let readers = (PairReader(), PairReader())
      var found: [PairSums] = []
      var outcome: Result<[PairSums]?, TensorFileProblem>?
      for portion in portions * band / bands..<portions * (band + 1) / bands where outcome == nil {
        let start = portion * PairReader.portion
        let elements = start..<min(start + PairReader.portion, count)
        do throws(TensorFileProblem) {
          var sums = PairSums()
          sums.add(
            try readers.0.numbers(elements, of: a), try readers.1.numbers(elements, of: b),
            first: start, ulp: ulp)
          found.append(sums)
          if !goesOn(elements.count * a.placed.type.bitWidth / 8) { outcome = .success(nil) }
        } catch {
          outcome = .failure(error)
        }
      }
      let result = outcome ?? .success(found)
      outcomes.withLock { $0[band] = result }
    }
    var sums = PairSums()
    for outcome in outcomes.withLock({ $0 }) {
      guard let found = try outcome.get() else { return nil }
      for part in found { sums.merge(part) }
    }
    return sums
  }

  /// The elements of two tensors of whole numbers, truth values or scales that are not the same
  /// bytes.
  private static func differences(
    _ a: PlacedTensor, _ b: PlacedTensor, _ files: OpenFiles
  ) throws(TensorFileProblem) -> Int {
    let size = a.type.bitWidth / 8
    let portion = 1 << 16
    let buffers = (0..<2).map { _ in
      UnsafeMutableRawBufferPointer.allocate(byteCount: portion, alignment: 64)
    }
    defer { for buffer in buffers { buffer.deallocate() } }
    let readers = [try files.bytes(of: a), try files.bytes(of: b)]
    var different = 0
    for start in stride(from: 0, to: a.byteCount, by: portion) {
      let range = start..<min(start + portion, a.byteCount)
      for (reader, buffer) in zip(readers, buffers) {
        try reader.read(
          range, into: UnsafeMutableRawBufferPointer(rebasing: buffer[..<range.count]))
      }
      for element in 0..<range.count / size {
        let places = element * size..<(element + 1) * size
        if !buffers[0][places].elementsEqual(buffers[1][places]) { different += 1 }
      }
    }
    return different
  }
}
