// SPDX-License-Identifier: Apache-2.0
import Formats
import Measurements
import Synchronization
import TensorFiles
import Threads

/// The scan of one tensor: its elements are counted in bins in one pass; what needs the largest
/// magnitude first, or rounds to more bits than bins tell apart, is counted element by element.
struct TensorScanner {
  let tensor: OpenTensor
  let candidates: [Candidate]
  let threads: Int
  let workspaces: Workspaces
  /// Called with the bytes that were read; false ends the scan.
  let goesOn: @Sendable (_ bytes: Int) -> Bool

  /// The bins of a tensor and what was counted beside them.
  struct Survey {
    var bins: [BinCount] = []
    /// The encodings of the extremes of the finite elements, zeros aside from the lower.
    var least = UInt32.max
    var largest: UInt32 = 0
    /// The places filled with zeros, and those of them in blocks with an infinity or a NaN.
    var fill = 0
    var specialFill = 0
    /// Of candidates that are counted directly, by their index.
    var direct: [Int: FitSums] = [:]
  }

  /// The scan; nil where it was to end.
  func run() throws(TensorFileProblem) -> Survey? {
    let early = directLoops(isLate: false)
    guard
      var survey = try pass({ band, part, reader, workspace throws(TensorFileProblem) in
        try count(part, reader, workspace, early, &band)
      })
    else { return nil }
    let largest = Float(bitPattern: survey.largest)
    let late = directLoops(isLate: true).map { $0.scaled(largest) }
    guard !late.isEmpty, survey.largest > 0 else { return survey }
    let second = try pass { band, part, reader, workspace throws(TensorFileProblem) in
      try reader.forEachChunk(ofPart: part, of: tensor) { chunk, values, bytes in
        workspace.prepare(values, chunk)
        for loop in late { workspace.add(loop, chunk, values, bytes, &band) }
      }
    }
    guard let second else { return nil }
    survey.direct.merge(second.direct) { $1 }
    return survey
  }

  /// What one band of parts found.
  struct Band {
    var survey = Survey()
    /// Of the direct candidates of the current part.
    var part: [Int: FitSums] = [:]
    /// Of each part.
    var parts: [[Int: FitSums]] = []
  }

  /// One pass over the tensor, its parts in bands on several threads.
  private func pass(
    _ body: @Sendable (inout Band, Int, PartReader, ScanBuffers) throws(TensorFileProblem) -> Void
  ) throws(TensorFileProblem) -> Survey? {
    let parts = tensor.layout.partCount
    let bands = max(1, min(threads, parts))
    let outcomes = Mutex([Result<Band?, TensorFileProblem>](repeating: .success(nil), count: bands))
    ThreadTeam.run(parts: bands) { number in
      let outcome = run(parts * number / bands..<parts * (number + 1) / bands, body)
      outcomes.withLock { $0[number] = outcome }
    }
    var survey = Survey()
    for outcome in outcomes.withLock({ $0 }) {
      guard let band = try outcome.get() else { return nil }
      survey.bins = BinCount.merged(survey.bins, band.survey.bins)
      survey.least = min(survey.least, band.survey.least)
      survey.largest = max(survey.largest, band.survey.largest)
      survey.fill += band.survey.fill
      survey.specialFill += band.survey.specialFill
      // Part by part: the order of sums must not depend on the threads.
      for part in band.parts {
        for (candidate, sums) in part { survey.direct[candidate, default: FitSums()].add(sums) }
      }
    }
    return survey
  }

  private func run(
    _ parts: Range<Int>,
    _ body: (inout Band, Int, PartReader, ScanBuffers) throws(TensorFileProblem) -> Void
  ) -> Result<Band?, TensorFileProblem> {
    let workspace = workspaces.take()
    defer { workspaces.giveBack(workspace) }
    var band = Band()
    do throws(TensorFileProblem) {
      for part in parts {
        band.part = [:]
        try body(&band, part, workspace.reader, workspace)
        band.parts.append(band.part)
        let chunks = tensor.layout.chunks(ofPart: part)
        let elements =
          tensor.layout.chunk(chunks.upperBound - 1).elements.upperBound
          - tensor.layout.chunk(chunks.lowerBound).elements.lowerBound
        guard goesOn(elements * tensor.widening.type.bitWidth / 8) else {
          _ = workspace.table.drain()
          return .success(nil)
        }
      }
    } catch {
      _ = workspace.table.drain()
      return .failure(error)
    }
    band.survey.bins = BinCount.merged(band.survey.bins, workspace.table.drain())
    return .success(band)
  }

  /// Counts a part of the first pass.
  private func count(
    _ part: Int, _ reader: PartReader, _ workspace: ScanBuffers, _ loops: [DirectLoop],
    _ band: inout Band
  ) throws(TensorFileProblem) {
    let isExact = tensor.widening.hasShortFractions
    try reader.forEachChunk(ofPart: part, of: tensor) { chunk, values, bytes in
      let places = chunk.places
      if workspace.table.elements + places > BinTable.mostElements {
        band.survey.bins = BinCount.merged(band.survey.bins, workspace.table.drain())
      }
      workspace.prepare(values, chunk)
      workspace.table.add(
        values, places, blockLargest: workspace.blockLargest, least: workspace.least,
        largest: workspace.largest, isExact: isExact)
      band.survey.fill += places - chunk.elements.count
      band.survey.specialFill += workspace.specialFill
      band.survey.least = min(band.survey.least, workspace.leastFinite)
      band.survey.largest = max(band.survey.largest, workspace.largestFinite)
      for loop in loops { workspace.add(loop, chunk, values, bytes, &band) }
    }
  }

  private func directLoops(isLate: Bool) -> [DirectLoop] {
    candidates.enumerated().compactMap { index, candidate in
      DirectLoop(candidate, index: index, of: tensor.widening.type)
    }.filter { $0.isLate == isLate }
  }
}
