// SPDX-License-Identifier: Apache-2.0
import Policies

extension Policy {
  /// The mean of the workers' gradients of a parameter, in the gradients' format.
  package func mean(
    of gradients: [Tensor], _ workers: DataParallelism, _ context: StepContext
  ) -> Tensor {
    held.run(
      WorkersMean(gradients: gradients, workers: workers, arithmetic: held, context: context))
  }

  /// The mean of the workers' gradients in a reference's arithmetic.
  package static func mean(
    of gradients: [Tensor], as reference: Policy, _ context: StepContext
  ) -> Tensor {
    let values = gradients.map(\.doubles)
    return reference.tensor(gradients[0].shape, as: reference.weights, context) { i in
      values.reduce(0) { $0 + $1[i] } / Double(values.count)
    }
  }
}

private struct WorkersMean: ArithmeticTask {
  let gradients: [Tensor]
  let workers: DataParallelism
  let arithmetic: ElementArithmetic
  let context: StepContext

  func run<N: Number>(_: N.Type) -> Tensor {
    Kernel<N>(rule: OperationRule(), context: context)
      .allReduced(gradients, workers, arithmetic: arithmetic.precision)
  }
}

extension Kernel {
  /// The mean of the gradients of W workers by an all-reduce, in the gradients' format.
  ///
  /// Let R be the rounding to the all-reduce's format, nearest even. Each worker sends R(g). With n
  /// elements, chunk c of a ring holds the elements ⌊c n / W⌋ ..< ⌊(c + 1) n / W⌋ and is R(...
  /// R(R(g(c) + g(c + 1)) + g(c + 2)) ...), workers modulo W. A tree adds at distance d = 1, 2, 4,
  /// ... the sums of workers i and i + d, i a multiple of 2 d: s(i) = R(s(i) + s(i + d)). A
  /// one-shot sum is R(Σ) with Σ in `arithmetic`, in the order of the workers. The mean is R(s /
  /// W).
  ///
  /// - Precondition: there is a gradient.
  func allReduced(
    _ gradients: [Tensor], _ workers: DataParallelism, arithmetic: Precision
  ) -> Tensor {
    let format = workers.format
    let sent = gradients.map { map($0, as: format) { $0 } }
    let sum =
      switch workers.allReduce {
      case .ring: ring(sent, as: format)
      case .tree: tree(sent, as: format)
      case .oneShot:
        map(
          sent.dropFirst().reduce(sent[0]) { map($0, $1, as: arithmetic) { $0 + $1 } }, as: format
        ) { $0 }
      }
    let count = N(Double(sent.count))
    let mean = map(sum, as: format) { $0 / count }
    let precision = gradients[0].precision
    return format.isContained(in: precision)
      ? mean.widened(to: precision) : map(mean, as: precision) { $0 }
  }

  private func ring(_ sent: [Tensor], as format: Precision) -> Tensor {
    let count = sent.count
    let size = sent[0].count
    func chunk(_ index: Int) -> Range<Int> {
      index * size / count..<(index + 1) * size / count
    }
    var sum = make(sent[0].shape, as: format) { range, target in
      for index in 0..<count {
        let source = sent[index].values(N.self)
        for i in chunk(index).clamped(to: range) { target[i] = source[i] }
      }
    }
    for hop in 1..<max(count, 1) {
      let partial = sum.values(N.self)
      sum = withExtendedLifetime(sum) {
        make(sum.shape, as: format) { range, target in
          for index in 0..<count {
            let own = sent[(index + hop) % count].values(N.self)
            for i in chunk(index).clamped(to: range) { target[i] = partial[i] + own[i] }
          }
        }
      }
    }
    return withExtendedLifetime(sent) { sum }
  }

  private func tree(_ sent: [Tensor], as format: Precision) -> Tensor {
    var sums = sent
    var distance = 1
    while distance < sums.count {
      for i in stride(from: 0, to: sums.count - distance, by: 2 * distance) {
        sums[i] = map(sums[i], sums[i + distance], as: format) { $0 + $1 }
      }
      distance *= 2
    }
    return sums[0]
  }
}
