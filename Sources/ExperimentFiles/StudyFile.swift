// SPDX-License-Identifier: Apache-2.0
import JSON5
import TensorFiles

/// A grid of experiments as a file has it: an experiment with lists where it has one value.
///
/// The mechanism knows no field but the few whose lists are no axes: a field that experiments gain
/// can be varied from the first day.
package struct StudyFile: Sendable {
  /// One experiment of the grid.
  package struct Point: Sendable {
    /// The name, which tells its values and nothing of the grid: `width-64_seed-1`. A study that
    /// gains values keeps its points.
    package let name: String
    /// The position of its value on each axis.
    package let indices: [Int]
    /// The experiment, whose places are those of the study's file.
    package let file: ExperimentFile
    fileprivate let value: JSON5Value
  }

  /// The path of the file.
  package let path: String
  /// What is varied, in the file's order.
  package let axes: [StudyAxis]
  /// The experiments, the last axis fastest.
  package let points: [Point]

  /// The greatest number of points.
  package static let largestGrid = 1000
  private static let longestName = 120

  /// The study of a text; nil where it has no lists and is an experiment.
  ///
  /// - Throws: `ExperimentProblems` with everything that is wrong.
  package init?(_ bytes: [UInt8], path: String) throws(ExperimentProblems) {
    let value = try ExperimentProblems.read(bytes, path: path)
    let problems = JSON5Problems(path: path)
    let axes = StudyLists.axes(of: value, problems)
    guard problems.list.isEmpty else { throw ExperimentProblems(problems) }
    guard !axes.isEmpty else { return nil }
    self.path = path
    self.axes = axes
    points = try Self.points(value, axes, problems)
  }

  /// What is studied, of the points the first.
  package var description: ExperimentDescription { points[0].file.description }

  private static func points(
    _ value: JSON5Value, _ axes: [StudyAxis], _ problems: JSON5Problems
  ) throws(ExperimentProblems) -> [Point] {
    var count = 1
    for axis in axes {
      count *= axis.values.count
      guard count <= largestGrid else {
        let all = axes.reduce(1.0) { $0 * Double($1.values.count) }
        throw ExperimentProblems(
          JSON5Problem(
            path: problems.path, place: axis.place,
            reason: "the lists span \(all < 1e15 ? "\(Int(all))" : "\(all)") points; at most "
              + "\(largestGrid) are run"))
      }
    }
    var points: [Point] = []
    for number in 0..<count {
      var (rest, indices) = (number, [Int](repeating: 0, count: axes.count))
      for axis in axes.indices.reversed() {
        indices[axis] = rest % axes[axis].values.count
        rest /= axes[axis].values.count
      }
      let chosen = zip(axes, indices).map { ($0.path, $0.values[$1].value) }
      let point = StudyLists.filled(value, chosen)
      do throws(ExperimentProblems) {
        let file = try ExperimentFile(point, path: problems.path)
        points.append(
          Point(name: name(axes, indices), indices: indices, file: file, value: point))
      } catch {
        // What several points have is wrong once.
        for problem in error.list { problems.add(problem) }
      }
    }
    guard problems.list.isEmpty else { throw ExperimentProblems(problems) }
    return points
  }

  private static func name(_ axes: [StudyAxis], _ indices: [Int]) -> String {
    let name = zip(axes, indices).map { "\($0.name)-\($0.values[$1].stem)" }.joined(separator: "_")
    guard name.utf8.count > longestName else { return name }
    return name.prefix(longestName - 10) + "-" + StudyAxis.Choice.digest(name)
  }

  /// The file of a point, which `halfway run` takes by itself: the study's with one value in each
  /// list's place.
  ///
  /// - Parameter data: the path of the data as the file is to name it; nil where it names none.
  package func text(of point: Point, data: String?) -> String {
    var value = point.value
    let name = "\(description.name)_\(point.name)"
    let short =
      name.isShortName
      ? name : description.name.prefix(50) + "_" + StudyAxis.Choice.digest(name)
    value = StudyLists.with("name", .string(String(short)), in: value)
    if let data { value = StudyLists.with("data", .string(data), in: value) }
    var writer = JSON5Writer()
    writer.comment("A point of the study \(description.name): \(point.name)")
    writer.comment("Run it by itself with: halfway run <this file>")
    writer.write(value)
    return writer.text
  }
}
