// SPDX-License-Identifier: Apache-2.0
import JSON5

/// What is wrong with an experiment's file.
package struct ExperimentProblems: Error, Sendable {
  /// The problems in the order of the text; at least one.
  package let list: [JSON5Problem]

  init(_ problems: JSON5Problems) {
    // What several rules take from one field is wrong once. Stable: problems of one place stay in
    // the order in which they were found.
    var told: Set<JSON5Problem> = []
    let problems = problems.list.filter { told.insert($0).inserted }
    list = problems.enumerated().sorted {
      ($0.element.place?.line ?? 0, $0.offset) < ($1.element.place?.line ?? 0, $1.offset)
    }.map(\.element)
  }

  init(_ problem: JSON5Problem) { list = [problem] }

  static func read(_ bytes: [UInt8], path: String) throws(ExperimentProblems) -> JSON5Value {
    do {
      return try JSON5Reader.read(bytes, path: path)
    } catch {
      throw ExperimentProblems(error)
    }
  }
}
