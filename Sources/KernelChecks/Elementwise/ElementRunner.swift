// SPDX-License-Identifier: Apache-2.0
import Foundation

/// Calls a kernel of elements for parts of a block; of one thread.
final class ElementRunner {
  /// How a worker is started and what it is given.
  struct Setting: Sendable {
    var command: [String]
    /// As in `KernelRunner.Setting`.
    var protectsInputs = false
    var operands: Int
    var element: KernelElement
    /// The most elements of a call.
    var capacity: Int
    /// The seconds that a call may take.
    var timeLimit: Double
  }

  let setting: Setting
  private let runner: KernelRunner

  /// A runner whose worker has started; throws a `WorkerFailure`.
  init(_ setting: Setting) throws(WorkerFailure) {
    self.setting = setting
    let bytes = setting.capacity * setting.element.size
    runner = try KernelRunner(
      KernelRunner.Setting(
        command: setting.command, protectsInputs: setting.protectsInputs,
        timeLimit: setting.timeLimit),
      capacity: Array(repeating: bytes, count: setting.operands + 1))
  }

  /// What the worker says of itself.
  var greeting: WorkerGreeting { runner.greeting }

  /// Whether somebody asked for the end: calls then return at once, and what they say is nothing.
  var isCancelled: () -> Bool {
    get { runner.isCancelled }
    set { runner.isCancelled = newValue }
  }

  /// The results of the last call.
  private(set) var results = UnsafeMutableRawPointer(bitPattern: 1)!

  /// Where the inputs of a call of so many elements may be written instead of being copied; nil where
  /// the worker could change them there.
  func sharedInputs(count: Int) -> [UnsafeMutableRawPointer]? {
    guard setting.protectsInputs else { return nil }
    let bytes = Array(repeating: count * setting.element.size, count: setting.operands + 1)
    return (try? runner.places(ofBytes: bytes)).map { Array($0.dropLast()) }
  }

  /// Calls the kernel for some elements; results are in `results` unless the misdeed is fatal.
  ///
  /// - Parameters:
  ///   - inputs: One array for each operand, of `count` elements from `first` on.
  ///   - isInPlace: Whether the inputs are `sharedInputs` of this count.
  ///   - timeLimit: The seconds that it may take, where these are not the setting's.
  func call(
    _ inputs: [UnsafeMutableRawPointer], first: Int, count: Int, isInPlace: Bool = false,
    secondPoison: Bool = false, timeLimit: Double? = nil
  ) -> KernelRunner.Misdeed? {
    let element = setting.element
    let bytes = count * element.size
    func array(_ name: String, _ contents: KernelRunner.Contents) -> KernelRunner.CallArray {
      KernelRunner.CallArray(
        name: name, type: element.name, shape: [count], byteCount: bytes, contents: contents)
    }
    let poison = element.poison(second: secondPoison)
    let call = KernelRunner.Call(
      inputs: inputs.enumerated().map { index, input in
        array(
          inputs.count == 1 ? "its input" : "its input \(index + 1)",
          isInPlace ? .inPlace : .bytes(input + first * element.size))
      },
      outputs: [
        array(
          "its output",
          setting.protectsInputs
            ? .filledByWorker(poison)
            : .written { element.fill($0, count: count) { _ in poison } })
      ])
    let misdeed = runner.call(call, timeLimit: timeLimit)
    if misdeed?.isFatal != true, let base = runner.result(0).baseAddress { results = base }
    return misdeed
  }
}
