// SPDX-License-Identifier: Apache-2.0

/// The protocol between the command and the process that runs a kernel: docs/kernel-worker.md.
package enum WorkerProtocol {
  /// Its name and version.
  package static let version = "halfway-kernel/1"
}

/// What a worker says when it has started.
package struct WorkerGreeting: Codable, Sendable {
  package var `protocol`: String?
  /// What it runs, such as `torch.exp`.
  package var name: String?
  /// The versions of what computes.
  package var versions: [String: String]?
  /// Why it cannot run.
  package var error: String?

  package init(
    protocol version: String? = nil, name: String? = nil, versions: [String: String]? = nil,
    error: String? = nil
  ) {
    (self.protocol, self.name) = (version, name)
    (self.versions, self.error) = (versions, error)
  }
}

/// An array in the shared memory.
package struct WorkerArray: Codable, Hashable, Sendable {
  /// The bytes before it.
  package var offset: Int
  /// Its dimensions, the outermost first.
  package var shape: [Int]
  /// The type of its elements, such as `fp32`.
  package var type: String
}

/// One call of the kernel.
package struct WorkerRequest: Codable, Sendable {
  package var call: Int
  /// The path of the shared memory.
  package var memory: String
  package var inputs: [WorkerArray]
  package var outputs: [WorkerArray]
  package var scalars: [String: WorkerScalar]?
  /// What a function of a library is given, in its own order; of a function of elements nothing.
  package var arguments: [WorkerArgument]?
  /// What every element of each output is to hold before the call: of this command's own worker, whose
  /// processor then has the memory at hand.
  package var fills: [UInt64]?
}

/// An argument that is no array.
package enum WorkerScalar: Hashable, Sendable {
  case number(Double)
  case flag(Bool)
  case text(String)
}

extension WorkerScalar {
  /// The argument that a text is: a number, `true`, `false` or the text itself.
  package init(_ text: String) {
    if let number = Double(text), number.isFinite {
      self = .number(number)
    } else if text == "true" || text == "false" {
      self = .flag(text == "true")
    } else {
      self = .text(text)
    }
  }

  /// The text that it is written as.
  package var text: String {
    switch self {
    case .number(let number):
      number == number.rounded() && number.magnitude < 0x1p53 ? "\(Int(number))" : "\(number)"
    case .flag(let flag): "\(flag)"
    case .text(let text): text
    }
  }
}

extension WorkerScalar: Codable {
  package init(from decoder: any Decoder) throws {
    let value = try decoder.singleValueContainer()
    if let flag = try? value.decode(Bool.self) {
      self = .flag(flag)
    } else if let number = try? value.decode(Double.self) {
      self = .number(number)
    } else {
      self = .text(try value.decode(String.self))
    }
  }

  package func encode(to encoder: any Encoder) throws {
    var value = encoder.singleValueContainer()
    switch self {
    case .number(let number): try value.encode(number)
    case .flag(let flag): try value.encode(flag)
    case .text(let text): try value.encode(text)
    }
  }
}

/// An argument of a C function.
package enum WorkerArgument: Hashable, Sendable, Codable {
  /// The address of an array's first element.
  case input(Int)
  case output(Int)
  case integer(Int)
  /// A `float`, or a `double`.
  case float(Double)
  case double(Double)
}

/// What became of a call.
package struct WorkerAnswer: Codable, Sendable {
  package var call: Int?
  package var error: String?
}
