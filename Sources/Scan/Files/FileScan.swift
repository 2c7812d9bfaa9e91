// SPDX-License-Identifier: Apache-2.0
import Formats
import Measurements
import TensorFiles
import Threads

/// The scan of all tensors of some files.
package struct FileScan: Sendable {
  /// The files with their tensors.
  package let files: [PlacedTensors]
  /// What each tensor is asked about.
  package let candidates: [Candidate]
  /// The relative error that a format is to keep.
  package let error: Double
  /// The number of threads, which changes no result.
  package let threads: Int

  /// The scan.
  package init(
    _ files: [PlacedTensors], candidates: [Candidate], error: Double, threads: Int
  ) {
    self.files = files
    self.candidates = candidates
    self.error = error
    self.threads = threads
  }

  /// The bytes that the passes over all tensors read.
  package var byteCount: Int {
    tensors.reduce(0) { sum, tensor in
      guard Widening(tensor.placed.type) != nil else { return sum }
      return sum + tensor.placed.byteCount * passes(tensor.placed.type)
    }
  }

  private func passes(_ type: ElementType) -> Int {
    let isLate = candidates.enumerated().contains {
      DirectLoop($1, index: $0, of: type)?.isLate ?? false
    }
    return isLate ? 2 : 1
  }

  private var tensors: [(placed: PlacedTensor, file: Int)] {
    let numbers = Dictionary(uniqueKeysWithValues: paths.enumerated().map { ($1, $0) })
    return files.flatMap(\.tensors).map { ($0, numbers[$0.path] ?? 0) }
  }

  /// The files, each once.
  private var paths: [String] {
    var seen: Set<String> = []
    return files.flatMap(\.files).filter { seen.insert($0).inserted }
  }

  /// The scans, a tensor on each thread where there are enough and the parts of one on all others;
  /// nil where it was to end.
  ///
  /// - Parameter goesOn: Called with the bytes that were read since; false ends the scan.
  /// - Throws: `TensorFileProblem`, the first in the order of the tensors.
  package func run(
    _ goesOn: @escaping @Sendable (_ bytes: Int) -> Bool
  ) throws(TensorFileProblem) -> TensorScans? {
    let open = OpenFiles()
    var scanned: [(tensor: OpenTensor, file: Int)] = []
    var passedOver: [TensorScans.PassedOver] = []
    for (placed, file) in tensors {
      if let tensor = try OpenTensor(placed, open) {
        scanned.append((tensor, file))
      } else {
        passedOver.append(
          .init(
            name: placed.name, file: file, type: placed.type.rawValue, elements: placed.count))
      }
    }
    let workspaces = Workspaces()
    let outcomes = concurrentMap(count: scanned.count, threads: threads) {
      [scanned] index -> Result<TensorScan?, TensorFileProblem> in
      let (tensor, file) = scanned[index]
      let scanner = TensorScanner(
        tensor: tensor, candidates: candidates, threads: threads, workspaces: workspaces,
        goesOn: goesOn)
      do throws(TensorFileProblem) {
        return .success(
          try scanner.run().map {
            TensorScan($0, of: tensor, file: file, candidates: candidates, error: error)
          })
      } catch {
        return .failure(error)
      }
    }
    var scans: [TensorScan] = []
    for outcome in outcomes {
      guard let scan = try outcome.get() else { return nil }
      scans.append(scan)
    }
    return TensorScans(
      files: paths, error: error,
      total: TensorScan(sum: scans, candidates: candidates, error: error), tensors: scans,
      passedOver: passedOver)
  }
}
