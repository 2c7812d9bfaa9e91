// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Expressions
import Formats
import KernelChecks
import Models
import Network
import Policies
import SoftFloat
import Verification

/// What a shell offers for the values of options and arguments, from the lists that the command
/// checks them against.
enum Completions {
  static let formats = CompletionKind.list(Format.named.map(\.id))
  static let valueFormats = CompletionKind.list(ValueFormat.ids)
  static let roundings = CompletionKind.list(Rounding.names + ["ieee", "all"])
  static let operations = CompletionKind.list(ArithmeticOperation.allCases.map(\.rawValue))
  static let functions = CompletionKind.list(ElementaryFunction.allCases.map(\.rawValue))
  static let kernels = CompletionKind.list(
    KernelNames.all.map(\.rawValue) + ArrayOperation.allCases.map(\.rawValue))
  static let cases = CompletionKind.list(CaseSelection.names)
  static let subjects = CompletionKind.list(SubjectCatalog.all.map(\.subject.name))
  static let units = CompletionKind.list(MatrixUnit.allCases.map(\.rawValue))
  static let models = CompletionKind.list(TrainingTask.modelNames)
  static let policies = CompletionKind.list(Policy.presets.map(\.name) + ["all"])
  static let references = CompletionKind.list(["fp64", "mpfr:200"])
  static let lossScalings = CompletionKind.list(LossScaling.presets.map(\.name))
  static let optimizers = CompletionKind.list(Optimizer.names)
  static let schedules = CompletionKind.list(Schedule.Decay.allCases.map(\.rawValue))
  static let activations = CompletionKind.list(ActivationFunction.allCases.map(\.rawValue))
  static let norms = CompletionKind.list(Normalization.allCases.map(\.rawValue))
  static let positions = CompletionKind.list(
    LayerChoices.PositionEncoding.allCases.map(\.rawValue))
  static let losses = CompletionKind.list(LayerChoices.PixelLoss.allCases.map(\.rawValue))
  static let orders = CompletionKind.list(["sequential", "pairwise:8", "chunked:64", "split:4"])
  static let steps = CompletionKind.list(Reduction.ProductStep.allCases.map(\.rawValue))
  static let tininess = CompletionKind.list(Tininess.allCases.map(\.rawValue))
  static let subnormals = CompletionKind.list(SubnormalMode.allCases.map(\.rawValue))
  static let nans = CompletionKind.list(NaNPolicy.allCases.map(\.rawValue))
  static let overflows = CompletionKind.list(OverflowPolicy.allCases.map(\.rawValue))
  static let vectorFormats = CompletionKind.list(VectorNotation.allCases.map(\.rawValue))
  static let predicates = CompletionKind.list(VectorPredicate.allCases.map(\.rawValue))
  static let experiments = CompletionKind.file(extensions: ["json5"])
  static let shards = CompletionKind.file(extensions: ["jsonl"])
}
