// SPDX-License-Identifier: Apache-2.0
import Conditions
import Words

/// A value that is not as it was.
struct LeafChange: Encodable {
  var judgement: LeafJudgement
  /// Where it stands, as a condition names it.
  var path: String
  /// The value before; nil where there was none.
  var before: LeafValue?
  /// The value after; nil where there is none.
  var after: LeafValue?
  /// After less before; nil where one is no number.
  var difference: DocumentNumber?
  /// After over before; nil where one is zero, not finite, no number or of the other sign.
  var ratio: Double?
  /// Why it is judged so, where that is not plain.
  var note: String?

  init(
    _ judgement: LeafJudgement, path: String, before: DocumentValue?, after: DocumentValue?,
    note: String?
  ) {
    self.judgement = judgement
    self.path = path
    self.before = before.map(LeafValue.init)
    self.after = after.map(LeafValue.init)
    self.note = note
    if let old = before?.number, let new = after?.number, !old.isNaN, !new.isNaN {
      difference = new.minus(old)
      let quotient = new.double / old.double
      if old.double != 0, quotient > 0, quotient.isFinite { ratio = quotient }
    }
  }
}

/// A value of a document in the result of a comparison: as it is, a list or an object in words.
struct LeafValue: Encodable {
  let value: DocumentValue

  init(_ value: DocumentValue) { self.value = value }

  /// The value in a sentence, short.
  var text: String { value.text.map { Echo.word($0) } ?? value.summary }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch value {
    case .null: try container.encodeNil()
    case .flag(let flag): try container.encode(flag)
    case .number(let number): try container.encode(number)
    case .text(let text): try container.encode(text)
    case .list, .object: try container.encode(value.summary)
    }
  }
}
