// SPDX-License-Identifier: Apache-2.0
import MPFROracle

/// One thread's buffers.
final class CounterMemory {
  /// The operands and results of the block that is judged: here, or where the worker has them.
  var inputs: [UnsafeMutableRawPointer]
  var results: UnsafeMutableRawPointer
  /// This thread's own memory.
  let buffers: BlockRun.OwnMemory
  let values: UnsafeMutablePointer<Double>
  let distances: UnsafeMutablePointer<Double>
  private var started: ElementRunner?

  /// What a reference needs beside; nil without one.
  let reference: ReferenceMemory?

  init(_ campaign: KernelCampaign) {
    let setting = campaign.setting
    reference = campaign.referenceSetting.map { ReferenceMemory($0, narrow: setting.element) }
    let bytes = setting.capacity * setting.element.size
    buffers = BlockRun.OwnMemory(
      inputs: (0..<setting.operands).map { _ in .allocate(byteCount: bytes, alignment: 64) },
      results: .allocate(byteCount: bytes, alignment: 64))
    (inputs, results) = (buffers.inputs, buffers.results)
    values = .allocate(capacity: KernelCampaign.block)
    distances = .allocate(capacity: KernelCampaign.block)
  }

  /// The thread's runner, started when the thread has its first block: there may be more threads
  /// than blocks. Throws where no worker can be started.
  func runner(_ campaign: KernelCampaign) throws(WorkerFailure) -> ElementRunner {
    if let started { return started }
    if let waiting = campaign.idle.take() {
      started = waiting
      return waiting
    }
    let runner = try ElementRunner(campaign.setting)
    started = runner
    return runner
  }

  /// Takes this thread's own memory for the next block.
  func settle() { (inputs, results) = (buffers.inputs, buffers.results) }

  deinit {
    for input in buffers.inputs { input.deallocate() }
    buffers.results.deallocate()
    values.deallocate()
    distances.deallocate()
  }
}

/// One thread's buffers of a reference, and its runner.
final class ReferenceMemory {
  let setting: ElementRunner.Setting
  let inputs: [UnsafeMutableRawPointer]
  /// Its results as it computed them, and rounded to the kernel's format.
  let wideResults: UnsafeMutableRawPointer
  let results: UnsafeMutableRawPointer
  /// Which elements have one.
  let hasResult: UnsafeMutablePointer<Bool>
  let distances: UnsafeMutablePointer<Double>
  private var started: ElementRunner?

  init(_ setting: ElementRunner.Setting, narrow: KernelElement) {
    self.setting = setting
    let bytes = setting.capacity * setting.element.size
    inputs = (0..<setting.operands).map { _ in .allocate(byteCount: bytes, alignment: 64) }
    wideResults = .allocate(byteCount: bytes, alignment: 64)
    results = .allocate(byteCount: setting.capacity * narrow.size, alignment: 64)
    hasResult = .allocate(capacity: setting.capacity)
    distances = .allocate(capacity: KernelCampaign.block)
  }

  /// The runner; nil where no worker can be started.
  func runner() -> ElementRunner? {
    if started == nil { started = try? ElementRunner(setting) }
    return started
  }

  deinit {
    for input in inputs { input.deallocate() }
    wideResults.deallocate()
    results.deallocate()
    hasResult.deallocate()
    distances.deallocate()
  }
}
