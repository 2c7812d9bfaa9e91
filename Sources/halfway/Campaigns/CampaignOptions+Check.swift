// SPDX-License-Identifier: Apache-2.0
import Words
import Work

extension CampaignOptions {
  /// What it writes beside results.
  var ownFiles: OwnFiles { OwnFiles(written: [checkpoint].compactMap(\.self)) }

  /// The part that is run, nil of all; refuses a checkpoint without a name or with that of an
  /// exported file.
  func checkedPart(beside output: OutputOptions) throws(CommandExit) -> Shard? {
    if let checkpoint {
      if checkpoint.isEmpty { throw .usage("--checkpoint is empty: name a file") }
      if output.exports.contains(where: { OwnFiles.areSame($0, checkpoint) }) {
        throw .usage("--checkpoint and --export name the same file")
      }
    }
    guard let shard else { return nil }
    guard let part = Shard(name: shard) else {
      throw .usage(
        "--shard is i/n with 1 <= i <= n <= \(Shard.largestCount), not '\(Echo.word(shard))'")
    }
    return part
  }
}
