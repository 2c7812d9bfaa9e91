// SPDX-License-Identifier: Apache-2.0

/// The tokens of a text, each in the one, two or four bytes that its vocabulary asks for: a text of
/// a hundred megabytes would take eight times its size otherwise.
package struct TokenList: RandomAccessCollection, Sendable, Hashable {
  private enum Storage: Sendable, Hashable {
    case bytes([UInt8])
    case shorts([UInt16])
    case words([UInt32])
  }
  private let storage: Storage

  /// So many tokens of a vocabulary, which `fill` gives one after the other.
  ///
  /// - Precondition: every token is from 0 and below the vocabulary's size.
  init(count: Int, vocabulary: Int, _ fill: ((Int) -> Void) -> Void) {
    func list<Token: FixedWidthInteger>(_: Token.Type) -> [Token] {
      [Token](unsafeUninitializedCapacity: count) { buffer, filled in
        fill { token in
          precondition(filled < count, "more tokens than told")
          buffer.initializeElement(at: filled, to: Token(truncatingIfNeeded: token))
          filled += 1
        }
      }
    }
    switch vocabulary {
    case ...(1 << 8): storage = .bytes(list(UInt8.self))
    case ...(1 << 16): storage = .shorts(list(UInt16.self))
    default: storage = .words(list(UInt32.self))
    }
  }

  /// The position of the first token.
  package var startIndex: Int { 0 }

  /// The number of tokens.
  package var endIndex: Int {
    switch storage {
    case .bytes(let tokens): tokens.count
    case .shorts(let tokens): tokens.count
    case .words(let tokens): tokens.count
    }
  }

  /// The token at a position.
  package subscript(position: Int) -> Int {
    switch storage {
    case .bytes(let tokens): Int(tokens[position])
    case .shorts(let tokens): Int(tokens[position])
    case .words(let tokens): Int(tokens[position])
    }
  }
}
