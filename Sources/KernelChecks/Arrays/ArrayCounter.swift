// SPDX-License-Identifier: Apache-2.0
import Formats
import Work

/// One thread's part of a check of arrays: calls the kernel case by case and judges what it wrote.
final class ArrayCounter: CountingWorker {
  private let campaign: ArrayCampaign
  private var started: KernelRunner?
  private var startedReference: KernelRunner?

  init(_ campaign: ArrayCampaign) { self.campaign = campaign }

  func count(
    ofUnit unit: Int, start: UInt64, count: Int, isCancelled: () -> Bool
  ) -> (count: ArrayCount, lines: [UInt8])? {
    var sum = ArrayCount()
    for index in Int(start)..<Int(start) + count {
      if isCancelled() { return nil }
      withoutActuallyEscaping(isCancelled) { isCancelled in
        check(index, isCancelled, into: &sum)
      }
    }
    return isCancelled() ? nil : (sum, [])
  }

  /// This thread's runner, started with its first case; throws where no worker can be started.
  private func runner() throws(WorkerFailure) -> KernelRunner {
    if let started { return started }
    let runner =
      if let waiting = campaign.idle.take() { waiting } else { try KernelRunner(campaign.setting) }
    started = runner
    return runner
  }

  /// What the reference makes of the same inputs, rounded to the kernel's format; nil where there is
  /// none, or it gives no results.
  private func referenceResults(
    _ call: ArrayCall, _ isCancelled: @escaping () -> Bool
  ) -> [UInt32]? {
    guard let reference = campaign.reference,
      campaign.referenceLosses.value < ArrayCampaign.mostLosses,
      let wide = call.widened(to: reference.format, for: reference.form)
    else { return nil }
    if startedReference == nil { startedReference = try? KernelRunner(reference.setting) }
    guard let runner = startedReference else { return nil }
    runner.isCancelled = isCancelled
    defer { runner.isCancelled = { false } }
    let placed = PlacedCall(wide, reference.form, arguments: reference.arguments)
    if let misdeed = runner.call(placed.call(secondPoison: false)), misdeed.isFatal {
      campaign.referenceFailure.note(misdeed.detail)
      if misdeed.kind != .failed { campaign.referenceLosses.add(1) }
      return nil
    }
    return placed.numbers(runner).map { UInt32(call.output.encoding(nearest: $0)) }
  }

  private func check(_ index: Int, _ isCancelled: @escaping () -> Bool, into sum: inout ArrayCount)
  {
    let known = campaign.cases[index]
    var result = ArrayCaseResult(index: index, text: known.text)
    func finding(_ misdeed: KernelRunner.Misdeed) -> ArrayFinding {
      ArrayFinding(index: index, text: known.text, kind: misdeed.kind, detail: misdeed.detail)
    }
    defer { sum.add(result) }
    guard campaign.losses.value < ArrayCampaign.mostLosses,
      let call = campaign.maker.call(known)
    else { return }
    func judge(_ results: [UInt32]) {
      do {
        let judge = try ArrayJudge(
          known, call, campaign.configuration.criterion, isCancelled: isCancelled)
        result = judge.judge(results, index: index)
        if let reference = referenceResults(call, isCancelled) {
          result.take(
            judge.judge(reference, index: index), of: judge.comparison(results, reference))
        }
      } catch {
        sum.add(
          finding(
            KernelRunner.Misdeed(
              kind: .failed, detail: "there is no exact value: \(error)", isFatal: true)))
      }
    }
    if let given = campaign.given { return judge(given.results) }
    let runner: KernelRunner
    do {
      runner = try self.runner()
    } catch {
      sum.add(
        finding(
          KernelRunner.Misdeed(
            kind: .failed, detail: "its worker does not start: \(error)", isFatal: true)))
      return
    }
    runner.isCancelled = isCancelled
    defer { runner.isCancelled = { false } }
    let placed = PlacedCall(
      call, campaign.form, arguments: campaign.configuration.arguments)
    if let misdeed = runner.call(placed.call(secondPoison: false)) {
      sum.add(finding(misdeed))
      if misdeed.kind == .crash || misdeed.kind == .hang { campaign.losses.add(1) }
      if misdeed.isFatal { return }
    }
    let results = placed.results(runner)
    if let misdeed = placed.strayed(runner) { sum.add(finding(misdeed)) }
    judge(results)
    // Again: the same bits, and what holds another poison now was never written.
    guard runner.call(placed.call(secondPoison: true))?.isFatal != true else { return }
    if let misdeed = placed.difference(from: results, runner) { sum.add(finding(misdeed)) }
  }
}
