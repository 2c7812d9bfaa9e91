// SPDX-License-Identifier: Apache-2.0

/// What a reader of tensors does with damaged files: it refuses each with one short line about a
/// byte of it, or reads tensors that its writer's file has, too. That it ends, without a trap and
/// without much memory, is what running the trial shows.
package struct MutationTrial: Sendable {
  /// A file with which the reader did something else.
  package struct Breach: Sendable, Hashable {
    package var bytes: [UInt8]
    package var reason: String
  }

  /// Files that were read, and that were refused.
  package private(set) var accepted = 0
  package private(set) var refused = 0
  /// The first of the breaches, at most `longestList`.
  package private(set) var breaches: [Breach] = []

  /// The most breaches that are kept.
  package static let longestList = 10
  /// Longer lines than any that quotes a name or two and lists the types.
  private static let longestLine = 600
  private static let path = "mutation"

  /// Reads `count` damaged files, a third of them with a type that is asked for.
  ///
  /// - Parameters:
  ///   - seeds: valid files of the format.
  ///   - generator: where the damage comes from; an equal one damages the same.
  package init(
    _ format: TensorFormat, seeds: [[UInt8]], count: Int,
    using generator: inout some RandomNumberGenerator
  ) {
    let mutator = FileMutator(seeds: seeds)
    let types: [ElementType?] = [nil, nil, nil, nil, .bf16, .e4m3]
    for _ in 0..<count {
      let bytes = mutator.mutated(using: &generator)
      let type = types[Int(generator.next() % UInt64(types.count))]
      if let reason = judge(bytes, format, type), breaches.count < Self.longestList {
        breaches.append(Breach(bytes: bytes, reason: reason))
      }
    }
  }

  /// What is wrong with what the reader does; nil where it is right.
  private mutating func judge(
    _ bytes: [UInt8], _ format: TensorFormat, _ type: ElementType?
  ) -> String? {
    let tensors: [StoredTensor]
    do throws(TensorFileProblem) {
      tensors = try format.read(FileContents(path: Self.path, bytes: bytes), as: type)
    } catch {
      refused += 1
      return Self.complaint(about: error, fileSize: bytes.count)
    }
    accepted += 1
    let size = tensors.reduce(0) { $0 + $1.contents.count }
    let most = format == .npz ? bytes.count * ZipLimits().ratio : bytes.count
    guard size <= most else { return "\(size) bytes of tensors out of a file of \(bytes.count)" }
    do throws(TensorFileProblem) {
      let file = FileContents(
        path: Self.path, bytes: try format.encoded(tensors, path: Self.path))
      // Safetensors are written in an order of their own.
      let again = Set(try format.read(file, as: type))
      return again == Set(tensors) ? nil : "other tensors once written and read again"
    } catch {
      return "its tensors cannot be written and read again: \(error)"
    }
  }

  private static func complaint(about problem: TensorFileProblem, fileSize: Int) -> String? {
    let line = problem.description
    guard problem.path.hasPrefix(path) else { return "no path: \(line)" }
    guard line.utf8.count <= longestLine else { return "a line of \(line.utf8.count) bytes" }
    guard line.unicodeScalars.allSatisfy({ $0.value >= 0x20 && $0.value != 0x7f }) else {
      return "a control character in the line"
    }
    guard let byte = problem.byte else { return "no byte: \(line)" }
    // A packed member's bytes are counted from its own start.
    let most = problem.path == path ? fileSize : fileSize * ZipLimits().ratio
    return (0...most).contains(byte) ? nil : "byte \(byte) of \(fileSize): \(line)"
  }
}
