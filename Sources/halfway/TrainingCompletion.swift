// SPDX-License-Identifier: Apache-2.0
import Measurements

extension TrainingRun {
  /// Throws the end of a run that stopped before its last step, whose measurements are in a folder.
  func checkCompletion(_ folder: String) throws(CommandExit) {
    let kept = "what was measured until then is in \(folder)"
    if let stop {
      throw CommandExit(
        .nothingSelected,
        "the reference \(reference.policy.name) is not finite at step \(stop.step), first in "
          + "\(stop.tensor); try a lower learning rate; \(kept)")
    }
    if completedSteps < configuration.steps {
      try Interrupt.check(
        "interrupted after step \(completedSteps) of \(configuration.steps); \(kept)")
    }
  }
}
