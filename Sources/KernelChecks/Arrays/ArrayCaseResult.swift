// SPDX-License-Identifier: Apache-2.0

/// What is known of a kernel's results in one case.
package struct ArrayCaseResult: Hashable, Sendable, Codable {
  /// What is said of a case.
  package enum Verdict: String, Hashable, Sendable, Codable, CaseIterable {
    case holds, fails
    /// The criterion's bound is void there.
    case unjudged
    /// The kernel gave no results.
    case uncomputed
  }

  /// The result with the largest scaled error.
  package struct Worst: Hashable, Sendable, Codable {
    /// Its indices, the outermost first.
    package var place: [Int]
    /// An encoding of the output format.
    package var result: UInt32
    /// The exact value, as a text: it may be infinite or a NaN.
    package var exact: String
  }

  /// The number of the case.
  package var index: Int
  /// The case as it is written.
  package var text: String
  package var verdict = Verdict.uncomputed
  /// The results that were judged.
  package var results = 0
  /// How many are not the exact value rounded to nearest even.
  package var misrounded = 0
  /// How many are a NaN or an infinity for another value, or another value for one.
  package var wrongSpecials = 0
  /// In units of u S; infinite, and null in files, of wrong specials.
  package var scaledError = 0.0
  /// What the scaled error may be; nil where the bound is void, and where `demandsNearest`.
  package var limit: Double?
  /// The limit's name.
  package var bound = ""
  package var worst: Worst?
  /// max |y - exact| / S.
  package var componentwise = 0.0
  /// |y - exact| / |exact|, of all results together; nil where it is infinite or there is none.
  package var normwise: Double?
  /// The cosine of results and exact values: told, never judged.
  package var cosine: Double?
  /// Which bits the results have: 16 hexadecimal digits.
  package var digest = ""
  /// What a reference made of the same inputs; nil without one, and where it gave nothing.
  package var reference: Reference?

  /// What is known of a reference's results, each rounded to the kernel's format.
  package struct Reference: Hashable, Sendable, Codable {
    /// In units of u S; infinite, and null in files, of wrong specials.
    package var scaledError: Double
    package var misrounded: Int
    /// How many of the kernel's results are nearer to the exact value than the reference's.
    package var nearer: Int
    /// How many are farther from it.
    package var farther: Int
  }

  /// The bound's name where every result has to be the nearest number.
  static let everyNearest = "every result the nearest number"
  /// Whether every result has to be.
  package var demandsNearest: Bool { bound == Self.everyNearest }

  init(index: Int, text: String) { (self.index, self.text) = (index, text) }
}

extension ArrayCaseResult {
  private enum CodingKeys: String, CodingKey {
    case index, text, verdict, results, misrounded, wrongSpecials, scaledError, limit, bound, worst
    case componentwise, normwise, cosine, digest, reference
  }

  package init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    func value<T: Decodable>(_ key: CodingKeys) throws -> T {
      try values.decode(T.self, forKey: key)
    }
    index = try value(.index)
    text = try value(.text)
    verdict = try value(.verdict)
    results = try value(.results)
    misrounded = try value(.misrounded)
    wrongSpecials = try value(.wrongSpecials)
    scaledError = try value(.scaledError) ?? .infinity
    limit = try value(.limit)
    bound = try value(.bound)
    worst = try value(.worst)
    componentwise = try value(.componentwise) ?? .infinity
    normwise = try value(.normwise)
    cosine = try value(.cosine)
    digest = try value(.digest)
    reference = try values.decodeIfPresent(Reference.self, forKey: .reference)
  }

  package func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    func finite(_ x: Double?) -> Double? { x.flatMap { $0.isFinite ? $0 : nil } }
    try values.encode(index, forKey: .index)
    try values.encode(text, forKey: .text)
    try values.encode(verdict, forKey: .verdict)
    try values.encode(results, forKey: .results)
    try values.encode(misrounded, forKey: .misrounded)
    try values.encode(wrongSpecials, forKey: .wrongSpecials)
    try values.encode(finite(scaledError), forKey: .scaledError)
    try values.encode(finite(limit), forKey: .limit)
    try values.encode(bound, forKey: .bound)
    try values.encode(worst, forKey: .worst)
    try values.encode(finite(componentwise), forKey: .componentwise)
    try values.encode(finite(normwise), forKey: .normwise)
    try values.encode(finite(cosine), forKey: .cosine)
    try values.encode(digest, forKey: .digest)
    try values.encodeIfPresent(reference, forKey: .reference)
  }
}

extension ArrayCaseResult {
  /// Takes what is known of a reference's results in the same case: a verdict of failure turns where
  /// only a bound is exceeded, and the reference exceeds it by as much.
  mutating func take(_ judged: ArrayCaseResult, of comparison: (nearer: Int, farther: Int)) {
    reference = Reference(
      scaledError: judged.scaledError, misrounded: judged.misrounded, nearer: comparison.nearer,
      farther: comparison.farther)
    if isExcused { verdict = .holds }
  }

  /// Whether its results are beyond the bound, and no worse than a reference's.
  package var isExcused: Bool {
    guard let reference, let limit, wrongSpecials == 0, scaledError.isFinite else { return false }
    return scaledError > limit && scaledError <= reference.scaledError
  }
}

extension ArrayCaseResult.Reference {
  private enum CodingKeys: String, CodingKey { case scaledError, misrounded, nearer, farther }

  package init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    scaledError = try values.decode(Double?.self, forKey: .scaledError) ?? .infinity
    misrounded = try values.decode(Int.self, forKey: .misrounded)
    nearer = try values.decode(Int.self, forKey: .nearer)
    farther = try values.decode(Int.self, forKey: .farther)
  }

  package func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(scaledError.isFinite ? scaledError : nil, forKey: .scaledError)
    try values.encode(misrounded, forKey: .misrounded)
    try values.encode(nearer, forKey: .nearer)
    try values.encode(farther, forKey: .farther)
  }
}

/// Something that a kernel of arrays did and no kernel may do.
package struct ArrayFinding: Hashable, Sendable, Codable {
  /// The number of the case.
  package var index: Int
  /// The case as it is written: cases stand in the order of their sizes, so that the first one is
  /// the least that does it.
  package var text: String
  package var kind: KernelFinding.Kind
  /// What is known of it: the signal and the place, in one clause.
  package var detail: String
}

/// What is known of a kernel in some cases; parts merge in any order.
package struct ArrayCount: Hashable, Sendable, Codable {
  /// In the order of the cases.
  package private(set) var cases: [ArrayCaseResult] = []
  package private(set) var findings: [ArrayFinding] = []

  mutating func add(_ result: ArrayCaseResult) {
    let place = cases.firstIndex { $0.index > result.index } ?? cases.count
    cases.insert(result, at: place)
  }

  mutating func add(_ finding: ArrayFinding) {
    let place = findings.firstIndex { $0.index > finding.index } ?? findings.count
    findings.insert(finding, at: place)
  }

  mutating func merge(_ other: ArrayCount) {
    for result in other.cases { add(result) }
    for finding in other.findings { add(finding) }
  }

  /// The number of cases with a verdict.
  package func count(_ verdict: ArrayCaseResult.Verdict) -> Int {
    cases.count { $0.verdict == verdict }
  }

  /// The results that were judged.
  package var results: Int { cases.reduce(0) { $0 + $1.results } }
  package var misrounded: Int { cases.reduce(0) { $0 + $1.misrounded } }
  package var wrongSpecials: Int { cases.reduce(0) { $0 + $1.wrongSpecials } }

  /// The case that says most: of failing ones that with the largest finite part of its limit, if one
  /// has it; nil where all errors are zero.
  package var worst: ArrayCaseResult? {
    let failing = cases.filter { $0.verdict == .fails }
    let finite = failing.filter { $0.scaledError.isFinite && $0.part > 1 }
    let chosen = !finite.isEmpty ? finite : !failing.isEmpty ? failing : cases
    return chosen.filter { $0.scaledError > 0 || $0.verdict == .fails }.max { $0.part < $1.part }
  }
}

extension ArrayCaseResult {
  /// The scaled error as a part of its limit.
  package var part: Double { scaledError / (limit ?? .infinity) }
}
