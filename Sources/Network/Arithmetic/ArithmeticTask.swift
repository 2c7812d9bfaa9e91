// SPDX-License-Identifier: Apache-2.0
import MPFROracle
import Policies

/// What is done in whichever arithmetic a rule names, written once over `Number`.
protocol ArithmeticTask {
  associatedtype Output
  /// The result in the arithmetic of a type.
  func run<N: Number>(_: N.Type) -> Output
}

extension ElementArithmetic {
  /// The result of a task in this arithmetic: the one place where an arithmetic becomes a type, so
  /// that everything below it is specialised for each. MPFR's numbers take so long that a fifth of
  /// the module's code would save nothing.
  func run<Task: ArithmeticTask>(_ task: Task) -> Task.Output {
    switch self {
    case .fp16: task.run(Narrow16.self)
    case .bf16: task.run(NarrowB16.self)
    case .fp32: task.run(Float.self)
    case .fp64: task.run(Double.self)
    case .mpfr: runUnspecialized(task, Real.self)
    }
  }
}

@_semantics("optimize.sil.specialize.generic.never")
@inline(never)
private func runUnspecialized<Task: ArithmeticTask, N: Number>(
  _ task: Task, _: N.Type
) -> Task.Output { task.run(N.self) }
